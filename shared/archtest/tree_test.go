// SPDX-License-Identifier: Apache-2.0

package archtest_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yuexin/shared/archtest"
)

func TestLoad(t *testing.T) {
	tree := plant(t, map[string]string{
		"agent/main.go":              "package main\n",
		"shared/money/money.go":      "package money\n\nimport r \"math/rand/v2\"\nimport \"fmt\"\n",
		"shared/money/money_test.go": "package money_test\n",
		"shared/money/gen.go":        "//go:build ignore\n\npackage main\n",
		"shared/money/testdata/x.go": "not Go\n",
		".demo/x.go":                 "not Go\n",
		"_old/x.go":                  "not Go\n",
	})

	if got, want := tree.Module, "yuexin"; got != want {
		t.Errorf("Module = %q, want %q", got, want)
	}
	if diff := cmp.Diff([]string{".demo/", "_old/", "agent/", "go.mod", "shared/"}, tree.Entries); diff != "" {
		t.Errorf("Entries (-want +got):\n%s", diff)
	}

	type file struct {
		Path          string
		Test, Ignored bool
	}
	got := map[string][]file{}
	for _, p := range tree.Packages {
		for _, f := range p.Files {
			got[p.Dir] = append(got[p.Dir], file{f.Path, f.Test, f.Ignored})
		}
	}
	want := map[string][]file{
		"agent": {{Path: "agent/main.go"}},
		"shared/money": {
			{Path: "shared/money/gen.go", Ignored: true},
			{Path: "shared/money/money.go"},
			{Path: "shared/money/money_test.go", Test: true},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}

	imports := tree.Imports(tree.Packages[1].Files[1])
	wantImports := []archtest.Import{{Path: "math/rand/v2", Name: "r", Line: 3}, {Path: "fmt", Name: "fmt", Line: 4}}
	if diff := cmp.Diff(wantImports, imports); diff != "" {
		t.Errorf("Imports (-want +got):\n%s", diff)
	}
}

func TestLoadRefuses(t *testing.T) {
	for _, test := range []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"no go.mod", map[string]string{"x.go": "package x\n"}, "read the module path"},
		{"no module line", map[string]string{"go.mod": "go 1.26\n"}, "no module line"},
		{"broken file", map[string]string{"go.mod": "module m\n", "x/x.go": "package\n"}, "x/x.go:"},
	} {
		t.Run(test.name, func(t *testing.T) {
			root := t.TempDir()
			for name, text := range test.files {
				write(t, root, name, text)
			}
			_, err := archtest.Load(root)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("Load = %v, want an error with %q", err, test.want)
			}
		})
	}
}
