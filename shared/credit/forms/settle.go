// SPDX-License-Identifier: Apache-2.0

package forms

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"time"

	"yuexin/shared/ident"
	"yuexin/shared/region"
	"yuexin/shared/sync/record"
)

// The steps of a form (order.go) are taken again when something they read has changed, and then only in the rows where it
// has: a keystroke costs what depends on it, not what the form holds.

// group is the answers of the form itself or of one row.
type group struct {
	header   record.Header // of the record it was loaded from; zero for a new one
	disputed []record.Field
	rows     *Field // nil for the form itself
	at       int    // number of the row
	number   int64  // of the part of a draft that it is; 0 for the form itself

	id      ident.Record      // of the record that it is to become; zero until then, or for one that was loaded
	reasons map[string]string // why somebody went on in spite of a warning, by the check's key
	cells   []cell
	held    []bool // by slot of a check
	due     []bool // by step
	trouble int    // findings
}

// open prepares for the conditions what does not change.
func (s *Session) prepare() {
	s.env = reflect.New(s.form.env)
	s.machine.MemoryBudget = memoryBudget
	s.waiting = make([][]*group, len(s.form.steps))
	s.broken = make(map[broken]error)
	env := s.env.Elem()
	env.Field(envToday).SetString(s.today.Format(time.DateOnly))
	env.Field(envYear).SetInt(int64(s.today.Year()))
	env.Field(envAge).Set(reflect.ValueOf(s.age))
	env.Field(envYuan).Set(reflect.ValueOf(func(n int) int { return n * 100 }))
	env.Field(envAnswered).Set(reflect.ValueOf(func(name string) bool {
		c := s.named(name)
		return c != nil && !c.counted.IsNone() || c == nil && s.env.Elem().Field(s.form.byName[name].at).Len() > 0
	}))
	env.Field(envChanged).Set(reflect.ValueOf(func(name string) bool {
		c := s.named(name)
		return c != nil && !c.original.IsNone() && !c.counted.Equal(c.original)
	}))
}

// named returns the cell that a condition names, in the row at hand for "row.x"; nil for rows.
func (s *Session) named(name string) *cell {
	g := s.top
	if rest, cut := cutRow(name); cut && s.hand != nil {
		g, name = s.hand, s.hand.rows.Name+"."+rest
	}
	field := s.form.byName[name]
	if field.Type == Rows {
		return nil
	}
	return &g.cells[field.index]
}

// await notes that a step has to be taken: in one group, or in every row.
func (s *Session) await(e edge, g *group) {
	rows := s.form.steps[e.to].rows
	switch {
	case rows == nil:
		s.queue(e.to, s.top)
	case e.own && g.rows == rows:
		s.queue(e.to, g)
	default:
		for _, row := range s.rows[rows.Name] {
			s.queue(e.to, row)
		}
	}
}

func (s *Session) queue(step int, g *group) {
	if !g.due[step] {
		g.due[step] = true
		s.waiting[step] = append(s.waiting[step], g)
	}
}

// awaitAll notes every step of a group.
func (s *Session) awaitAll(g *group) {
	for i, step := range s.form.steps {
		if step.rows == g.rows {
			s.queue(i, g)
		}
	}
}

// settle takes all steps that are due, each once.
func (s *Session) settle() {
	var touched []*group
	for i := range s.form.steps {
		step := &s.form.steps[i]
		for _, g := range s.waiting[i] { // a step lets later ones wait only
			g.due[i] = false
			if g.rows != nil && (g.at >= len(s.rows[g.rows.Name]) || s.rows[g.rows.Name][g.at] != g) {
				continue // the row was taken out
			}
			if len(touched) == 0 || touched[len(touched)-1] != g {
				touched = append(touched, g)
			}
			if s.take(step, i, g) {
				for _, e := range step.next {
					s.await(e, g)
				}
			}
		}
		s.waiting[i] = s.waiting[i][:0]
	}
	for _, g := range touched {
		g.trouble = len(s.judge(g))
	}
}

// take takes a step and reports whether its result changed.
func (s *Session) take(step *step, i int, g *group) bool {
	s.hand = nil
	if g.rows != nil {
		s.hand = g
		if list := s.env.Elem().Field(g.rows.at); g.at < list.Len() {
			s.env.Elem().Field(g.rows.rowAt).Set(list.Index(g.at))
		}
	}
	switch c := step.check; {
	case c != nil:
		about := c.field == nil || !g.cells[c.field.index].counted.IsNone()
		g.held[c.slot] = about && s.holds(c.when, false, i, g)
		return false
	case step.need:
		f := step.field
		if f.Type != Rows {
			a := &g.cells[f.index]
			a.required = a.visible && (f.required || s.holds(f.requiredWhen, false, i, g))
		}
		return false
	case step.field.Type == Rows:
		return s.standRows(step.field, i)
	}
	return s.stand(step.field, i, g)
}

// stand finds whether a field is visible and what its answer counts for, and reports whether that changed.
func (s *Session) stand(f *Field, i int, g *group) bool {
	a := &g.cells[f.index]
	visible := s.visible(f, i, g)
	if f.compute != nil {
		a.value = record.Value{}
		if visible {
			a.value = s.value(f.compute, f, i, g)
		}
	}
	counted := record.Value{}
	a.astray = false
	if visible && a.fault == nil {
		a.astray = !s.within(f, a.value, g)
		if !a.astray {
			counted = a.value
		}
	}
	changed := visible != a.visible || !counted.Equal(a.counted)
	a.visible, a.counted = visible, counted
	if place, there := s.place(f, g); changed && there {
		put(place, f, counted, s.today.Location())
	}
	return changed
}

// standRows does the same for a rows field: what is not visible has no rows in conditions.
func (s *Session) standRows(f *Field, i int) bool {
	a := &s.top.cells[f.index]
	visible := s.visible(f, i, s.top)
	list, n := s.env.Elem().Field(f.at), len(s.rows[f.Name])
	if !visible {
		n = 0
	}
	changed := visible != a.visible || n != list.Len()
	if visible != a.visible {
		list.Set(reflect.MakeSlice(list.Type(), n, n))
		for _, g := range s.rows[f.Name] {
			for j := range g.cells {
				g.cells[j].counted = record.Value{} // nothing stands in the new list yet
			}
			s.awaitAll(g)
		}
	}
	a.visible = visible
	return changed
}

func (s *Session) visible(f *Field, i int, g *group) bool {
	if f.parent != nil && !s.top.cells[f.parent.index].visible {
		return false
	}
	return (f.parent != nil || s.holds(f.section.when, true, i, g)) && s.holds(f.when, true, i, g)
}

// place returns where conditions look for an answer.
func (s *Session) place(f *Field, g *group) (reflect.Value, bool) {
	env := s.env.Elem()
	switch {
	case f.at < 0:
		return env, false
	case g.rows == nil:
		return env.Field(f.at), true
	}
	list := env.Field(g.rows.at)
	if g.at >= list.Len() {
		return env, false
	}
	return list.Index(g.at).Field(f.at), true
}

// put writes what an answer counts for as conditions see it.
func put(place reflect.Value, f *Field, v record.Value, zone *time.Location) {
	place.SetZero()
	switch {
	case v.IsNone():
	case f.Type == Time:
		place.SetString(f.print(v, zone))
	case f.Type == Decimal:
		place.SetFloat(float64(v.Int()) / 1000)
	case v.Type() == record.Bool:
		place.SetBool(v.Bool())
	case v.Type() == record.Int:
		place.SetInt(v.Int())
	case v.Type() == record.Set:
		place.Set(reflect.ValueOf(v.Set()))
	case v.Type() == record.Bytes:
		place.SetBool(true)
	default:
		place.SetString(v.Text())
	}
}

// within says whether a choice or a region lies within what the field named in Under has for an answer.
func (s *Session) within(f *Field, v record.Value, g *group) bool {
	if f.Under == "" || v.IsNone() {
		return true
	}
	above := s.above(f, g).Text()
	if f.Type == Text {
		code := region.Code(v.Text())
		for code != "" && code != region.Code(above) {
			code = code.Parent()
		}
		return code != "" || above == ""
	}
	return slices.ContainsFunc(f.Options, func(o Option) bool { return o.Code == v.Text() && o.Under == above })
}

// above returns the answer of the field named in Under.
func (s *Session) above(f *Field, g *group) record.Value {
	at := f.under()
	if !at.own {
		g = s.top
	}
	return g.cells[s.form.byName[at.path].index].counted
}

// broken names a condition in a group.
type broken struct {
	step int
	g    *group
}

// holds runs a condition; without one, or when it fails to run, the answer is otherwise.
func (s *Session) holds(r *rule, otherwise bool, step int, g *group) bool {
	if r == nil {
		return otherwise
	}
	out, ok := s.run(r, step, g)
	if !ok {
		return otherwise
	}
	return out == true
}

// run runs a rule. That it fails is a defect of the form (a budget that does not do, a division by zero), told with the
// findings.
func (s *Session) run(r *rule, step int, g *group) (any, bool) {
	key := broken{step, g}
	out, err := s.machine.Run(r.program, s.env.Interface())
	if err != nil {
		s.broken[key] = fmt.Errorf("run %q: %w", r.source, err)
		return nil, false
	}
	delete(s.broken, key)
	return out, true
}

// value computes an answer. Fractions are rounded half to even, to thousandths for a decimal; what is no number, as after
// a division by zero, and what the field does not take is no answer.
func (s *Session) value(r *rule, f *Field, step int, g *group) record.Value {
	out, ok := s.run(r, step, g)
	if !ok {
		return record.Value{}
	}
	switch out := out.(type) {
	case bool:
		return record.OfBool(out)
	case string:
		v, err := f.read(out, s.today)
		if err != nil {
			return record.Value{}
		}
		return v
	case int:
		if f.Type == Decimal {
			return rounded(float64(out) * 1000)
		}
		return record.OfInt(int64(out))
	case float64:
		if f.Type == Decimal {
			out *= 1000
		}
		return rounded(out)
	}
	return record.Value{}
}

// rounded returns None for what does not fit exactly into a float64's 53 bits.
func rounded(x float64) record.Value {
	if math.IsNaN(x) || math.Abs(x) > 1<<53 {
		return record.Value{}
	}
	return record.OfInt(int64(math.RoundToEven(x)))
}
