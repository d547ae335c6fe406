// SPDX-License-Identifier: Apache-2.0

package points

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"yuexin/shared/i18n"
	"yuexin/shared/region"
)

// Text is the same words in each language.
type Text map[i18n.Lang]string

// In returns the words in a language, in Chinese if the language is not there.
func (t Text) In(lang i18n.Lang) string {
	if words, ok := t[lang]; ok {
		return words
	}
	return t[i18n.ZhHans]
}

func (t Text) whole() bool {
	return !slices.ContainsFunc(i18n.Langs(), func(l i18n.Lang) bool { return t[l] == "" })
}

// Period is a span in which an item counts so many times for one household.
type Period string

// The periods.
const (
	Month Period = "month"
	Year  Period = "year"
)

// of returns the period in which a day is: "2026-11", "2026".
func (p Period) of(day string) string {
	if p == Year {
		return YearOf(day)
	}
	return MonthOf(day)
}

// MonthOf returns the month of a day: "2026-11".
func MonthOf(day string) string { return day[:min(len(day), len("2006-01"))] }

// YearOf returns the year of a day: "2026".
func YearOf(day string) string { return day[:min(len(day), len("2006"))] }

// Item is something that earns points.
type Item struct {
	ID     string `json:"id"`
	Scheme string `json:"scheme"` // id of a Scheme
	Name   Text   `json:"name"`
	Points int64  `json:"points"`
	Per    Period `json:"per"`
	Most   int    `json:"most"`            // times in a period, for one household
	Photo  bool   `json:"photo,omitempty"` // it is proposed with a photo only
	Source string `json:"source"`          // where item and points are from; what is ours says so
}

// Scheme is one of the ways in which points are given; its balance is its own.
type Scheme struct {
	ID     string `json:"id"`
	Name   Text   `json:"name"`
	About  Text   `json:"about"` // for whoever stands before a kiosk
	Source string `json:"source"`
}

// County is the catalogue of a county, or of several that have none of their own.
type County struct {
	Code   region.Code `json:"county"` // "" for every county that has none of its own
	Source string      `json:"source"`
	Items  []Item      `json:"items"`
}

// Notice is how points are put up for everybody to read: 公示.
type Notice struct {
	Days   int    `json:"days"`       // for how many days, the first included; so long somebody may object
	First  int    `json:"show_first"` // characters of a name that are shown at its beginning
	Last   int    `json:"show_last"`  // and at its end, of names that are longer than both
	Title  Text   `json:"title"`      // {village} and {scheme} stand in it
	Intro  Text   `json:"intro"`      // {village}, {scheme}, {from}, {until}
	Object Text   `json:"object"`     // how to object; {until}
	Signs  []Text `json:"signs"`      // who signs below
	Source string `json:"source"`
}

// Policy is one published edition of what earns points. It is immutable.
type Policy struct {
	version  uint32
	back     int
	schemes  []Scheme
	counties []County
	notice   Notice
	bonus    BonusRule
}

// Parse reads a policy from its JSON form and checks it whole. The error names what is at fault.
func Parse(r io.Reader) (*Policy, error) {
	var file struct {
		Version  uint32    `json:"version"`
		About    string    `json:"about"`     // for whoever edits the file
		BackDays int       `json:"back_days"` // how long ago what earns points may have been
		Schemes  []Scheme  `json:"schemes"`
		Counties []County  `json:"catalogues"`
		Notice   Notice    `json:"notice"`
		Bonus    BonusRule `json:"bonus"`
	}
	dec := json.NewDecoder(r)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&file); err != nil {
		return nil, fmt.Errorf("read points policy: %w", err)
	}
	if file.Version == 0 || file.BackDays < 1 || len(file.Schemes) == 0 {
		return nil, fmt.Errorf("points policy: version, back_days or schemes are missing")
	}
	p := &Policy{
		version: file.Version, back: file.BackDays, schemes: file.Schemes, counties: file.Counties, notice: file.Notice, bonus: file.Bonus,
	}
	for i, s := range p.schemes {
		if at, _ := p.Scheme(s.ID); s.ID == "" || !s.Name.whole() || !s.About.whole() || s.Source == "" || at != i {
			return nil, fmt.Errorf("points policy: scheme %q is not whole", s.ID)
		}
	}
	if err := p.checkCounties(); err != nil {
		return nil, err
	}
	if err := p.notice.check(); err != nil {
		return nil, err
	}
	return p, p.bonus.check(p)
}

func (p *Policy) checkCounties() error {
	seen := map[region.Code]bool{}
	for _, c := range p.counties {
		if c.Code != "" && c.Code.Level() != region.County || c.Source == "" || seen[c.Code] || len(c.Items) == 0 {
			return fmt.Errorf("points policy: the catalogue of %q is not whole", c.Code)
		}
		seen[c.Code] = true
		ids := map[string]bool{}
		for _, it := range c.Items {
			_, scheme := p.Scheme(it.Scheme)
			if it.ID == "" || !it.Name.whole() || it.Source == "" || !scheme || it.Points < 1 || it.Points > 100 || it.Most < 1 || it.Per != Month && it.Per != Year {
				return fmt.Errorf("points policy: %q of %q is not whole", it.ID, c.Code)
			}
			if ids[it.ID] {
				return fmt.Errorf("points policy: %q of %q is defined twice", it.ID, c.Code)
			}
			ids[it.ID] = true
		}
	}
	if !seen[""] {
		return fmt.Errorf("points policy: there is no catalogue for counties without their own")
	}
	return nil
}

func (n Notice) check() error {
	signs := !slices.ContainsFunc(n.Signs, func(t Text) bool { return !t.whole() })
	if n.Days < 1 || n.First < 1 || n.Last < 0 || !n.Title.whole() || !n.Intro.whole() || !n.Object.whole() || !signs || n.Source == "" {
		return fmt.Errorf("points policy: the notice is not whole")
	}
	return nil
}

// Version returns the number of this edition of the policy.
func (p *Policy) Version() uint32 { return p.version }

// Schemes returns the schemes, in the order of the file.
func (p *Policy) Schemes() []Scheme { return slices.Clone(p.schemes) }

// Scheme returns where a scheme stands in Schemes, and whether there is one.
func (p *Policy) Scheme(id string) (at int, known bool) {
	at = slices.IndexFunc(p.schemes, func(s Scheme) bool { return s.ID == id })
	return at, at >= 0
}

// Notice returns how points are put up.
func (p *Policy) Notice() Notice { return p.notice }

// Catalogue returns the catalogue of a place: that of its county, or the one of all counties without their own.
func (p *Policy) Catalogue(place region.Code) County {
	var general County
	for _, c := range p.counties {
		switch {
		case c.Code == "":
			general = c
		case strings.HasPrefix(string(place), string(c.Code)):
			return c
		}
	}
	return general
}

// Items returns what earns points in a place under a scheme ("" for all), in the order of the file.
func (p *Policy) Items(place region.Code, scheme string) []Item {
	return slices.DeleteFunc(slices.Clone(p.Catalogue(place).Items), func(it Item) bool { return scheme != "" && it.Scheme != scheme })
}

// Item returns what earns points in a place by its id.
func (p *Policy) Item(place region.Code, id string) (Item, bool) {
	items := p.Catalogue(place).Items
	i := slices.IndexFunc(items, func(it Item) bool { return it.ID == id })
	if i < 0 {
		return Item{}, false
	}
	return items[i], true
}

// Named returns what an entry was given for: the item of its place, or of another catalogue that has it, or just its id.
func (p *Policy) Named(place region.Code, id string, lang i18n.Lang) string {
	if it, known := p.Item(place, id); known {
		return it.Name.In(lang)
	}
	for _, c := range p.counties {
		for _, it := range c.Items {
			if it.ID == id {
				return it.Name.In(lang)
			}
		}
	}
	return id
}
