// SPDX-License-Identifier: Apache-2.0

package wholevillage_test

import (
	"io"
	"io/fs"
	"strings"
	"testing"

	"yuexin/assets"
	"yuexin/shared/credit/wholevillage"
	"yuexin/shared/i18n"
	"yuexin/shared/sync/record"
)

func source(t testing.TB, name string) string {
	t.Helper()
	data, err := fs.ReadFile(assets.Folder("policies"), name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func parse[T any](t testing.TB, name string, read func(io.Reader) (T, error)) T {
	t.Helper()
	v, err := read(strings.NewReader(source(t, name)))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func own(t testing.TB) *wholevillage.Policy {
	t.Helper()
	return parse(t, "wholevillage-1.json", wholevillage.Parse)
}

// TestPolicyIsWhole: a policy that is not whole is refused when it is read, not when a household meets the gap.
func TestPolicyIsWhole(t *testing.T) {
	text := source(t, "wholevillage-1.json")
	for _, tt := range []struct{ name, old, new, want string }{
		{"two reviewers", `"reviewers": 3`, `"reviewers": 2`, "fewer than 3"},
		{"a need that nobody knows", `"needs": ["drawn"]`, `"needs": ["drew"]`, `state "use"`},
		{"states out of order", `"id": "use"`, `"id": "renewal"`, `state "renewal"`},
		{"nobody leads there", `"who": ["desk"], "needs": ["consent", "white"]`, `"who": [], "needs": ["consent", "white"]`, `state "screen"`},
		{"a paper that is missing", `"paper": "sheet"`, `"paper": "shoot"`, "there is no paper"},
		{"a list that is none", `"list": "black"`, `"list": "white"`, `rule "veto"`},
		{"both bounds", `"fact": "vetoes", "from": 1`, `"fact": "vetoes", "from": 1, "below": 3`, `rule "veto"`},
		{"the same rule twice", `"id": "capped"`, `"id": "veto"`, `rule "veto"`},
		{"no cap", `"cap_fen": 20000000`, `"cap_fen": 0`, "limit is not whole"},
		{"a notice of no day", `"days": 7`, `"days": 0`, "notice is not whole"},
		{"words in one language", `"en": "Bank (seal)"`, `"en": ""`, `paper "offer"`},
		{"a field that nobody reads", `"equal": 2`, `"equal": 2, "also": 1`, "also"},
		{"no version", `"version": 1`, `"version": 0`, "version"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			broken := strings.Replace(text, tt.old, tt.new, 1)
			if broken == text {
				t.Fatal("the test changes nothing")
			}
			if _, err := wholevillage.Parse(strings.NewReader(broken)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want an error that names %q", err, tt.want)
			}
		})
	}
}

func TestCheckAgainst(t *testing.T) {
	cat := parse(t, "catalogue-1.json", record.ParseCatalogue)
	text := source(t, "wholevillage-1.json")
	for old, change := range map[string]string{`"gambling", `: `"snoring", `, `"creditor", `: `"neighbour", `, `"labour"]`: `"labours"]`} {
		p, err := wholevillage.Parse(strings.NewReader(strings.Replace(text, old, change, 1)))
		if err != nil {
			t.Fatal(err)
		}
		if p.CheckAgainst(cat) == nil {
			t.Errorf("%s: the catalogue does not have it, and nobody said so", change)
		}
	}
	if err := own(t).CheckAgainst(cat); err != nil {
		t.Error(err)
	}
}

// TestWords: every code that a household can meet has words in both languages.
func TestWords(t *testing.T) {
	texts, err := i18n.Load(assets.Locales())
	if err != nil {
		t.Fatal(err)
	}
	p := own(t)
	for _, lang := range i18n.Langs() {
		say := texts.Printer(lang)
		var keys []string
		for _, s := range p.States() {
			for _, n := range s.Needs {
				keys = append(keys, "wholevillage.need."+string(n), "wholevillage.lacks."+string(n), "wholevillage.lacks."+string(n)+".hint")
			}
		}
		for _, why := range []string{
			wholevillage.StopBlack, wholevillage.StopChecked, wholevillage.StopRefused, wholevillage.StopObject, wholevillage.StopConsent,
			wholevillage.StopEnded, wholevillage.StopRounds,
		} {
			keys = append(keys, "wholevillage.stop."+why, "wholevillage.stopped."+why, "wholevillage.stopped."+why+".hint")
		}
		for _, why := range wholevillage.Objections {
			keys = append(keys, "choice.limit_why."+why)
		}
		for _, key := range keys {
			if !say.Has(key) {
				t.Errorf("%s has no %s", lang, key)
			}
		}
	}
}

// TestScreen: the worst list of the rules that apply counts, and every rule that applies is named, with what it found.
func TestScreen(t *testing.T) {
	p := own(t)
	white := result()
	for _, tt := range []struct {
		name  string
		spoil func(*score)
		list  wholevillage.List
		why   []string
	}{
		{"nothing against it", func(*score) {}, wholevillage.White, nil},
		{"a veto of the card", func(r *score) { r.Vetoes = []string{"dishonest"} }, wholevillage.Black, []string{"veto"}},
		{"no limit", func(r *score) { r.Limit.Granted = 0 }, wholevillage.Grey, []string{"no_limit"}},
		{"no limit at all", func(r *score) { r.Limit = nil }, wholevillage.Grey, []string{"no_limit"}},
		{"a capped grade", func(r *score) { r.Caps = []string{"overdue"} }, wholevillage.Grey, []string{"capped"}},
		{"in dispute", func(r *score) { r.Disputed = make([]input, 2) }, wholevillage.Grey, []string{"disputed"}},
		{"49 percent sure", func(r *score) { r.Confidence = 49 }, wholevillage.Grey, []string{"unsure"}},
		{"50 percent sure", func(r *score) { r.Confidence = 50 }, wholevillage.White, nil},
		{"black before grey", func(r *score) { r.Confidence, r.Vetoes = 10, []string{"dishonest"} }, wholevillage.Black, []string{"veto", "unsure"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := white
			limit := *white.Limit
			r.Limit = &limit
			tt.spoil(&r)
			list, why := p.Screen(&r)
			var ids []string
			for _, g := range why {
				ids = append(ids, g.ID)
				if p.Says(g.ID, i18n.ZhHans) == g.ID {
					t.Errorf("rule %s has no words", g.ID)
				}
			}
			if list != tt.list || strings.Join(ids, " ") != strings.Join(tt.why, " ") {
				t.Errorf("%s for %v, want %s for %v", list, ids, tt.list, tt.why)
			}
		})
	}
}

// TestScreenByIndicator: a rule may look at any indicator of the card; one that was not found puts nobody on a list.
func TestScreenByIndicator(t *testing.T) {
	p, err := wholevillage.Parse(strings.NewReader(strings.Replace(source(t, "wholevillage-1.json"), `"fact": "caps", "from": 1`, `"fact": "age", "from": 65`, 1)))
	if err != nil {
		t.Fatal(err)
	}
	for want, f := range map[wholevillage.List]finding{wholevillage.Grey: {Indicator: "age", Value: 65}, wholevillage.White: {Indicator: "age", Value: 80, Missing: true}} {
		r := result()
		r.Findings = []finding{f}
		if list, why := p.Screen(&r); list != want {
			t.Errorf("%+v: %s for %v, want %s", f, list, why, want)
		}
	}
}
