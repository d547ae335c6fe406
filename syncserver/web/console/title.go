// SPDX-License-Identifier: Apache-2.0

package console

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"time"

	"yuexin/shared/credit/title"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/money"
)

// Judge judges a place by a title: a village by its scope, a town by its code, a park by that and its name.
type Judge func(ctx context.Context, id, place, name string) (title.Verdict, title.Standing, error)

type titlesPage struct {
	*frame
	Form     *form
	Titles   []choice
	Villages []place
	Towns    []choice
	Judges   bool // whether places are judged here
	Judged   *judgedView
	Rows     []titleRow
	Due      int // titles that have to be looked at again
}

// judgedView is what a place comes to by its records, today.
type judgedView struct {
	title.Verdict
	Place    string
	Name     string // of the title
	Reached  string // name of the grade; "" for none
	Above    string // name of the grade above; "" for none
	Held     string // name of the grade of the plaque; "" for none
	Withheld bool   // there are so few households that the numbers would tell of somebody
	Bars     []titleBar
	Missing  []titleBar // of the grade above
}

// titleBar is a test, drawn.
type titleBar struct {
	bar
	Lacks string // why it fails; "" where it passes
}

// titleRow is how a title of a place stands, with all that was done about it.
type titleRow struct {
	title.Standing
	Name, Reached string
	Due           bool
	Past          []titleDeed // the newest first
}

type titleDeed struct {
	title.Deed
	Reached    string
	Who, Other string
}

// onTitles shows which places are credit ones, and judges one of them.
func (c *Console) onTitles(w http.ResponseWriter, r *http.Request, v *visit) error {
	ctx := r.Context()
	places, err := c.places(ctx, v)
	if err != nil {
		return err
	}
	f := emptyForm(v.print)
	f.values = r.URL.Query()
	page := titlesPage{frame: c.frame(v, r, string(PageTitles)), Form: f, Villages: places.sorted, Towns: c.regionsOf(places), Judges: c.Judge != nil && c.Book != nil}
	if c.Book == nil {
		return c.show(w, http.StatusOK, "titles", page)
	}
	lang := v.print.Lang()
	for _, t := range c.Book.Titled.Titles() {
		page.Titles = append(page.Titles, choice{t.ID, t.In(lang)})
	}
	if page.Rows, err = c.titleRows(ctx, v); err != nil {
		return err
	}
	for _, row := range page.Rows {
		if row.Due {
			page.Due++
		}
	}
	status := http.StatusOK
	if page.Judges && f.Get("title") != "" {
		page.Judged, err = c.judged(ctx, v, places, page.Towns, f)
		if fault.KindOf(err) == fault.Internal {
			return err
		} else if err != nil {
			f.refuseAll(err, "title", "village", "town", "name")
			status = http.StatusUnprocessableEntity
		}
	}
	return c.show(w, status, "titles", page)
}

func (c *Console) titleRows(ctx context.Context, v *visit) ([]titleRow, error) {
	all, err := title.All(ctx, c.Store.As(v.user.Login))
	if err != nil {
		return nil, err
	}
	var out []titleRow
	lang, today := v.print.Lang(), c.today()
	for _, s := range all {
		t, _ := c.Book.Titled.Title(s.Title)
		grade := func(id string) string {
			g, known := t.Grade(id)
			if !known {
				return id
			}
			return g.In(lang)
		}
		row := titleRow{Standing: s, Name: cmp.Or(t.In(lang), s.Title), Reached: grade(s.Grade), Due: s.Due(today)}
		for _, d := range slices.Backward(s.Deeds) {
			one := titleDeed{Deed: d, Reached: grade(d.Grade), Who: c.actor(ctx, d.By)}
			if !d.Second.IsZero() {
				one.Other = c.actor(ctx, d.Second)
			}
			row.Past = append(row.Past, one)
		}
		out = append(out, row)
	}
	return out, nil
}

// judged judges the place that a form names, if it is the visitor's business.
func (c *Console) judged(ctx context.Context, v *visit, places *places, towns []choice, f *form) (*judgedView, error) {
	t, known := c.Book.Titled.Title(f.Get("title"))
	if !known {
		return nil, fault.New(fault.NotFound, "title.unknown").WithField("title")
	}
	out := &judgedView{Name: t.In(v.print.Lang())}
	at := f.Get("town")
	if t.Level == title.Village {
		one, known := places.byID[ident.Scope(f.Get("village"))]
		if !known {
			return nil, fault.New(fault.NotFound, "title.place").With("place", f.Get("village")).WithField("village")
		}
		at, out.Place = string(one.Scope), one.Name
	} else {
		i := slices.IndexFunc(towns, func(o choice) bool { return o.Code == at })
		if i < 0 {
			return nil, fault.New(fault.NotFound, "title.place").With("place", at).WithField("town")
		}
		out.Place = towns[i].Name
	}
	verdict, standing, err := c.Judge(ctx, t.ID, at, f.Get("name"))
	if err != nil {
		return nil, err
	}
	if t.Level == title.Park {
		out.Place = standing.Place.Name
	}
	out.Verdict = verdict
	out.tell(c, v, standing)
	return out, nil
}

// tell says what a verdict is, but not of so few households that it would tell of somebody.
func (j *judgedView) tell(c *Console, v *visit, s title.Standing) {
	name := func(id string) string {
		g, _ := j.Title.Grade(id)
		return g.In(v.print.Lang())
	}
	j.Held = name(s.Grade)
	card := c.Book.Card("household", c.Now().In(zone).Format(time.DateOnly))
	if j.Count.Filed < c.Book.Criteria.Rule().Few && (card == nil || !c.readsCard(v, card)) {
		j.Withheld = true
		return
	}
	j.Reached, j.Above = name(j.Grade), name(j.Next)
	if j.Grade == "" {
		j.Above = "" // the checks are those of the lowest grade
	}
	j.Bars = bars(v, j.Checks)
	if j.Above != "" {
		j.Missing = bars(v, j.Lacks)
	}
}

func bars(v *visit, checks []title.Check) (out []titleBar) {
	for _, k := range checks {
		most, want := int64(10_000), max(k.Least, k.Below)
		if k.Amount() { // a bar of some percent would not be seen
			most = max(2*k.Below, k.Got)
		}
		one := titleBar{bar: bar{Name: v.print.T("title.test." + string(k.Test)), Pass: k.Pass, Got: int(k.Got * 100 / most), Want: int(want * 100 / most)}}
		said := "console.title.least"
		part, all := v.print.Number(k.Part), v.print.Number(k.All)
		if k.Amount() {
			said = "console.title.below"
			part, all = money.Fen(k.Part).Text(), money.Fen(k.All).Text()
		}
		one.Text = v.print.T(said, "got", hundredths(k.Got)+"%", "want", hundredths(want)+"%", "part", part, "all", all)
		if k.All == 0 && k.Pass { // nothing that could be bad
			one.Text, one.Got = v.print.T("console.title.nothing"), 0
			if !k.Amount() {
				one.Got = 100
			}
		}
		if !k.Pass {
			one.Lacks = v.print.T("title.short."+string(k.Test), "n", k.Lacking())
		}
		out = append(out, one)
	}
	return out
}
