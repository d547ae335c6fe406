// SPDX-License-Identifier: Apache-2.0

package verbs

import "testing"

// A spreadsheet takes no exported text for a formula, and put takes it as it
// was.
func TestHarmless(t *testing.T) {
	for text, want := range map[string]string{"=1+1": "'=1+1", "-5": "'-5", "@a": "'@a", "陈": "陈", "": ""} {
		if got := harmless(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}

func TestReadEntries(t *testing.T) {
	csv, err := readCSV([]byte("id,village,head_name\n,富溪村,\"陈, 秀英\"\nrec_1,,黄\n"))
	if err != nil || len(csv) != 2 || csv[0].Village != "富溪村" || csv[0].Fields["head_name"] != "陈, 秀英" || csv[1].ID != "rec_1" {
		t.Errorf("CSV: got %+v, %v", csv, err)
	}
	js, err := readJSON([]byte(`[{"village":"富溪村","fields":{"head_name":"陈"}}]`))
	if err != nil || len(js) != 1 || js[0].Fields["head_name"] != "陈" {
		t.Errorf("JSON: got %+v, %v", js, err)
	}
	for name, read := range map[string]func() ([]entry, error){
		"a row of another length": func() ([]entry, error) { return readCSV([]byte("a,b\n1\n")) },
		"an unknown key":          func() ([]entry, error) { return readJSON([]byte(`[{"name":"陈"}]`)) },
		"no file":                 func() ([]entry, error) { return readEntries("/does/not/exist") },
	} {
		if got, err := read(); err == nil {
			t.Errorf("%s: got %+v", name, got)
		}
	}
}
