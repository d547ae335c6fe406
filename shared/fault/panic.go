// SPDX-License-Identifier: Apache-2.0

package fault

import (
	"fmt"
	"runtime"
	"strings"
)

// Trace says where the goroutine panicked that is being recovered: functions with
// their lines, the innermost first, never what they were given. It is called by the
// deferred function itself; without a panic it is empty.
func Trace() (places []string) {
	callers := make([]uintptr, 64)
	frames := runtime.CallersFrames(callers[:runtime.Callers(2, callers)])
	panicking := false
	for more := true; more; {
		var f runtime.Frame
		f, more = frames.Next()
		switch {
		case strings.HasPrefix(f.Function, "runtime."):
			panicking = true
		case panicking && f.Function != "":
			places = append(places, fmt.Sprintf("%s:%d", f.Function, f.Line))
		}
	}
	return places
}
