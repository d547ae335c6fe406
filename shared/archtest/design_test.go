// SPDX-License-Identifier: Apache-2.0

package archtest_test

import (
	"go/ast"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

var namedTest = regexp.MustCompile("`((?:Test|Fuzz|Benchmark)[A-Z][A-Za-z0-9]*)`")

// TestDesignsNameTestsThatExist: a design note says which test shows an
// invariant; the test must be there.
func TestDesignsNameTestsThatExist(t *testing.T) {
	root := filepath.Join("..", "..")
	there := map[string]bool{}
	for _, p := range load(t, root).Packages {
		for _, f := range p.Files {
			for _, decl := range f.Syntax.Decls {
				if fn, ok := decl.(*ast.FuncDecl); ok && f.Test {
					there[fn.Name.Name] = true
				}
			}
		}
	}
	named := 0
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.Name() != "DESIGN.md" {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range namedTest.FindAllSubmatch(text, -1) {
			if named++; !there[string(m[1])] {
				t.Errorf("%s names %s, which does not exist", path, m[1])
			}
		}
		return err
	})
	if err != nil || named == 0 {
		t.Fatalf("%d tests are named: %v", named, err)
	}
}
