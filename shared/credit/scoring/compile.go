// SPDX-License-Identifier: Apache-2.0

package scoring

import (
	"fmt"
	"maps"
	"math/bits"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/vm"

	"yuexin/shared/sync/record"
)

// The limits of one expression: its length as nodes, and what a run may allocate, in the units of expr's vm.
const (
	maxNodes     = 120
	memoryBudget = 10_000
)

// indicator is an Indicator, compiled.
type indicator struct {
	*Indicator
	value, missing, asOf *vm.Program

	fields, sums []int // which of the card's it reads, also through indicators above it
	text         bool
	isMissing    string // the name of missing_x
}

// samples are what the types of a card's fields are in expressions.
var samples = map[string]any{"int": 0, "text": "", "bool": false, "set": []string(nil)}

// types are what they are in records.
var types = map[string]record.Type{"int": record.Int, "text": record.Text, "bool": record.Bool, "set": record.Set}

// names are what an expression may name, with a value of its type.
type names map[string]any

// functions that every expression knows.
func (n names) withFunctions() names {
	n["div"], n["share"], n["least"], n["most"] = div, shareOf, least, most
	return n
}

// div returns a/b rounded half up, away from zero below it; 0 where b is 0.
func div(a, b int) int {
	if b == 0 {
		return 0
	}
	if b < 0 {
		a, b = -a, -b
	}
	if a < 0 {
		return -int(scale(uint64(-a), 1, uint64(b)))
	}
	return int(scale(uint64(a), 1, uint64(b)))
}

// shareOf returns percent of a.
func shareOf(a, percent int) int {
	sign := 1
	if a < 0 {
		a, sign = -a, -sign
	}
	if percent < 0 {
		percent, sign = -percent, -sign
	}
	return sign * int(scale(uint64(a), uint64(percent), 100))
}

// scale returns a·b/c, rounded half up; the greatest int where it does not fit.
func scale(a, b, c uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	lo, carry := bits.Add64(lo, c/2, 0)
	if hi += carry; hi >= c {
		return 1<<63 - 1
	}
	q, _ := bits.Div64(hi, lo, c)
	return min(q, 1<<63-1)
}

func least(a, b int) int { return min(a, b) }
func most(a, b int) int  { return max(a, b) }

// dayOf returns a day as expressions compare and hand on days.
func dayOf(year, month, day int) string {
	return time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
}

// dayNumber returns the days from 1970-01-01 to a day, false for what is none.
func dayNumber(day string) (int64, bool) {
	t, err := time.Parse(time.DateOnly, day)
	return t.Unix() / 86400, err == nil
}

// compile compiles every expression, and finds out what each reads.
func (c *Card) compile() error {
	if err := c.compileSums(); err != nil {
		return err
	}
	if err := c.compileIndicators(); err != nil {
		return err
	}
	judging := names{}.withFunctions()
	for _, ind := range c.indicators {
		judging[ind.Name], judging[ind.isMissing] = 0, false
		if ind.text {
			judging[ind.Name] = ""
		}
	}
	if c.Peers != nil {
		if err := c.compilePeers(judging); err != nil {
			return err
		}
	}
	if err := c.compileItems(judging); err != nil {
		return err
	}
	judging["score"], judging["confidence"] = 0, 0
	var err error
	if c.vetoes, err = compileAll(c.Vetoes, func(v Veto) (string, string) { return v.Name, v.When }, judging); err != nil {
		return fmt.Errorf("veto %w", err)
	}
	if c.caps, err = compileAll(c.Caps, func(v Cap) (string, string) { return v.Name, v.When }, judging); err != nil {
		return fmt.Errorf("cap %w", err)
	}
	for _, l := range c.Ladders {
		judging[l.Name] = ""
	}
	return c.compileLimit(judging)
}

func compileAll[T any](list []T, of func(T) (name, when string), known names) (out []rule, err error) {
	for i, one := range list {
		name, when := of(one)
		p, _, err := known.compile(when, reflect.Bool)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", name, err)
		}
		out = append(out, rule{p, i})
	}
	return out, nil
}

func (c *Card) compileLimit(known names) (err error) {
	if c.Limit == nil {
		return nil
	}
	if c.limitWhen, _, err = known.compile(c.Limit.When, reflect.Bool); err != nil {
		return fmt.Errorf("limit: when: %w", err)
	}
	known["sofar"], known["original"] = 0, 0
	for _, l := range c.Limit.Lines {
		p, _, err := known.compile(l.Value, reflect.Int)
		if err != nil {
			return fmt.Errorf("limit line %q: %w", l.Name, err)
		}
		c.lines = append(c.lines, p)
	}
	return nil
}

// fieldNames returns the fields that the card reads of a record, in order.
func (c *Card) fieldNames() []string { return slices.Sorted(maps.Keys(c.Fields)) }

func (c *Card) compileIndicators() error {
	known := names{"year": 0, "days": func(string) int { return 0 }, "day": dayOf}.withFunctions()
	fields := c.fieldNames()
	for _, name := range fields {
		sample, is := samples[c.Fields[name]]
		if !is {
			return fmt.Errorf("field %q: its type is none of int, text, bool, set", name)
		}
		known[name], known["has_"+name] = sample, false
		c.read(record.Kind(c.Kind), record.Field(name))
	}
	for _, s := range c.Sums {
		known[s.Name], known["has_"+s.Name] = 0, false
	}
	for i := range c.Indicators {
		ind := &indicator{Indicator: &c.Indicators[i], text: c.Indicators[i].Unit == Code, isMissing: "missing_" + c.Indicators[i].Name}
		if err := c.compileIndicator(ind, known, fields); err != nil {
			return fmt.Errorf("indicator %q: %w", ind.Name, err)
		}
		c.indicators = append(c.indicators, ind)
		if known[ind.Name] = 0; ind.text {
			known[ind.Name] = ""
		}
	}
	return c.everyFieldRead(fields)
}

// everyFieldRead refuses what the card asks for and does not use: it reads no more of people than it needs.
func (c *Card) everyFieldRead(fields []string) error {
	for i, name := range fields {
		if !slices.ContainsFunc(c.indicators, func(ind *indicator) bool { return slices.Contains(ind.fields, i) }) {
			return fmt.Errorf("field %q is not used", name)
		}
	}
	for i, s := range c.Sums {
		if !slices.ContainsFunc(c.indicators, func(ind *indicator) bool { return slices.Contains(ind.sums, i) }) {
			return fmt.Errorf("sum %q is not used", s.Name)
		}
	}
	return nil
}

func (c *Card) compileIndicator(ind *indicator, known names, fields []string) error {
	want := reflect.Int
	if ind.text {
		want = reflect.String
	}
	all := map[string]bool{}
	for _, part := range []struct {
		source string
		kind   reflect.Kind
		to     **vm.Program
	}{{ind.Value, want, &ind.value}, {ind.Missing, reflect.Bool, &ind.missing}, {ind.AsOf, reflect.String, &ind.asOf}} {
		if part.source == "" && part.to != &ind.value {
			continue
		}
		p, refs, err := known.compile(part.source, part.kind)
		if err != nil {
			return err
		}
		*part.to = p
		for _, name := range refs {
			all[strings.TrimPrefix(name, "has_")] = true
		}
	}
	for i, name := range fields {
		if all[name] {
			ind.fields = append(ind.fields, i)
		}
	}
	for i, s := range c.Sums {
		if all[s.Name] {
			ind.sums = append(ind.sums, i)
		}
	}
	for _, other := range c.indicators {
		if all[other.Name] {
			ind.fields, ind.sums = joined(ind.fields, other.fields), joined(ind.sums, other.sums)
		}
	}
	return nil
}

func joined(a, b []int) []int {
	a = append(a, b...)
	slices.Sort(a)
	return slices.Compact(a)
}

// compile compiles one expression of a type, and returns the names that it reads.
func (n names) compile(source string, want reflect.Kind) (*vm.Program, []string, error) {
	seen := &reader{known: n}
	program, err := expr.Compile(source, expr.Env(map[string]any(n)), expr.MaxNodes(maxNodes), expr.DisableAllBuiltins(),
		expr.EnableBuiltin("len"), expr.Patch(seen), expr.AsKind(want))
	if err != nil {
		return nil, nil, err
	}
	if seen.err != nil {
		return nil, nil, seen.err
	}
	if t := program.Node().Type(); t == nil || t.Kind() != want {
		return nil, nil, fmt.Errorf("%q is a %v, not a %v", source, t, want)
	}
	return program, seen.names, nil
}

// reader notes what an expression names, and refuses what is not the same on every machine.
type reader struct {
	known names
	names []string
	err   error
}

// Visit looks at one node; it is called by expr.
func (r *reader) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.IdentifierNode:
		if _, is := r.known[n.Value]; !is {
			r.err = fmt.Errorf("unknown name %s", n.Value)
		}
		r.names = append(r.names, n.Value)
	case *ast.FloatNode:
		r.err = fmt.Errorf("%v is a fraction: use whole numbers", n.Value)
	case *ast.BinaryNode:
		if n.Operator == "/" || n.Operator == "**" || n.Operator == "^" {
			r.err = fmt.Errorf("%s gives fractions: use div(a, b)", n.Operator)
		}
	}
}

// read notes that the card reads a field of a kind.
func (c *Card) read(kind record.Kind, field record.Field) {
	if c.reads[kind] == nil {
		c.reads[kind] = map[record.Field]bool{}
	}
	c.reads[kind][field] = true
}

// Kinds returns the kinds of records that the card reads, that of what it judges first.
func (c *Card) Kinds() []record.Kind {
	own := record.Kind(c.Kind)
	others := slices.DeleteFunc(slices.Sorted(maps.Keys(c.reads)), func(k record.Kind) bool { return k == own })
	return append([]record.Kind{own}, others...)
}

// Reads returns the fields that the card reads of a kind, in order; none for a kind that it does not read.
func (c *Card) Reads(kind record.Kind) []record.Field { return slices.Sorted(maps.Keys(c.reads[kind])) }

// Touches reports whether a change of these fields of a record of a kind can change a result. Deleting or restoring a record
// is a change of record.Deleted.
func (c *Card) Touches(kind record.Kind, fields ...record.Field) bool {
	return slices.ContainsFunc(fields, func(f record.Field) bool { return c.reads[kind] != nil && (c.reads[kind][f] || f == record.Deleted) })
}

// CheckAgainst reports what the card reads and the catalogue does not have, or has as something else.
func (c *Card) CheckAgainst(cat *record.Catalogue) error {
	want := map[record.Kind]map[record.Field]record.Type{}
	for kind, fields := range c.reads {
		want[kind] = map[record.Field]record.Type{}
		for f := range fields {
			want[kind][f] = record.None
		}
	}
	for name, typ := range c.Fields {
		want[record.Kind(c.Kind)][record.Field(name)] = types[typ]
	}
	for _, s := range c.Sums {
		if s.Of != "" {
			want[record.Kind(s.Kind)][record.Field(s.Of)] = record.Int
		}
	}
	for kind, fields := range want {
		for f, typ := range fields {
			def, known := cat.Field(kind, f)
			if !known || typ != record.None && def.Format.Type() != typ {
				return fmt.Errorf("card %s: the catalogue has no such field %s.%s", c.Card, kind, f)
			}
		}
	}
	return nil
}
