// SPDX-License-Identifier: Apache-2.0

package formview

import (
	"slices"

	"yuexin/shared/uikit/widget"
)

// Choice returns the codes chosen for a field that was drawn, and the buttons by code; nil for a field that is typed.
func (v *View) Choice(path string) (chosen []string, buttons map[string]*widget.BigButton) {
	q := v.questions[path]
	if q == nil || q.choice == nil {
		return nil, nil
	}
	buttons = make(map[string]*widget.BigButton)
	for i, code := range q.choice.Codes() {
		buttons[code] = q.choice.Buttons()[i]
	}
	return q.choice.Chosen(), buttons
}

// RemoveButtons returns the button of each row that takes it out, in order.
func (v *View) RemoveButtons(name string) []*widget.BigButton { return slices.Clone(v.removes[name]) }

// AddButton returns the button that adds a row, nil before it was drawn.
func (v *View) AddButton(name string) *widget.BigButton { return v.adds[name] }
