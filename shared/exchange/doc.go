// SPDX-License-Identifier: Apache-2.0

// Package exchange brings tables as offices keep them, Excel or CSV, into records and out again. The laptop and the server
// use it alike.
//
// Open reads a file into a Book of sheets. A Kind, made of a published form and the words of assets/exchange, finds the
// heading and what its columns are about; a person may correct both, and a Saved mapping keeps the corrections. Check judges
// every household or merchant against the form, the rest of the file and the store, and changes nothing. Write does the same
// and writes what is good, in acts that name the file, sheet and rows; Undo takes an import back. WriteBack writes the results
// beside the rows of a copy of the file. Out makes a file of records.
//
// The files: words.go, kind.go, layout.go and saved.go say what a table means; book.go, xlsx.go, text.go and guard.go read
// and write files; cell.go, table.go, judge.go and index.go judge; write.go, trace.go and undo.go write; back.go and out.go
// make files. DESIGN.md gives the reasons.
//
// Everything in here may be personal data: log counts only.
package exchange
