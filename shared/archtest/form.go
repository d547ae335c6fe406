// SPDX-License-Identifier: Apache-2.0

package archtest

import (
	"bytes"
	"fmt"
	"go/ast"
)

// licenceLine is the first line of every Go file.
const licenceLine = "// SPDX-License-Identifier: Apache-2.0"

// maxLines is the ceiling of a file's length; about 400 lines are the aim.
const maxLines = 600

// checkLicence wants the line in generated files as well.
func checkLicence(t *Tree) []Violation {
	return t.eachFile(func(f *File) []Violation {
		first, _, _ := bytes.Cut(f.Source, []byte("\n"))
		if string(bytes.TrimRight(first, "\r")) == licenceLine {
			return nil
		}
		return []Violation{{f.Path, 1, "the first line is not " + licenceLine}}
	})
}

// checkFileLength leaves generated files alone: nobody reads them.
func checkFileLength(t *Tree) []Violation {
	return t.eachFile(func(f *File) []Violation {
		lines := bytes.Count(f.Source, []byte("\n"))
		if lines <= maxLines || ast.IsGenerated(f.Syntax) {
			return nil
		}
		return []Violation{{f.Path, 0, fmt.Sprintf("has %d lines, more than %d", lines, maxLines)}}
	})
}

// eachFile gathers what check finds in each file of the tree.
func (t *Tree) eachFile(check func(*File) []Violation) []Violation {
	var found []Violation
	for _, p := range t.Packages {
		for _, f := range p.Files {
			found = append(found, check(f)...)
		}
	}
	return found
}

// checkDocComments wants a package comment, and a comment on each exported
// name at package level; one comment may stand for a group of constants or
// variables. Programs, tests and generated files are left alone.
func checkDocComments(t *Tree) []Violation {
	var found []Violation
	for _, p := range t.Packages {
		if p.Main() {
			continue
		}
		var sources []*File
		for _, f := range p.Files {
			if !f.Test && !f.Ignored {
				sources = append(sources, f)
			}
		}
		if len(sources) > 0 && !hasPackageComment(sources) {
			found = append(found, Violation{p.Dir, 0, "the package has no comment"})
		}
		for _, f := range sources {
			if !ast.IsGenerated(f.Syntax) {
				found = append(found, t.undocumented(f)...)
			}
		}
	}
	return found
}

func hasPackageComment(files []*File) bool {
	for _, f := range files {
		if f.Syntax.Doc != nil {
			return true
		}
	}
	return false
}

// undocumented reports the file's exported names that have no comment.
func (t *Tree) undocumented(f *File) []Violation {
	var found []Violation
	missing := func(name *ast.Ident) {
		found = append(found, Violation{f.Path, t.line(name), name.Name + " is exported and has no comment"})
	}
	for _, decl := range f.Syntax.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if d.Doc == nil && d.Name.IsExported() && exportedReceiver(d.Recv) {
				missing(d.Name)
			}
		case *ast.GenDecl:
			for _, name := range bareNames(d) {
				missing(name)
			}
		}
	}
	return found
}

// exportedReceiver says whether a function's receiver, if it has one, is of an
// exported type: the methods of others cannot be looked up.
func exportedReceiver(recv *ast.FieldList) bool {
	if recv == nil || len(recv.List) == 0 {
		return true
	}
	expr := recv.List[0].Type
	for {
		switch e := expr.(type) {
		case *ast.StarExpr:
			expr = e.X
		case *ast.IndexExpr: // a generic type with one parameter
			expr = e.X
		case *ast.IndexListExpr: // with several
			expr = e.X
		case *ast.Ident:
			return e.IsExported()
		default:
			return true
		}
	}
}

// bareNames lists the exported types, constants and variables of the
// declaration that have no comment, neither their own nor the group's.
func bareNames(d *ast.GenDecl) []*ast.Ident {
	var bare []*ast.Ident
	for _, spec := range d.Specs {
		switch s := spec.(type) {
		case *ast.TypeSpec:
			if s.Name.IsExported() && s.Doc == nil && (d.Lparen.IsValid() || d.Doc == nil) {
				bare = append(bare, s.Name)
			}
		case *ast.ValueSpec:
			if d.Doc != nil || s.Doc != nil || s.Comment != nil {
				continue
			}
			for _, name := range s.Names {
				if name.IsExported() {
					bare = append(bare, name)
				}
			}
		}
	}
	return bare
}
