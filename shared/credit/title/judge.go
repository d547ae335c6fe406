// SPDX-License-Identifier: Apache-2.0

package title

import (
	"fmt"
	"slices"

	"yuexin/shared/fault"
	"yuexin/shared/money"
)

// basis is the whole of a share in basis points.
const basis = 10_000

// Count is what the records of a place come to on a day. Two counts of different places add up.
type Count struct {
	Households int   `json:"households"` // as the newest survey of each village says, else as many as are on file
	Filed      int   `json:"filed"`
	Credited   int   `json:"credited"` // with a grade that counts
	Disputed   int   `json:"disputed"` // whose grade rests on something in dispute
	Borrowers  int   `json:"borrowers"`
	Clean      int   `json:"clean"` // borrowers without arrears
	Owed       int64 `json:"owed"`  // fen, to the lenders that count
	Bad        int64 `json:"bad"`   // fen of it: overdue
	Fresh      int64 `json:"fresh"` // fen of that: fell due within twelve months
	Entities   int   `json:"entities"`
	Sound      int   `json:"sound"` // of them: open, and never overdue
	Villages   int   `json:"villages"`
	Titled     int   `json:"titled"` // of them: with a title that holds
}

// Add returns both counts together.
func (c Count) Add(o Count) Count {
	c.Households, c.Filed, c.Credited, c.Disputed = c.Households+o.Households, c.Filed+o.Filed, c.Credited+o.Credited, c.Disputed+o.Disputed
	c.Borrowers, c.Clean, c.Owed, c.Bad, c.Fresh = c.Borrowers+o.Borrowers, c.Clean+o.Clean, c.Owed+o.Owed, c.Bad+o.Bad, c.Fresh+o.Fresh
	c.Entities, c.Sound, c.Villages, c.Titled = c.Entities+o.Entities, c.Sound+o.Sound, c.Villages+o.Villages, c.Titled+o.Titled
	return c
}

// of returns what a test counts, and of how many.
func (c Count) of(t Test) (part, all int64) {
	switch t {
	case Credited:
		return int64(c.Credited), int64(c.Households)
	case Clean:
		return int64(c.Clean), int64(c.Borrowers)
	case Villages:
		return int64(c.Titled), int64(c.Villages)
	case Entities:
		return int64(c.Sound), int64(c.Entities)
	case Bad:
		return c.Bad, c.Owed
	}
	return c.Fresh, c.Owed
}

// Check is what a test came to.
type Check struct {
	Want
	Part, All int64 // households, villages, entities, or fen
	Got       int64 // basis points, rounded down for what is good and up for what is bad; 0 of none
	Pass      bool
	Lacks     int64 // how many more it takes, or how many fen too many there are; 0 where it passes
}

// check runs a test. Nobody who borrows, and nothing that is owed, is nothing bad; no household, village or entity reaches no share.
func (w Want) run(c Count) Check {
	k := Check{Want: w}
	k.Part, k.All = c.of(w.Test)
	if w.Below > 0 {
		if k.Pass = k.All == 0 || k.Part*basis < w.Below*k.All; k.All > 0 {
			k.Got = (k.Part*basis + k.All - 1) / k.All
		}
		if !k.Pass {
			k.Lacks = k.Part - (w.Below*k.All-1)/basis
		}
		return k
	}
	need := (w.Least*k.All + basis - 1) / basis
	if k.Pass = k.Part >= need && (k.All > 0 || w.Test == Clean); k.All > 0 {
		k.Got = k.Part * basis / k.All
	}
	if !k.Pass {
		k.Lacks = max(need-k.Part, 1)
	}
	return k
}

// Amount says whether a check is about money.
func (c Check) Amount() bool { return c.Below > 0 }

// Verdict is what a place came to.
type Verdict struct {
	Title  Title
	Count  Count
	Grade  string  // the highest that is reached; "" for none
	Checks []Check // of that grade; of the lowest one where none is
	Next   string  // the grade above; "" on the highest
	Lacks  []Check // of the next grade: the tests that fail
}

// Judge says which grade of a title a place reaches. fault.NotFound "title.unknown" for no such title.
func (p *Policy) Judge(id string, c Count) (Verdict, error) {
	t, known := p.Title(id)
	if !known {
		return Verdict{}, fault.New(fault.NotFound, "title.unknown").WithField("title")
	}
	v := Verdict{Title: t, Count: c}
	for i, g := range t.Grades {
		v.Checks = g.run(c)
		failing := slices.DeleteFunc(slices.Clone(v.Checks), func(c Check) bool { return c.Pass })
		if len(failing) == 0 {
			v.Grade = g.ID
			return v, nil
		}
		v.Next, v.Lacks = t.Grades[i].ID, failing
	}
	return v, nil
}

func (g Grade) run(c Count) (out []Check) {
	for _, w := range g.Tests {
		out = append(out, w.run(c))
	}
	return out
}

// Short returns why a grade is not reached: fault.Conflict "title.short." and the first test that fails, with "n", how many more it
// takes; nil for one that is.
func (v Verdict) Short(grade string) error {
	g, known := v.Title.Grade(grade)
	if !known {
		return fault.New(fault.Invalid, "title.grade").WithField("grade")
	}
	for _, c := range g.run(v.Count) {
		if !c.Pass {
			return fault.New(fault.Conflict, "title.short."+string(c.Test)).With("n", c.Lacking())
		}
	}
	return nil
}

// Lacking prints how many more it takes, an amount in yuan.
func (c Check) Lacking() string {
	if c.Amount() {
		return money.Fen(c.Lacks).Text()
	}
	return fmt.Sprint(c.Lacks)
}
