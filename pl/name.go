package pl

import (
	"fmt"
	"path/filepath"
	"reflect"
	"regexp"
	"runtime"
	"strings"
	"sync"
)

var (
	// closure matches the names of function literals: main.run.func1, main.init.func2.1.
	closure = regexp.MustCompile(`\.func\d+(\.\d+)*(\[\.\.\.\])?$|\.func\d+\.`)
	// ours matches the packages whose functions do not name a stage.
	ours = regexp.MustCompile(`^github\.com/penstock/penstock/pl(/thread|/task|/process)?\.`)
)

// funcName returns the short name of a function: "slowAdd1", "DB.Load" for a
// method, "main.go:42" for a literal. The literals of this package, such as those
// that Lift returns, are named after the place that asks.
func funcName(f any) string {
	v := reflect.ValueOf(f)
	if !v.IsValid() || v.Kind() != reflect.Func || v.IsNil() {
		return "nil"
	}
	pc := v.Pointer()
	name, ok := names.Load(pc)
	if !ok {
		name, _ = names.LoadOrStore(pc, codeName(pc))
	}
	if name == "" {
		return caller()
	}
	return name.(string)
}

// names has the name of every function that one was asked for: a program has so many of
// them, and describing a short pipeline should not take longer than running it.
var names sync.Map

// codeName returns the name of the function at pc; none for one that is named after
// the place that asks.
func codeName(pc uintptr) string {
	fn := runtime.FuncForPC(pc)
	if fn == nil {
		return "unknown"
	}
	name := fn.Name()
	switch {
	case isOurs(fn, pc):
		return ""
	case closure.MatchString(name):
		file, line := fn.FileLine(pc)
		return fmt.Sprintf("%s:%d", filepath.Base(file), line)
	}
	name = name[strings.LastIndex(name, "/")+1:]
	name = name[strings.Index(name, ".")+1:]
	name = strings.TrimSuffix(name, "-fm")
	name = strings.ReplaceAll(name, "[...]", "")
	name = strings.NewReplacer("(*", "", "(", "", ")", "").Replace(name)
	return name
}

// isOurs reports whether a function is written in this package, wherever the compiler
// put it.
func isOurs(fn *runtime.Func, pc uintptr) bool {
	file, _ := fn.FileLine(pc)
	return filepath.Dir(file) == here && !strings.HasSuffix(file, "_test.go")
}

var here = func() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Dir(file)
}()

// caller returns the first place up the stack outside of this module's stages.
func caller() string {
	pcs := make([]uintptr, 16)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs)])
	for {
		f, more := frames.Next()
		if !ours.MatchString(f.Function) {
			return fmt.Sprintf("%s:%d", filepath.Base(f.File), f.Line)
		}
		if !more {
			return "unknown"
		}
	}
}
