// SPDX-License-Identifier: Apache-2.0

package archtest

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/build/constraint"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Tree is a parsed source tree.
type Tree struct {
	// Module is the module path, as in go.mod.
	Module string
	// Entries are the names at the top level, folders with a final slash, sorted.
	Entries []string
	// Packages are the folders that hold Go files, sorted by Dir.
	Packages []*Package

	fset *token.FileSet
}

// Package is one folder with its Go files, those of its external test package included.
type Package struct {
	// Dir is the folder relative to the root, with slashes; "." for the root.
	Dir string
	// Files are sorted by Path.
	Files []*File
}

// File is one parsed Go file.
type File struct {
	// Path is relative to the root, with slashes.
	Path string
	// Source is the file's text.
	Source []byte
	// Syntax is the parsed file, comments included.
	Syntax *ast.File
	// Test says that the name ends in _test.go.
	Test bool
	// Ignored says that a "//go:build ignore" line keeps the file out of every build.
	Ignored bool
}

// Import is one import of a file.
type Import struct {
	// Path is the import path.
	Path string
	// Name is how the file calls the package: the alias, or a guess from the path.
	Name string
	// Line is the line of the import.
	Line int
}

// Load parses every Go file under root, a folder that holds a go.mod.
// It leaves out what the go command leaves out: testdata, vendor, and names that
// begin with a dot or an underscore. A file that does not parse is an error.
func Load(root string) (*Tree, error) {
	module, err := modulePath(filepath.Join(root, "go.mod"))
	if err != nil {
		return nil, err
	}
	entries, err := topLevel(root)
	if err != nil {
		return nil, err
	}

	t := &Tree{Module: module, Entries: entries, fset: token.NewFileSet()}
	packages := map[string]*Package{}
	err = filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != root && skipped(d.Name()):
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(name, ".go"):
			return nil
		}
		return t.add(packages, root, name)
	})
	if err != nil {
		return nil, fmt.Errorf("read the tree: %w", err)
	}

	for _, p := range packages {
		t.Packages = append(t.Packages, p)
	}
	slices.SortFunc(t.Packages, func(a, b *Package) int { return strings.Compare(a.Dir, b.Dir) })
	return t, nil
}

// add parses the file called name and puts it into its package.
func (t *Tree) add(packages map[string]*Package, root, name string) error {
	rel, err := filepath.Rel(root, name)
	if err != nil {
		return err
	}
	rel = filepath.ToSlash(rel)
	source, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	syntax, err := parser.ParseFile(t.fset, rel, source, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}

	dir := path.Dir(rel)
	if packages[dir] == nil {
		packages[dir] = &Package{Dir: dir}
	}
	packages[dir].Files = append(packages[dir].Files, &File{
		Path:    rel,
		Source:  source,
		Syntax:  syntax,
		Test:    strings.HasSuffix(rel, "_test.go"),
		Ignored: ignored(syntax),
	})
	return nil
}

// Imports lists what the file imports.
func (t *Tree) Imports(f *File) []Import {
	var imports []Import
	for _, spec := range f.Syntax.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue // the parser has accepted the literal: this cannot happen
		}
		name := guessName(p)
		if spec.Name != nil {
			name = spec.Name.Name
		}
		imports = append(imports, Import{Path: p, Name: name, Line: t.line(spec)})
	}
	return imports
}

// Local turns an import path of this module into the folder it names.
func (t *Tree) Local(importPath string) (dir string, ok bool) {
	if importPath == t.Module {
		return ".", true
	}
	return strings.CutPrefix(importPath, t.Module+"/")
}

// line is the line at which the node begins.
func (t *Tree) line(n ast.Node) int {
	return t.fset.Position(n.Pos()).Line
}

// Main says whether the package is a program.
func (p *Package) Main() bool {
	for _, f := range p.Files {
		if !f.Test && !f.Ignored {
			return f.Syntax.Name.Name == "main"
		}
	}
	return false
}

// modulePath reads the module line of a go.mod file.
func modulePath(name string) (string, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return "", fmt.Errorf("read the module path: %w", err)
	}
	for line := range bytes.Lines(data) {
		fields := strings.Fields(string(line))
		if len(fields) == 2 && fields[0] == "module" {
			return fields[1], nil
		}
	}
	return "", fmt.Errorf("read the module path: no module line in %s", name)
}

// topLevel lists the names directly under root.
func topLevel(root string) ([]string, error) {
	dir, err := os.ReadDir(root)
	if err != nil {
		return nil, fmt.Errorf("list the top level: %w", err)
	}
	var names []string
	for _, entry := range dir {
		name := entry.Name()
		if entry.IsDir() {
			name += "/"
		}
		names = append(names, name)
	}
	return names, nil
}

// skipped says whether a folder holds no source of the module.
func skipped(folder string) bool {
	return folder == "testdata" || folder == "vendor" ||
		strings.HasPrefix(folder, ".") || strings.HasPrefix(folder, "_")
}

// ignored finds a "//go:build ignore" line above the package clause.
func ignored(syntax *ast.File) bool {
	for _, group := range syntax.Comments {
		if group.Pos() > syntax.Package {
			return false
		}
		for _, comment := range group.List {
			expr, err := constraint.Parse(comment.Text)
			if err == nil && expr.String() == "ignore" {
				return true
			}
		}
	}
	return false
}

// guessName is the name a package most likely has: the last element of its
// path, a major version left aside.
func guessName(importPath string) string {
	base := path.Base(importPath)
	if len(base) > 1 && base[0] == 'v' && strings.Trim(base[1:], "0123456789") == "" {
		base = path.Base(path.Dir(importPath))
	}
	return base
}
