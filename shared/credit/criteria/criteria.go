// SPDX-License-Identifier: Apache-2.0

// Package criteria judges a sheet that was filled in about a household or a village by a list of criteria: the seven rules of
// credit (信用七条) and the six green indicators (绿色六指标). Criteria, points, vetoes and limits are versioned data.
//
// A result names every criterion with what it was given, why, and which photo shows it; so whoever is judged can be told why,
// and a score card can take the result as its input. [Policy.Village] judges a whole village by the green sheets in it and says
// which indicator fails it.
package criteria

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"yuexin/shared/i18n"
	"yuexin/shared/sync/record"
)

// Criterion is one line of a sheet.
type Criterion struct {
	Field   record.Field         `json:"field"`
	Name    map[i18n.Lang]string `json:"name"`
	Most    int64                `json:"most,omitempty"`  // a number of points, 0 to this, was written down
	Marks   map[string]int64     `json:"marks,omitempty"` // or a code, which is worth so many
	Veto    []string             `json:"veto,omitempty"`  // codes that fail the whole sheet
	Photo   record.Field         `json:"photo,omitempty"` // shows it: without the photo it has no points
	Improve map[i18n.Lang]string `json:"improve"`         // what would earn the rest
	Source  string               `json:"source"`          // where it is from; what is ours says so
}

// In returns the criterion's name in a language, in Chinese if the language is not there.
func (c Criterion) In(lang i18n.Lang) string { return said(c.Name, lang) }

// How returns what would earn the points that are lacking.
func (c Criterion) How(lang i18n.Lang) string { return said(c.Improve, lang) }

func said(texts map[i18n.Lang]string, lang i18n.Lang) string {
	if text, ok := texts[lang]; ok {
		return text
	}
	return texts[i18n.ZhHans]
}

// most returns the most points that the criterion gives.
func (c Criterion) most() int64 {
	most := c.Most
	for _, points := range c.Marks {
		most = max(most, points)
	}
	return most
}

// Sheet is the criteria of one kind of record.
type Sheet struct {
	Kind     record.Kind          `json:"kind"`
	Name     map[i18n.Lang]string `json:"name"`
	Pass     int64                `json:"pass"`   // points from which the sheet passes
	Months   int                  `json:"months"` // how long it counts from the day it was filled in
	Criteria []Criterion          `json:"criteria"`
	Source   string               `json:"source"`
}

// In returns the sheet's name in a language.
func (s Sheet) In(lang i18n.Lang) string { return said(s.Name, lang) }

// Most returns the most points of the sheet.
func (s Sheet) Most() (sum int64) {
	for _, c := range s.Criteria {
		sum += c.most()
	}
	return sum
}

// Criterion returns one of the sheet's criteria by its field.
func (s Sheet) Criterion(f record.Field) (Criterion, bool) {
	i := slices.IndexFunc(s.Criteria, func(c Criterion) bool { return c.Field == f })
	if i < 0 {
		return Criterion{}, false
	}
	return s.Criteria[i], true
}

// Policy is one published edition of the sheets. It is immutable.
type Policy struct {
	version uint32
	sheets  []Sheet
	village Village
}

// Parse reads a policy from its JSON form and checks it whole. The error names the criterion at fault.
func Parse(r io.Reader) (*Policy, error) {
	var file struct {
		Version uint32  `json:"version"`
		About   string  `json:"about"` // for whoever edits the file
		Sheets  []Sheet `json:"sheets"`
		Village Village `json:"village"`
	}
	dec := json.NewDecoder(r)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&file); err != nil {
		return nil, fmt.Errorf("read criteria: %w", err)
	}
	if file.Version == 0 || len(file.Sheets) == 0 {
		return nil, fmt.Errorf("criteria: version or sheets are missing")
	}
	p := &Policy{version: file.Version, village: file.Village}
	for _, s := range file.Sheets {
		if _, twice := p.Sheet(s.Kind); twice {
			return nil, fmt.Errorf("criteria: %s is there twice", s.Kind)
		}
		if err := s.check(); err != nil {
			return nil, fmt.Errorf("criteria: %s: %w", s.Kind, err)
		}
		p.sheets = append(p.sheets, s)
	}
	if err := p.village.check(p); err != nil {
		return nil, fmt.Errorf("criteria: village: %w", err)
	}
	return p, nil
}

func (s Sheet) check() error {
	if s.Kind == "" || !whole(s.Name) || s.Source == "" || s.Months < 1 || len(s.Criteria) == 0 {
		return fmt.Errorf("kind, name, source, months or criteria are missing")
	}
	seen := map[record.Field]bool{}
	for _, c := range s.Criteria {
		if err := c.check(); err != nil {
			return fmt.Errorf("%q: %w", c.Field, err)
		}
		if seen[c.Field] {
			return fmt.Errorf("%q is there twice", c.Field)
		}
		seen[c.Field] = true
	}
	if s.Pass < 1 || s.Pass > s.Most() {
		return fmt.Errorf("pass is %d of %d points", s.Pass, s.Most())
	}
	return nil
}

func (c Criterion) check() error {
	if c.Field == "" || !whole(c.Name) || !whole(c.Improve) || c.Source == "" {
		return fmt.Errorf("field, name, improve or source is missing")
	}
	if (c.Most > 0) == (len(c.Marks) > 0) || c.most() < 1 || c.most() > 1000 {
		return fmt.Errorf("it has either most or marks, of 1 to 1000 points")
	}
	for code, points := range c.Marks {
		if points < 0 { // conduct is never punished: at the least it earns nothing
			return fmt.Errorf("%s takes points", code)
		}
	}
	for _, code := range c.Veto {
		if points, known := c.Marks[code]; !known || points != 0 {
			return fmt.Errorf("veto %s is not a mark without points", code)
		}
	}
	return nil
}

func whole(texts map[i18n.Lang]string) bool {
	return !slices.ContainsFunc(i18n.Langs(), func(l i18n.Lang) bool { return texts[l] == "" })
}

// Version returns the number of this edition of the policy.
func (p *Policy) Version() uint32 { return p.version }

// Sheets returns all sheets, in the order of the file.
func (p *Policy) Sheets() []Sheet { return slices.Clone(p.sheets) }

// Sheet returns the sheet of a kind of record.
func (p *Policy) Sheet(kind record.Kind) (Sheet, bool) {
	i := slices.IndexFunc(p.sheets, func(s Sheet) bool { return s.Kind == kind })
	if i < 0 {
		return Sheet{}, false
	}
	return p.sheets[i], true
}

// CheckAgainst compares the policy with a catalogue: whether it has the fields that are judged, and for every code of a choice a
// mark.
func (p *Policy) CheckAgainst(cat *record.Catalogue) error {
	for _, s := range p.sheets {
		for _, c := range s.Criteria {
			def, known := cat.Field(s.Kind, c.Field)
			want := record.FormatChoice
			if c.Most > 0 {
				want = record.FormatInt
			}
			if !known || def.Format != want {
				return fmt.Errorf("criteria: catalogue version %d has no %s %s.%s", cat.Version(), want, s.Kind, c.Field)
			}
			for _, code := range def.Choices {
				if _, marked := c.Marks[code]; !marked {
					return fmt.Errorf("criteria: %s.%s: nothing is said of %s", s.Kind, c.Field, code)
				}
			}
			if def, known := cat.Field(s.Kind, c.Photo); c.Photo != "" && (!known || def.Format != record.FormatBlob) {
				return fmt.Errorf("criteria: catalogue version %d has no photo %s.%s", cat.Version(), s.Kind, c.Photo)
			}
		}
	}
	return nil
}
