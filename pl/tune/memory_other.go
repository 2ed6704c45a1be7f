//go:build !linux

package tune

import "time"

func childrenMemory() uint64 { return 0 }

func machineCPU() time.Duration { return 0 }
