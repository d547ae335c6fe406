// SPDX-License-Identifier: Apache-2.0

// Package keyboard draws keyboards on the screen: pads for numbers, identity numbers, phone numbers and amounts, pinyin
// with candidates, five strokes for characters that nobody around can read aloud, and plain letters. Fyne has no input
// method and a kiosk has no keys, so this is how a person's name is typed there.
//
// A [Host] stands around the content of a window. Told that an entry has the focus (Attach), it shows the keyboard that
// suits it at the bottom, makes the content smaller, scrolls the entry into view, and sends it runes and keys as a real
// keyboard would. Pressing a key takes Fyne's focus away from the entry for a moment; the host gives it back.
//
// Every key is at least 60 units high and wide (适老化: touch targets of 60 dp in the large mode) and acts on a single tap.
// Nothing of what is typed is kept here; what a machine may learn of its village it is told through a pinyin.Local, whose
// package says what that is.
package keyboard
