// SPDX-License-Identifier: Apache-2.0

package forms

import (
	"fmt"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
)

// reader finds the fields that an expression reads, as exactly as it can: what is read of each row and what of the row at
// hand decides how much is looked at again on a keystroke. It also gives "row" its name in the environment.
type reader struct {
	form *Form
	rows *Field

	whole   map[*ast.IdentifierNode]bool // fields that are read, with all that is in them
	row     map[*ast.IdentifierNode]bool // "row", read as a whole
	items   map[ast.Node]*Field          // lists of rows: a rows field, or what filter leaves of it
	pending []string                     // ".name" of a predicate that is not closed yet
	bare    int                          // "#" by itself, of such a predicate
	unclear bool                         // a predicate over something else: then rows are read with all that is in them
	refs    []ref
	err     error
}

func newReader(form *Form, rows *Field) *reader {
	return &reader{
		form: form, rows: rows, whole: map[*ast.IdentifierNode]bool{}, row: map[*ast.IdentifierNode]bool{}, items: map[ast.Node]*Field{},
	}
}

// Visit looks at one node, after those below it; it is called by expr.
func (r *reader) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.IdentifierNode:
		r.identifier(n)
	case *ast.PointerNode:
		r.bare++
	case *ast.MemberNode:
		r.member(n)
	case *ast.BuiltinNode:
		r.builtin(n)
	case *ast.CallNode:
		r.call(n)
	case *ast.BinaryNode:
		r.compare(n)
	}
}

func (r *reader) identifier(n *ast.IdentifierNode) {
	field := r.form.byName[n.Value]
	switch {
	case n.Value == "row" && r.rows != nil:
		n.Value = rowName(r.rows)
		r.row[n] = true
	case strings.HasPrefix(n.Value, "Row_"):
		r.fail("unknown name %s", n.Value)
	case field != nil:
		r.whole[n] = true
		if field.Type == Rows {
			r.items[n] = field
		}
	}
}

// member notes row.x, and .x within a predicate.
func (r *reader) member(n *ast.MemberNode) {
	name, constant := n.Property.(*ast.StringNode)
	if !constant {
		return
	}
	switch at := n.Node.(type) {
	case *ast.IdentifierNode:
		if r.row[at] {
			delete(r.row, at)
			r.refs = append(r.refs, ref{r.rows.Name + "." + name.Value, true})
		}
	case *ast.PointerNode:
		r.bare--
		r.pending = append(r.pending, name.Value)
	}
}

// builtin closes a predicate: what it read was of the rows of its list.
func (r *reader) builtin(n *ast.BuiltinNode) {
	if len(n.Arguments) == 0 {
		return
	}
	rows := r.items[n.Arguments[0]]
	id, direct := n.Arguments[0].(*ast.IdentifierNode)
	if len(n.Arguments) == 1 {
		if rows != nil && direct && n.Name == "len" {
			delete(r.whole, id)
			r.refs = append(r.refs, ref{rows.Name, false})
		}
		return
	}
	if _, predicate := n.Arguments[1].(*ast.PredicateNode); !predicate {
		return
	}
	read, bare := r.pending, r.bare
	r.pending, r.bare = nil, 0
	if rows == nil {
		r.unclear = r.unclear || len(read) > 0
		return
	}
	if bare > 0 {
		return // with the whole list
	}
	if direct {
		delete(r.whole, id)
	}
	r.refs = append(r.refs, ref{rows.Name, false})
	for _, name := range read {
		r.refs = append(r.refs, ref{rows.Name + "." + name, false})
	}
	if n.Name == "filter" {
		r.items[n] = rows
	}
}

// call wants answered and changed to name a field that there is.
func (r *reader) call(n *ast.CallNode) {
	callee, ok := n.Callee.(*ast.IdentifierNode)
	if !ok || callee.Value != "answered" && callee.Value != "changed" || len(n.Arguments) != 1 {
		return
	}
	name, constant := n.Arguments[0].(*ast.StringNode)
	if !constant {
		r.fail("%s takes the name of a field in quotes", callee.Value)
		return
	}
	path, inRow := name.Value, false
	if r.rows != nil {
		if rest, cut := cutRow(path); cut {
			path, inRow = r.rows.Name+"."+rest, true
		}
	}
	field := r.form.byName[path]
	if field == nil || field.Type == Note || (field.parent != nil) != inRow {
		r.fail("%s: no field %q", callee.Value, name.Value)
		return
	}
	r.refs = append(r.refs, ref{path, inRow})
}

// compare wants a code that a choice is compared with to be one of its codes.
func (r *reader) compare(n *ast.BinaryNode) {
	switch n.Operator {
	case "==", "!=":
		r.wantCode(n.Left, n.Right)
		r.wantCode(n.Right, n.Left)
	case "in":
		r.wantCode(n.Right, n.Left)
		if list, ok := n.Right.(*ast.ArrayNode); ok {
			for _, code := range list.Nodes {
				r.wantCode(n.Left, code)
			}
		}
	}
}

func (r *reader) wantCode(of, code ast.Node) {
	text, constant := code.(*ast.StringNode)
	field := r.fieldOf(of)
	if !constant || text.Value == "" || field == nil || len(field.Options) == 0 {
		return
	}
	if _, known := field.option(text.Value); !known {
		r.fail("%q is no choice of %q", text.Value, field.path())
	}
}

// fieldOf returns the field that a node reads, nil if it is something else.
func (r *reader) fieldOf(n ast.Node) *Field {
	switch n := n.(type) {
	case *ast.IdentifierNode:
		return r.form.byName[n.Value]
	case *ast.MemberNode:
		at, ok := n.Node.(*ast.IdentifierNode)
		name, constant := n.Property.(*ast.StringNode)
		if ok && constant && r.rows != nil && at.Value == rowName(r.rows) {
			return r.form.byName[r.rows.Name+"."+name.Value]
		}
	}
	return nil
}

func (r *reader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = fmt.Errorf(format, args...)
	}
}

// found returns what was read, each field once.
func (r *reader) found() ([]ref, error) {
	if r.err != nil {
		return nil, r.err
	}
	for n := range r.whole {
		field := r.form.byName[n.Value]
		r.refs = append(r.refs, ref{field.Name, false})
		r.readAll(field, false)
	}
	if len(r.row) > 0 {
		r.readAll(r.rows, true)
	}
	if r.unclear || len(r.pending) > 0 {
		for _, rows := range r.items {
			r.readAll(rows, false)
		}
	}
	slices.SortFunc(r.refs, func(a, b ref) int {
		if c := strings.Compare(a.path, b.path); c != 0 || a.own == b.own {
			return c
		}
		if a.own {
			return 1
		}
		return -1
	})
	return slices.Compact(r.refs), nil
}

// readAll notes everything in a row.
func (r *reader) readAll(rows *Field, own bool) {
	for _, inner := range rows.Fields {
		r.refs = append(r.refs, ref{inner.path(), own})
	}
}
