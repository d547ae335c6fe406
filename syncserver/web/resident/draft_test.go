// SPDX-License-Identifier: Apache-2.0

package resident_test

import (
	"context"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"yuexin/shared/credit/lending"
	"yuexin/shared/credit/receipt"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/syncserver/web/resident"
)

// The world keeps drafts.
func (w *world) KeepDraft(_ context.Context, d resident.Draft) error {
	if w.drafts == nil {
		w.drafts = map[ident.Record]resident.Draft{}
	}
	d.Answers = maps.Clone(d.Answers)
	w.drafts[d.Form] = d
	return nil
}

func (w *world) DraftOf(_ context.Context, form ident.Record) (resident.Draft, error) {
	d, found := w.drafts[form]
	if !found || w.clock().After(d.Until) {
		return resident.Draft{}, fault.New(fault.NotFound, "")
	}
	return d, nil
}

func (w *world) DraftWith(ctx context.Context, number receipt.Number) (resident.Draft, error) {
	for form, d := range w.drafts {
		if d.Number == number {
			return w.DraftOf(ctx, form)
		}
	}
	return resident.Draft{}, fault.New(fault.NotFound, "")
}

func (w *world) DropDraft(_ context.Context, form ident.Record) error {
	delete(w.drafts, form)
	return nil
}

var bothPattern = regexp.MustCompile(`<p class="num">([\d ]+)</p>`)

// both reads number and lookup code from a page.
func both(t *testing.T, body string) (number, code string) {
	t.Helper()
	found := bothPattern.FindAllStringSubmatch(body, -1)
	if len(found) != 2 {
		t.Fatalf("no number and code in\n%s", body)
	}
	return found[0][1], found[1][1]
}

// TestDraft: a form is kept under a number and a code, goes on at another phone with both, never with one, never its consent;
// handed in on both phones it is one demand with the number that it had.
func TestDraft(t *testing.T) {
	w := newWorld(t)
	first := w.form(1)
	first.Set("do", "keep")
	kept := w.post(w.path(1)+"/NEED", first)
	wantStatus(t, kept, 200, "尚未提交", "2026年11月29日")
	number, code := both(t, kept.Body.String())
	if n := len(w.demands()); n != 0 {
		t.Fatalf("%d demands", n)
	}
	for _, d := range w.drafts {
		if d.Answers["applicant_name"] != "陈秀英" || d.Answers["agree"] != "" {
			t.Errorf("kept %v", d.Answers)
		}
	}
	again := w.post(w.path(1)+"/NEED", first)
	if n, c := both(t, again.Body.String()); n != number || c != code {
		t.Errorf("kept twice: %s %s, then %s %s", number, code, n, c)
	}

	// The number alone, with the phone's tail, the card or a wrong code, says what it says of no form at all.
	nothing := w.ask(1, unused(1), "1234")
	for _, proof := range []string{"1234", card(1), "0000 0000"} {
		got := w.ask(1, number, proof)
		wantStatus(t, got, http.StatusNotFound, "没有查到")
		if a, b := strings.ReplaceAll(got.Body.String(), number, ""), strings.ReplaceAll(nothing.Body.String(), unused(1), ""); a != b {
			t.Errorf("%s tells a kept form from none", proof)
		}
	}
	w.pass(time.Hour)

	w.pass(72 * time.Hour)
	second := w.ask(1, number, code)
	wantStatus(t, second, 200, "尚未提交", number, `value="陈秀英"`, `value="199`)
	body := second.Body.String()
	if regexp.MustCompile(`id="agree-yes"[^>]* checked`).MatchString(body) || strings.Contains(body, "novalidate data-new") {
		t.Error("a consent was kept, or the browser's own draft would cover this one")
	}
	there := w.form(1)
	there.Set("slip", slipPattern.FindStringSubmatch(body)[1])
	done := w.post(w.path(1)+"/NEED", there)
	wantStatus(t, done, 200, "登记好了", number, code)
	first.Del("do")
	wantStatus(t, w.post(w.path(1)+"/NEED", first), 200, "登记好了", number, code)
	if n := len(w.demands()); n != 1 || len(w.drafts) != 0 {
		t.Errorf("%d demands, %d drafts", n, len(w.drafts))
	}
	wantStatus(t, w.ask(1, number, code), 200, "待核实")
}

// TestDraftEnds: after its days a form is gone, and one that lay open longer than a day was never kept by itself.
func TestDraftEnds(t *testing.T) {
	w := newWorld(t)
	form := w.form(1)
	form.Set("do", "keep")
	number, code := both(t, w.post(w.path(1)+"/NEED", form).Body.String())
	w.pass(resident.DraftLife + time.Second)
	wantStatus(t, w.ask(1, number, code), http.StatusNotFound, "没有查到")
	form.Del("do")
	wantStatus(t, w.post(w.path(1)+"/NEED", form), 400, "超过一天")
}

// prover lets somebody who proved a phone register a demand.
func (b *browser) register(n byte, change func(url.Values)) string {
	b.w.t.Helper()
	body := b.get(b.w.path(n) + "/NEED").Body.String()
	form := b.w.form(n)
	form.Set("slip", slipPattern.FindStringSubmatch(body)[1])
	if change != nil {
		change(form)
	}
	got := b.post(b.w.path(n)+"/NEED", form)
	number := numberPattern.FindString(got.Body.String())
	if got.Code != http.StatusOK || number == "" {
		b.w.t.Fatalf("got %d without a receipt:\n%s", got.Code, got.Body)
	}
	return number
}

// TestProvenDemand: a demand with the phone that was proved needs nobody who looks into it; one with another phone, for somebody
// else, or without a proof does.
func TestProvenDemand(t *testing.T) {
	w := newWorld(t)
	got := w.texts()
	b := w.browser()
	if !strings.Contains(b.get(w.path(1)+"/NEED").Body.String(), "待核实") {
		t.Error("the form does not say that somebody will look into it")
	}
	b.prove(1, got, "19900001234", "NEED")
	wantStatus(t, b.get(w.path(1)+"/NEED"), 200, "您已证明是本人", `value="19900001234"`)
	status := map[string]lending.Status{
		b.register(1, nil): lending.Registered,
		b.register(1, func(f url.Values) { f.Set("phone", "19900005678") }):                          lending.Unverified,
		b.register(1, func(f url.Values) { f.Set("contact", "helper"); f.Set("helper_name", "陈丽") }): lending.Unverified,
		w.register(1, nil): lending.Unverified,
	}
	for _, row := range w.demands() {
		d := lending.DemandOf(row)
		moves := must(lending.Moves(t.Context(), w.desk, d.Header))
		want := status[d.Receipt.String()]
		if s := w.config.Lending().Fold(moves).Status; s != want || (d.Proof == "sms") != (want == lending.Registered) {
			t.Errorf("%s: %s, proof %q, want %s", d.Receipt, s, d.Proof, want)
		}
	}
}
