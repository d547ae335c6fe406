// SPDX-License-Identifier: Apache-2.0

// Package sheet holds what the paper of a form is: the 信息采集表 that a village fills in by hand or signs. A [Template] is
// versioned data (assets/policies/paper-1.json): paper, margins, headings, empty rows, what is declared and who signs. A
// [Token] is what the code in the corner of every page says. [Open] reads the record that a sheet shows, and [Place] is
// where a page that came back signed belongs.
//
// It draws nothing: package sheetpdf does.
package sheet
