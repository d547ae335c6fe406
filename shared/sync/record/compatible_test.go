// SPDX-License-Identifier: Apache-2.0

package record_test

import (
	"strings"
	"testing"

	"yuexin/shared/sync/record"
)

func TestCompatible(t *testing.T) {
	const before = `{"version": 1, "kinds": [{"name": "house", "nature": "fact", "fields": [
		{"name": "name", "format": "text", "class": 2, "merge": "latest"},
		{"name": "state", "format": "choice", "class": 1, "merge": "latest", "choices": ["a", "b"]}]},
		{"name": "vow", "nature": "entry", "signed": true, "fields": []}]}`
	parse := func(text string) *record.Catalogue {
		c, err := record.ParseCatalogue(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	for name, tt := range map[string]struct{ old, new, want string }{
		"one more field":     {`{"name": "name"`, `{"name": "well", "format": "int", "class": 1, "merge": "latest"}, {"name": "name"`, ""},
		"a class that rises": {`"class": 2`, `"class": 3`, ""},
		"one more choice":    {`"b"]`, `"b", "c"]`, ""},
		"another merge":      {`"class": 2, "merge": "latest"`, `"class": 2, "merge": "review"`, ""},
		"a class that falls": {`"class": 2`, `"class": 1`, "was of class 2 and became class 1"},
		"another format":     {`"format": "text"`, `"format": "int"`, "was text and became int"},
		"a choice that goes": {`"a", "b"`, `"a"`, `has lost the choice "b"`},
		"a field that goes":  {`"name": "state"`, `"name": "status"`, `field "state" is gone`},
		"a kind that goes":   {`"house"`, `"home"`, `kind "house" is gone`},
		"another nature":     {`"fact"`, `"entry"`, "nature fact became entry"},
		"nobody signs":       {`"signed": true, `, "", `kind "vow": was signed`},
	} {
		t.Run(name, func(t *testing.T) {
			err := record.Compatible(parse(before), parse(strings.Replace(before, tt.old, tt.new, 1)))
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}
