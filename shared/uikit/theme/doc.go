// SPDX-License-Identifier: Apache-2.0

// Package theme holds the colours, sizes and the face of every window, by the names of DESIGN.md.
//
// There is one theme instance per process and it is set once: Fyne keeps a parsed font for every instance it ever saw
// (about 24 MB each). To change the mode, the values behind the names change and the windows are drawn again; see SetMode.
// Never use container.NewThemeOverride, for the same reason.
package theme
