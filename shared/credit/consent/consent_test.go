// SPDX-License-Identifier: Apache-2.0

package consent_test

import (
	"bytes"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yuexin/assets"
	"yuexin/shared/credit/consent"
	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

var (
	now    = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	header = record.Header{ID: ident.Record{1}, Kind: consent.Kind, Scope: "unit:test", Subject: ident.Subject{2}}
	bank   = ident.Org{3}
)

func mustPolicy(t *testing.T) (*consent.Policy, []byte) {
	t.Helper()
	data, err := fs.ReadFile(assets.Folder("policies"), "consent-1.json")
	if err != nil {
		t.Fatal(err)
	}
	p, err := consent.Parse(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return p, data
}

func rowOf(w record.Write) record.Row {
	r := record.Row{Header: w.Header, Fields: make(map[record.Field]record.FieldState)}
	for f, v := range w.Fields {
		r.Fields[f] = record.FieldState{Value: v}
	}
	return r
}

func mustGive(t *testing.T, purpose, given string) consent.Consent {
	t.Helper()
	p, _ := mustPolicy(t)
	c, err := p.Give(consent.Consent{Header: header, Recipient: bank, Purpose: purpose, Given: given, Giver: "陈大文",
		Assisted: true, Assistant: "陈小文", Sample: true}, now)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestGiveRoundTrip(t *testing.T) {
	c := mustGive(t, "finance", consent.TypedName)
	if c.Until != "2029-11-22" || c.Edition != 1 || c.At != now.UnixMilli() {
		t.Errorf("until %s, edition %d, at %d", c.Until, c.Edition, c.At)
	}
	if diff := cmp.Diff(c, consent.Of(rowOf(c.Create()))); diff != "" {
		t.Errorf("round trip (-want +got):\n%s", diff)
	}
}

func TestWritesFitCatalogue(t *testing.T) {
	data, err := fs.ReadFile(assets.Folder("policies"), "catalogue-1.json")
	if err != nil {
		t.Fatal(err)
	}
	cat, err := record.ParseCatalogue(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	p, _ := mustPolicy(t)
	c := mustGive(t, "finance", consent.Signature)
	c.Signature = &record.Attachment{Blob: record.Blob{Digest: [32]byte{1}, Size: 900, MediaType: "image/png"}, Key: []byte{1, 2}}
	if diff := cmp.Diff(c, consent.Of(rowOf(c.Create()))); diff != "" {
		t.Errorf("round trip (-want +got):\n%s", diff)
	}
	for _, w := range []record.Write{c.Create(), c.End(ident.Record{8}, now.UnixMilli(), consent.Tap)} {
		def, ok := cat.Kind(w.Header.Kind)
		all := len(w.Fields)
		if w.Header.Kind == consent.Kind {
			all++ // a signature on the screen and a photograph of the sheet are two ways
		}
		if !ok || def.Nature != record.Entry || len(def.Fields) != all {
			t.Errorf("%s: known %v, %d of %d fields", w.Header.Kind, ok, len(w.Fields), len(def.Fields))
		}
		for f, v := range w.Fields {
			if d, known := cat.Field(w.Header.Kind, f); !known || d.Format.Type() != v.Type() {
				t.Errorf("%s.%s does not fit the catalogue", w.Header.Kind, f)
			}
		}
	}
	admitted := func(f record.Field) string {
		d, _ := cat.Field(consent.Kind, f)
		return " " + strings.Join(d.Choices, " ") + " "
	}
	for _, w := range p.Wordings() {
		for f, codes := range map[record.Field][]string{"consent_purpose": {w.Purpose}, "groups": w.Groups, "given": w.Given} {
			for _, code := range codes {
				if !strings.Contains(admitted(f), " "+code+" ") {
					t.Errorf("%s: the catalogue does not admit %s %q", w.Purpose, f, code)
				}
			}
		}
	}
}

func TestCheck(t *testing.T) {
	texts, err := i18n.Load(assets.Locales())
	if err != nil {
		t.Fatal(err)
	}
	p, _ := mustPolicy(t)
	tests := []struct {
		name string
		edit func(*consent.Consent)
		want []string
	}{
		{"good", func(*consent.Consent) {}, nil},
		{"unknown edition", func(c *consent.Consent) { c.Edition = 99 }, []string{"consent.wording wording"}},
		{"unknown purpose", func(c *consent.Consent) { c.Purpose = "marketing" }, []string{"consent.wording wording"}},
		{"no recipient", func(c *consent.Consent) { c.Recipient = ident.Org{} }, []string{"consent.recipient recipient"}},
		{"a tap for finances", func(c *consent.Consent) { c.Given = consent.Tap }, []string{"consent.given given"}},
		{"no name", func(c *consent.Consent) { c.Giver = " " }, []string{"consent.giver giver"}},
		{"a thumb without its photograph", func(c *consent.Consent) { c.Given = consent.Thumb }, []string{"consent.photo photo"}},
		{"no name of the helper", func(c *consent.Consent) { c.Assistant = "" }, []string{"consent.assistant assistant"}},
		{"more than was read", func(c *consent.Consent) { c.Groups = append(c.Groups, "identity") }, []string{"consent.groups groups"}},
		{"for longer than was read", func(c *consent.Consent) { c.Until = "2039-01-01" }, []string{"consent.until until"}},
		{"over already", func(c *consent.Consent) { c.Until = "2026-01-01" }, []string{"consent.until until"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := mustGive(t, "finance", consent.Signature)
			tt.edit(&c)
			var got []string
			if err := p.Check(c); err != nil {
				for _, f := range fault.All(err) {
					got = append(got, f.Key+" "+f.Field)
					texts.Printer(i18n.En).Explain(f)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
		})
	}
	if got := texts.Missing(); len(got) > 0 {
		t.Errorf("missing texts: %v", got)
	}
}

func TestGiveWithoutWording(t *testing.T) {
	p, _ := mustPolicy(t)
	_, err := p.Give(consent.Consent{Recipient: bank, Purpose: "loan_demand", Given: consent.Tap}, now.AddDate(-5, 0, 0))
	if !fault.Is(err, fault.Invalid) {
		t.Errorf("Give before the first wording: %v", err)
	}
}

func TestWordingIn(t *testing.T) {
	p, _ := mustPolicy(t)
	for _, w := range p.Wordings() {
		for _, lang := range append(i18n.Langs(), "fr") {
			if text := w.In(lang, "四会农商银行"); strings.ContainsAny(text, "{}") || !strings.Contains(text, "四会农商银行") {
				t.Errorf("%s in %s: %q", w.Purpose, lang, text)
			}
		}
	}
}

func TestParseRefuses(t *testing.T) {
	_, data := mustPolicy(t)
	good := string(data)
	tests := []struct{ name, from, to, want string }{
		{"unknown key", `"version"`, `"edition"`, "unknown field"},
		{"no version", `"version": 1,`, ``, "version is missing"},
		{"edition twice", `"household_file", "wording": 1`, `"loan_demand", "wording": 1`, "defined twice"},
		{"no day", `"2026-01-01"`, `"soon"`, "from"},
		{"for ever", `"months": 12`, `"months": 0`, "for ever"},
		{"nobody", `"recipients": ["bank"]`, `"recipients": []`, "empty"},
		{"sensitive by tap", `"given": ["typed_name", "signature", "paper", "thumb"]`, `"given": ["tap"]`, "in writing"},
		{"a field in two groups", `"identity": ["head_name"`, `"identity": ["phone", "head_name"`, "two groups"},
		{"a kind without groups", `"kinds": ["demand"]`, `"kinds": ["visit"]`, "has no groups"},
		{"a letter that names nobody", `"提供给：{recipient}", `, ``, "{recipient}"},
		{"text without recipient", `{recipient}`, `the bank`, "no {recipient}"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bad := strings.Replace(good, tt.from, tt.to, 1)
			if bad == good {
				t.Fatal("nothing was replaced")
			}
			if _, err := consent.Parse(strings.NewReader(bad)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Parse error = %v, want one with %q", err, tt.want)
			}
		})
	}
}
