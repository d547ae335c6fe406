// SPDX-License-Identifier: Apache-2.0

package reference_test

import (
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yuexin/assets"
	"yuexin/shared/credit/consent"
	"yuexin/shared/credit/criteria"
	"yuexin/shared/credit/reference"
	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

var (
	now   = time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)
	party = ident.Org{3}
	house = record.Row{Header: record.Header{ID: ident.Record{1}, Kind: "household", Scope: "unit:test", Subject: ident.Subject{1}}, Fields: map[record.Field]record.FieldState{
		"head_name": {Value: record.OfText("陈秀英")},
	}}
	check = []byte("0123456789")
)

func read(t *testing.T, name string) string {
	t.Helper()
	data, err := fs.ReadFile(assets.Folder("policies"), name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func must[T any](v T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func rowOf(w record.Write) record.Row {
	r := record.Row{Header: w.Header, Fields: map[record.Field]record.FieldState{}}
	for f, v := range w.Fields {
		r.Fields[f] = record.FieldState{Value: v}
	}
	return r
}

// given is a household's consent to a letter for somebody.
func given(t *testing.T, purpose string, to ident.Org, at time.Time) consent.Consent {
	t.Helper()
	p := must(consent.Parse(strings.NewReader(read(t, "consent-1.json"))))(t)
	h := record.Header{ID: ident.Record{8}, Kind: consent.Kind, Scope: house.Header.Scope, Subject: house.Header.Subject}
	return must(p.Give(consent.Consent{Header: h, Recipient: to, Purpose: purpose, Given: consent.Signature, Giver: "陈秀英"}, at))(t)
}

func passed(kind record.Kind, pass bool) criteria.Result {
	return criteria.Result{Kind: kind, Record: ident.Record{9}, Subject: house.Header.Subject, On: "2026-11-01", Points: 85, Most: 100, Pass: pass}
}

// TestIssue: only with a consent to just that, to just them, that holds; and only what was passed is written down.
func TestIssue(t *testing.T) {
	p := must(reference.Parse(strings.NewReader(read(t, "reference-1.json"))))(t)
	texts := must(i18n.Load(assets.Locales()))(t)
	good := given(t, "reference", party, now)
	ended := rowOf(good.End(ident.Record{10}, now.UnixMilli(), consent.Signature))
	other := good
	other.Header.Subject = ident.Subject{2}
	both := []criteria.Result{passed("seven", true), passed("green", false)}
	tests := []struct {
		name    string
		purpose string
		given   consent.Given
		results []criteria.Result
		want    string
	}{
		{"good", "party", consent.Given{Consents: []consent.Consent{good}}, both, ""},
		{"for nothing there is", "marketing", consent.Given{Consents: []consent.Consent{good}}, both, "reference.purpose"},
		{"nobody agreed", "party", consent.Given{}, both, "reference.consent"},
		{"agreed to another purpose", "party", consent.Given{Consents: []consent.Consent{given(t, "household_file", party, now)}}, both, "reference.consent"},
		{"agreed to give it to others", "party", consent.Given{Consents: []consent.Consent{given(t, "reference", ident.Org{4}, now)}}, both, "reference.consent"},
		{"another household's", "party", consent.Given{Consents: []consent.Consent{other}}, both, "reference.consent"},
		{"over", "party", consent.Given{Consents: []consent.Consent{func() consent.Consent { c := good; c.Until = "2026-11-26"; return c }()}}, both, "reference.consent"},
		{"withdrawn", "party", consent.Given{Consents: []consent.Consent{good}, Ends: []consent.Ending{consent.EndOf(ended)}}, both, "reference.consent"},
		{"passed nothing", "party", consent.Given{Consents: []consent.Consent{good}}, []criteria.Result{passed("seven", false)}, "reference.nothing"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l, err := p.Issue(reference.Letter{Header: record.Header{ID: ident.Record{20}}, Number: "YX-1", Check: check, Purpose: tt.purpose, To: party, Issuer: ident.Actor{6}}, house, tt.results, tt.given, now)
			if err != nil {
				texts.Printer(i18n.ZhHans).Explain(err)
				if fault.From(err).Key != tt.want {
					t.Errorf("%v, want %q", err, tt.want)
				}
				return
			}
			if tt.want != "" || len(l.Facts) != 1 || l.Facts[0].Kind != "seven" || l.Consent != good.Header.ID || l.Until != "2027-05-27" {
				t.Errorf("%+v, want %q", l, tt.want)
			}
			if diff := cmp.Diff(l, reference.Of(rowOf(must(l.Create())(t)))); diff != "" {
				t.Errorf("round trip (-want +got):\n%s", diff)
			}
		})
	}
	if missing := texts.Missing(); len(missing) > 0 {
		t.Errorf("missing %v", missing)
	}
}

// TestStand: whoever has the check hears how the letter stands; it ends with its day and with the consent.
func TestStand(t *testing.T) {
	p := must(reference.Parse(strings.NewReader(read(t, "reference-1.json"))))(t)
	c := given(t, "reference", party, now)
	g := consent.Given{Consents: []consent.Consent{c}}
	l := must(p.Issue(reference.Letter{Check: check, Purpose: "honours", To: party}, house, []criteria.Result{passed("seven", true)}, g, now))(t)
	withdrawn := consent.Given{Consents: g.Consents, Ends: []consent.Ending{consent.EndOf(rowOf(c.End(ident.Record{10}, now.UnixMilli(), consent.Tap)))}}
	for name, tt := range map[string]struct {
		check []byte
		given consent.Given
		on    time.Time
		want  reference.State
	}{
		"today":              {check, g, now, reference.Stands},
		"its last day":       {check, g, now.AddDate(0, 6, 0), reference.Stands},
		"a day later":        {check, g, now.AddDate(0, 6, 1), reference.Over},
		"withdrawn":          {check, withdrawn, now, reference.Withdrawn},
		"the consent erased": {check, consent.Given{}, now, reference.Withdrawn},
		"a guess":            {[]byte("0123456780"), g, now, ""},
		"no check":           {nil, g, now, ""},
	} {
		got, err := l.Stand(tt.check, tt.given, tt.on)
		if got != tt.want || (err != nil) != (tt.want == "") {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if _, err := (reference.Letter{}).Stand(nil, g, now); !fault.Is(err, fault.NotFound) {
		t.Errorf("no letter stands: %v", err)
	}
}

func TestText(t *testing.T) {
	p := must(reference.Parse(strings.NewReader(read(t, "reference-1.json"))))(t)
	judged := must(criteria.Parse(strings.NewReader(read(t, "criteria-1.json"))))(t)
	l := reference.Letter{Holder: "陈秀英", Purpose: "party", Until: "2027-05-27", At: now.UnixMilli(), Facts: []reference.Fact{{Kind: "seven", On: "2026-11-01", Points: 85, Most: 100}}}
	for _, lang := range i18n.Langs() {
		title, lines := p.Text(l, reference.Places{To: "镇党委", Village: "富溪村", Issuer: "何建国"}, judged, lang, time.UTC)
		all := title + strings.Join(lines, "\n")
		for _, must := range []string{"镇党委", "富溪村", "何建国", "陈秀英", "85", "2027-05-27"} {
			if !strings.Contains(all, must) {
				t.Errorf("%s: no %s in %s", lang, must, all)
			}
		}
		if strings.ContainsAny(all, "{}") {
			t.Errorf("%s: a place is empty: %s", lang, all)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	good := read(t, "reference-1.json")
	for name, change := range map[string][2]string{
		"unknown key": {`"version"`, `"edition"`}, "for ever": {`"months": 6`, `"months": 0`}, "no consent": {`"consent": "reference"`, `"consent": ""`},
		"nobody is named": {`{holder}`, ``}, "a purpose without a name": {`"en": "an honour"`, `"en": ""`}, "no day": {`{until}。`, `。`},
	} {
		bad := strings.Replace(good, change[0], change[1], 1)
		if _, err := reference.Parse(strings.NewReader(bad)); bad == good || err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}
