package report

import (
	"runtime/debug"
	"slices"
)

// A Version is a module and its version in this program.
type Version struct {
	Module  string `json:"module"`
	Version string `json:"version"`
}

// Versions returns the versions of modules according to info, which
// debug.ReadBuildInfo gives. Modules that the program does not contain are left out,
// and so is everything if info is nil. A module that a directory replaces has the
// version "(local)".
func Versions(info *debug.BuildInfo, modules ...string) []Version {
	if info == nil {
		return nil
	}
	var found []Version
	for _, d := range append([]*debug.Module{&info.Main}, info.Deps...) {
		if !slices.Contains(modules, d.Path) {
			continue
		}
		v := d.Version
		if r := d.Replace; r != nil {
			v = r.Version
		}
		if v == "" || v == "(devel)" {
			v = "(local)"
		}
		found = append(found, Version{d.Path, v})
	}
	return found
}
