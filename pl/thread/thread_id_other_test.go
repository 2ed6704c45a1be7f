//go:build !linux

package thread_test

func threadID() int { return 0 }
