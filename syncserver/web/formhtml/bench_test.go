// SPDX-License-Identifier: Apache-2.0

package formhtml_test

import (
	"testing"
	"time"

	"yuexin/assets"
	"yuexin/shared/credit/forms"
	"yuexin/shared/credit/forms/formtest"
	"yuexin/shared/i18n"
	"yuexin/syncserver/web/formhtml"
)

// BenchmarkDraw is what one view of the demand's page costs the server.
func BenchmarkDraw(b *testing.B) {
	texts, err := i18n.Load(assets.Locales())
	if err != nil {
		b.Fatal(err)
	}
	for _, name := range []string{"demand", "household_survey"} {
		b.Run(name, func(b *testing.B) {
			today := time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC)
			v := &formhtml.View{Session: forms.New(formtest.MustForm(b, name), today), Today: today, Print: texts.Printer(i18n.ZhHans)}
			for b.Loop() {
				if _, err := v.HTML(); err != nil {
					b.Fatal(err)
				}
				_ = v.CSS()
			}
		})
	}
}
