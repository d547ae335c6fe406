// SPDX-License-Identifier: Apache-2.0

// Package forms holds what a form asks, when it asks it, and what it makes of the answers. It draws nothing:
// uikit/formview draws a [Form] in a window, syncserver/web/formhtml on a page, over a [Session], and both run the cases of
// package formtest, as the kiosk does in its own way, a question at a time; sheetpdf draws it on paper.
//
// A form is a JSON file (assets/forms): sections of fields, rows of fields that repeat, conditions, calculations and checks.
// They are expressions of expr-lang/expr over the answers, compiled and type-checked when the form is parsed, with a limit
// on nodes, and run with a limit on memory. In them
//
//   - a field has its name: text, choice, date, time and gps are strings, number int, money int in fen, area int in
//     hundredths of a mu, decimal a fraction, yes_no, photo and sign bool (whether there is one), choices a list of strings,
//     rows a list whose items have the fields of a row. What is not answered or not visible is "", 0, false or empty;
//   - row.x is a field of the row at hand, in a condition of a row's field;
//   - answered("x") and answered("row.x") tell whether there is an answer, changed("x") whether it is another than the one
//     that was loaded;
//   - today is the day as 2006-01-02, year its year, age(id) the age today of an identity number (-1 for none), yuan(n)
//     n yuan in fen.
//
// A field that is not visible asks for nothing and writes nothing. What a field's visibility and its calculation read may
// never lead back to it, nor may a section be one that nobody can reach.
//
// A check finds something that should not be: it blocks, or it warns and whoever goes on gives a reason, or it flags the
// answers for review.
//
// A session is kept while it is filled in: Unkept returns the parts of a draft that changed, the form itself or one row, and
// Resume goes on with them, over what is registered by then, on the version of the form that it was begun with. Writes makes
// the answers records, Saved goes on where whoever stored them was cut off, and TrailWrites keeps with them how each answer
// came about.
package forms
