// SPDX-License-Identifier: Apache-2.0

package widget_test

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"github.com/google/go-cmp/cmp"

	"yuexin/assets/fonts"
	"yuexin/shared/uikit/uitest"
	"yuexin/shared/uikit/widget"
)

// rare is a name with a character that is in no face of ours.
const rare = "陈\U00030000英"

func TestDrawable(t *testing.T) {
	for _, tt := range []struct{ name, text, drawn, told string }{
		{"all there", "陈秀英", "陈秀英", ""},
		{"a rare name", rare, "陈[U+30000]英", "U+30000"},
		{"each once", "\U00030000\U00030000ก", "[U+30000][U+30000][U+0E01]", "U+30000、U+0E01"},
		{"nothing", "", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := widget.Drawable(tt.text)
			if got != tt.drawn {
				t.Errorf("drawn as %q, want %q", got, tt.drawn)
			}
			if box := fonts.Missing(got); len(box) > 0 {
				t.Errorf("%q would still be boxes", box)
			}
			told := widget.Undrawn(uitest.Printer(t), tt.text)
			if (told == "") != (tt.told == "") || !strings.Contains(told, tt.told) {
				t.Errorf("told %q, want %q in it", told, tt.told)
			}
		})
	}
}

// TestTextDrawsNoBox draws a name that came from elsewhere; what is asked of the text is still the name.
func TestTextDrawsNoBox(t *testing.T) {
	text := widget.NewText(rare)
	text.Resize(fyne.NewSize(1000, 100))
	if diff := cmp.Diff([]string{"陈[U+30000]英"}, linesOf(text)); diff != "" {
		t.Errorf("drawn (-want +got):\n%s", diff)
	}
	if text.Text() != rare || !text.Whole() {
		t.Errorf("the text is %q, whole: %v", text.Text(), text.Whole())
	}
}

func TestFactsListWhatIsNotDrawn(t *testing.T) {
	p := uitest.Printer(t)
	facts := widget.NewFacts(p, widget.Fact{Label: "户主", Value: rare}, widget.Fact{Label: "电话", Value: "138****0001"})
	told := 0
	for _, text := range uitest.Open(t, facts, fyne.NewSize(600, 400)).Written() {
		if strings.Contains(text, "U+30000") && strings.Contains(text, "没有丢") {
			told++
		}
	}
	if told != 1 {
		t.Errorf("the facts list it %d times, want once", told)
	}
}
