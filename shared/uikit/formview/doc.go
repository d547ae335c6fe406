// SPDX-License-Identifier: Apache-2.0

// Package formview draws a forms.Session in a window: sections, every type of field, rows that repeat, help, and what is
// wrong with an answer beside it. What is asked for follows the answers as they are given.
//
// Three ways: the whole form in one scroll for a desk, a section per page, or a question per page for the kiosk. The
// buttons that turn pages belong to the screen; it calls Next and Back.
//
// An answer is judged when the person leaves the field, and again on every key once something was said against it; never
// while it is first typed. Next and Check judge everything.
package formview
