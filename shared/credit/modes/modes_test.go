// SPDX-License-Identifier: Apache-2.0

package modes_test

import (
	"io/fs"
	"strings"
	"testing"
	"time"

	"yuexin/assets"
	"yuexin/shared/credit/modes"
)

func TestParse(t *testing.T) {
	data, err := fs.ReadFile(assets.Folder("policies"), "modes-1.json")
	if err != nil {
		t.Fatal(err)
	}
	p, err := modes.Parse(strings.NewReader(string(data)))
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Of(true); got.Patience() != 180*time.Second || !got.Speaks || p.Of(false).Patience() != 60*time.Second {
		t.Errorf("elder %+v, normal %+v", got, p.Of(false))
	}
	for _, tt := range []struct{ name, old, new, want string }{
		{"关怀版 waits less", `"patience_s": 180`, `"patience_s": 90`, "less than 180"},
		{"nobody can react", `"countdown_s": 20`, `"countdown_s": 5`, "out of range"},
		{"for ever", `"patience_s": 60`, `"patience_s": 6000`, "out of range"},
		{"no such tongue", `"zh-Hans"`, `"hak"`, "hak"},
		{"too loud", `"volume": 3`, `"volume": 5`, "volume"},
		{"no version", `"version": 1`, `"version": 0`, "version"},
		{"unknown", `"version": 1`, `"version": 1, "hue": 2`, "hue"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := modes.Parse(strings.NewReader(strings.Replace(string(data), tt.old, tt.new, 1))); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want something with %q", err, tt.want)
			}
		})
	}
}
