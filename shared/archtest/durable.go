// SPDX-License-Identifier: Apache-2.0

package archtest

import (
	"go/ast"
	"slices"
)

// keepers are the packages that keep what somebody was told is kept.
var keepers = []string{
	"shared/station",
	"shared/sync",
	"kiosk/device",
	"syncserver/attach",
	"syncserver/plates",
	"syncserver/store",
	"syncserver/tlsid",
}

// keepNothing are packages below keepers that write what nobody was told is kept: to devices, or for tests.
var keepNothing = []string{
	"kiosk/device/escpos",
	"shared/station/stationtest",
	"shared/sync/sqlitedb/powerloss", // makes the files that a test finds when the power went
}

// writing are the functions of package os that make, name or fill files.
var writing = []string{"Create", "CreateTemp", "Link", "Mkdir", "MkdirAll", "OpenFile", "Rename", "WriteFile"}

// checkDurable wants package durable wherever keepers write. Tests are left alone.
func checkDurable(t *Tree) []Violation {
	var found []Violation
	for _, p := range t.in(keepers...) {
		if slices.Contains(keepNothing, p.Dir) {
			continue
		}
		for _, f := range p.Files {
			if !f.Test && !f.Ignored {
				found = append(found, t.written(f)...)
			}
		}
	}
	return found
}

// written reports where a file of the source writes files by itself.
func (t *Tree) written(f *File) []Violation {
	name := ""
	for _, imp := range t.Imports(f) {
		if imp.Path == "os" {
			name = imp.Name
		}
	}
	var found []Violation
	ast.Inspect(f.Syntax, func(n ast.Node) bool {
		if call, ok := n.(*ast.CallExpr); ok && len(call.Args) > 0 {
			if dir, ok := call.Args[0].(*ast.BasicLit); ok && dir.Value == `""` {
				return false // os.CreateTemp in the machine's folder of temporary files
			}
		}
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		pkg, ok := sel.X.(*ast.Ident)
		if ok && name != "" && pkg.Name == name && slices.Contains(writing, sel.Sel.Name) {
			found = append(found, Violation{f.Path, t.line(sel), "uses " + pkg.Name + "." + sel.Sel.Name + ", not package durable"})
		}
		return true
	})
	return found
}
