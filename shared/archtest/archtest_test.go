// SPDX-License-Identifier: Apache-2.0

package archtest_test

import (
	"os"
	"path/filepath"
	"testing"

	"yuexin/shared/archtest"
)

// TestModule runs every rule over the module this test stands in.
func TestModule(t *testing.T) {
	tree := load(t, filepath.Join("..", ".."))
	if len(tree.Packages) == 0 {
		t.Fatal("no package found: the rules would hold for nothing")
	}
	for _, rule := range archtest.Rules() {
		t.Run(rule.Name, func(t *testing.T) {
			for _, v := range rule.Check(tree) {
				t.Error(v)
			}
			if t.Failed() {
				t.Logf("why: %s", rule.Reason)
			}
		})
	}
}

// load reads the tree under root and fails the test if it cannot be read.
func load(t *testing.T, root string) *archtest.Tree {
	t.Helper()
	tree, err := archtest.Load(root)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

// plant writes files (path → text) below a new folder, with a go.mod, and reads the tree.
func plant(t *testing.T, files map[string]string) *archtest.Tree {
	t.Helper()
	root := t.TempDir()
	write(t, root, "go.mod", "module yuexin\n\ngo 1.26\n")
	for name, text := range files {
		write(t, root, name, text)
	}
	return load(t, root)
}

func write(t *testing.T, root, name, text string) {
	t.Helper()
	file := filepath.Join(root, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
