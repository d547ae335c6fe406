// SPDX-License-Identifier: Apache-2.0

// Package widget holds the pieces that screens are made of; DESIGN.md says what each is for. All are drawn from package
// theme, so they follow a change of mode by themselves, and all that hold text follow their width (layout.Flowing).
//
// Widgets know the theme and themselves. They get their texts ready-made, or a printer where they have words of their own;
// they call back by the func they were made with, on the UI goroutine. Nothing here is DoubleTappable: Fyne delays every
// tap on what is.
package widget
