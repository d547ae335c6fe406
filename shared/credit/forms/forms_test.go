// SPDX-License-Identifier: Apache-2.0

package forms_test

import (
	"bytes"
	"io/fs"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yuexin/assets"
	"yuexin/shared/credit/forms"
	"yuexin/shared/credit/forms/formtest"
	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

var today = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

// bare drives a session without any drawing.
type bare struct{ *session }

type session = forms.Session

func (b bare) Session() *forms.Session { return b.session }

func TestCases(t *testing.T) {
	formtest.Run(t, func(_ *testing.T, form *forms.Form, today time.Time) formtest.Driver {
		return bare{forms.New(form, today)}
	})
}

func mustTexts(t testing.TB) *i18n.Catalogue {
	t.Helper()
	c, err := i18n.Load(assets.Locales())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestFormsFitCatalogueAndTexts(t *testing.T) {
	data, err := fs.ReadFile(assets.Folder("policies"), "catalogue-1.json")
	if err != nil {
		t.Fatal(err)
	}
	cat, err := record.ParseCatalogue(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	names, err := fs.Glob(assets.Folder("forms"), "*.json")
	if err != nil || len(names) < 3 {
		t.Fatalf("forms = %v, %v", names, err)
	}
	p := mustTexts(t).Printer(i18n.ZhHans)
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			f := formtest.MustForm(t, strings.TrimSuffix(name, ".json"))
			if err := f.CheckAgainst(cat); err != nil {
				t.Error(err)
			}
			if err := f.CheckTexts(p.Has); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestFaultsAreExplained walks all cases and wants a text for every fault that comes up, in both languages.
func TestFaultsAreExplained(t *testing.T) {
	texts := mustTexts(t)
	for _, c := range formtest.Cases(t) {
		day, err := time.Parse(time.DateOnly, c.Today)
		if err != nil {
			t.Fatal(err)
		}
		s := forms.New(formtest.MustForm(t, c.Form), day)
		for _, step := range c.Steps {
			switch {
			case step.Set != "":
				explain(t, texts, s.Set(step.Set, step.Text))
			case step.Add != "":
				_, err := s.AddRow(step.Add)
				explain(t, texts, err)
			}
		}
		for _, f := range s.Findings() {
			if message, _ := f.Explain(texts.Printer(i18n.En)); message == "" {
				t.Errorf("%s: finding %v has no message", c.Name, f.Paths)
			}
		}
	}
	if got := texts.Missing(); len(got) > 0 {
		t.Errorf("missing texts: %v", got)
	}
}

func explain(t *testing.T, texts *i18n.Catalogue, err error) {
	t.Helper()
	for _, lang := range i18n.Langs() {
		if message, hint := texts.Printer(lang).Explain(err); err != nil && (message == "" || hint == "") {
			t.Errorf("%s: no message or hint for %v", lang, err)
		}
	}
}

const head = `{"form":"x","version":1,"kind":"household","title":{"zh-Hans":"表","en":"Form"},`

func form(fields, checks string) string {
	return head + `"sections":[{"name":"s","title":{"zh-Hans":"节","en":"Section"},"fields":[` + fields + `]}],"checks":[` + checks + `]}`
}

const rows = `{"name":"m","type":"rows","kind":"member","link":"household","max_rows":3,"fields":[{"name":"b","type":"number"}]}`

// section returns a form whose second section is asked for when a condition holds.
func section(when string) string {
	return head + `"sections":[{"name":"s","title":{"zh-Hans":"节","en":"Section"},"fields":[{"name":"a","type":"number","max":"10"},
		{"name":"c","type":"choice","choices":["x","y"]},{"name":"y","type":"yes_no"},{"name":"t","type":"text"}]},
		{"name":"z","title":{"zh-Hans":"节","en":"Section"},"when":"` + when + `","fields":[{"name":"q","type":"note"}]}]}`
}

// TestParseReaches: a section is refused only if it is sure that nobody reaches it.
func TestParseReaches(t *testing.T) {
	for _, when := range []string{
		`a == 10`, `a > 9`, `c == \"y\"`, `c != \"\" && y`, `c in [\"x\"] && a < 0`, `!answered(\"a\")`, `answered(\"a\") && a == 0`,
		`t == \"abc\"`, `t != \"x\" && answered(\"t\")`, `a * a == 49`, `year > 3000`, `today > \"2050\"`, `len(t) > 7`, `true`,
	} {
		if _, err := forms.Parse(strings.NewReader(section(when))); err != nil {
			t.Errorf("%s: %v", when, err)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	const a = `{"name":"a","type":"number"}`
	check := func(when string) string {
		return `{"name":"c","level":"block","fields":["a"],"when":` + when + `,"message":{"zh-Hans":"不对","en":"Wrong"}}`
	}
	tests := []struct{ name, json, want string }{
		{"unknown key", `{"formm":"x"}`, "unknown field"},
		{"no version", `{"form":"x","kind":"household"}`, "missing"},
		{"title in one language", `{"form":"x","version":1,"kind":"h","title":{"zh-Hans":"表"}}`, "no text in en"},
		{"unknown type", form(`{"name":"a","type":"colour"}`, ""), "unknown type"},
		{"unknown format", form(`{"name":"a","type":"text","format":"poem"}`, ""), "unknown format"},
		{"field twice", form(a+","+a, ""), "defined twice"},
		{"reserved name", form(`{"name":"today","type":"date"}`, ""), "good name"},
		{"choice without choices", form(`{"name":"a","type":"choice"}`, ""), "choices"},
		{"choices of a number", form(`{"name":"a","type":"number","choices":["x"]}`, ""), "choices"},
		{"choice twice", form(`{"name":"a","type":"choice","choices":["x","x"]}`, ""), "choices"},
		{"bad min", form(`{"name":"a","type":"money","min":"viel"}`, ""), "min"},
		{"min above max", form(`{"name":"a","type":"number","min":"3","max":"2"}`, ""), "min is above max"},
		{"range of a text", form(`{"name":"a","type":"text","min":"3"}`, ""), "has no range"},
		{"lengths of a number", form(`{"name":"a","type":"number","max_len":3}`, ""), "max_len"},
		{"rows without a kind", form(`{"name":"a","type":"rows","max_rows":3,"fields":[{"name":"b","type":"text"}]}`, ""), "rows have"},
		{"too many rows", form(`{"name":"a","type":"rows","kind":"member","link":"household","max_rows":1001,"fields":[{"name":"b","type":"text"}]}`, ""), "max_rows"},
		{"condition on an unknown field", form(`{"name":"a","type":"number","when":"b > 1"}`, ""), "unknown name b"},
		{"condition with a type error", form(a+`,{"name":"b","type":"text","when":"a == \"x\""}`, ""), "mismatched types"},
		{"condition that is no condition", form(a+`,{"name":"b","type":"text","when":"a + 1"}`, ""), "expected bool"},
		{"condition on itself", form(`{"name":"a","type":"number","when":"a > 1"}`, ""), "depends on itself"},
		{"circle", form(`{"name":"a","type":"number","when":"b > 1"},{"name":"b","type":"number","when":"answered(\"a\")"}`, ""), "depends on itself"},
		{"circle through rows", form(`{"name":"a","type":"number","when":"any(m, .b != \"\")"},{"name":"m","type":"rows","kind":"member","link":"household","max_rows":3,"fields":[{"name":"b","type":"text","when":"a == 1"}]}`, ""), "depends on itself"},
		{"answered of an unknown field", form(a, check(`"answered(\"b\")"`)), "no field"},
		{"answered of a computed name", form(a, check(`"answered(today)"`)), "in quotes"},
		{"unknown field of a row", form(`{"name":"a","type":"rows","kind":"member","link":"household","max_rows":3,"fields":[{"name":"b","type":"text"}]}`, check(`"any(a, .nothing == \"\")"`)), "nothing"},
		{"clock in a condition", form(a, check(`"now().Year() > a"`)), "now"},
		{"condition too long", form(a, check(`"`+strings.Repeat("a+", 200)+`a > 1"`)), "node"},
		{"check on an unknown field", form(a, strings.Replace(check(`"a > 1"`), `["a"]`, `["b"]`, 1)), "no field"},
		{"check of no level", form(a, strings.Replace(check(`"a > 1"`), `block`, `shout`, 1)), "level"},
		{"consent without a field", strings.Replace(form(a, ""), `"sections"`, `"consents":[{"purpose":"p","field":"a"}],"sections"`, 1), "no yes_no field"},
		{"code that is no choice", form(`{"name":"a","type":"choice","choices":["x","y"]},{"name":"b","type":"text","when":"a == \"z\""}`, ""), "no choice"},
		{"code of choices that is none", form(`{"name":"a","type":"choices","choices":["x","y"]},{"name":"b","type":"text","when":"\"z\" in a"}`, ""), "no choice"},
		{"code in a list that is none", form(`{"name":"a","type":"choice","choices":["x","y"]},{"name":"b","type":"text","when":"a in [\"x\", \"z\"]"}`, ""), "no choice"},
		{"computed of another type", form(a+`,{"name":"b","type":"text","compute":"a + 1"}`, ""), "not the answer"},
		{"computed of itself", form(`{"name":"a","type":"number","compute":"b + 1"},{"name":"b","type":"number","compute":"a + 1"}`, ""), "depends on itself"},
		{"computed and shown by itself", form(a+`,{"name":"b","type":"number","when":"c > 1"},{"name":"c","type":"number","compute":"b + a"}`, ""), "depends on itself"},
		{"computed and required", form(`{"name":"a","type":"number","compute":"year","required":true}`, ""), "not required"},
		{"preset of another type", form(`{"name":"a","type":"yes_no","preset":"year"}`, ""), "not the answer"},
		{"note with an answer", form(`{"name":"a","type":"note","record":"x"}`, ""), "no answer"},
		{"condition on a note", form(`{"name":"a","type":"note"},{"name":"b","type":"text","when":"a == 1"}`, ""), "unknown name a"},
		{"hidden question", form(`{"name":"a","type":"number","hidden":true}`, ""), "hidden"},
		{"under nothing", form(`{"name":"a","type":"choice","choices":[{"code":"x","under":"y"}],"under":"b"}`, ""), "no field"},
		{"under a code that is none", form(`{"name":"b","type":"choice","choices":["y"]},{"name":"a","type":"choice","choices":[{"code":"x","under":"z"}],"under":"b"}`, ""), "no choice"},
		{"level of a text", form(`{"name":"a","type":"text","level":"village"}`, ""), "level"},
		{"row of another", form(a, check(`"row.b == 1"`)), "unknown name row"},
		{"name of the environment", form(a+","+rows, check(`"Row_m.b == 1"`)), "unknown name"},
		{"check of a field about another", form(`{"name":"a","type":"number","checks":[{"name":"c","level":"block","fields":["a"],"when":"a > 1","message":{"zh-Hans":"不对","en":"Wrong"}}]}`, ""), "that field"},
		{"section without a field", head + `"sections":[{"name":"s","title":{"zh-Hans":"节","en":"Section"}}]}`, "without a field"},
		{"section that nobody reaches", section(`a > 5 && a < 3`), "nobody can reach"},
		{"section beyond a limit", section(`a > 10`), "nobody can reach"},
		{"section with no answer to it", section(`c == \"x\" && c == \"y\"`), "nobody can reach"},
		{"section both ways", section(`y && !y`), "nobody can reach"},
		{"section never", section(`false`), "nobody can reach"},
		{"required twice", form(`{"name":"a","type":"number","required":true,"required_when":"year > 2000"}`, ""), "required"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := forms.Parse(strings.NewReader(tt.json))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Parse error = %v, want one with %q", err, tt.want)
			}
		})
	}
}

func mustParse(t testing.TB, json string) *forms.Form {
	t.Helper()
	f, err := forms.Parse(strings.NewReader(json))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestBudget runs a condition that is short and eats memory: the form survives and says so.
func TestBudget(t *testing.T) {
	f := mustParse(t, form(`{"name":"a","type":"number"}`,
		`{"name":"c","level":"warn","fields":["a"],"when":"count(1..100000, # > a) > 5","message":{"zh-Hans":"不对","en":"Wrong"}}`))
	s := forms.New(f, today)
	findings := s.Findings()
	if len(findings) != 1 || findings[0].Fault.Key != "form.rule" || !fault.Is(s.Ready(), fault.Internal) {
		t.Errorf("findings = %v, want form.rule", findings)
	}
}

func ids() func() (ident.Record, error) {
	random := rand.NewChaCha8([32]byte{1})
	return func() (ident.Record, error) { return ident.New[ident.Record](today.UnixMilli(), random) }
}

func row(h record.Header, fields map[record.Field]record.Value) record.Row {
	r := record.Row{Header: h, Fields: make(map[record.Field]record.FieldState)}
	for f, v := range fields {
		r.Fields[f] = record.FieldState{Value: v}
	}
	return r
}

func mustSet(t *testing.T, s *forms.Session, answers map[string]string) {
	t.Helper()
	for path, text := range answers {
		if err := s.Set(path, text); err != nil {
			t.Fatalf("set %s: %v", path, err)
		}
	}
}

var household = map[string]string{
	"head_name": "陈大文", "region_code": "441284105203", "population": "3", "main_trade": "planting", "agree": "yes",
}

func TestWritesCreate(t *testing.T) {
	s := forms.New(formtest.MustForm(t, "household"), today)
	mustSet(t, s, household)
	if _, err := s.AddRow("members"); err != nil {
		t.Fatal(err)
	}
	mustSet(t, s, map[string]string{"members.0.member_name": "李秀兰", "members.0.relation": "spouse"})
	next := ids()
	id, _ := next()
	h := record.Header{ID: id, Scope: "unit:test", Subject: ident.Subject{7}}
	writes, err := s.Writes(h, next)
	if err != nil || len(writes) != 2 {
		t.Fatalf("Writes = %d, %v, want 2", len(writes), err)
	}
	top, member := writes[0], writes[1]
	if top.Op != record.Create || top.Header.Kind != "household" || top.Fields["head_name"].Text() != "陈大文" {
		t.Errorf("household = %v %v", top.Op, top.Header)
	}
	if got := member.Fields["household"].Bytes(); member.Header.Kind != "member" || !bytes.Equal(got, id.Bytes()) || member.Header.Subject != h.Subject {
		t.Errorf("member %v refers to %x, want %x", member.Header, got, id)
	}
	if got := top.Fields["form"].Text(); got != "household 1" {
		t.Errorf("the household names the form %q", got)
	}
	if _, consented := top.Fields["agree"]; consented {
		t.Error("a field without a record was written")
	}
	act := record.Act{Name: "household.register", Scope: h.Scope, Writes: writes}
	if err := act.Check(); err != nil {
		t.Errorf("act: %v", err)
	}
}

func TestWritesRefusesWhatIsNotReady(t *testing.T) {
	s := forms.New(formtest.MustForm(t, "household"), today)
	if _, err := s.Writes(record.Header{}, ids()); !fault.Is(err, fault.Invalid) || len(fault.All(err)) != 5 {
		t.Errorf("Writes error = %v, want five faults", err)
	}
}

func TestWritesEdit(t *testing.T) {
	next := ids()
	id, _ := next()
	mid, _ := next()
	h := record.Header{ID: id, Kind: "household", Scope: "unit:test", Subject: ident.Subject{7}}
	mh := record.Header{ID: mid, Kind: "member", Scope: "unit:test", Subject: ident.Subject{7}}
	stored := row(h, map[record.Field]record.Value{
		"head_name": record.OfText("陈大文"), "region_code": record.OfText("441284105203"), "population": record.OfInt(3),
		"main_trade": record.OfText("planting"), "crops": record.OfSet("rice"), "deposits": record.OfInt(100), "phone": record.OfText("19900001234"),
		"form": record.OfText("household 1"),
	})
	phone := stored.Fields["phone"]
	phone.Disputed = true
	stored.Fields["phone"] = phone
	member := row(mh, map[record.Field]record.Value{"name": record.OfText("李秀兰"), "relation": record.OfText("spouse")})
	open := func() *forms.Session {
		s := forms.New(formtest.MustForm(t, "household"), today)
		s.Load(stored, member)
		mustSet(t, s, map[string]string{"agree": "yes"})
		return s
	}
	tests := []struct {
		name string
		do   func(s *forms.Session) error
		want map[string]map[record.Field]record.Value // by kind and operation
	}{
		{"nothing", func(*forms.Session) error { return nil }, map[string]map[record.Field]record.Value{}},
		{"one field", func(s *forms.Session) error { return s.Set("population", "4") },
			map[string]map[record.Field]record.Value{"household 2": {"population": record.OfInt(4)}}},
		{"the same value again", func(s *forms.Session) error { return s.Set("phone", "199 0000 1234") }, map[string]map[record.Field]record.Value{}},
		{"cleared", func(s *forms.Session) error { return s.Set("phone", "") },
			map[string]map[record.Field]record.Value{"household 2": {"phone": {}}}},
		{"made invisible", func(s *forms.Session) error { return s.Set("main_trade", "labour") },
			map[string]map[record.Field]record.Value{"household 2": {"main_trade": record.OfText("labour"), "crops": {}}}},
		{"a member's field", func(s *forms.Session) error { return s.Set("members.0.relation", "parent") },
			map[string]map[record.Field]record.Value{"member 2": {"relation": record.OfText("parent")}}},
		{"a member gone", func(s *forms.Session) error { return s.RemoveRow("members", 0) },
			map[string]map[record.Field]record.Value{"member 3": nil}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := open()
			for path, want := range map[string]bool{"phone": true, "head_name": false, "members.0.relation": false, "nothing": false} {
				id, field, got := s.Disputed(path)
				if got != want || got && (id != h.ID || field != "phone") {
					t.Errorf("%s: in dispute %v as %v %s", path, got, id, field)
				}
			}
			if err := tt.do(s); err != nil {
				t.Fatal(err)
			}
			writes, err := s.Writes(record.Header{}, next)
			if err != nil {
				t.Fatal(err)
			}
			got := make(map[string]map[record.Field]record.Value)
			for _, w := range writes {
				got[string(w.Header.Kind)+" "+string('0'+rune(w.Op))] = w.Fields
				if _, touched := w.Fields["phone"]; touched != (len(w.InDispute) == 1) {
					t.Errorf("InDispute = %v", w.InDispute)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("writes (-want +got):\n%s", diff)
			}
		})
	}
}

// TestWritesNameTheForm: what was written by an older edition of the form goes on naming it until somebody writes by
// this one, if only a row of it.
func TestWritesNameTheForm(t *testing.T) {
	next := ids()
	id, _ := next()
	mid, _ := next()
	h := record.Header{ID: id, Kind: "household", Scope: "unit:test", Subject: ident.Subject{7}}
	mh := record.Header{ID: mid, Kind: "member", Scope: "unit:test", Subject: ident.Subject{7}}
	s := forms.New(formtest.MustForm(t, "household"), today)
	s.Load(row(h, map[record.Field]record.Value{
		"head_name": record.OfText("陈大文"), "region_code": record.OfText("441284105203"), "population": record.OfInt(3),
		"main_trade": record.OfText("planting"), "form": record.OfText("household 0"),
	}), row(mh, map[record.Field]record.Value{"name": record.OfText("李秀兰"), "relation": record.OfText("spouse")}))
	mustSet(t, s, map[string]string{"agree": "yes"})
	if writes, err := s.Writes(record.Header{}, next); err != nil || len(writes) != 0 {
		t.Fatalf("nothing was changed: %d writes, %v", len(writes), err)
	}
	mustSet(t, s, map[string]string{"members.0.relation": "parent"})
	writes, err := s.Writes(record.Header{}, next)
	if err != nil || len(writes) != 2 || writes[0].Header != h || len(writes[0].Fields) != 1 || writes[0].Fields["form"].Text() != "household 1" {
		t.Errorf("writes %+v, %v", writes, err)
	}
}

func TestDraft(t *testing.T) {
	f := formtest.MustForm(t, "household")
	s := forms.New(f, today)
	mustSet(t, s, household)
	if _, err := s.AddRow("members"); err != nil {
		t.Fatal(err)
	}
	mustSet(t, s, map[string]string{"members.0.member_name": "李秀兰", "land_area": "2.3"})
	if err := s.Set("phone", "123"); err == nil {
		t.Fatal("a wrong phone was taken")
	}
	draft := s.Draft()

	again := forms.New(f, today)
	again.Restore(draft)
	if diff := cmp.Diff(draft, again.Draft()); diff != "" {
		t.Errorf("draft (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(s.Missing(), again.Missing()); diff != "" {
		t.Errorf("missing (-want +got):\n%s", diff)
	}
	if got := again.Text("phone"); got != "123" || again.Fault("phone") == nil {
		t.Errorf("phone = %q, %v, want the text at fault", got, again.Fault("phone"))
	}
	again.Restore(map[string]string{"nothing": "1", "members": "1000", "members.x.y": "z"})
	if got := again.Rows("members"); got != 20 {
		t.Errorf("rows = %d, want the limit 20", got)
	}
	if _, err := again.AddRow("members"); !fault.Is(err, fault.Invalid) {
		t.Errorf("AddRow beyond the limit: %v", err)
	}
}

func FuzzSet(f *testing.F) {
	for _, text := range []string{"3万", "2001/5/4", "19900001234", "x,y", "是", "\x00", "\u202d1", "９９"} {
		f.Add(text)
	}
	// What a field takes, it prints so that it takes it again with the same value.
	f.Fuzz(func(t *testing.T, text string) {
		for _, name := range []string{"demand", "merchant", "household_survey", "pond", "visit", "every"} {
			s := forms.New(formtest.MustForm(t, name), today)
			for _, path := range s.Paths() {
				if field, _ := s.Form().Field(path); field.Type == forms.Rows || !field.Asked() {
					continue
				}
				if s.Set(path, text) != nil {
					if s.Text(path) != text {
						t.Fatalf("%s: the text at fault is not kept", path)
					}
					continue
				}
				v := s.Value(path)
				if err := s.Set(path, s.Text(path)); err != nil || !s.Value(path).Equal(v) {
					t.Fatalf("%s: %q does not read back: %v", path, s.Text(path), err)
				}
			}
		}
	})
}
