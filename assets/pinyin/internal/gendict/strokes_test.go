// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"testing"

	"yuexin/shared/pinyin"
	"yuexin/shared/stroke"
)

// TestFrequentCharactersLead: among characters with the same strokes what words and names have most is found first.
func TestFrequentCharactersLead(t *testing.T) {
	for _, list := range []pinyin.List{pinyin.Words, pinyin.Givens, pinyin.Surnames} {
		var file bytes.Buffer
		entry := pinyin.Entry{List: list, Text: "未", Weight: 200} // 未 and 末 are written alike
		if err := packStrokes(&file, []pinyin.Entry{entry, {List: list, Text: "末", Weight: 20}, {List: list, Text: "未来", Weight: 1}}); err != nil {
			t.Fatal(err)
		}
		table, err := stroke.Load(file.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		if got := table.Find("11234", 1); len(got) != 1 || got[0] != "未" {
			t.Errorf("list %d: found %v first, want 未", list, got)
		}
	}
}
