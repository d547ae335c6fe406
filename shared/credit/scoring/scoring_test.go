// SPDX-License-Identifier: Apache-2.0

package scoring_test

import (
	"bytes"
	"io/fs"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yuexin/assets"
	"yuexin/shared/credit/scoring"
	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/record"
)

func source(t testing.TB) string {
	t.Helper()
	data, err := fs.ReadFile(assets.Folder("scorecards"), "card-household-1.json")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// own is the card of the program; its own cases, worked by hand, run when it is parsed.
func own(t testing.TB) *scoring.Card {
	t.Helper()
	c, err := scoring.Parse(strings.NewReader(source(t)))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestParseRefuses: a card that does not fit itself, that could come to another result elsewhere, or that fails its own case is
// not taken; the error says what is wrong.
func TestParseRefuses(t *testing.T) {
	good := source(t)
	for _, one := range []struct{ old, new, says string }{
		{`"version": 1`, `"version": 0`, "version"},
		{`"from": "2026-01-01"`, `"from": "soon"`, "from"},
		{`"weight": 16`, `"weight": 17`, "weights come to"},
		{`{"share": 0}`, `{"share": -1}`, "share"},
		{`div(debts * 100, assets)`, `debts * 100 / assets`, "fractions"},
		{`share(assets, 10)`, `share(assets, 0.1)`, "cannot use float64"},
		{`share(assets, 10)`, `share(wealth, 10)`, "unknown name wealth"},
		{`share(assets, 10)`, `grade`, "expected int"},
		{`"late_now >= 2 || overdue >= 6"`, `"late_now"`, "expected bool"},
		{`"late_now == 1"`, `"now() == 1"`, "unknown name now"},
		{`"guarantees": "int"`, `"guarantees": "float"`, "none of int"},
		{`"population": "int"`, `"population": "int", "phone": "text"`, "not used"},
		{`"good": 100, "fair"`, `"fine": 100, "fair"`, "codes"},
		{`"from": 90}, {"code": "AA"`, `"from": 70}, {"code": "AA"`, "out of order"},
		{`"limit": 16500000`, `"limit": 16600000`, `case "a good household": a limit of 16500000`},
		{`"points": 91.08`, `"points": 91.09`, "91.08 points, not 91.09"},
		{`"en": "All assets"`, `"en": ""`, "wording"},
	} {
		text := strings.Replace(good, one.old, one.new, 1)
		if text == good {
			t.Fatalf("the card has no %s", one.old)
		}
		if _, err := scoring.Parse(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), one.says) {
			t.Errorf("%s: %v", one.new, err)
		}
	}
}

// innovation is a card of another system: three life-cycle stages with their own weights, the place among peers frozen for the
// year, in logarithms for money, and a bonus on top. Nothing of it is in the engine.
const innovation = `{"card": "innovation", "version": 1, "from": "2026-01-01", "title": {"zh-Hans": "创新积分", "en": "Innovation points"}, "about": "", "source": "a test",
 "kind": "enterprise", "most": 100, "bonus": 30, "weigh_by": "stage",
 "fields": {"spent": "int", "revenue": "int", "patents": "int", "sector": "text"},
 "confidence": {"self": 60, "cadre": 75, "officer": 90, "bank": 100, "authority": 100, "absent": 80, "stale": 70, "disputed": 50},
 "indicators": [
  {"name": "stage", "label": {"zh-Hans": "阶段", "en": "Stage"}, "unit": "code", "words": {"startup": {"zh-Hans": "初创", "en": "start-up"}, "steady": {"zh-Hans": "稳定", "en": "steady"}}, "value": "revenue < 2000000000 ? \"startup\" : \"steady\"", "fresh_days": 0},
  {"name": "field", "label": {"zh-Hans": "行业", "en": "Sector"}, "unit": "code", "words": {"software": {"zh-Hans": "软件", "en": "software"}}, "value": "sector", "fresh_days": 0},
  {"name": "research", "label": {"zh-Hans": "研发费用", "en": "Research"}, "unit": "fen", "value": "spent", "fresh_days": 0},
  {"name": "intensity", "label": {"zh-Hans": "研发占比", "en": "Research of revenue"}, "unit": "percent", "value": "div(spent * 100, revenue)", "fresh_days": 0},
  {"name": "inventions", "label": {"zh-Hans": "专利", "en": "Patents"}, "unit": "count", "value": "patents", "fresh_days": 0}],
 "groups": [{"name": "all", "label": {"zh-Hans": "全部", "en": "All"}}],
 "items": [
  {"indicator": "research", "group": "all", "weights": {"startup": 40, "steady": 70}, "peer": "log", "missing": 0},
  {"indicator": "intensity", "group": "all", "weights": {"startup": 60, "steady": 30}, "peer": "linear", "missing": 0},
  {"indicator": "inventions", "group": "all", "weight": 40, "bonus": true, "formula": "inventions * 10", "missing": 0}],
 "peers": {"year": 2026, "by": "stage + \"/\" + field", "groups": {"startup/software": {"research": {"low": 0, "high": 3}, "intensity": {"low": 5, "high": 25}}}},
 "ladders": [{"name": "tier", "label": {"zh-Hans": "档", "en": "Tier"}, "steps": [{"code": "top", "label": {"zh-Hans": "标兵", "en": "top"}, "from": 85}, {"code": "rest", "label": {"zh-Hans": "其他", "en": "others"}, "from": 0}]}],
 "cases": [{"name": "start-up", "day": "2026-06-30", "work": "research 1 of 0..3 in logarithms: log2(2) / log2(4) = 1/2 of 40 = 20; intensity 100/7 = 14 of 5..25: 9/20 of 60 = 27; 4 patents 40% of 40 = 16, below 30: 63", "rows": [{"kind": "enterprise", "fields": {"spent": 1, "revenue": 7, "patents": 4, "sector": "software"}}], "want": {"points": 63, "steps": ["rest"]}},
  {"name": "bonus is bounded", "day": "2026-06-30", "work": "research 3: all of 40; intensity 3/12 = 25%: all of 60; 9 patents 90% of 40 = 36, but 30: 130", "rows": [{"kind": "enterprise", "fields": {"spent": 3, "revenue": 12, "patents": 9, "sector": "software"}}], "want": {"points": 130, "steps": ["top"]}}]}`

func TestThreeSystems(t *testing.T) {
	c, err := scoring.Parse(strings.NewReader(innovation))
	if err != nil {
		t.Fatal(err)
	}
	var results []*scoring.Result
	for i := range 100 {
		root := record.Row{Header: record.Header{ID: ident.Record{byte(i + 1)}, Kind: "enterprise"}, Fields: fields(record.Officer, map[record.Field]record.Value{
			"spent": record.OfInt(int64(i + 1)), "revenue": record.OfInt(100), "sector": record.OfText("software"),
		})}
		r, err := c.Score(root, nil, "2026-12-31")
		if err != nil {
			t.Fatal(err)
		}
		results = append(results, r)
	}
	// 100 values 1 to 100: the 5th and the 95th of them by nearest rank.
	want := map[string]map[string]scoring.Range{"startup/software": {"research": {Low: 5, High: 95}, "intensity": {Low: 5, High: 95}}}
	if diff := cmp.Diff(want, c.Freeze(results)); diff != "" {
		t.Error(diff)
	}
}

func fields(source record.Source, values map[record.Field]record.Value) map[record.Field]record.FieldState {
	out := map[record.Field]record.FieldState{}
	for f, v := range values {
		out[f] = record.FieldState{Value: v, Version: 1, Winner: record.Head{Value: v, Version: 1, Stamp: hlc.New(1_790_000_000_000, 0), Source: source}}
	}
	return out
}

// household draws a household and what stands beside it.
func household(c *scoring.Card, r *rand.Rand) (record.Row, []record.Row) {
	id := func() (id ident.Record) {
		for i := range id {
			id[i] = byte(r.Uint32())
		}
		return id
	}
	subject := ident.Subject(id())
	values := map[record.Field]record.Value{}
	for _, f := range c.Reads("household") {
		n := r.Int64N(1 << r.IntN(32))
		switch f {
		case "conduct":
			values[f] = record.OfText([]string{"good", "fair", "plain", "poor"}[r.IntN(4)])
		case "population", "labour", "overdue_times":
			values[f] = record.OfInt(n % 8)
		case "figures_year":
			values[f] = record.OfInt(2015 + n%12)
		default:
			values[f] = record.OfInt(n)
		}
		if r.IntN(6) == 0 {
			delete(values, f)
		}
	}
	sources := []record.Source{record.SelfDeclared, record.Cadre, record.Officer, record.BankVerified, record.Authoritative}
	root := record.Row{Header: record.Header{ID: id(), Kind: "household", Scope: "unit:a", Subject: subject}, Fields: fields(sources[r.IntN(5)], values)}
	for _, f := range root.FieldNames() { // in order: a seed draws the same households again
		s := root.Fields[f]
		if s.Disputed = r.IntN(60) == 0; s.Disputed {
			root.Fields[f] = s
		}
	}
	var beside []record.Row
	for range r.IntN(8) {
		kind := []record.Kind{"debt", "point", "green", "seven"}[r.IntN(4)]
		v := map[record.Field]record.Value{}
		switch kind {
		case "debt":
			v["overdue"] = record.OfBool(r.IntN(3) == 0)
		case "point":
			v["points"], v["day"] = record.OfInt(r.Int64N(40)-5), record.OfText("2026-03-01")
		case "green":
			v["green_total"], v["checked_on"] = record.OfInt(r.Int64N(101)), record.OfText("2026-02-01")
		case "seven":
			v["rules_met"], v["checked_on"] = record.OfInt(r.Int64N(8)), record.OfText("2026-02-01")
		}
		beside = append(beside, record.Row{Header: record.Header{ID: id(), Kind: kind, Scope: "unit:a", Subject: subject}, Fields: fields(sources[r.IntN(5)], v)})
	}
	return root, beside
}

// TestLaws: whatever a household has, the limit is at most the card's, no line of it is below zero, points are between nothing and
// all, a second scorer and another order of the records come to the same bytes, and they read as what they were.
func TestLaws(t *testing.T) {
	c := own(t)
	s := c.Scorer()
	const seed = 6
	r := rand.New(rand.NewPCG(seed, 0))
	for n := range 10_000 {
		root, beside := household(c, r)
		got, err := s.Score(root, beside, "2026-06-30")
		if err != nil {
			t.Fatalf("seed %d, household %d: %v", seed, n, err)
		}
		sum := int64(0)
		for _, l := range got.Limit.Lines {
			if sum += l.Given; l.Given < 0 || l.Given > l.Asked {
				t.Fatalf("seed %d, household %d: line %+v", seed, n, l)
			}
		}
		if got.Granted() > c.Limit.Most || got.Granted() > sum || got.Points < 0 || got.Points > c.Most+c.Bonus || got.Confidence > 100 || (len(got.Vetoes) > 0 && got.Granted() != 0) {
			t.Fatalf("seed %d, household %d: %s", seed, n, got.Bytes())
		}
		slices.Reverse(beside)
		other, err := c.Score(root, beside, "2026-06-30")
		if err != nil || !bytes.Equal(other.Bytes(), got.Bytes()) {
			t.Fatalf("seed %d, household %d: in another order\n%s\n%s", seed, n, got.Bytes(), other.Bytes())
		}
		if n%500 == 0 {
			read, err := scoring.ParseResult(got.Bytes())
			if err != nil || !bytes.Equal(read.Bytes(), got.Bytes()) {
				t.Fatalf("read again: %v", err)
			}
		}
	}
}

// TestDispute: what nobody has settled is named, halves the trust in what rests on it, and stops a decision unless somebody gives
// a reason.
func TestDispute(t *testing.T) {
	c := own(t)
	root, beside, err := c.Cases[len(c.Cases)-1].Records()
	if err != nil {
		t.Fatal(err)
	}
	r, err := c.Score(root, beside, "2026-06-30")
	if err != nil {
		t.Fatal(err)
	}
	if want := []scoring.Input{{Record: root.Header.ID, Kind: "household", Field: "debt_own_bank"}}; !slices.Equal(r.Disputed, want) {
		t.Errorf("in dispute: %v", r.Disputed)
	}
	if err := r.Decidable(""); fault.From(err).Key != "scoring.disputed" {
		t.Errorf("decided on what is in dispute: %v", err)
	}
	if err := r.Decidable("户主当面确认，银行流水为证"); err != nil {
		t.Errorf("with a reason: %v", err)
	}
}

// TestSay: the golden explanation of a household, in both languages; a layman hears it on the kiosk.
func TestSay(t *testing.T) {
	c := own(t)
	texts, err := i18n.Load(assets.Locales())
	if err != nil {
		t.Fatal(err)
	}
	root, beside, err := c.Cases[2].Records()
	if err != nil {
		t.Fatal(err)
	}
	delete(root.Fields, "conduct")
	r, err := c.Score(root, beside, "2026-06-30")
	if err != nil {
		t.Fatal(err)
	}
	name := func(in scoring.Input) string { return string(in.Field) }
	zh := c.Say(texts.Printer(i18n.ZhHans), r, name)
	if zh.Head != "B 级 · 二星，得 69.99 分（满分 100 分）" || zh.Next != "再得 0.01 分，就到A 级" || zh.Total != "A 级及以上才有授信额度" {
		t.Errorf("%q %q %q", zh.Head, zh.Next, zh.Total)
	}
	if want := []string{"有一笔借款逾期没还，还清以前最高 B 级"}; !slices.Equal(zh.Stops, want) {
		t.Errorf("stops %q", zh.Stops)
	}
	if want := []string{"先把逾期的借款还上：现在还逾期的借款到 0笔，能加 8 分", "收入增加了，请村干部或服务官来更新：人均纯收入到 3万元，能加 4 分", "把“品行评价”登记上，最多能加 3.6 分",
		"把“信用七条做到几条”登记上，最多能加 3 分", "把“近一年的文明积分”登记上，最多能加 3 分"}; !slices.Equal(zh.Raise, want) {
		t.Errorf("raise %q", zh.Raise)
	}
	if got := zh.Groups[0].Lines[2].Reason; got != "品行评价：还没有登记，先算 2.4 分（满分 6 分）" {
		t.Errorf("reason %q", got)
	}
	en := c.Say(texts.Printer(i18n.En), r, name)
	if en.Groups[1].Lines[0].Reason != "Net income a head: 20,000 yuan, 12 points (of 16)" || len(en.Raise) != len(zh.Raise) {
		t.Errorf("%q", en.Groups[1].Lines[0].Reason)
	}
	if missing := texts.Missing(); len(missing) > 0 {
		t.Errorf("texts are missing: %q", missing)
	}
}

// TestTry: another weight is tried out before anybody publishes it; who moves is named, and the sums agree.
func TestTry(t *testing.T) {
	c := own(t)
	if _, err := c.Try(scoring.Change{Weights: map[string]scoring.Points{"luck": 1}}); err == nil {
		t.Error("an item that is not there got a weight")
	}
	same, err := c.Try(scoring.Change{Weights: map[string]scoring.Points{"overdue": 16 * scoring.Whole}})
	if err != nil {
		t.Fatal(err)
	}
	other, err := c.Try(scoring.Change{Weights: map[string]scoring.Points{"overdue": 60 * scoring.Whole}})
	if err != nil {
		t.Fatal(err)
	}
	trial := scoring.Trial{Most: 5}
	r := rand.New(rand.NewPCG(7, 0))
	moved := 0
	for range 500 {
		root, beside := household(c, r)
		before, err := c.Score(root, beside, "2026-06-30")
		if err != nil {
			t.Fatal(err)
		}
		again, err := same.Score(root, beside, "2026-06-30")
		if err != nil || again.Points != before.Points {
			t.Fatalf("with the same weight: %s, not %s (%v)", again.Points, before.Points, err)
		}
		after, err := other.Score(root, beside, "2026-06-30")
		if err != nil {
			t.Fatal(err)
		}
		if trial.Add(c.Ladders[0], before, after); before.Grade() != after.Grade() {
			moved++
		}
	}
	n := 0
	for _, m := range trial.Table(c.Ladders[0].Codes()) {
		n += m.N
	}
	if moved == 0 || trial.Up+trial.Down != moved || n != 500 || trial.N != 500 || len(trial.Named) != 5 {
		t.Errorf("%d moved: %+v", moved, trial)
	}
}

// TestTrialSaysWhy: whoever is named moves farthest, with what moves them; however subjects are parted and in whatever order they
// come, the sum is the same. Causes are as many as moves.
func TestTrialSaysWhy(t *testing.T) {
	c := own(t)
	higher := map[string]scoring.Points{"AA": 85 * scoring.Whole}
	for code, from := range map[string]scoring.Points{"D": 10, "C": 10, "AA": 95 * scoring.Whole} {
		if _, err := c.Try(scoring.Change{Steps: map[string]scoring.Points{code: from}}); err == nil {
			t.Errorf("%s is reached from %s points", code, from)
		}
	}
	stricter, err := c.Try(scoring.Change{Steps: higher})
	if err != nil {
		t.Fatal(err)
	}
	heavier, err := c.Try(scoring.Change{Weights: map[string]scoring.Points{"overdue": 60 * scoring.Whole}})
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(7, 0))
	for name, rival := range map[string]*scoring.Card{"steps": stricter, "weights": heavier} {
		whole, parts := scoring.Trial{Most: 7}, []scoring.Trial{{Most: 7}, {Most: 7}, {Most: 7}}
		for i := range 600 {
			root, beside := household(c, r)
			before, err := c.Score(root, beside, "2026-06-30")
			if err != nil {
				t.Fatal(err)
			}
			after, err := rival.Score(root, beside, "2026-06-30")
			if err != nil {
				t.Fatal(err)
			}
			whole.Add(c.Ladders[0], before, after)
			parts[i%3].Add(c.Ladders[0], before, after)
		}
		joined := scoring.Trial{Most: 7}
		for _, i := range []int{2, 0, 1} {
			joined.Join(&parts[i])
		}
		if diff := cmp.Diff(whole, joined); diff != "" {
			t.Errorf("%s, in parts (-whole +joined):\n%s", name, diff)
		}
		n := 0
		for _, w := range whole.Why() {
			if n += w.N; name == "steps" && w.Kind != scoring.ByStep {
				t.Errorf("by points alone: %+v", w)
			}
		}
		if n == 0 || n != whole.Up+whole.Down || name == "steps" && whole.Up > 0 {
			t.Errorf("%s: %d causes of %d up and %d down", name, n, whole.Up, whole.Down)
		}
		for i, one := range whole.Named {
			if one.Cause.Kind == scoring.ByItem && (len(one.Shifts) == 0 || (one.Shifts[0].By > 0) != (one.After > one.Before) && len(one.Shifts) == 1) {
				t.Errorf("%s: %+v", name, one)
			}
			if i > 0 && max(one.Steps, -one.Steps) > max(whole.Named[i-1].Steps, -whole.Named[i-1].Steps) {
				t.Errorf("%s: number %d moves farther than the one before", name, i)
			}
		}
	}
}

// TestChallenges: only another version of the same card, with the same grades, is compared.
func TestChallenges(t *testing.T) {
	c := own(t)
	for want, change := range map[string][2]string{
		"": {`"version": 1`, `"version": 2`}, "scoring.trial.other": {`"card": "household"`, `"card": "hamlet"`}, "scoring.trial.steps": {"AAA", "S"},
	} {
		other, err := scoring.Parse(strings.NewReader(strings.ReplaceAll(source(t), change[0], change[1])))
		if err != nil {
			t.Fatalf("%s: %v", change[1], err)
		}
		got := ""
		if err := other.Challenges(c); err != nil {
			got = fault.From(err).Key
		}
		if got != want {
			t.Errorf("%s: %q, want %q", change[1], got, want)
		}
	}
}

// none is a ledger of points by which nothing counts.
type none struct{}

func (none) Kinds() []record.Kind { return []record.Kind{"point", "point_approval"} }

func (none) Counting(rows []record.Row) []record.Row {
	return slices.DeleteFunc(slices.Clone(rows), func(r record.Row) bool { return r.Header.Kind == "point" })
}

// TestLedger: what does not count by its ledger earns nothing, also on a card that is tried out; what is said about it is read as
// well. The card's own cases pass: what stands in them counts.
func TestLedger(t *testing.T) {
	c, err := scoring.Parse(strings.NewReader(source(t)), none{})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(c.Kinds(), "point_approval") {
		t.Errorf("the card reads %v", c.Kinds())
	}
	tried, err := c.Try(scoring.Change{Weights: map[string]scoring.Points{"civic": 300}})
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(c.Cases, func(one scoring.Case) bool { return strings.HasPrefix(one.Name, "civic and green") })
	root, beside, err := c.Cases[i].Records()
	if err != nil {
		t.Fatal(err)
	}
	for name, card := range map[string]*scoring.Card{"the card": c, "tried out": tried} {
		r, err := card.Score(root, beside, c.Cases[i].Day)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range r.Findings {
			if f.Indicator == "civic" && !f.Missing {
				t.Errorf("%s: civic is found: %+v", name, f)
			}
		}
	}
}
