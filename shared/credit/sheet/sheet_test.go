// SPDX-License-Identifier: Apache-2.0

package sheet_test

import (
	"io"
	"io/fs"
	"strings"
	"testing"
	"time"

	"yuexin/assets"
	"yuexin/shared/credit/consent"
	"yuexin/shared/credit/forms"
	"yuexin/shared/credit/sheet"
	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/record/memory"
)

var id = ident.Record{1, 0x93, 0xAB, 0xCD, 0xEF, 1, 0x70, 2, 0x80, 3, 4, 5, 6, 7, 8, 9}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestTokenRoundTrip(t *testing.T) {
	for _, want := range []sheet.Token{
		{Form: "household_survey", Version: 12, Record: id, Page: 3},
		{Form: "demand", Version: 1, Page: 1},
	} {
		text := want.String()
		if got, err := sheet.ParseToken(text); err != nil || got != want {
			t.Errorf("%s: got %v, %v, want %v", text, got, err, want)
		}
		if strings.Trim(text, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ/-") != "" {
			t.Errorf("%s has characters that codes do not hold densely", text)
		}
	}
}

// A code of something else is told from one of ours that was misread; whatever one character becomes, it never names
// another record.
func TestTokenRefusals(t *testing.T) {
	for _, text := range []string{"", "https://xy.gdnybank.cn/D/ABC", "yxs1/demand", "YXS2/DEMAND/1//1/00000000"} {
		if _, err := sheet.ParseToken(text); fault.From(err).Key != "sheet.token.foreign" {
			t.Errorf("%q: got %v", text, err)
		}
	}
	text := sheet.Token{Form: "household", Version: 1, Record: id, Page: 1}.String()
	for i := len("YXS1/"); i < len(text); i++ {
		for _, c := range "0A/" {
			changed := text[:i] + string(c) + text[i+1:]
			if _, err := sheet.ParseToken(changed); changed != text && fault.From(err).Key != "sheet.token.damaged" {
				t.Errorf("%q: got %v", changed, err)
			}
		}
	}
	for _, damaged := range []sheet.Token{{Form: "demand", Version: 1, Page: 100}, {Form: "demand", Version: 1}} {
		if _, err := sheet.ParseToken(damaged.String()); fault.From(err).Key != "sheet.token.damaged" {
			t.Errorf("page %d: got %v", damaged.Page, err)
		}
	}
}

// FuzzParseToken: what is read is what is written.
func FuzzParseToken(f *testing.F) {
	f.Add(sheet.Token{Form: "household", Version: 1, Record: id, Page: 1}.String())
	f.Add("YXS1/A/1//1/")
	f.Fuzz(func(t *testing.T, text string) {
		token, err := sheet.ParseToken(text)
		if err != nil {
			return
		}
		if again, err := sheet.ParseToken(token.String()); err != nil || again != token {
			t.Errorf("%q is %v, written and read %v, %v", text, token, again, err)
		}
	})
}

func TestNumber(t *testing.T) {
	got := sheet.Number(id, "-")
	if plain := strings.ReplaceAll(got, "-", ""); len(plain) != 26 || strings.ToLower(plain) != strings.TrimPrefix(id.String(), "rec_") {
		t.Errorf("got %s of %s", got, id)
	}
}

func TestPlaces(t *testing.T) {
	row := record.Row{Fields: map[record.Field]record.FieldState{}}
	for page := 1; page <= sheet.Pages; page++ {
		field := must(sheet.Place(page))
		if !sheet.IsPlace(field) {
			t.Errorf("%s is no place", field)
		}
		if got := sheet.Free(row); got != page {
			t.Errorf("free is %d, want %d", got, page)
		}
		row.Fields[field] = record.FieldState{Value: record.OfBytes([]byte{1})}
	}
	if got := sheet.Free(row); got != 1 {
		t.Errorf("all are taken: got %d", got)
	}
	for _, page := range []int{0, sheet.Pages + 1} {
		if _, err := sheet.Place(page); fault.From(err).Key != "sheet.pages" {
			t.Errorf("page %d: got %v", page, err)
		}
	}
	for _, field := range []record.Field{"photo", "sheet_0", "sheet_5", "1", "sheet_"} {
		if sheet.IsPlace(field) {
			t.Errorf("%s is a place", field)
		}
	}
}

func templateText(t testing.TB) string {
	t.Helper()
	return string(must(fs.ReadFile(assets.Folder("policies"), "paper-1.json")))
}

func TestTemplate(t *testing.T) {
	tpl := must(sheet.ParseTemplate(strings.NewReader(templateText(t))))
	if tpl.Version() != 1 || tpl.Paper() != "A4" || tpl.Margins().Left <= 0 {
		t.Errorf("got version %d, paper %s", tpl.Version(), tpl.Paper())
	}
	if got := tpl.Heading("household_survey", i18n.ZhHans); got != "农户信用信息采集表" {
		t.Errorf("heading %s", got)
	}
	if tpl.Heading("of_a_county", i18n.ZhHans) != "" || len(tpl.Signatures("of_a_county")) == 0 || tpl.EmptyRows("of_a_county", "rows") == 0 {
		t.Error("a form that the template does not name has nothing to sign or to fill in")
	}
	if got := tpl.Footer(i18n.ZhHans, "xy.gdnybank.cn"); !strings.Contains(got, "xy.gdnybank.cn") {
		t.Errorf("footer %s", got)
	}
	if tpl.Declares("visit", i18n.ZhHans) != "" || tpl.Declares("demand", i18n.ZhHans) == "" {
		t.Error("a visit is declared, or a demand is not")
	}
}

// Every form of the program has a heading of its own.
func TestEveryFormHasAHeading(t *testing.T) {
	tpl := must(sheet.ParseTemplate(strings.NewReader(templateText(t))))
	names := must(fs.Glob(assets.Folder("forms"), "*.json"))
	for _, name := range names {
		for _, lang := range i18n.Langs() {
			if tpl.Heading(strings.TrimSuffix(name, ".json"), lang) == "" {
				t.Errorf("%s has no heading in %s", name, lang)
			}
		}
	}
}

func TestParseTemplateRefuses(t *testing.T) {
	good := templateText(t)
	for name, change := range map[string][2]string{
		"no version": {`"version": 1`, `"version": 0`}, "unknown field": {`"paper"`, `"papier"`}, "paper": {`"A4"`, `"A5"`},
		"margin": {`"left": 15`, `"left": 2`}, "a language": {`"en": "How to fill`, `"fr": "How to fill`},
		"no rows": {`"": 4`, `"": 0`}, "many rows": {`"": 4`, `"": 400`}, "spare": {`"spare_rows": 1`, `"spare_rows": -1`},
	} {
		bad := strings.Replace(good, change[0], change[1], 1)
		if bad == good {
			t.Fatalf("%s: nothing to change", name)
		}
		if _, err := sheet.ParseTemplate(strings.NewReader(bad)); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
	if _, err := sheet.ParseTemplate(io.LimitReader(strings.NewReader(good), 100)); err == nil {
		t.Error("half a file is taken")
	}
}

// Open answers what the record, the records of its rows and the consents in force say.
func TestOpen(t *testing.T) {
	policies := assets.Folder("policies")
	catalogue := must(record.ParseCatalogue(must(policies.Open("catalogue-1.json"))))
	access := must(record.ParseAccess(must(policies.Open("access-1.json"))))
	wordings := must(consent.Parse(must(policies.Open("consent-1.json"))))
	now := time.Date(2026, 11, 27, 9, 30, 0, 0, time.UTC)
	store := memory.New(memory.Options{
		Catalogue: catalogue, Access: access, Lane: ident.Incarnation{1},
		Clock: func() hlc.Reading { return hlc.Reading{WallMS: now.UnixMilli()} },
	}).As(memory.Session{Role: "officer", Actor: ident.Actor{1}})
	scope := ident.UnitScope(ident.Unit{5})
	h := record.Header{ID: id, Kind: "household", Scope: scope, Subject: ident.Subject{7}}
	member := func(n byte, of ident.Record, name string) record.Write {
		return record.Write{Op: record.Create, Header: record.Header{ID: ident.Record{n}, Kind: "member", Scope: scope, Subject: h.Subject},
			Fields: map[record.Field]record.Value{"household": record.OfBytes(of.Bytes()), "name": record.OfText(name)}}
	}
	given := must(wordings.Give(consent.Consent{
		Header:  record.Header{ID: ident.Record{30}, Kind: consent.Kind, Scope: scope, Subject: h.Subject},
		Purpose: "household_file", Recipient: ident.Org{9}, Given: consent.Paper, Giver: "陈秀英",
	}, now))
	if _, err := store.Apply(t.Context(), record.Act{Name: "test", Scope: scope, Source: access.Source("officer"), Writes: []record.Write{
		given.Create(), {Op: record.Create, Header: h, Fields: map[record.Field]record.Value{"head_name": record.OfText("陈秀英")}},
		member(20, id, "陈小明"), member(21, ident.Record{99}, "别人家的"),
	}}); err != nil {
		t.Fatal(err)
	}
	form := must(forms.Parse(must(assets.Folder("forms").Open("household_survey.json"))))
	s, err := sheet.Open(t.Context(), store, form, must(store.Get(t.Context(), id)), now)
	if err != nil {
		t.Fatal(err)
	}
	if s.Text("head_name") != "陈秀英" || s.Rows("members") != 1 || s.Text("members.0.member_name") != "陈小明" {
		t.Errorf("got head %q, %d members", s.Text("head_name"), s.Rows("members"))
	}
	if s.Text("agree") != "yes" || s.Text("agree_finance") != "" {
		t.Errorf("consents: %q, %q", s.Text("agree"), s.Text("agree_finance"))
	}
}
