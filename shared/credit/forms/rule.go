// SPDX-License-Identifier: Apache-2.0

package forms

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/vm"
)

// The limits of one expression: its length as nodes, and what a run may allocate, in the units of expr's vm.
const (
	maxNodes     = 100
	memoryBudget = 10_000
)

// builtins are the functions of expr that conditions may use. All others are off, above all now(), which would give
// another answer on every device.
var builtins = []string{"len", "sum", "count", "any", "all", "none", "one", "map", "filter", "max", "min", "abs", "trim"}

// rule is a compiled condition.
type rule struct {
	program *vm.Program
	refs    []string // paths of the fields it reads
}

// holds runs the rule. An error is a defect of the form (a budget that does not do, a division by zero).
func (r *rule) holds(env reflect.Value) (bool, error) {
	machine := vm.VM{MemoryBudget: memoryBudget}
	out, err := machine.Run(r.program, env.Interface())
	if err != nil {
		return false, fmt.Errorf("run a condition: %w", err)
	}
	return out == true, nil
}

// compiler compiles the conditions of one form, those of row fields with "row" in scope.
type compiler struct {
	form *Form
}

// goTypes are the types of answers in conditions.
var goTypes = map[Type]reflect.Type{
	Text: reflect.TypeFor[string](), Choice: reflect.TypeFor[string](), Date: reflect.TypeFor[string](),
	Number: reflect.TypeFor[int](), Money: reflect.TypeFor[int](), Area: reflect.TypeFor[int](),
	YesNo: reflect.TypeFor[bool](), Choices: reflect.TypeFor[[]string](),
}

// tagged returns a struct field that conditions know by name.
func tagged(i int, name string, t reflect.Type) reflect.StructField {
	return reflect.StructField{Name: fmt.Sprintf("F%d", i), Type: t, Tag: reflect.StructTag(fmt.Sprintf(`expr:%q`, name))}
}

// buildEnv makes the struct types of the environment: first the functions and constants, then the fields.
func (f *Form) buildEnv() {
	f.rowEnv = make(map[string]reflect.Type)
	env := []reflect.StructField{
		tagged(envToday, "today", reflect.TypeFor[string]()),
		tagged(envYear, "year", reflect.TypeFor[int]()),
		tagged(envAge, "age", reflect.TypeFor[func(string) int]()),
		tagged(envYuan, "yuan", reflect.TypeFor[func(int) int]()),
		tagged(envAnswered, "answered", reflect.TypeFor[func(string) bool]()),
	}
	for _, s := range f.Sections {
		for _, field := range s.Fields {
			t := goTypes[field.Type]
			if field.Type == Rows {
				var row []reflect.StructField
				for _, inner := range field.Fields {
					inner.at = len(row)
					row = append(row, tagged(inner.at, inner.Name, goTypes[inner.Type]))
				}
				f.rowEnv[field.Name] = reflect.StructOf(row)
				t = reflect.SliceOf(f.rowEnv[field.Name])
			}
			field.at = len(env)
			env = append(env, tagged(field.at, field.Name, t))
		}
	}
	f.env = reflect.StructOf(env)
	f.withRow = make(map[string]reflect.Type)
	for rows, row := range f.rowEnv {
		f.withRow[rows] = reflect.StructOf(append(slices.Clip(env), tagged(len(env), "row", row)))
	}
}

// Places of what every environment begins with.
const (
	envToday = iota
	envYear
	envAge
	envYuan
	envAnswered
)

// compile compiles every condition and puts the fields in the order in which visibility is found.
func (f *Form) compile(file *formFile) error {
	f.buildEnv()
	c := compiler{f}
	for i, part := range file.Sections {
		s := f.Sections[i]
		var err error
		if s.when, err = c.rule(part.When, nil); err != nil {
			return fmt.Errorf("section %q: when: %w", s.Name, err)
		}
		for j, q := range part.Fields {
			if err := c.field(s.Fields[j], q); err != nil {
				return fmt.Errorf("field %q: %w", q.Name, err)
			}
		}
	}
	for _, q := range file.Checks {
		if err := c.check(q.Name, q.Level, q.Fields, q.When, Label{Text: q.Message}); err != nil {
			return fmt.Errorf("check %q: %w", q.Name, err)
		}
	}
	return f.sortFields()
}

func (c compiler) field(field *Field, q fieldFile) (err error) {
	if field.when, err = c.rule(q.When, field.parent); err != nil {
		return fmt.Errorf("when: %w", err)
	}
	if field.requiredWhen, err = c.rule(q.RequiredWhen, field.parent); err != nil {
		return fmt.Errorf("required_when: %w", err)
	}
	for i, inner := range q.Fields {
		if err := c.field(field.Fields[i], inner); err != nil {
			return fmt.Errorf("field %q: %w", inner.Name, err)
		}
	}
	return nil
}

func (c compiler) check(name string, level Level, fields []string, when string, message Label) error {
	if !validName(name) || level != Block && level != Warn || when == "" || len(fields) == 0 {
		return fmt.Errorf("name, level, when or fields is missing or wrong")
	}
	for _, path := range fields {
		if c.form.byName[path] == nil {
			return fmt.Errorf("no field %q", path)
		}
	}
	if err := complete(message); err != nil {
		return fmt.Errorf("message: %w", err)
	}
	r, err := c.rule(when, nil)
	if err != nil {
		return fmt.Errorf("when: %w", err)
	}
	c.form.checks = append(c.form.checks, &check{name, level, fields, r, message})
	return nil
}

// rule compiles a condition, nil for none. rows is the field whose row the condition is about, or nil.
func (c compiler) rule(source string, rows *Field) (*rule, error) {
	if source == "" {
		return nil, nil
	}
	env := c.form.env
	if rows != nil {
		env = c.form.withRow[rows.Name]
	}
	options := []expr.Option{
		expr.Env(reflect.New(env).Elem().Interface()), expr.AsBool(), expr.MaxNodes(maxNodes), expr.DisableAllBuiltins(),
	}
	for _, name := range builtins {
		options = append(options, expr.EnableBuiltin(name))
	}
	program, err := expr.Compile(source, options...)
	if err != nil {
		return nil, err
	}
	seen := reader{form: c.form, rows: rows}
	root := program.Node()
	ast.Walk(&root, &seen)
	if seen.err != nil {
		return nil, seen.err
	}
	return &rule{program, slices.Compact(slices.Sorted(slices.Values(seen.refs)))}, nil
}

// reader finds the fields that an expression reads.
type reader struct {
	form *Form
	rows *Field
	refs []string
	err  error
}

// Visit looks at one node; it is called by ast.Walk.
func (r *reader) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.IdentifierNode:
		r.read(n.Value)
	case *ast.MemberNode:
		at, ok := n.Node.(*ast.IdentifierNode)
		name, constant := n.Property.(*ast.StringNode)
		if ok && constant && at.Value == "row" && r.rows != nil {
			r.refs = append(r.refs, r.rows.Name+"."+name.Value)
		}
	case *ast.CallNode:
		r.call(n)
	}
}

// read notes a field of the form; rows are read with all their fields.
func (r *reader) read(name string) {
	field := r.form.byName[name]
	if field == nil {
		return
	}
	r.refs = append(r.refs, name)
	for _, inner := range field.Fields {
		r.refs = append(r.refs, inner.path())
	}
}

// call wants answered to name a field that there is.
func (r *reader) call(n *ast.CallNode) {
	callee, ok := n.Callee.(*ast.IdentifierNode)
	if !ok || callee.Value != "answered" || len(n.Arguments) != 1 {
		return
	}
	name, constant := n.Arguments[0].(*ast.StringNode)
	if !constant {
		r.err = fmt.Errorf("answered takes the name of a field in quotes")
		return
	}
	path, inRow := name.Value, false
	if r.rows != nil {
		if rest, cut := cutRow(path); cut {
			path, inRow = r.rows.Name+"."+rest, true
		}
	}
	field := r.form.byName[path]
	if field == nil || (field.parent != nil) != inRow {
		r.err = fmt.Errorf("answered: no field %q", name.Value)
		return
	}
	r.refs = append(r.refs, path)
}
