// SPDX-License-Identifier: Apache-2.0

package formview_test

import (
	"testing"

	"fyne.io/fyne/v2"

	"yuexin/shared/credit/forms/formtest"
	"yuexin/shared/uikit/formview"
	"yuexin/shared/uikit/widget"
)

// fieldsIn returns the questions that are drawn, where they lie now: asking Fyne's test for them would lay them out anew.
func fieldsIn(o fyne.CanvasObject) (out []*widget.Field) {
	if !o.Visible() {
		return nil
	}
	if f, ok := o.(*widget.Field); ok {
		return []*widget.Field{f}
	}
	switch o := o.(type) {
	case *fyne.Container:
		for _, child := range o.Objects {
			out = append(out, fieldsIn(child)...)
		}
	case widget.Holder:
		out = fieldsIn(o.Inside())
	}
	return out
}

// TestNothingOverlapsAfterCheck: what is said beside a field pushes down what is below it, and lets it up again.
func TestNothingOverlapsAfterCheck(t *testing.T) {
	p := open(t, formtest.MustForm(t, "enterprise"), today, formview.Options{}, fyne.NewSize(700, 900))
	p.window.Canvas().Capture()
	p.view.Check()
	roomy := func(least int) {
		t.Helper()
		said := 0
		for _, f := range fieldsIn(p.view.Inside()) {
			if f.Refusal() != "" {
				said++
			}
			if need := f.HeightFor(f.Size().Width); f.Size().Height+0.5 < need {
				t.Errorf("%s has %v of %v", f.Label(), f.Size().Height, need)
			}
		}
		if said < least {
			t.Fatalf("%d fields are refused, want %d", said, least)
		}
	}
	roomy(5)
	if err := p.Set("name", "示例"); err != nil {
		t.Fatal(err)
	}
	_ = p.Set("uscc", "1") // one message goes and another comes
	roomy(5)
}
