//go:build !unix && !windows

package tune

import "time"

func ownCPU() time.Duration { return 0 }

func childrenCPU() time.Duration { return 0 }
