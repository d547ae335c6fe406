// SPDX-License-Identifier: Apache-2.0

package consent_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"yuexin/shared/credit/consent"
	"yuexin/shared/i18n"
)

// FuzzParse: in a policy that is taken every wording is found by its purpose and
// edition, ends one day, and names recipient and months in every language.
func FuzzParse(f *testing.F) {
	data, err := os.ReadFile("../../../assets/policies/consent-1.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte("{}"))
	f.Add(bytes.Replace(data, []byte("{months}"), nil, 1))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := consent.Parse(bytes.NewReader(data))
		if err != nil {
			return
		}
		for _, w := range p.Wordings() {
			if got, found := p.Wording(w.Purpose, w.Edition); !found || got.Months < 1 {
				t.Errorf("%s, edition %d: found %t, %d months", w.Purpose, w.Edition, found, got.Months)
			}
			for _, lang := range i18n.Langs() {
				if !strings.Contains(w.Text[lang], "{recipient}") {
					t.Errorf("%s, edition %d: who receives is not said in %s", w.Purpose, w.Edition, lang)
				}
			}
		}
	})
}
