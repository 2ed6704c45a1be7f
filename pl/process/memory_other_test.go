//go:build !linux

package process_test

// exhaust does nothing, for no test asks for it where memory cannot be limited.
func exhaust() {}
