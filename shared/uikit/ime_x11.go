// SPDX-License-Identifier: Apache-2.0

//go:build linux && x11

package uikit

/*
#cgo LDFLAGS: -ldl
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>
#include <X11/Xlib.h>

typedef Bool (*filter)(XEvent *, Window);

extern char _glfw[] __attribute__((weak)); // GLFW's only variable; weak, since it is in another package
extern char end[];                         // of all variables: the linker's

static filter ask;

static Bool askFirst(XEvent *event, Window window) {
	Bool taken = ask(event, window);
	if (taken && event->type == KeyPress)
		event->type = 0; // no event
	return taken;
}

// Finds where GLFW keeps the address of XFilterEvent, by that address, and puts that of askFirst there. Returns whether it did.
static int setAskFirst(void) {
	void *x11 = dlopen("libX11.so.6", RTLD_LAZY | RTLD_NOLOAD);
	filter of = x11 ? (filter)dlsym(x11, "XFilterEvent") : 0;
	if (!of || !_glfw)
		return 0;
	for (filter *at = (filter *)_glfw; (char *)(at + 1) <= end; at++)
		if (*at == of) {
			ask = of;
			*at = askFirst;
			return 1;
		}
	return 0;
}
*/
import "C"

// inputMethodFirst gives a key to the window only when the input method does not want it. GLFW 3.4 asks the input method, but
// reports the key whatever it answers: a Backspace in the middle of pinyin took a character of the line, Escape left the page,
// and Return overtook letters that were still on their way. What the input method does not want it sends again, in its turn.
// Keys that are let go are reported as before; GLFW ignores the second time. Call it when GLFW is initialised.
//
// GLFW offers no way to do this. Where a later one keeps things otherwise it is as it was, and the end-to-end test of fcitx5
// fails.
func inputMethodFirst() { C.setAskFirst() }
