// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"crypto/rand"
	"os"
	"os/exec"
	"strings"
	"testing"

	"yuexin/shared/credit/consent"
	"yuexin/shared/credit/reference"
	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// TestReferenceLetter: a letter is issued with the household's consent and its issuer's own key, its code can be read from the
// paper and verified, and it does not stand any more once the consent is withdrawn.
func TestReferenceLetter(t *testing.T) {
	b := openBench(t, 1)
	o := b.operator()
	village, err := o.village(t.Context(), b.villages(1)[0])
	b.must(err)
	bank, err := o.addOrg(t.Context(), OrgAsk{Name: "示例银行", Kind: "bank"})
	b.must(err)
	to, err := o.org(t.Context(), bank.ID)
	b.must(err)
	_, err = o.addUser(t.Context(), UserAsk{Name: "he", Display: "何建国", Role: "admin", Password: "correct-horse-battery-2026"})
	b.must(err)
	create := func(kind record.Kind, subject ident.Subject, fields map[record.Field]record.Value) record.Header {
		t.Helper()
		id, err := ident.New[ident.Record](b.app.Now().UnixMilli(), rand.Reader)
		b.must(err)
		h := record.Header{ID: id, Kind: kind, Scope: village, Subject: subject}
		if subject.IsZero() {
			h.Subject = ident.Subject(id)
		}
		b.must(written(t, o.desk(), record.Write{Op: record.Create, Header: h, Fields: fields}))
		return h
	}
	house := create("household", ident.Subject{}, map[record.Field]record.Value{"head_name": record.OfText("示例 陈某"), "sample": record.OfBool(true)})
	ask := LetterAsk{Household: house.ID.String(), Purpose: "party", To: bank.ID, As: "he", Password: "correct-horse-battery-2026", Lang: i18n.ZhHans}
	issue := func(want string) LetterView {
		t.Helper()
		v, err := o.issueLetter(t.Context(), ask)
		if want == "" {
			b.must(err)
		} else if fault.From(err).Key != want {
			t.Errorf("%v, want %s", err, want)
		}
		return v
	}
	issue("reference.consent")
	c, err := b.app.Book().Consent.Give(consent.Consent{Recipient: to, Purpose: "reference", Given: consent.Signature, Giver: "陈某", Sample: true}, b.app.Now())
	b.must(err)
	given := create(consent.Kind, house.Subject, c.Create().Fields)
	issue("reference.nothing")
	seven := map[record.Field]record.Value{"checked_on": record.OfText(b.app.Now().In(office).Format("2006-01-02")), "sample": record.OfBool(true)}
	for _, f := range []record.Field{"rule_law", "rule_weddings", "rule_clean", "rule_family", "rule_neighbours", "rule_village", "rule_work"} {
		seven[f] = record.OfText("met")
	}
	create("seven", house.Subject, seven)
	v := issue("")

	rows, err := o.desk().List(t.Context(), record.Query{Kind: reference.Kind, Limit: 9})
	b.must(err)
	l := reference.Of(rows[0])
	if len(rows) != 1 || len(l.Facts) != 1 || l.Facts[0].Points != 100 || l.Holder != "示例 陈某" || !bytes.HasPrefix(v.PDF, []byte("%PDF-")) {
		t.Fatalf("%d letters, %+v", len(rows), l)
	}
	unsigned, err := l.Create()
	b.must(err)
	unsigned.Header.ID[15]++
	he, err := o.Store.User(t.Context(), "he")
	b.must(err)
	if err := written(t, o.Store.As(he.Login), unsigned); err == nil {
		t.Error("a letter that nobody signed was taken")
	}
	check := scanned(t, v.PDF)
	if len(check) != 3 || check[0] != "YXTJ" || check[1] != l.Number || check[2] != v.Check {
		t.Fatalf("the code on the paper says %q", check)
	}
	verify := func(number, check string) (string, error) {
		v, err := o.verifyLetter(t.Context(), LetterCheck{number, check})
		if strings.Contains(v.To+v.Issuer+v.Purpose, "陈某") {
			t.Error("the household is named")
		}
		return v.State, err
	}
	if state, err := verify(check[1], check[2]); err != nil || state != string(reference.Stands) {
		t.Errorf("%s, %v", state, err)
	}
	for _, guess := range [][2]string{{check[1], "00000000000000000000"}, {"000070003318", check[2]}, {"x", "y"}} {
		if _, err := verify(guess[0], guess[1]); !fault.Is(err, fault.NotFound) {
			t.Errorf("%v: %v", guess, err)
		}
	}
	c.Header = given
	id, err := ident.New[ident.Record](b.app.Now().UnixMilli(), rand.Reader)
	b.must(err)
	b.must(written(t, o.desk(), c.End(id, b.app.Now().UnixMilli(), consent.Signature)))
	if state, err := verify(check[1], check[2]); err != nil || state != string(reference.Withdrawn) {
		t.Errorf("after the withdrawal: %s, %v", state, err)
	}
	issue("reference.consent")
}

// written applies a write; a refusal is an error.
func written(t *testing.T, as record.Store, w record.Write) error {
	t.Helper()
	base, err := as.Base(t.Context(), w.Header.Scope)
	if err != nil {
		return err
	}
	rc, err := as.Apply(t.Context(), record.Act{Name: "x", Scope: w.Header.Scope, Base: base, Source: record.Authoritative, Writes: []record.Write{w}})
	if err == nil && !rc.Outcome.Applied() {
		err = fault.New(fault.NotAllowed, rc.Reason)
	}
	return err
}

// scanned reads the code of a PDF as a scanner does, word by word.
func scanned(t *testing.T, pdf []byte) []string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(dir+"/letter.pdf", pdf, 0o600); err != nil {
		t.Fatal(err)
	}
	if path := os.Getenv("LETTER_PDF"); path != "" { // to look at it
		_ = os.WriteFile(path, pdf, 0o600) // shown by whoever asked for it
	}
	if out, err := exec.Command("pdftoppm", "-r", "100", "-png", "-singlefile", dir+"/letter.pdf", dir+"/letter").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	out, err := exec.Command("zbarimg", "-q", "--raw", dir+"/letter.png").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(string(out))
}
