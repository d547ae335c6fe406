// SPDX-License-Identifier: Apache-2.0

// Package xlsform reads a form from a spreadsheet in the XLSForm convention (xlsform.org), in which field surveys are
// commonly written, and makes a form file of it. What the program cannot ask as it is written is told with its cell;
// nothing is taken in by halves.
//
// Beyond the convention, which leaves other columns alone, there are
//
//   - settings: kind, the kind of record that answers are written to; without it nothing can be imported; of, the kinds of
//     record from which a laptop opens the form, with blanks between them;
//   - survey: record, the field of that record (a question without one only steers the form); format, which narrows a
//     type: money or area of integer and decimal, resident_id, uscc, mobile, region, code or multiline of text, the type of
//     the result of calculate; for begin_repeat kind, link (the field that refers to the form's record) and max_rows;
//     min and max, as people type them; level and under of a region; message, level and when: see package forms.
//
// Amounts are in yuan and land in mu in expressions, as the person who answers sees them.
package xlsform
