// SPDX-License-Identifier: Apache-2.0

package pinyin

import (
	"bufio"
	"bytes"
	"slices"
	"testing"
)

// FuzzRead states that no content, however damaged, makes reading or asking panic: it is refused, or has candidates that
// fit.
func FuzzRead(f *testing.F) {
	entries := []Entry{
		{Words, "四会", []string{"si", "hui"}, 90}, {Words, "四", []string{"si"}, 100}, {Surnames, "司", []string{"si"}, 50},
		{Givens, "慧", []string{"hui"}, 60},
	}
	table, err := syllableTable(entries)
	if err != nil {
		f.Fatal(err)
	}
	content := appendTable(nil, table)
	for list := range List(lists) {
		content = append(content, packList(slices.DeleteFunc(slices.Clone(entries), func(e Entry) bool { return e.List != list }), table)...)
	}
	mixed, err := newMixer(Pairs())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(content)
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		e, err := read(bufio.NewReader(bytes.NewReader(data)), mixed)
		if err != nil {
			return
		}
		for _, c := range e.Candidates(Query{Input: "sihui", Mode: Names}) {
			if c.Letters < 1 || c.Letters > len("sihui") {
				t.Errorf("%q stands for %d letters", c.Text, c.Letters)
			}
		}
	})
}
