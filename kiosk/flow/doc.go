// SPDX-License-Identifier: Apache-2.0

// Package flow is what happens at a kiosk, without a window: which screen comes next, what one visit remembers, and when
// it forgets. Package screen draws it; a test drives it with a clock of its own.
//
// One person is a visit: where they live, the form they fill in, what they were given. A visit is one value in memory and
// ends as a whole: handed in, cleared by the person, or wiped after nobody has touched the screen. Nothing of a visit is on
// the disk unless it was handed in (then sealed to the server) or put aside (then sealed under a slip code that only the
// person has, for a day).
//
// A slip code is shown where the person can still see it: when they ask for it, and during the countdown. After the wipe
// the screen shows nothing, since whoever stands there then may be somebody else.
//
// A Flow is for one goroutine, that of the windows.
package flow
