// SPDX-License-Identifier: Apache-2.0

package formview

import (
	"slices"

	"yuexin/shared/credit/forms"
	"yuexin/shared/uikit/widget"
)

// Check judges the whole form and says beside each field what is wrong with it. If something blocks, it shows the first of
// it, gives it the focus and reports false.
func (v *View) Check() bool {
	v.leave(v.active)
	v.checked = true
	v.judge()
	for _, f := range v.session.Findings() {
		if f.Level == forms.Block {
			if len(f.Paths) > 0 {
				v.Focus(f.Paths[0])
			}
			return false
		}
	}
	return true
}

// Refusal returns what is said against the answer of a field, "" for nothing.
func (v *View) Refusal(path string) string {
	if q := v.questions[path]; q != nil {
		return q.frame.Refusal()
	}
	return ""
}

// judgePage judges what is on the page and reports whether nothing on it blocks. The first that does gets the focus.
func (v *View) judgePage() bool {
	here := v.current().questions()
	for _, path := range here {
		if q := v.questions[path]; q != nil {
			q.touched = true
		}
	}
	v.judge()
	for _, f := range v.session.Findings() {
		if f.Level != forms.Block || !v.due(f) {
			continue
		}
		for _, path := range f.Paths {
			if slices.Contains(here, path) {
				v.focus(path)
				return false
			}
		}
	}
	return true
}

// due says whether a finding may be told now: the person has been at every field it is about.
func (v *View) due(f forms.Finding) bool {
	if v.checked {
		return true
	}
	for _, path := range f.Paths {
		q := v.questions[path]
		if q == nil || !q.touched && q.field.Type != forms.Rows && v.session.Value(path).IsNone() {
			return false
		}
		if f.Check == "" && !q.touched {
			return false
		}
	}
	return true
}

// judge says beside each field what is wrong with it. What is said takes room, so what is below it is moved.
func (v *View) judge() {
	v.moved = false
	v.say()
	v.mark()
	if v.moved {
		v.Refresh()
	}
}

func (v *View) say() {
	told := make(map[string]bool)
	for _, f := range v.session.Findings() {
		if !v.due(f) {
			continue
		}
		message, hint := f.Explain(v.printer)
		for _, path := range f.Paths {
			q := v.questions[path]
			if q == nil || told[path] {
				continue
			}
			told[path] = true
			v.tell(q, f.Level, message, hint)
			break // once is enough, at the first field that is drawn
		}
	}
	for path, q := range v.questions {
		if told[path] {
			continue
		}
		v.tellFine(q)
	}
}

// tellFine says beside a field with which nothing is wrong why a row was not added to it, or which of its characters
// cannot be drawn: the answer counts all the same.
func (v *View) tellFine(q *question) {
	undrawn := widget.Undrawn(v.printer, v.session.Text(q.path))
	if q.refused == nil && undrawn != "" {
		v.tell(q, forms.Warn, undrawn, "")
		return
	}
	message, hint := v.printer.Explain(q.refused)
	v.tell(q, forms.Block, message, hint)
}

func (v *View) tell(q *question, level forms.Level, message, hint string) {
	v.moved = v.moved || q.frame.Refusal() != message
	if level != forms.Block {
		q.frame.SetWarning(message)
	} else {
		q.frame.SetRefusal(message, hint)
	}
	if q.entry != nil && level == forms.Block {
		q.entry.SetRefused(message != "")
	}
}

// mark writes 必填 behind what must be answered now.
func (v *View) mark() {
	for path, q := range v.questions {
		if !v.session.Visible(path) {
			continue
		}
		need := ""
		if v.session.Required(path) {
			need = v.printer.T("field.required")
		}
		q.frame.SetNeed(need)
	}
}
