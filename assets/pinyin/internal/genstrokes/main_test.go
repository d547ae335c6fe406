// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRun(t *testing.T) {
	dir := t.TempDir()
	rime, cnchar := filepath.Join(dir, "stroke.dict.yaml"), filepath.Join(dir, "order.js")
	files := map[string]string{
		// 词语 is no character, and the last row no order.
		rime:   "# head\n---\nname: stroke\n...\n陈\tzzspzpn\n十\ths\t5\n𫢸\ths\n词语\ths\n丁\thx\n",
		cnchar: `!function(){return JSON.parse('{"陈":"zfjnfsk","丁":"jg","刃":"rsd","提":"i"}')}; JSON.parse('{"a":1}')`,
	}
	for name, text := range files {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var out strings.Builder
	if err := run(&out, rime, cnchar); err != nil {
		t.Fatal(err)
	}
	got, _ := strings.CutPrefix(out.String(), header)
	want := "丁 12\n刃 534\n十 12\n提 1\n陈 5215234 5523534\n𫢸 12\n"
	if got != want {
		t.Errorf("wrote\n%swant\n%s", got, want)
	}
	if err := run(&out, cnchar, rime); err == nil {
		t.Error("tables in each other's place gave no error")
	}
	if err := run(&out, rime, filepath.Join(dir, "none")); err == nil {
		t.Error("a file that is missing gave no error")
	}
}
