// SPDX-License-Identifier: Apache-2.0

package forms_test

import (
	"bytes"
	"os"
	"testing"

	"yuexin/shared/credit/forms"
)

// FuzzParse: a form that is taken can be opened, filled with anything and judged
// without a panic, and every field that is asked is one of the form's.
func FuzzParse(f *testing.F) {
	for _, name := range []string{"demand", "household", "merchant", "household_survey", "pond", "seven"} {
		data, err := os.ReadFile("../../../assets/forms/" + name + ".json")
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
		f.Add(bytes.Replace(data, []byte("\"when\": \""), []byte("\"when\": \"not "), 1))
	}
	f.Add([]byte("{}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		form, err := forms.Parse(bytes.NewReader(data))
		if err != nil {
			return
		}
		s := forms.New(form, today)
		for _, path := range s.Paths() {
			if _, known := form.Field(path); !known {
				t.Errorf("%q is asked and not in the form", path)
			}
			_ = s.Set(path, "12")
		}
		s.Findings()
		s.Missing()
		s.Fields()
	})
}
