// SPDX-License-Identifier: Apache-2.0

// Package uikit opens windows: it checks that there is a display before Fyne would crash without one, sizes the kiosk's
// panel, and is the one way from other goroutines onto the screen.
//
// The packages below it: theme (colours, sizes, modes), layout, widget, formview (draws a forms.Session), scene (prepared
// screens), gallery (a program that shows them) and uitest. DESIGN.md is the language they speak.
package uikit
