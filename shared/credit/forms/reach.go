// SPDX-License-Identifier: Apache-2.0

package forms

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/vm"
)

// maxTries is how many combinations of answers are tried before a condition is taken on trust.
const maxTries = 20_000

// reach refuses a section, or a field, that is never asked for, whatever is answered. Conditions that only compare fields
// with constants are tried with every answer that makes a difference to them; others are taken on trust.
func (f *Form) reach() error {
	for _, s := range f.Sections {
		if s.when != nil && !f.holdsEver(s.when) {
			return fmt.Errorf("section %q: when: nobody can reach it: %q never holds", s.Name, s.when.source)
		}
	}
	for _, field := range f.order {
		if field.parent == nil && field.when != nil && !f.holdsEver(field.when) {
			return fmt.Errorf("field %q: when: nobody can reach it: %q never holds", field.path(), field.when.source)
		}
	}
	return nil
}

// trial is a field with the answers to try.
type trial struct {
	field  *Field
	values []any // None first
}

func (f *Form) holdsEver(r *rule) bool {
	seen := plainReader{form: f, plain: true, constants: map[string][]any{}}
	root := r.program.Node()
	ast.Walk(&root, &seen)
	if !seen.plain {
		return true
	}
	tries, trials := 1, []trial(nil)
	for _, read := range r.refs {
		field := f.byName[read.path]
		if field.parent != nil || field.Type == Rows || field.compute != nil || goTypes[field.Type] == nil {
			return true
		}
		t := trial{field, valuesOf(field, seen.constants[field.Name])}
		if tries *= len(t.values); tries > maxTries {
			return true
		}
		trials = append(trials, t)
	}
	return f.try(r, trials, tries)
}

func (f *Form) try(r *rule, trials []trial, tries int) bool {
	env := reflect.New(f.env)
	answered := map[string]bool{}
	env.Elem().Field(envAnswered).Set(reflect.ValueOf(func(name string) bool { return answered[name] }))
	machine := vm.VM{MemoryBudget: memoryBudget}
	for n := range tries {
		for _, t := range trials {
			i := n % len(t.values)
			n /= len(t.values)
			answered[t.field.Name] = i > 0
			place := env.Elem().Field(t.field.at)
			place.SetZero()
			if i > 0 {
				place.Set(reflect.ValueOf(t.values[i]).Convert(place.Type()))
			}
		}
		if out, err := machine.Run(r.program, env.Interface()); err != nil || out == true {
			return true
		}
	}
	return false
}

// valuesOf returns no answer, and then an answer of each sort that a comparison with the constants can tell apart.
func valuesOf(field *Field, constants []any) []any {
	values := []any{nil}
	switch field.Type {
	case YesNo, Photo, Sign:
		return append(values, true, false)
	case Choice:
		for _, o := range field.Options {
			values = append(values, o.Code)
		}
		return values
	case Choices:
		all := make([]string, len(field.Options))
		for i, o := range field.Options {
			all[i] = o.Code
			values = append(values, []string{o.Code})
		}
		return append(values, all)
	case Number, Money, Area, Decimal:
		for _, c := range append(constants, 0) {
			if n := reflect.ValueOf(c); n.CanInt() {
				values = append(values, n.Int()-1, n.Int(), n.Int()+1)
			} else if n.CanFloat() {
				values = append(values, n.Float()-0.5, n.Float(), n.Float()+0.5)
			}
		}
		return slices.DeleteFunc(values, func(v any) bool { return v != nil && !field.inRange(v) })
	}
	for _, c := range append(constants, "x") {
		if text, ok := c.(string); ok {
			values = append(values, text, text+"0", strings.TrimSuffix(text, text[max(len(text)-1, 0):]))
		}
	}
	return values
}

// inRange says whether an answer is within the limits of the field.
func (field *Field) inRange(v any) bool {
	x := reflect.ValueOf(v)
	n := int64(0)
	if field.Type == Decimal {
		n = int64(x.Convert(reflect.TypeFor[float64]()).Float() * 1000)
	} else {
		n = x.Convert(reflect.TypeFor[int64]()).Int()
	}
	return (!field.min.set || n >= field.min.n) && (!field.max.set || n <= field.max.n)
}

// plainReader finds out whether a condition only compares fields with constants, and with which.
type plainReader struct {
	form      *Form
	plain     bool
	constants map[string][]any // by field
}

// Visit looks at one node; it is called by ast.Walk.
func (r *plainReader) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.BoolNode, *ast.StringNode, *ast.IntegerNode, *ast.FloatNode, *ast.ConstantNode, *ast.ArrayNode:
	case *ast.IdentifierNode:
		r.plain = r.plain && (n.Value == "answered" || r.form.byName[n.Value] != nil)
	case *ast.UnaryNode:
		r.plain = r.plain && (n.Operator == "!" || n.Operator == "not" || n.Operator == "-")
	case *ast.CallNode:
		callee, ok := n.Callee.(*ast.IdentifierNode)
		r.plain = r.plain && ok && callee.Value == "answered"
	case *ast.BinaryNode:
		r.binary(n)
	default:
		r.plain = false
	}
}

func (r *plainReader) binary(n *ast.BinaryNode) {
	switch n.Operator {
	case "&&", "and", "||", "or":
		return
	case "==", "!=", "<", "<=", ">", ">=", "in":
	default:
		r.plain = false
		return
	}
	left, right := identifier(n.Left), identifier(n.Right)
	switch {
	case left != "" && right != "":
		r.plain = false
	case left != "":
		r.note(left, n.Right)
	case right != "":
		r.note(right, n.Left)
	default:
		_, constant := constantOf(n.Left)
		r.plain = r.plain && constant
	}
}

func identifier(n ast.Node) string {
	if id, ok := n.(*ast.IdentifierNode); ok {
		return id.Value
	}
	return ""
}

func (r *plainReader) note(field string, n ast.Node) {
	values, ok := constantOf(n)
	r.plain = r.plain && ok
	r.constants[field] = append(r.constants[field], values...)
}

// constantOf returns the constants that a node stands for, true and false left out.
func constantOf(n ast.Node) ([]any, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return []any{n.Value}, true
	case *ast.IntegerNode:
		return []any{n.Value}, true
	case *ast.FloatNode:
		return []any{n.Value}, true
	case *ast.BoolNode:
		return nil, true
	case *ast.ConstantNode:
		var out []any
		list := reflect.ValueOf(n.Value)
		switch list.Kind() {
		case reflect.Map:
			for _, key := range list.MapKeys() {
				out = append(out, key.Interface())
			}
		case reflect.Slice:
			for i := range list.Len() {
				out = append(out, list.Index(i).Interface())
			}
		default:
			out = append(out, n.Value)
		}
		return out, true
	}
	return nil, false
}
