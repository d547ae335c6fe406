// SPDX-License-Identifier: Apache-2.0

package forms

import (
	"reflect"
	"strconv"
	"time"

	"yuexin/shared/sync/record"
)

// view is what the conditions make of the present answers.
type view struct {
	session  *Session
	env      reflect.Value
	visible  map[string]bool
	answered map[string]bool // visible and answered
	row      string          // "members.0." while conditions of that row run
	err      error           // of the first condition that failed to run
}

// look returns the view of the present answers.
func (s *Session) look() *view {
	if s.now == nil {
		s.now = &view{
			session: s, env: reflect.New(s.form.env).Elem(), visible: make(map[string]bool), answered: make(map[string]bool),
		}
		s.now.build()
	}
	return s.now
}

func (v *view) build() {
	today := v.session.today
	v.env.Field(envToday).SetString(today.Format(time.DateOnly))
	v.env.Field(envYear).SetInt(int64(today.Year()))
	v.env.Field(envAge).Set(reflect.ValueOf(v.session.age))
	v.env.Field(envYuan).Set(reflect.ValueOf(func(n int) int { return n * 100 }))
	v.env.Field(envAnswered).Set(reflect.ValueOf(v.isAnswered))
	for _, f := range v.session.form.order {
		if f.parent == nil {
			v.enter(f, f.Name, v.session.top, v.env, v.env)
			continue
		}
		if !v.visible[f.parent.Name] {
			continue
		}
		for i, a := range v.session.rows[f.parent.Name] {
			v.row = f.parent.Name + "." + strconv.Itoa(i) + "."
			v.enter(f, v.row+f.Name, a, v.env.Field(f.parent.at).Index(i), v.rowEnv(f.parent, i))
			v.row = ""
		}
	}
}

// enter finds whether the field is visible, by conditions over env, and if so puts its answer into its place.
func (v *view) enter(f *Field, path string, a *answers, into, env reflect.Value) {
	if !v.holds(f.section.when, true, env) || !v.holds(f.when, true, env) {
		return
	}
	v.visible[path] = true
	place := into.Field(f.at)
	if f.Type == Rows {
		n := len(v.session.rows[f.Name])
		place.Set(reflect.MakeSlice(place.Type(), n, n))
		v.answered[path] = n > 0
		return
	}
	value, ok := a.values[f.Name]
	if !ok {
		return
	}
	v.answered[path] = true
	switch value.Type() {
	case record.Bool:
		place.SetBool(value.Bool())
	case record.Int:
		place.SetInt(value.Int())
	case record.Set:
		place.Set(reflect.ValueOf(value.Set()))
	default:
		place.SetString(value.Text())
	}
}

// rowEnv returns the environment with "row" in it.
func (v *view) rowEnv(rows *Field, i int) reflect.Value {
	env := reflect.New(v.session.form.withRow[rows.Name]).Elem()
	last := env.NumField() - 1
	for j := range last {
		env.Field(j).Set(v.env.Field(j))
	}
	env.Field(last).Set(v.env.Field(rows.at).Index(i))
	return env
}

// holds runs a condition; without one, or when it fails to run, the answer is otherwise.
func (v *view) holds(r *rule, otherwise bool, env reflect.Value) bool {
	if r == nil {
		return otherwise
	}
	ok, err := r.holds(env)
	if err != nil {
		if v.err == nil {
			v.err = err
		}
		return otherwise
	}
	return ok
}

// isAnswered is the function answered of the conditions.
func (v *view) isAnswered(name string) bool {
	if rest, cut := cutRow(name); cut {
		name = v.row + rest
	}
	return v.answered[name]
}

// required says whether a visible field must be answered.
func (v *view) required(f *Field, path string, i int) bool {
	if f.requiredWhen == nil {
		return f.required
	}
	env := v.env
	if f.parent != nil {
		env = v.rowEnv(f.parent, i)
		v.row = f.parent.Name + "." + strconv.Itoa(i) + "."
		defer func() { v.row = "" }()
	}
	return v.visible[path] && v.holds(f.requiredWhen, false, env)
}
