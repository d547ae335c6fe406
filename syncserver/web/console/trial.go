// SPDX-License-Identifier: Apache-2.0

package console

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"yuexin/shared/credit/rulebook"
	"yuexin/shared/credit/scoring"
	"yuexin/shared/credit/subject"
	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/region"
	"yuexin/shared/sync/record"
)

// Try scores the households of villages by the card in force and by one that challenges it, and hands over what each village comes
// to, one at a time. Cancelling ctx ends it.
type Try func(ctx context.Context, t TryOf, keep func(*scoring.Trial)) error

// TryOf is what is tried out.
type TryOf struct {
	Card, Rival *scoring.Card
	Day         string // 2006-01-02
	Villages    []ident.Scope
	Named       int // how many households to name
}

// trialNamed is how many households a trial names.
const trialNamed = 20

// trials are what was tried out here, the last of each person. One runs at a time: it takes what the server can spare.
type trials struct {
	mu   sync.Mutex // protects all below, and the runs
	of   map[ident.Actor]*trialRun
	work sync.WaitGroup
}

// trialRun is one trial. Nothing of it is kept once the server stops.
type trialRun struct {
	TryOf
	By    string // name of whoever began it
	What  []trialChange
	Where string
	Begun time.Time
	stop  context.CancelFunc

	Done    int // villages
	Sum     scoring.Trial
	Ended   bool
	Stopped bool // by a person
	Failed  bool
}

// trialChange is one thing that differs from the card in force.
type trialChange struct{ Name, From, To string }

// running returns the trial that has not ended, nil for none.
func (t *trials) running() *trialRun {
	for _, run := range t.of {
		if !run.Ended {
			return run
		}
	}
	return nil
}

// last returns a copy of a person's last trial as it stands, nil for none.
func (t *trials) last(actor ident.Actor) *trialRun {
	t.mu.Lock()
	defer t.mu.Unlock()
	run := t.of[actor]
	if run == nil {
		return nil
	}
	kept := *run
	kept.Sum = scoring.Trial{Most: run.Sum.Most}
	kept.Sum.Join(&run.Sum)
	return &kept
}

// beginTrial starts a trial. Fault Conflict "console.trial.busy" while another one runs.
func (c *Console) beginTrial(actor ident.Actor, run *trialRun) error {
	t := c.trials
	t.mu.Lock()
	defer t.mu.Unlock()
	if other := t.running(); other != nil {
		return fault.New(fault.Conflict, "console.trial.busy").With("name", other.By)
	}
	ctx, stop := context.WithCancel(context.Background())
	run.stop, run.Sum.Most = stop, run.Named
	t.of[actor] = run
	t.work.Go(func() {
		defer stop()
		err := c.Try(ctx, run.TryOf, func(village *scoring.Trial) {
			t.mu.Lock()
			defer t.mu.Unlock()
			run.Done++
			run.Sum.Join(village)
		})
		t.mu.Lock()
		defer t.mu.Unlock()
		run.Ended = true
		if run.Failed = err != nil && !errors.Is(err, context.Canceled); run.Failed {
			c.Log.Error("trial of a card failed", fault.Attr(err))
		}
	})
	return nil
}

// end stops a person's trial, or all of them for the zero actor.
func (t *trials) end(actor ident.Actor) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for who, run := range t.of {
		if !run.Ended && (actor.IsZero() || who == actor) {
			run.Stopped = true
			run.stop()
		}
	}
}

type trialPage struct {
	*frame
	Card    string // name and version; "" where none counts
	Total   string // points of all weights
	Groups  []trialGroup
	Grades  []trialItem
	Later   []choice // versions that count from a later day
	Regions []choice
	Form    *form
	Run     *trialView
}

type trialGroup struct {
	Name  string
	Items []trialItem
}

type trialItem struct{ Code, Name, Now string }

// trialView is a trial as it is drawn.
type trialView struct {
	*trialRun
	Percent  int
	Changed  int
	Share    string // of all households, in percent
	Rows     []matrixRow
	Steps    []string // labels
	Spread   []spreadRow
	Causes   []causeRow
	Movers   []moverRow
	Unnamed  bool // whoever asks may not know whose grade it is
	Withheld bool // there are so few households that the numbers would tell of somebody
}

type matrixRow struct {
	Label string
	Cells []matrixCell
	N     int
}

// matrixCell is how many go from one grade to another; Class says which way, and how many in four shades.
type matrixCell struct {
	N     int
	Class string
}

type spreadRow struct {
	Label         string
	Before, After int
	Got, Would    int // percent of the largest
}

type causeRow struct {
	Name string
	N    int
	Wide int // percent of the most frequent
}

type moverRow struct {
	Name, Village, From, To string
	Before, After           scoring.Points
	Limit, Would            int64
	Up                      bool
	Why                     string
	Shifts                  []shiftRow
	Href                    string
}

type shiftRow struct {
	Name string
	By   string // +4 or -4
}

// onTrials shows what can be tried out, and what came of it.
func (c *Console) onTrials(w http.ResponseWriter, r *http.Request, v *visit) error {
	return c.showTrials(w, r, v, http.StatusOK, emptyForm(v.print))
}

func (c *Console) showTrials(w http.ResponseWriter, r *http.Request, v *visit, status int, f *form) error {
	places, err := c.places(r.Context(), v)
	if err != nil {
		return err
	}
	page := trialPage{frame: c.frame(v, r, string(PageTrials)), Form: f, Regions: c.regionsOf(places)}
	lang := v.print.Lang()
	if card := c.cardToday(); card != nil {
		page.Card = v.print.T("console.trial.card", "card", card.Title.In(lang), "n", fmt.Sprint(card.Version()), "from", card.From)
		page.Total = card.Most.String()
		for _, g := range card.Groups {
			group := trialGroup{Name: g.Label.In(lang)}
			for _, it := range card.Items {
				if it.Group == g.Name && it.Weights == nil {
					group.Items = append(group.Items, trialItem{it.Indicator, card.Label(lang, it.Indicator), it.Weight.String()})
				}
			}
			page.Groups = append(page.Groups, group)
		}
		steps := card.Ladders[0].Steps
		for _, s := range steps[:len(steps)-1] {
			page.Grades = append(page.Grades, trialItem{s.Code, s.Label.In(lang), s.From.String()})
		}
		for _, later := range c.Book.Cards(card.Card) {
			if later.From > c.today() {
				page.Later = append(page.Later, choice{fmt.Sprint(later.Version()), v.print.T("console.trial.later", "n", fmt.Sprint(later.Version()), "from", later.From)})
			}
		}
	}
	if run := c.trials.last(v.user.Login.Actor); run != nil {
		if page.Run, err = c.viewTrial(r.Context(), v, places, run); err != nil {
			return err
		}
	}
	return c.show(w, status, "trials", page)
}

func (c *Console) today() string { return c.Now().In(zone).Format(time.DateOnly) }

// cardToday is the card of farm households that counts today, nil for none.
func (c *Console) cardToday() *scoring.Card {
	if c.Book == nil || c.Try == nil {
		return nil
	}
	return c.Book.Card(string(subject.KindHousehold), c.today())
}

// regionsOf returns the counties and towns in which the visitor has villages.
func (c *Console) regionsOf(p *places) (out []choice) {
	for _, one := range p.sorted {
		path := c.Regions.Path(one.code)
		for i, u := range path[:max(len(path)-1, 0)] {
			if i < 2 || slices.ContainsFunc(out, func(o choice) bool { return o.Code == string(u.Code) }) {
				continue
			}
			out = append(out, choice{string(u.Code), around(path[:i+1])})
		}
	}
	return out
}

// onTrialPost begins a trial, or stops the visitor's own.
func (c *Console) onTrialPost(w http.ResponseWriter, r *http.Request, v *visit) error {
	card, err := readUpload(r, "card")
	if err != nil {
		return err
	}
	f, err := readForm(r, v.print)
	if err != nil {
		return err
	}
	if f.Get("do") == "stop" {
		c.trials.end(v.user.Login.Actor)
		http.Redirect(w, r, c.Base+"/trials", http.StatusSeeOther)
		return nil
	}
	places, err := c.places(r.Context(), v)
	if err != nil {
		return err
	}
	run, err := c.trialOf(v, places, f, card)
	if err == nil {
		err = c.beginTrial(v.user.Login.Actor, run)
	}
	if err != nil {
		f.refuseAll(err, "card", "region", "change")
		return c.showTrials(w, r, v, fault.KindOf(err).HTTP(), f)
	}
	http.Redirect(w, r, c.Base+"/trials", http.StatusSeeOther)
	return nil
}

// readUpload reads a file of a form, "" for none.
func readUpload(r *http.Request, name string) (string, error) {
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "multipart/form-data" {
		return "", nil
	}
	err := r.ParseMultipartForm(maxForm)
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return "", fault.New(fault.TooLarge, "").WithCause(err)
	case err != nil:
		return "", fault.New(fault.Invalid, "").WithCause(err)
	}
	file, _, err := r.FormFile(name)
	if errors.Is(err, http.ErrMissingFile) {
		return "", nil
	}
	if err != nil {
		return "", fault.New(fault.Invalid, "").WithCause(err)
	}
	defer func() { _ = file.Close() }() // it is in memory
	text, err := io.ReadAll(file)
	return string(text), err
}

// trialOf makes a trial of what was typed.
func (c *Console) trialOf(v *visit, places *places, f *form, upload string) (*trialRun, error) {
	base := c.cardToday()
	if base == nil {
		return nil, fault.New(fault.NotFound, "exposure.card")
	}
	run := &trialRun{TryOf: TryOf{Card: base, Day: c.today(), Named: trialNamed}, By: v.user.Display, Begun: c.Now(), Where: v.print.T("console.trial.everywhere")}
	below := region.Code(f.Get("region"))
	if below != "" {
		if _, known := c.Regions.Unit(below); !known {
			return nil, fault.New(fault.Invalid, "console.form.choose").WithField("region")
		}
		run.Where = around(c.Regions.Path(below))
	}
	for _, p := range places.sorted {
		if below == "" || c.Regions.Contains(below, p.code) {
			run.Villages = append(run.Villages, p.Scope)
		}
	}
	if len(run.Villages) == 0 {
		return nil, fault.New(fault.Invalid, "console.form.choose").WithField("region")
	}
	var err error
	if run.Rival, err = c.challenger(v, base, f, upload, run); err != nil {
		return nil, err
	}
	return run, run.Rival.Challenges(base)
}

// challenger makes the card that is tried out: the file that was sent, a version that counts later, or the one in force, and on it
// whatever was changed. It says in run what is different.
func (c *Console) challenger(v *visit, base *scoring.Card, f *form, upload string, run *trialRun) (*scoring.Card, error) {
	rival, lang := base, v.print.Lang()
	later := f.Get("later")
	switch {
	case upload != "":
		card, err := rulebook.ParseCard(strings.NewReader(upload))
		if err == nil {
			err = card.CheckAgainst(c.Book.Catalogue)
		}
		if err != nil {
			return nil, fault.New(fault.Invalid, "console.trial.unfit").With("why", err.Error()).WithField("card").WithCause(err)
		}
		rival = card
	case later != "":
		var n uint32
		if _, err := fmt.Sscan(later, &n); err != nil || c.Book.CardVersion(base.Card, n) == nil {
			return nil, fault.New(fault.Invalid, "console.form.choose").WithField("card")
		}
		rival = c.Book.CardVersion(base.Card, n)
	}
	if rival != base {
		run.What = append(run.What, trialChange{Name: v.print.T("console.trial.card", "card", rival.Title.In(lang), "n", fmt.Sprint(rival.Version()), "from", rival.From)})
	}
	change := scoring.Change{Weights: map[string]scoring.Points{}, Steps: map[string]scoring.Points{}}
	note := func(field, name string, was scoring.Points, into map[string]scoring.Points, code string) error {
		text := f.Get(field)
		if text == "" {
			return nil
		}
		now, err := scoring.ParsePoints(text)
		if err != nil || now < 0 || now > 1000*scoring.Whole {
			return fault.New(fault.Invalid, "console.trial.points").With("name", name).WithField("change")
		}
		if now != was {
			into[code] = now
			run.What = append(run.What, trialChange{name, was.String(), now.String()})
		}
		return nil
	}
	for _, it := range rival.Items {
		if err := note("weight-"+it.Indicator, rival.Label(lang, it.Indicator), it.Weight, change.Weights, it.Indicator); err != nil {
			return nil, err
		}
	}
	for _, s := range rival.Ladders[0].Steps {
		if err := note("step-"+s.Code, s.Label.In(lang), s.From, change.Steps, s.Code); err != nil {
			return nil, err
		}
	}
	if len(run.What) == 0 {
		return nil, fault.New(fault.Invalid, "console.trial.same").WithField("change")
	}
	if len(change.Weights)+len(change.Steps) == 0 {
		return rival, nil
	}
	tried, err := rival.Try(change)
	if err != nil {
		return nil, fault.New(fault.Invalid, "console.trial.unfit").With("why", err.Error()).WithField("change").WithCause(err)
	}
	return tried, nil
}

// viewTrial draws a trial for a visitor.
func (c *Console) viewTrial(ctx context.Context, v *visit, places *places, run *trialRun) (*trialView, error) {
	out := &trialView{trialRun: run, Percent: run.Done * 100 / max(len(run.Villages), 1)}
	out.Unnamed = !c.readsCard(v, run.Card)
	if out.Unnamed && c.Book != nil && run.Sum.N < c.Book.Criteria.Rule().Few {
		out.Withheld = true
		return out, nil
	}
	lang := v.print.Lang()
	steps := run.Card.Ladders[0].Steps
	out.Changed = run.Sum.Up + run.Sum.Down
	out.Share = hundredths(int64(out.Changed) * 10_000 / int64(max(run.Sum.N, 1)))
	out.Rows, out.Spread = matrix(steps, run.Sum.Moves, lang)
	for _, s := range steps {
		out.Steps = append(out.Steps, s.Label.In(lang))
	}
	why := run.Sum.Why()
	for _, one := range why {
		out.Causes = append(out.Causes, causeRow{run.Rival.SayCause(v.print, run.Card, one.Cause), one.N, one.N * 100 / why[0].N})
	}
	if !run.Ended || out.Unnamed {
		return out, nil
	}
	var err error
	out.Movers, err = c.movers(ctx, v, places, run)
	return out, err
}

// readsCard says whether a visitor may read all that a card rests on.
func (c *Console) readsCard(v *visit, card *scoring.Card) bool {
	for _, kind := range card.Kinds() {
		class := record.C2
		if slices.Equal(card.Reads(kind), []record.Field{record.Deleted}) {
			class = record.C1 // read for what it says of others, not for figures
		}
		if !c.Access.Allows(v.user.Login.Role, kind, class, record.CanRead) {
			return false
		}
	}
	return true
}

// matrix counts moves from each grade to each, and how many are on each before and after.
func matrix(steps []scoring.Step, moves map[scoring.Move]int, lang i18n.Lang) (rows []matrixRow, spread []spreadRow) {
	most, largest := 1, 1
	for m, n := range moves {
		if m.From != m.To {
			most = max(most, n)
		}
	}
	for i, from := range steps {
		row, bar := matrixRow{Label: from.Label.In(lang)}, spreadRow{Label: from.Label.In(lang)}
		for j, to := range steps {
			n := moves[scoring.Move{From: from.Code, To: to.Code}]
			cell := matrixCell{N: n, Class: "none"}
			switch {
			case n == 0:
			case i == j:
				cell.Class = "same"
			default:
				way := map[bool]string{true: "up", false: "down"}[j < i]
				cell.Class = fmt.Sprintf("%s shade%d", way, 1+3*(n-1)/most)
			}
			row.Cells, row.N = append(row.Cells, cell), row.N+n
			bar.After += moves[scoring.Move{From: to.Code, To: from.Code}]
		}
		bar.Before = row.N
		largest = max(largest, bar.Before, bar.After)
		rows, spread = append(rows, row), append(spread, bar)
	}
	for i := range spread {
		spread[i].Got, spread[i].Would = spread[i].Before*100/largest, spread[i].After*100/largest
	}
	return rows, spread
}

// movers names who moves farthest. Reading a name is noted.
func (c *Console) movers(ctx context.Context, v *visit, places *places, run *trialRun) (out []moverRow, err error) {
	lang := v.print.Lang()
	label := func(indicator string) string {
		if name := run.Card.Label(lang, indicator); name != indicator {
			return name
		}
		return run.Rival.Label(lang, indicator)
	}
	for _, one := range run.Sum.Named {
		row, err := c.Store.As(v.user.Login).Get(ctx, one.Record)
		if fault.Is(err, fault.NotFound) || err == nil && row.Deleted() {
			continue // gone since
		}
		if err != nil {
			return nil, err
		}
		m := moverRow{
			Name: row.Text("head_name"), Village: places.name(row.Header.Scope), Before: one.Before, After: one.After, Limit: one.Limit, Would: one.Would,
			From: run.Card.StepLabel(lang, one.Move.From), To: run.Rival.StepLabel(lang, one.Move.To), Up: one.Steps > 0,
			Why: run.Rival.SayCause(v.print, run.Card, one.Cause), Href: c.Base + "/records/" + one.Record.String(),
		}
		for _, s := range one.Shifts {
			sign := ""
			if s.By > 0 {
				sign = "+"
			}
			m.Shifts = append(m.Shifts, shiftRow{label(s.Indicator), sign + s.By.String()})
		}
		out = append(out, m)
	}
	return out, nil
}
