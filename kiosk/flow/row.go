// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"strconv"
	"strings"
)

func rowPath(rows string, i int, name string) string {
	return rows + "." + strconv.Itoa(i) + "." + name
}

// split takes "members.0.relation" apart; rows is "" for a path outside rows.
func split(path string) (rows string, row int, inner string) {
	parts := strings.SplitN(path, ".", 3)
	if len(parts) < 3 {
		return "", 0, path
	}
	row, _ = strconv.Atoi(parts[1])
	return parts[0], row, parts[2]
}

// firstOf returns the first question of a row: the name.
func (f *Flow) firstOf(rows string) string {
	field, _ := f.visit.session.Form().Field(rows)
	return field.Fields[0].Name
}

// skipRows leaves the rows behind the list out: they are opened from the list.
func (f *Flow) skipRows(pages []string, i int) string {
	if rows, _, _ := split(f.visit.at); rows != "" {
		return pages[i]
	}
	for i < len(pages) {
		if rows, _, _ := split(pages[i]); rows == "" {
			return pages[i]
		}
		i++
	}
	return ""
}

// RowNames returns the names of the people in the list shown.
func (f *Flow) RowNames() []string {
	rows := f.visit.at
	out := make([]string, f.visit.session.Rows(rows))
	for i := range out {
		out[i] = f.visit.session.Text(rowPath(rows, i, f.firstOf(rows)))
	}
	return out
}

// AddRow begins a new row of the list shown. The fault is "form.rows.many".
func (f *Flow) AddRow() error {
	rows := f.visit.at
	i, err := f.visit.session.AddRow(rows)
	if err != nil {
		return f.fail(err)
	}
	f.showPage(rowPath(rows, i, f.firstOf(rows)))
	return nil
}

// OpenRow shows the first question of a row again.
func (f *Flow) OpenRow(i int) { f.showPage(rowPath(f.visit.at, i, f.firstOf(f.visit.at))) }

// RemoveRow takes a row out of the list, the one shown or row i of the list shown.
func (f *Flow) RemoveRow(i int) {
	rows := f.visit.at
	if inner, row, _ := split(rows); inner != "" {
		rows, i = inner, row
	}
	if err := f.visit.session.RemoveRow(rows, i); err != nil {
		f.fail(err)
		return
	}
	f.showPage(rows)
}
