// SPDX-License-Identifier: Apache-2.0

package xlsform

import (
	"fmt"

	"github.com/xuri/excelize/v2"

	"yuexin/shared/fault"
	"yuexin/shared/i18n"
)

// Problem is something in a cell, or a row, that cannot be taken as it is.
type Problem struct {
	Sheet  string
	Row    int    // from 1; 0 for the sheet
	Column int    // from 1; 0 for the row
	Name   string // what the column is headed with
	Remark bool   // the form is made all the same
	Fault  *fault.Error
}

// Cell returns where it is, "survey!F12".
func (p Problem) Cell() string {
	at := ""
	if p.Column > 0 {
		at, _ = excelize.ColumnNumberToName(p.Column) // a column that was read has a name
	}
	switch {
	case p.Row > 0:
		at = fmt.Sprintf("!%s%d", at, p.Row)
	case at != "":
		at = "!" + at
	}
	return p.Sheet + at
}

// Say returns what to tell the author, and what to do about it.
func (p Problem) Say(print *i18n.Printer) (message, hint string) { return print.Explain(p.Fault) }

func invalid(key string, args ...string) *fault.Error {
	f := fault.New(fault.Invalid, "xlsform."+key)
	for i := 0; i+1 < len(args); i += 2 {
		f = f.With(args[i], args[i+1])
	}
	return f
}
