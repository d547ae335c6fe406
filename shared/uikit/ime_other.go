// SPDX-License-Identifier: Apache-2.0

//go:build !(linux && x11)

package uikit

// inputMethodFirst has nothing to do where GLFW gives the window no key that the input method wants, as on Windows.
func inputMethodFirst() {}
