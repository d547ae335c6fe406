// SPDX-License-Identifier: Apache-2.0

package console

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"net/http"
	"strings"
	"sync"
	"time"

	"yuexin/shared/credit/criteria"
	"yuexin/shared/credit/village"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// unknownVillage is the answer for a village that is not there and for one that is not the visitor's business.
var unknownVillage = fault.New(fault.NotFound, "console.village.unknown")

// boards knows how far every village is. A board adds up much that is somebody's and tells nothing of anybody, so one serves all
// visitors; it is made anew after its scope moved, and when a day begins.
type boards struct {
	read func(ctx context.Context, scope ident.Scope) (village.Board, error)

	mu    sync.Mutex // protects all below
	day   string
	shelf map[ident.Scope]village.Board
	round map[ident.Scope]uint64 // how often a scope moved
	all   uint64                 // how often all of them may have
}

func newBoards(read func(ctx context.Context, scope ident.Scope) (village.Board, error)) *boards {
	return &boards{read: read, shelf: map[ident.Scope]village.Board{}, round: map[ident.Scope]uint64{}}
}

// forget has a scope read again; all of them for "".
func (b *boards) forget(scope ident.Scope) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if scope == "" {
		b.all++
		clear(b.shelf)
		return
	}
	b.round[scope]++
	delete(b.shelf, scope)
}

// of returns the board of a village on a day.
func (b *boards) of(ctx context.Context, scope ident.Scope, day string) (village.Board, error) {
	b.mu.Lock()
	if b.day != day {
		b.day = day
		b.all++
		clear(b.shelf)
	}
	kept, known := b.shelf[scope]
	round := b.round[scope] + b.all
	b.mu.Unlock()
	if known {
		return kept, nil
	}
	read, err := b.read(ctx, scope)
	if err != nil {
		return read, fmt.Errorf("read the board of a village: %w", err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.round[scope]+b.all == round {
		b.shelf[scope] = read
	}
	return read, nil
}

// boarded says whether this console shows boards.
func (c *Console) boarded() bool { return c.Board != nil && c.Book != nil }

type boardPage struct {
	*frame
	Village  place
	Held, Of int
	Elements []elementRow
	Green    *greenPart
	Posts    []postRow
	Tasks    []village.Task
	Figures  *village.Figures // nil for none, or none that the visitor may see
	Carbon   []carbonRow
	Saved    string // kilograms in all
	Demands  counts
}

// Arc is the path of the i-th part of the ring around the count, in a square of 36, from the top and to the right.
func (p boardPage) Arc(i int) string {
	const middle, radius, gap = 18, 15, 0.16 // of a turn's 2π
	part := 2 * math.Pi / float64(max(p.Of, 1))
	from, to := part*float64(i)+gap/2, part*float64(i+1)-gap/2
	at := func(turn float64) (x, y float64) {
		return middle + radius*math.Sin(turn), middle - radius*math.Cos(turn)
	}
	x1, y1 := at(from)
	x2, y2 := at(to)
	return fmt.Sprintf("M%.2f %.2fA%d %d 0 0 1 %.2f %.2f", x1, y1, radius, radius, x2, y2)
}

// elementRow is one of the five elements.
type elementRow struct {
	village.Standing
	Name, What string
	Who        string
	Href       string // of the photo that shows it; "" for none, or none that the visitor may see
}

// Held says whether it is there.
func (e elementRow) Held() bool { return e.State == village.Held }

// postRow is somebody who is posted here.
type postRow struct {
	village.Post
	Name, Bank string
}

// greenPart is what the village came to.
type greenPart struct {
	criteria.Verdict
	Names []string // of the indicators that fail it
	Bars  []bar
}

// bar is a test, drawn: Got and Want are parts of the width in percent.
type bar struct {
	Name       string
	Text       string
	Got, Want  int
	Pass       bool
	Indicator  bool
	Percentage bool
}

type carbonRow struct {
	Name, Quantity, Saved string
}

// onVillage shows how far a village is.
func (c *Console) onVillage(w http.ResponseWriter, r *http.Request, v *visit) error {
	if !c.boarded() {
		return fault.New(fault.NotFound, "console.no_page")
	}
	ctx := r.Context()
	places, err := c.places(ctx, v)
	if err != nil {
		return err
	}
	at, known := places.byID[ident.Scope(r.PathValue("scope"))]
	if !known {
		return unknownVillage
	}
	page := boardPage{frame: c.frame(v, r, string(PageVillages)), Village: at}
	b, err := c.boards.of(ctx, at.Scope, page.Now.Format(time.DateOnly))
	if err != nil {
		return err
	}
	entries, err := c.entries(ctx, v, places, page.Now.UnixMilli())
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.scope == at.Scope {
			page.Demands.add(e)
		}
	}
	orgs, err := c.orgs(ctx, v)
	if err != nil {
		return err
	}
	page.Held, page.Of = b.Held()
	page.Tasks = b.Tasks
	if page.Elements, err = c.elements(ctx, v, at.Scope, b); err != nil {
		return err
	}
	for _, p := range b.Posts {
		name, err := c.Store.ActorName(ctx, p.Officer)
		if err != nil {
			return err
		}
		page.Posts = append(page.Posts, postRow{p, name, orgName(orgs, p.Bank)})
	}
	page.Green = c.green(v, b.Green)
	if b.Figures != nil && c.Access.View(v.user.Login.Role).Holds(village.KindCollective, record.C2) {
		page.Figures = b.Figures
	}
	for _, l := range b.Carbon.Lines {
		it, _ := c.Book.Carbon.Item(l.Item)
		page.Carbon = append(page.Carbon, carbonRow{cmp.Or(it.In(v.print.Lang()), l.Item), v.print.Number(l.Quantity) + " " + it.UnitIn(v.print.Lang()), hundredths(l.Grams / 10)})
	}
	page.Saved = hundredths(b.Carbon.Grams / 10)
	return c.show(w, http.StatusOK, "village", page)
}

func (c *Console) elements(ctx context.Context, v *visit, scope ident.Scope, b village.Board) ([]elementRow, error) {
	lang := v.print.Lang()
	var out []elementRow
	for _, s := range b.Standings {
		row := elementRow{Standing: s, Name: s.Element.In(lang), What: s.Element.WhatIn(lang), Who: cmp.Or(s.Partner, s.Place)}
		if !s.Officer.IsZero() {
			name, err := c.Store.ActorName(ctx, s.Officer)
			if err != nil {
				return nil, err
			}
			row.Who = name
		}
		if s.Photo && sees(c.Config, v, village.KindElement, "proof") && c.Attachment != nil {
			row.Href = c.Base + "/villages/" + string(scope) + "/elements/" + s.Record.String() + "/attachments/proof"
		}
		out = append(out, row)
	}
	return out, nil
}

// onElementFile gives out the photo that shows an element.
func (c *Console) onElementFile(w http.ResponseWriter, r *http.Request, v *visit) error {
	id, err := parseID[ident.Record](r.PathValue("id"), unknownVillage.Key)
	if err != nil {
		return err
	}
	from := c.Store.As(v.user.Login)
	row, err := from.Get(r.Context(), id)
	if fault.Is(err, fault.NotFound) || err == nil && (row.Header.Kind != village.KindElement || string(row.Header.Scope) != r.PathValue("scope")) {
		return unknownFile
	}
	if err != nil {
		return err
	}
	return c.giveFile(w, r, from, id)
}

// green draws what a village came to, as everybody hears it: of few households nothing but how many were judged.
func (c *Console) green(v *visit, verdict criteria.Verdict) *greenPart {
	g := &greenPart{Verdict: c.Book.Criteria.Told(verdict)}
	rule := c.Book.Criteria.Rule()
	sheet, _ := c.Book.Criteria.Sheet(rule.Kind)
	name := func(f record.Field) string {
		one, _ := sheet.Criterion(f)
		return one.In(v.print.Lang())
	}
	for _, f := range g.Failing() {
		g.Names = append(g.Names, name(f))
	}
	for _, check := range g.Checks {
		most := sheet.Most() * 100
		one := bar{Name: v.print.T("criteria.test." + string(check.Test)), Pass: check.Pass, Percentage: check.Test == criteria.Share}
		switch check.Test {
		case criteria.Indicator:
			one.Indicator, one.Name = true, name(check.Field)
			of, _ := sheet.Criterion(check.Field)
			most = of.Most * 100
		case criteria.Share:
			most = 10_000
		}
		one.Got, one.Want = int(check.Got*100/max(most, 1)), int(check.Want*100/max(most, 1))
		unit := ""
		if one.Percentage {
			unit = "%"
		}
		one.Text = v.print.T("console.board.reach", "got", hundredths(check.Got)+unit, "want", hundredths(check.Want)+unit)
		g.Bars = append(g.Bars, one)
	}
	return g
}

// Failed names the indicators because of which the village does not pass.
func (g greenPart) Failed(comma string) string { return strings.Join(g.Names, comma) }

// hundredths prints a number of hundredths, without digits that say nothing.
func hundredths(n int64) string {
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%d.%02d", n/100, n%100), "0"), ".")
}
