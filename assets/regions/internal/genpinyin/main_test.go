// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestCommittedFileIsCurrent fails when a region file or readings.csv changed and `go generate ./assets` was not run.
func TestCommittedFileIsCurrent(t *testing.T) {
	dir := filepath.Join("..", "..")
	want, err := generate(dir)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(dir, "pinyin.csv"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("pinyin.csv is out of date (-generated +committed):\n%s", diff)
	}
}

func TestReadTableRefuses(t *testing.T) {
	const head = "text,readings,status,note\n"
	tests := []struct{ name, rows string }{
		{"the same text twice", "涌,chong,usual,\n涌,yong,usual,\n"},
		{"an unknown status", "涌,chong,perhaps,\n"},
		{"too few syllables", "番禺,pan,usual,\n"},
		{"a missing column", "涌,chong,usual\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if table, err := readTable([]byte(head + tt.rows)); err == nil {
				t.Errorf("readTable = %v, want an error", table)
			}
		})
	}
}

func TestUnknownCharacterIsAnError(t *testing.T) {
	if rows, err := charRows([]string{"輋𣒍村"}, nil); err == nil {
		t.Errorf("charRows = %v, want an error naming the character", rows)
	}
}
