// SPDX-License-Identifier: Apache-2.0

package terminal

import (
	"unsafe"

	"golang.org/x/sys/windows"
)

// LeaveConsole closes the console that Windows opened for this process alone, as for a double click: whoever opens windows
// needs none. A console that another program has too, such as the prompt the program was typed at, stays.
func LeaveConsole() {
	kernel := windows.NewLazySystemDLL("kernel32.dll")
	var others [2]uint32
	n, _, _ := kernel.NewProc("GetConsoleProcessList").Call(uintptr(unsafe.Pointer(&others[0])), uintptr(len(others)))
	if n == 1 {
		_, _, _ = kernel.NewProc("FreeConsole").Call() // or it stays, to be closed by hand
	}
}
