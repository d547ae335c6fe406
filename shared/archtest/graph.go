// SPDX-License-Identifier: Apache-2.0

package archtest

import "strings"

// under says whether the path is one of the roots or lies below one of them.
// It serves for folders and for import paths alike.
func under(p string, roots ...string) bool {
	for _, root := range roots {
		if p == root || strings.HasPrefix(p, root+"/") {
			return true
		}
	}
	return false
}

// use is one import, and the file it stands in.
type use struct {
	file *File
	Import
}

// violation reports the import.
func (u use) violation(text string) Violation {
	return Violation{Path: u.file.Path, Line: u.Line, Text: text}
}

// uses lists the imports of the package's own files, or of its tests.
func (t *Tree) uses(p *Package, tests bool) []use {
	var uses []use
	for _, f := range p.Files {
		if f.Ignored || f.Test != tests {
			continue
		}
		for _, imp := range t.Imports(f) {
			uses = append(uses, use{file: f, Import: imp})
		}
	}
	return uses
}

// allUses lists the imports of the package's own files and of its tests.
func (t *Tree) allUses(p *Package) []use {
	return append(t.uses(p, false), t.uses(p, true)...)
}

// in returns the packages in the given folders and below them.
func (t *Tree) in(roots ...string) []*Package {
	var found []*Package
	for _, p := range t.Packages {
		if under(p.Dir, roots...) {
			found = append(found, p)
		}
	}
	return found
}

// bad judges an import by its path: it returns what is wrong, or "".
type bad func(importPath string) string

// reach follows the import through the packages of the module until it meets
// a bad one. It returns the way there, the import's own path first, and the
// judgement; no way if all is well. Tests of the packages passed through do
// not count: nobody who imports a package gets its tests. Folders in seen are
// not entered, and those entered are added.
func (t *Tree) reach(importPath string, judge bad, seen map[string]bool) (way []string, what string) {
	if what := judge(importPath); what != "" {
		return []string{importPath}, what
	}
	dir, local := t.Local(importPath)
	if !local || seen[dir] {
		return nil, ""
	}
	seen[dir] = true

	p := t.find(dir)
	if p == nil {
		return nil, ""
	}
	for _, u := range t.uses(p, false) {
		if way, what := t.reach(u.Path, judge, seen); what != "" {
			return append([]string{importPath}, way...), what
		}
	}
	return nil, ""
}

// find returns the package in the folder, nil if there is none.
func (t *Tree) find(dir string) *Package {
	for _, p := range t.Packages {
		if p.Dir == dir {
			return p
		}
	}
	return nil
}

// forbid reports each import that is bad itself.
func forbid(uses []use, judge bad) []Violation {
	var found []Violation
	for _, u := range uses {
		if what := judge(u.Path); what != "" {
			found = append(found, u.violation("imports "+u.Path+": "+what))
		}
	}
	return found
}

// forbidReach reports each import that is bad or leads to a bad one. It does
// not look into the packages of checked, which have a check of their own.
func (t *Tree) forbidReach(uses []use, judge bad, checked ...*Package) []Violation {
	var found []Violation
	for _, u := range uses {
		seen := map[string]bool{}
		for _, p := range checked {
			seen[p.Dir] = true
		}
		if way, what := t.reach(u.Path, judge, seen); what != "" {
			found = append(found, u.violation("imports "+strings.Join(way, " → ")+": "+what))
		}
	}
	return found
}
