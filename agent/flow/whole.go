// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"yuexin/shared/credit/wholevillage"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/money"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/record/typed"
)

// What can be done about a household or a village in whole-village credit. Their texts have the keys "agent.whole." and them.
const (
	WholeReview   = "review"   // fill in a blind sheet
	WholeCheck    = "check"    // an officer looks
	WholeAnswer   = "answer"   // to an objection
	WholeSign     = "sign"     // after the interview
	WholeContract = "contract" // about what two persons signed for
	WholeDraw     = "draw"     // money that the household took
	WholeRepay    = "repay"    // or paid back
	WholeRenew    = "renew"    // yearly review
	WholeMeet     = "meet"     // of the village
	WholePost     = "post"     // the notice of the village
)

// WholePage is how far the households of a village are, with what whoever works here can do.
type WholePage struct {
	Name   string // of the village
	Year   int    // 0: none began
	Steps  []Fact // how many households are how far
	Deeds  []WholeDeed
	Cases  []WholeCase  // those with something to do first
	Papers []WholePaper // of the village

	desk    *Desk
	scope   ident.Scope
	village *wholevillage.Village
	sheets  map[ident.Record]map[ident.Record]wholevillage.Sheet // own ones, by round and household
}

// WholeCase is how far a household is.
type WholeCase struct {
	Name  string
	About string // where it lives, what it was given
	State string
	Note  string // what it lacks, or why it does not go on
	Stops bool
	Done  bool // a contract holds
	Deeds []WholeDeed
	Paper *WholePaper // the notice of its limit; nil for none

	id    ident.Record
	group string
	round ident.Record // in which whoever works here reviews it
}

// WholeDeed is something to do, with what is asked for it.
type WholeDeed struct {
	Deed   string
	Fields []WholeField
}

// WholeField is one question.
type WholeField struct {
	Kind    record.Kind
	Field   record.Field
	Label   string
	Value   string // what stands there before
	Need    bool
	Unless  bool // needed, unless somebody abstains
	Several bool
	Amount  bool     // of money, as people write it
	Codes   []string // of a choice, with Words beside them; none: it is typed
	Words   []string
}

// Whole opens the whole-village credit of a village.
func (d *Desk) Whole(ctx context.Context, scope ident.Scope) (*WholePage, error) {
	return noted(ctx, "agent.whole", func(ctx context.Context) (*WholePage, error) { return d.whole(ctx, scope) })
}

func (d *Desk) whole(ctx context.Context, scope ident.Scope) (*WholePage, error) {
	p := &WholePage{Name: d.Village(ctx, scope).Name, desk: d, scope: scope, sheets: map[ident.Record]map[ident.Record]wholevillage.Sheet{}}
	var err error
	if p.village, err = d.Book.Whole.Read(ctx, d.Store, scope, d.Now()); err != nil || p.village.Year == nil {
		return p, err
	}
	p.Year = p.village.Year.Year
	for _, r := range p.village.Rounds {
		if p.sheets[r.Header.ID], err = p.hand().Own(ctx, r.Header.ID); err != nil {
			return nil, err
		}
	}
	for _, c := range p.village.Cases {
		row, err := d.Store.Get(ctx, c.Household)
		if err != nil {
			return nil, err
		}
		p.Cases = append(p.Cases, p.line(ctx, c, row))
	}
	slices.SortStableFunc(p.Cases, func(a, b WholeCase) int { return min(len(b.Deeds), 1) - min(len(a.Deeds), 1) })
	p.count()
	p.ofVillage()
	p.papers()
	return p, nil
}

func (p *WholePage) hand() wholevillage.Hand {
	d := p.desk
	return wholevillage.Hand{Store: d.Store, Policy: d.Book.Whole, Actor: d.Actor, Source: d.Book.Access.Source(d.Role), Now: d.Now, Random: d.Random}
}

// count says how many households stand at each state, and how many stopped.
func (p *WholePage) count() {
	d, at, stopped := p.desk, map[wholevillage.State]int{}, 0
	for _, c := range p.village.Cases {
		if c.Stopped != "" {
			stopped++
			continue
		}
		at[c.Reached]++
	}
	add := func(label string, count int) {
		if count > 0 {
			p.Steps = append(p.Steps, Fact{Label: label, Value: d.T("agent.whole.n", "n", n(count))})
		}
	}
	add(d.T("agent.whole.nofile"), at[""])
	for _, s := range d.Book.Whole.States() {
		add(s.Name.In(d.Print.Lang()), at[s.ID])
	}
	add(d.T("agent.whole.stopped"), stopped)
}

// ofVillage finds what can be done for all households together.
func (p *WholePage) ofVillage() {
	waits := func(s wholevillage.State, limit bool) bool {
		return slices.ContainsFunc(p.village.Cases, func(c *wholevillage.Case) bool {
			return c.Reached == s && c.Stopped == "" && (c.Limit != nil) == limit && c.Posted == nil
		})
	}
	if p.leads(wholevillage.Review) && waits(wholevillage.Rounds, false) {
		p.Deeds = append(p.Deeds, WholeDeed{WholeMeet, p.ask(wholevillage.KindMeeting, "present", "note?")})
	}
	if p.leads(wholevillage.Notice) && waits(wholevillage.Offer, true) {
		p.Deeds = append(p.Deeds, WholeDeed{Deed: WholePost})
	}
}

// leads says whether whoever works here leads households into a state.
func (p *WholePage) leads(s wholevillage.State) bool {
	return slices.Contains(p.desk.Book.Whole.State(s).Who, p.desk.Role)
}

// line says how far a household is, and what can be done about it here.
func (p *WholePage) line(ctx context.Context, c *wholevillage.Case, row record.Row) WholeCase {
	d, lang := p.desk, p.desk.Print.Lang()
	out := WholeCase{Name: row.Text("head_name"), State: d.T("agent.whole.nofile"), Stops: c.Stopped != "", Done: c.Granted, id: c.Household, group: row.Text("group_no")}
	if c.Reached != "" {
		out.State = d.Book.Whole.State(c.Reached).Name.In(lang)
	}
	about := []string{strings.TrimSpace(row.Text("group_no") + " " + row.Text("house_no"))}
	if c.Limit != nil && c.Limit.Limit > 0 {
		about = append(about, d.T("agent.whole.limit", "amount", p.amount(c.Limit.Limit), "until", c.Limit.Until))
	}
	if c.Contract != nil {
		about = append(about, d.T("agent.whole.drawn", "amount", p.amount(c.Contract.Amount), "drawn", p.amount(c.Drawn)))
	}
	out.About = strings.Join(slices.DeleteFunc(about, func(s string) bool { return s == "" }), d.T("agent.comma"))
	out.Note, out.Paper = p.note(c), p.offer(c, out.Name)
	p.deeds(ctx, c, &out)
	return out
}

func (p *WholePage) amount(fen int64) string {
	return p.desk.Value(wholevillage.KindLimit, "limit", record.OfInt(fen))
}

// note says what a household lacks, or why it does not go on.
func (p *WholePage) note(c *wholevillage.Case) string {
	d := p.desk
	if c.Stopped != "" {
		out := d.T("wholevillage.stop." + c.Stopped)
		if c.Stopped == wholevillage.StopBlack {
			out += d.T("agent.colon") + p.grounds(c.Screening.Reasons)
		}
		return out
	}
	var out []string
	for _, f := range c.Missing {
		out = append(out, d.FieldName(wholevillage.Household, f))
	}
	if len(out) > 0 {
		return d.T("agent.whole.missing", "fields", strings.Join(out, d.T("agent.comma")))
	}
	for _, need := range c.Lacks {
		out = append(out, d.T("wholevillage.need."+string(need)))
	}
	if c.Screening != nil && c.Screening.List == wholevillage.Grey && c.Reached == wholevillage.File {
		out = append(out, p.grounds(c.Screening.Reasons))
	}
	for _, o := range c.Objections {
		if o.Open() {
			out = append(out, d.T("agent.whole.objected", "why", d.choice("limit_why", o.Why)))
		}
	}
	if c.Limit != nil && c.Limit.Outcome == wholevillage.Officer {
		for _, v := range c.Limit.Vetoes {
			out = append(out, d.choice("vetoes", v))
		}
	}
	return strings.Join(out, d.T("agent.comma"))
}

func (p *WholePage) grounds(all []wholevillage.Ground) string {
	var out []string
	for _, g := range all {
		out = append(out, p.desk.Book.Whole.Says(g.ID, p.desk.Print.Lang()))
	}
	return strings.Join(out, p.desk.T("agent.comma"))
}

// deeds finds what whoever works here can do about a household.
func (p *WholePage) deeds(ctx context.Context, c *wholevillage.Case, out *WholeCase) {
	add := func(deed string, fields []WholeField) { out.Deeds = append(out.Deeds, WholeDeed{deed, fields}) }
	if r, reviews := p.reviews(c.Household); reviews {
		out.round = r
		add(WholeReview, p.sheet(c))
	}
	may := func(kind record.Kind) bool {
		return p.desk.Book.Access.Allows(p.desk.Role, kind, record.C2, record.CanCreate)
	}
	asked := c.Asked()
	if !asked.IsZero() && may(wholevillage.KindCheck) {
		add(WholeCheck, p.ask(wholevillage.KindCheck, "check", "words"))
	}
	if slices.ContainsFunc(c.Objections, wholevillage.Objection.Open) && may(wholevillage.KindAnswer) {
		add(WholeAnswer, p.ask(wholevillage.KindAnswer, "limit_answer", "words"))
	}
	if c.Stopped != "" {
		return
	}
	switch c.Reached {
	case wholevillage.Notice:
		if p.leads(wholevillage.Interview) {
			add(WholeSign, p.set(p.ask(wholevillage.KindInterview, "identity_seen", "amount"), "amount", p.signing(c)))
		}
	case wholevillage.Interview:
		if p.leads(wholevillage.Contract) && c.Contract == nil {
			fields := p.ask(wholevillage.KindContract, "contract_no", "rate", "from", "until")
			p.set(fields, "from", p.desk.Now().Format(time.DateOnly))
			add(WholeContract, p.set(fields, "until", c.Limit.Until))
		}
	case wholevillage.Contract, wholevillage.Use, wholevillage.Renewal:
		if p.leads(wholevillage.Use) {
			add(WholeDraw, p.ask(wholevillage.KindDrawing, "amount"))
			if c.Drawn > 0 {
				add(WholeRepay, p.ask(wholevillage.KindDrawing, "amount"))
			}
		}
		if p.leads(wholevillage.Renewal) && c.Reached != wholevillage.Contract {
			add(WholeRenew, p.ask(wholevillage.KindRenewal, "renewal", "amount?", "words?"))
		}
	}
}

// signing is the amount that the first of two persons signed for, else the limit: in yuan, as it is typed.
func (p *WholePage) signing(c *wholevillage.Case) string {
	amount := c.Limit.Limit
	for _, s := range c.Signings {
		if s.Limit == c.Limit.Header.ID {
			amount = s.Amount
		}
	}
	return money.Fen(amount).String()
}

// reviews returns the open round in which whoever works here reviews a household.
func (p *WholePage) reviews(household ident.Record) (round ident.Record, is bool) {
	for _, r := range p.village.Rounds {
		_, closed := p.village.Closed[r.Header.ID]
		mine := slices.ContainsFunc(r.Reviewers, func(v wholevillage.Reviewer) bool { return v.Actor == p.desk.Actor })
		if mine && !closed && slices.ContainsFunc(r.Seats, func(s wholevillage.Seat) bool { return s.Household == household }) {
			return r.Header.ID, true
		}
	}
	return round, false
}

// sheet asks what a blind sheet holds, filled with the own one if there is one.
func (p *WholePage) sheet(c *wholevillage.Case) []WholeField {
	fields := p.ask(wholevillage.KindSheet, "suggest*", "knows*", "honesty*", "willing*", "usury?", "vetoes?", "abstain?", "note?")
	round, _ := p.reviews(c.Household)
	own, there := p.sheets[round][c.Household]
	if !there {
		return fields
	}
	for f, v := range map[record.Field]string{
		"knows": own.Knows, "honesty": own.Honesty, "willing": own.Willing, "abstain": own.Abstain, "note": own.Note, "vetoes": strings.Join(own.Vetoes, " "),
	} {
		p.set(fields, f, v)
	}
	if own.Abstain == "" {
		p.set(fields, "suggest", money.Fen(own.Suggest).String())
		p.set(fields, "usury", fmt.Sprint(own.Usury))
	}
	return fields
}

// Reviewed says whether whoever works here has filled in their sheet of a household in the round that is open.
func (p *WholePage) Reviewed(c WholeCase) bool {
	_, there := p.sheets[c.round][c.id]
	return there
}

// ask makes the questions of a kind; a name that ends in ? may be left open, and one that ends in * by who abstains.
func (p *WholePage) ask(kind record.Kind, names ...string) (out []WholeField) {
	d := p.desk
	for _, name := range names {
		name, open := strings.CutSuffix(name, "?")
		name, unless := strings.CutSuffix(name, "*")
		f := WholeField{Kind: kind, Field: record.Field(name), Label: d.FieldName(kind, record.Field(name)), Need: !open && !unless, Unless: unless}
		def, _ := d.Book.Catalogue.Field(kind, f.Field)
		f.Several, f.Amount = def.Format == record.FormatSet, def.Format == record.FormatMoney
		switch {
		case def.Format == record.FormatBool:
			f.Codes, f.Words = []string{"true", "false"}, []string{d.T("answer.yes"), d.T("answer.no")}
		case len(def.Choices) > 0:
			for _, code := range def.Choices {
				f.Codes, f.Words = append(f.Codes, code), append(f.Words, d.choice(f.Field, code))
			}
		}
		out = append(out, f)
	}
	return out
}

// set puts a value into a question.
func (p *WholePage) set(fields []WholeField, name record.Field, value string) []WholeField {
	for i := range fields {
		if fields[i].Field == name {
			fields[i].Value = value
		}
	}
	return fields
}

// answers are what was answered, by field; codes of a choice of several are parted by blanks.
type answers struct {
	fields []WholeField
	values map[record.Field]string
	cat    *record.Catalogue
	err    error
}

// value reads an answer as its field has it. The first fault stays.
func (a *answers) value(name record.Field) record.Value {
	i := slices.IndexFunc(a.fields, func(f WholeField) bool { return f.Field == name })
	if a.err != nil || i < 0 {
		return record.Value{}
	}
	f, text := a.fields[i], strings.TrimSpace(a.values[name])
	if text == "" && f.Need {
		a.err = fault.New(fault.Invalid, "form.required").WithField(string(name))
	}
	if text == "" || a.err != nil {
		return record.Value{}
	}
	switch def, _ := a.cat.Field(f.Kind, name); def.Format {
	case record.FormatSet:
		return record.OfSet(strings.Fields(text)...)
	default:
		v, err := typed.Parse(def, text)
		if err != nil {
			a.err = fault.From(err).WithField(string(name))
		}
		return v
	}
}

// Do does something: about a household, or with nil for the village. values are the answers by field. Faults are those of
// wholevillage.Hand, with the field that is wrong.
func (p *WholePage) Do(ctx context.Context, c *WholeCase, deed WholeDeed, values map[record.Field]string) error {
	a := &answers{slices.Clone(deed.Fields), values, p.desk.Book.Catalogue, nil}
	if deed.Deed == WholeReview && values["abstain"] == "" {
		for i := range a.fields {
			a.fields[i].Need = a.fields[i].Need || a.fields[i].Unless
		}
	}
	for _, f := range a.fields { // the first that is wrong, in the order in which they are asked
		a.value(f.Field)
	}
	act := p.act(a, deed.Deed)
	if a.err != nil {
		return a.err
	}
	return act(ctx, c)
}

// act reads the answers and returns what is done then.
func (p *WholePage) act(a *answers, deed string) func(context.Context, *WholeCase) error {
	h := p.hand()
	words := a.value("words").Text()
	switch amount := a.value("amount").Int(); deed {
	case WholeReview:
		say := wholevillage.Sheet{
			Knows: a.value("knows").Text(), Abstain: a.value("abstain").Text(), Suggest: a.value("suggest").Int(), Honesty: a.value("honesty").Text(),
			Willing: a.value("willing").Text(), Usury: a.value("usury").Bool(), Vetoes: a.value("vetoes").Set(), Note: a.value("note").Text(),
		}
		return func(ctx context.Context, c *WholeCase) error { return second(h.Review(ctx, c.round, c.id, say)) }
	case WholeCheck:
		pass := a.value("check").Text() == "pass"
		return func(ctx context.Context, c *WholeCase) error { return second(h.Check(ctx, c.id, pass, words)) }
	case WholeAnswer:
		right := a.value("limit_answer").Text() == "right"
		return func(ctx context.Context, c *WholeCase) error { return second(h.Answer(ctx, c.id, right, words)) }
	case WholeSign:
		seen := a.value("identity_seen").Bool()
		return func(ctx context.Context, c *WholeCase) error { return second(h.Sign(ctx, c.id, amount, seen)) }
	case WholeContract:
		made := wholevillage.Agreement{Number: a.value("contract_no").Text(), Rate: a.value("rate").Int(), From: a.value("from").Text(), Until: a.value("until").Text()}
		return func(ctx context.Context, c *WholeCase) error {
			post, _, err := p.desk.posting(ctx, p.scope)
			if err != nil {
				return err
			}
			made.Bank = post.Bank
			return second(h.Agree(ctx, c.id, made))
		}
	case WholeDraw:
		return func(ctx context.Context, c *WholeCase) error { return second(h.Draw(ctx, c.id, amount)) }
	case WholeRepay:
		return func(ctx context.Context, c *WholeCase) error { return second(h.Draw(ctx, c.id, -amount)) }
	case WholeRenew:
		outcome := a.value("renewal").Text()
		return func(ctx context.Context, c *WholeCase) error {
			return second(h.Renew(ctx, c.id, outcome, amount, words))
		}
	case WholeMeet:
		present, note := int(a.value("present").Int()), a.value("note").Text()
		return func(ctx context.Context, _ *WholeCase) error { return second(h.Meet(ctx, p.scope, present, note)) }
	default:
		return func(ctx context.Context, _ *WholeCase) error { return second(h.Post(ctx, p.scope)) }
	}
}

func second[T any](_ T, err error) error { return err }
