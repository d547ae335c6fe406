// SPDX-License-Identifier: Apache-2.0

package screen_test

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2/test"

	"yuexin/assets"
	"yuexin/kiosk/screen"
	"yuexin/shared/i18n"
	"yuexin/shared/uikit/scene"
	"yuexin/shared/uikit/uitest"
	"yuexin/shared/uikit/widget"
)

// Every scene of the gallery can be made in every language, says something,
// and leaves no text without words.
func TestScenes(t *testing.T) {
	screen.RegisterScenes()
	texts, err := i18n.Load(assets.Locales())
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, s := range scene.All() {
		if !strings.HasPrefix(s.Name, "kiosk/") {
			continue
		}
		seen++
		for _, lang := range i18n.Langs() {
			w := uitest.Open(t, s.Build(texts.Printer(lang)), s.Bounds())
			words := 0
			for _, o := range test.LaidOutObjects(w.Content()) {
				if text, ok := o.(*widget.Text); ok && text.Text() != "" {
					words++
				}
			}
			if words == 0 {
				t.Errorf("%s in %s says nothing", s.Name, lang)
			}
		}
	}
	if seen < 15 {
		t.Errorf("the gallery has %d screens of the kiosk", seen)
	}
}
