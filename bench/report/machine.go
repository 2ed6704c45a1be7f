package report

import (
	"bufio"
	"cmp"
	"os"
	"runtime"
	"strings"
	"time"
)

// A Machine says where and when something was measured.
type Machine struct {
	CPU        string    `json:"cpu"`
	Cores      int       `json:"cores"`
	GOMAXPROCS int       `json:"gomaxprocs"`
	OS         string    `json:"os"`
	Arch       string    `json:"arch"`
	Go         string    `json:"go"`
	Time       time.Time `json:"time"`
}

// ThisMachine returns the Machine of this process, now. The model of the processor
// is "unknown" where the system does not tell it in /proc/cpuinfo.
func ThisMachine() Machine {
	return Machine{
		CPU:        cmp.Or(cpuModel("/proc/cpuinfo"), "unknown"),
		Cores:      runtime.NumCPU(),
		GOMAXPROCS: runtime.GOMAXPROCS(0),
		OS:         runtime.GOOS,
		Arch:       runtime.GOARCH,
		Go:         runtime.Version(),
		Time:       time.Now().Truncate(time.Second),
	}
}

// cpuModel returns the model in a file such as /proc/cpuinfo, or "".
func cpuModel(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		name, value, ok := strings.Cut(lines.Text(), ":")
		if ok && strings.TrimSpace(name) == "model name" {
			return strings.Join(strings.Fields(value), " ")
		}
	}
	return ""
}
