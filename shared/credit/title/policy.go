// SPDX-License-Identifier: Apache-2.0

// Package title keeps which village, town or park is a credit one: 信用村, 信用镇, 信用产业园区. A [Policy], which is versioned data,
// says by which tests; [Read] counts the records of a village and [Count.Add] makes a town of its villages; [Policy.Judge] names
// every test that fails and by how much; and a [Deed], which the desk alone writes, gives a plaque on a day, confirms it each year,
// lowers or withdraws it with its reason. Nothing is ever changed: what holds is read from all deeds ([Fold]).
//
// A title is of a grid unit, which need not be an administrative village, so villages are known by their scope and not by a code
// of the region.
package title

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Level is what a title is given to.
type Level string

// The levels.
const (
	Village Level = "village" // a grid unit
	Town    Level = "town"    // all units below a code
	Park    Level = "park"    // those of a park, with the entities in it
)

// Test is one thing that has to be reached. Its text has the key "title.test." and it.
type Test string

// The tests. The first four are reached by a share of at least so much, the others by one below so much.
const (
	Credited Test = "credited" // households with a good grade, of all
	Clean    Test = "clean"    // households that borrow and have no arrears, of those that borrow
	Villages Test = "villages" // villages with a title, of all
	Entities Test = "entities" // farm entities that are open and were never overdue, of all
	Bad      Test = "bad"      // what is overdue, of all that is owed to the lenders that count; fen
	Fresh    Test = "fresh"    // of it what fell due in the last twelve months
)

// Want is a test with its bound in basis points: exactly one of Least and Below.
type Want struct {
	Test  Test  `json:"test"`
	Least int64 `json:"least,omitempty"`
	Below int64 `json:"below,omitempty"`
}

// Grade is a grade of a title, with all that it takes.
type Grade struct {
	ID     string               `json:"id"`
	Name   map[i18n.Lang]string `json:"name"`
	Tests  []Want               `json:"tests"`
	Source string               `json:"source"`
}

// In returns the grade's name in a language, in Chinese if the language is not there.
func (g Grade) In(lang i18n.Lang) string { return said(g.Name, lang) }

// Title is what can be given. Its grades are ordered from the highest.
type Title struct {
	ID     string               `json:"id"`
	Level  Level                `json:"level"`
	Name   map[i18n.Lang]string `json:"name"`
	Grades []Grade              `json:"grades"`
}

// In returns the title's name in a language.
func (t Title) In(lang i18n.Lang) string { return said(t.Name, lang) }

// Grade returns one of the grades.
func (t Title) Grade(id string) (Grade, bool) {
	i := t.height(id)
	if i == len(t.Grades) {
		return Grade{}, false
	}
	return t.Grades[i], true
}

// height is the place of a grade from the top; behind the last for none.
func (t Title) height(id string) int {
	if i := slices.IndexFunc(t.Grades, func(g Grade) bool { return g.ID == id }); i >= 0 {
		return i
	}
	return len(t.Grades)
}

func said(texts map[i18n.Lang]string, lang i18n.Lang) string {
	if text, ok := texts[lang]; ok {
		return text
	}
	return texts[i18n.ZhHans]
}

// Policy is one published edition of the titles. It is immutable.
type Policy struct {
	version  uint32
	months   int
	persons  int
	roles    []record.Role
	credited []string
	lenders  []string
	titles   []Title
}

// Parse reads a policy from its JSON form and checks it whole. The error names the title and grade at fault.
func Parse(r io.Reader) (*Policy, error) {
	var file struct {
		Version  uint32        `json:"version"`
		About    string        `json:"about"` // for whoever edits the file
		Months   int           `json:"months"`
		Persons  int           `json:"persons"`
		Roles    []record.Role `json:"roles"`
		Credited []string      `json:"credited"`
		Lenders  []string      `json:"lenders"`
		Source   string        `json:"source"`
		Titles   []Title       `json:"titles"`
	}
	dec := json.NewDecoder(r)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&file); err != nil {
		return nil, fmt.Errorf("read titles: %w", err)
	}
	if file.Version == 0 || file.Months < 1 || file.Persons < 1 || file.Persons > 2 || len(file.Roles) == 0 || len(file.Credited) == 0 || len(file.Lenders) == 0 || file.Source == "" || len(file.Titles) == 0 {
		return nil, fmt.Errorf("titles: version, months, persons, roles, credited, lenders, source or titles are missing")
	}
	p := &Policy{version: file.Version, months: file.Months, persons: file.Persons, roles: file.Roles, credited: file.Credited, lenders: file.Lenders}
	for _, t := range file.Titles {
		if _, twice := p.Title(t.ID); twice {
			return nil, fmt.Errorf("titles: %q is there twice", t.ID)
		}
		if err := t.check(); err != nil {
			return nil, fmt.Errorf("titles: %q: %w", t.ID, err)
		}
		p.titles = append(p.titles, t)
	}
	return p, nil
}

func (t Title) check() error {
	if t.ID == "" || !whole(t.Name) || len(t.Grades) == 0 || !slices.Contains([]Level{Village, Town, Park}, t.Level) {
		return fmt.Errorf("id, level, name or grades are missing")
	}
	seen := map[string]bool{}
	for i, g := range t.Grades {
		if g.ID == "" || seen[g.ID] || !whole(g.Name) || g.Source == "" || len(g.Tests) == 0 {
			return fmt.Errorf("grade %q is not whole, or there twice", g.ID)
		}
		seen[g.ID] = true
		for _, w := range g.Tests {
			if err := w.check(); err != nil {
				return fmt.Errorf("grade %q: %w", g.ID, err)
			}
		}
		if i > 0 && !t.Grades[i-1].holds(g) {
			return fmt.Errorf("grade %q takes more than the one above it", g.ID)
		}
	}
	return nil
}

func (w Want) check() error {
	share := slices.Contains([]Test{Credited, Clean, Villages, Entities}, w.Test)
	if !share && w.Test != Bad && w.Test != Fresh {
		return fmt.Errorf("there is no test %q", w.Test)
	}
	if share != (w.Least > 0) || share == (w.Below > 0) || w.Least > basis || w.Below > basis {
		return fmt.Errorf("%s is reached by a share from 1 to 10000: at least for what is good, below for what is bad", w.Test)
	}
	return nil
}

// holds says whether whatever reaches g reaches the lower grade as well.
func (g Grade) holds(lower Grade) bool {
	for _, w := range lower.Tests {
		if !slices.ContainsFunc(g.Tests, func(h Want) bool {
			return h.Test == w.Test && h.Least >= w.Least && (w.Below == 0 || h.Below <= w.Below)
		}) {
			return false
		}
	}
	return true
}

func whole(texts map[i18n.Lang]string) bool {
	return !slices.ContainsFunc(i18n.Langs(), func(l i18n.Lang) bool { return texts[l] == "" })
}

// Version returns the number of this edition of the policy.
func (p *Policy) Version() uint32 { return p.version }

// Person is somebody who does a deed.
type Person struct {
	Actor ident.Actor
	Role  record.Role
}

// Allow says whether these may do a deed together: as many different persons as it takes, each of a role that may. Faults:
// NotAllowed "title.role" and "title.second".
func (p *Policy) Allow(who ...Person) error {
	seen := map[ident.Actor]bool{}
	for _, one := range who {
		if !slices.Contains(p.roles, one.Role) {
			return fault.New(fault.NotAllowed, "title.role")
		}
		seen[one.Actor] = true
	}
	if len(seen) < p.persons {
		return fault.New(fault.NotAllowed, "title.second").WithField("second")
	}
	return nil
}

// Persons returns how many persons a deed takes.
func (p *Policy) Persons() int { return p.persons }

// Titles returns what can be given, in the order of the file.
func (p *Policy) Titles() []Title { return slices.Clone(p.titles) }

// Title returns one of the titles.
func (p *Policy) Title(id string) (Title, bool) {
	i := slices.IndexFunc(p.titles, func(t Title) bool { return t.ID == id })
	if i < 0 {
		return Title{}, false
	}
	return p.titles[i], true
}
