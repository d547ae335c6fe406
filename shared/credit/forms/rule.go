// SPDX-License-Identifier: Apache-2.0

package forms

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/vm"
)

// The limits of one expression: its length as nodes, and what a run may allocate, in the units of expr's vm.
const (
	maxNodes     = 100
	memoryBudget = 10_000
)

// builtins are the functions of expr that conditions may use. All others are off, above all now(), which would give
// another answer on every device.
var builtins = []string{
	"len", "sum", "count", "any", "all", "none", "one", "map", "filter", "max", "min", "abs", "trim",
	"int", "float", "string", "round", "floor", "ceil",
}

// rule is a compiled condition or calculation.
type rule struct {
	program *vm.Program
	source  string
	refs    []ref
}

// ref is a field that a rule reads: in the row at hand, or wherever it is.
type ref struct {
	path string
	own  bool
}

// compiler compiles the conditions of one form, those of row fields with "row" in scope.
type compiler struct {
	form *Form
}

// goTypes are the types of answers in conditions.
var goTypes = map[Type]reflect.Type{
	Text: reflect.TypeFor[string](), Choice: reflect.TypeFor[string](), Date: reflect.TypeFor[string](),
	Time: reflect.TypeFor[string](), GPS: reflect.TypeFor[string](),
	Number: reflect.TypeFor[int](), Money: reflect.TypeFor[int](), Area: reflect.TypeFor[int](),
	Decimal: reflect.TypeFor[float64](),
	YesNo:   reflect.TypeFor[bool](), Photo: reflect.TypeFor[bool](), Sign: reflect.TypeFor[bool](),
	Choices: reflect.TypeFor[[]string](),
}

// tagged returns a struct field that conditions know by name.
func tagged(i int, name string, t reflect.Type) reflect.StructField {
	return reflect.StructField{Name: fmt.Sprintf("F%d", i), Type: t, Tag: reflect.StructTag(fmt.Sprintf(`expr:%q`, name))}
}

// Places of what every environment begins with.
const (
	envToday = iota
	envYear
	envAge
	envYuan
	envAnswered
	envChanged
)

// rowName is what "row" is called in the environment when it is a row of a rows field. No field can have such a name.
func rowName(rows *Field) string { return "Row_" + rows.Name }

// buildEnv makes the struct type of the environment: first the functions and constants, then the fields, and after each
// rows field the row of it that is at hand.
func (f *Form) buildEnv() {
	env := []reflect.StructField{
		tagged(envToday, "today", reflect.TypeFor[string]()),
		tagged(envYear, "year", reflect.TypeFor[int]()),
		tagged(envAge, "age", reflect.TypeFor[func(string) int]()),
		tagged(envYuan, "yuan", reflect.TypeFor[func(int) int]()),
		tagged(envAnswered, "answered", reflect.TypeFor[func(string) bool]()),
		tagged(envChanged, "changed", reflect.TypeFor[func(string) bool]()),
	}
	for _, field := range f.own {
		field.at = -1
		switch field.Type {
		case Note:
		case Rows:
			row := reflect.StructOf(rowFields(field))
			field.at, field.rowAt = len(env), len(env)+1
			env = append(env, tagged(field.at, field.Name, reflect.SliceOf(row)), tagged(field.rowAt, rowName(field), row))
		default:
			field.at = len(env)
			env = append(env, tagged(field.at, field.Name, goTypes[field.Type]))
		}
	}
	f.env = reflect.StructOf(env)
}

func rowFields(rows *Field) []reflect.StructField {
	var row []reflect.StructField
	for _, inner := range rows.Fields {
		if inner.at = -1; inner.Type != Note {
			inner.at = len(row)
			row = append(row, tagged(inner.at, inner.Name, goTypes[inner.Type]))
		}
	}
	return row
}

// compile compiles every condition and puts the fields in the order in which their standing is found.
func (f *Form) compile(file *formFile) error {
	f.buildEnv()
	c := compiler{f}
	for i, part := range file.Sections {
		s := f.Sections[i]
		var err error
		if s.when, err = c.condition(part.When, nil); err != nil {
			return fmt.Errorf("section %q: when: %w", s.Name, err)
		}
		for j, q := range part.Fields {
			if err := c.field(s.Fields[j], q); err != nil {
				return fmt.Errorf("field %q: %w", q.Name, err)
			}
		}
	}
	for _, q := range file.Checks {
		if err := c.check(q, nil); err != nil {
			return fmt.Errorf("check %q: %w", q.Name, err)
		}
	}
	if err := f.sortFields(); err != nil {
		return err
	}
	f.link()
	return f.reach()
}

func (c compiler) field(field *Field, q fieldFile) (err error) {
	if field.when, err = c.condition(q.When, field.parent); err != nil {
		return fmt.Errorf("when: %w", err)
	}
	if field.requiredWhen, err = c.condition(q.RequiredWhen, field.parent); err != nil {
		return fmt.Errorf("required_when: %w", err)
	}
	if field.compute, err = c.value(q.Compute, field); err != nil {
		return fmt.Errorf("compute: %w", err)
	}
	if field.preset, err = c.value(q.Preset, field); err != nil {
		return fmt.Errorf("preset: %w", err)
	}
	for _, check := range q.Checks {
		if err := c.check(check, field); err != nil {
			return fmt.Errorf("check %q: %w", check.Name, err)
		}
	}
	for i, inner := range q.Fields {
		if err := c.field(field.Fields[i], inner); err != nil {
			return fmt.Errorf("field %q: %w", inner.Name, err)
		}
	}
	return nil
}

// check compiles a check of the form, or of a field.
func (c compiler) check(q checkFile, field *Field) error {
	fields := q.Fields
	var rows *Field
	if field != nil {
		if len(fields) > 0 {
			return fmt.Errorf("the check of a field is about that field")
		}
		fields, rows = []string{field.path()}, field.parent
	}
	if !validName(q.Name) || !slices.Contains([]Level{Block, Warn, Flag}, q.Level) || q.When == "" || len(fields) == 0 {
		return fmt.Errorf("name, level, when or fields is missing or wrong")
	}
	for _, path := range fields {
		if c.form.byName[path] == nil {
			return fmt.Errorf("no field %q", path)
		}
	}
	message := Label{Text: q.Message}
	if err := complete(message); err != nil {
		return fmt.Errorf("message: %w", err)
	}
	r, err := c.condition(q.When, rows)
	if err != nil {
		return fmt.Errorf("when: %w", err)
	}
	made := &check{name: q.Name, level: q.Level, fields: fields, when: r, message: message, field: field}
	if field != nil {
		field.checks = append(field.checks, made)
	} else {
		c.form.checks = append(c.form.checks, made)
	}
	return nil
}

// condition compiles a condition, nil for none. rows is the field whose row it is about, or nil.
func (c compiler) condition(source string, rows *Field) (*rule, error) {
	return c.rule(source, rows, expr.AsBool())
}

// value compiles what an answer of the field is computed from, nil for nothing. Numbers may be fractions: they are rounded.
func (c compiler) value(source string, field *Field) (*rule, error) {
	r, err := c.rule(source, field.parent)
	if r == nil || err != nil {
		return nil, err
	}
	kind := reflect.Invalid
	if t := r.program.Node().Type(); t != nil {
		kind = t.Kind()
	}
	numeric := kind == reflect.Float64 || kind == reflect.Int
	want := goTypes[field.Type]
	switch {
	case want == nil || want.Kind() == reflect.Slice || field.Type == Photo || field.Type == Sign:
		return nil, fmt.Errorf("a %s cannot be computed", field.Type)
	case numeric && (want.Kind() == reflect.Int || want.Kind() == reflect.Float64), kind == want.Kind():
		return r, nil
	}
	return nil, fmt.Errorf("%q is a %s, not the answer of a %s", source, kind, field.Type)
}

func (c compiler) rule(source string, rows *Field, more ...expr.Option) (*rule, error) {
	if source == "" {
		return nil, nil
	}
	seen := newReader(c.form, rows)
	options := append(more,
		expr.Env(reflect.New(c.form.env).Interface()), expr.MaxNodes(maxNodes), expr.DisableAllBuiltins(), expr.Patch(seen),
	)
	for _, name := range builtins {
		options = append(options, expr.EnableBuiltin(name))
	}
	program, err := expr.Compile(source, options...)
	if err != nil {
		return nil, err
	}
	refs, err := seen.found()
	if err != nil {
		return nil, err
	}
	return &rule{program, source, refs}, nil
}
