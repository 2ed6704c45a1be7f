package tune

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
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
