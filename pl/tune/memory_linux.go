package tune

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// childrenMemory returns the memory that the child processes have for themselves. A
// process that ends meanwhile counts as nothing.
func childrenMemory() uint64 {
	lists, _ := filepath.Glob("/proc/self/task/*/children")
	var sum uint64
	for _, list := range lists {
		pids, _ := os.ReadFile(list)
		for _, pid := range strings.Fields(string(pids)) {
			sum += anonymous("/proc/" + pid + "/status")
		}
	}
	return sum
}

// anonymous returns the RssAnon of a status file in bytes.
func anonymous(file string) uint64 {
	text, _ := os.ReadFile(file)
	_, rest, found := bytes.Cut(text, []byte("\nRssAnon:"))
	if !found {
		return 0
	}
	line, _, _ := bytes.Cut(rest, []byte("\n"))
	kib, _ := strconv.ParseUint(strings.TrimSuffix(strings.TrimSpace(string(line)), " kB"), 10, 64)
	return kib << 10
}

// machineCPU returns the processor time of everything on this machine so far, that
// which other machines on the same hardware took included.
func machineCPU() time.Duration {
	text, _ := os.ReadFile("/proc/stat")
	line, _, _ := strings.Cut(string(text), "\n")
	fields := strings.Fields(line)
	const user, idle, iowait, steal = 1, 4, 5, 8 // see proc(5)
	if len(fields) <= steal {
		return 0
	}
	var ticks int64
	for i, f := range fields[:steal+1] {
		if i >= user && i != idle && i != iowait {
			n, _ := strconv.ParseInt(f, 10, 64)
			ticks += n
		}
	}
	return time.Duration(ticks) * (time.Second / 100) // USER_HZ is 100 wherever Go runs
}
