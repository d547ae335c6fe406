// SPDX-License-Identifier: Apache-2.0

package resident_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"yuexin/shared/credit/myfile"
	"yuexin/shared/ident"
	"yuexin/shared/sync/audit"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/record/memory"
)

// phoneOf2 names the phone of the household behind plate 2 in a form.
var phoneOf2 = ident.Record{42}.String() + "/phone"

// objection opens the form about a value and returns it filled in.
func (b *browser) objection(n byte, value, what, wanted string) url.Values {
	b.w.t.Helper()
	page := b.post(b.w.path(n)+"/FILE", url.Values{"v": {value}})
	slip := slipPattern.FindStringSubmatch(page.Body.String())
	if page.Code != http.StatusOK || slip == nil {
		b.w.t.Fatalf("no form: %d\n%s", page.Code, page.Body)
	}
	return url.Values{"v": {value}, "slip": {slip[1]}, "what": {what}, "wanted": {wanted}}
}

// TestOwnFile: whoever proved that a household is theirs reads what is recorded about it, in parts; a member reads what is
// recorded about them; nobody else reads anything.
func TestOwnFile(t *testing.T) {
	w := newWorld(t)
	w.bind()
	got := w.texts()
	if to := w.get(w.path(2) + "/FILE"); to.Code != http.StatusSeeOther || to.Header().Get("Location") != w.path(2)+"/PROVE?b=FILE" {
		t.Fatalf("without a proof: %d to %s", to.Code, to.Header().Get("Location"))
	}
	own, daughter, stranger := w.browser(), w.browser(), w.browser()
	own.prove(2, got, "13900001234", "FILE")
	daughter.prove(2, got, "13700001111", "FILE")
	stranger.prove(2, got, "13800000000", "FILE")
	contents := own.get(w.path(2) + "/FILE")
	wantStatus(t, contents, 200, "示例户主的档案", "FILE?n=1", "20 天内")
	if strings.Contains(contents.Body.String(), "13900001234") {
		t.Error("the contents show a value")
	}
	wantStatus(t, own.get(w.path(2)+"/FILE?n=1"), 200, "13900001234", "不对", phoneOf2)
	for _, b := range []*browser{own, daughter} {
		wantStatus(t, b.get(w.path(2)+"/FILE?n=99"), 200, "FILE?n=1")
		wantStatus(t, b.get(w.path(3)+"/FILE"), 200, "没有找到您的档案")
	}
	// A member's phone proves one member: what is recorded about her, and nothing of the others.
	wantStatus(t, daughter.get(w.path(2)+"/FILE"), 200, "示例女儿的档案", "FILE?n=1")
	wantStatus(t, daughter.get(w.path(2)+"/FILE?n=1"), 200, "13700001111", "不对")
	for _, page := range []string{"/FILE", "/FILE?n=1", "/FILE?n=2", "/CONSENT", "/MINE"} {
		body := daughter.get(w.path(2) + page).Body.String()
		if strings.Contains(body, "示例户主") || strings.Contains(body, "13900001234") {
			t.Errorf("%s tells a member of the head of the household", page)
		}
	}
	wantStatus(t, daughter.post(w.path(2)+"/FILE", url.Values{"v": {phoneOf2}}), 404, "不在您的档案里")
	wantStatus(t, own.get(w.path(2)+"/FILE?l=en&n=1"), 200, "Wrong", "/FILE?l=en")
	for _, path := range []string{"/FILE", "/FILE?n=1"} {
		page := stranger.get(w.path(2) + path)
		wantStatus(t, page, 200, "没有找到您的档案")
		if strings.Contains(page.Body.String(), "示例") {
			t.Error("a stranger reads whose file it is")
		}
	}
	wantStatus(t, stranger.post(w.path(2)+"/FILE", url.Values{"v": {phoneOf2}}), 404, "不在您的档案里")
	wantStatus(t, own.post(w.path(3)+"/FILE", url.Values{"v": {phoneOf2}}), 404)
}

// TestObjectionOutlivesTheProof: what somebody had typed when their proof ran out comes along through the next one; whoever proves to be
// somebody else does not get the form.
func TestObjectionOutlivesTheProof(t *testing.T) {
	w := newWorld(t)
	w.bind()
	got := w.texts()
	own, at := w.browser(), w.path(2)+"/FILE"
	own.prove(2, got, "13900001234", "FILE")
	form := own.objection(2, phoneOf2, myfile.Correct, "13911112222")
	w.pass(3 * time.Hour)
	late := own.post(at, form)
	wantStatus(t, late, 200, "证明是您本人", `name="wanted" value="13911112222"`, `name="v" value="`+phoneOf2+`"`)

	finish := func(b *browser, phone string) *httptest.ResponseRecorder {
		t.Helper()
		kept := url.Values{"way": {"sms"}, "b": {"FILE"}, "phone": {phone}, "v": form["v"], "what": form["what"], "wanted": form["wanted"]}
		asked := b.post(w.path(2)+"/PROVE", kept)
		flow := flowPattern.FindStringSubmatch(asked.Body.String())
		if flow == nil {
			t.Fatalf("no code was sent: %d", asked.Code)
		}
		wantStatus(t, asked, 200, `name="wanted" value="13911112222"`)
		kept.Set("flow", flow[1])
		kept.Set("code", got[phone])
		return b.post(w.path(2)+"/PROVE", kept)
	}
	page := finish(own, "13900001234")
	wantStatus(t, page, 200, "13911112222</textarea>", "checked")
	form.Set("slip", slipPattern.FindStringSubmatch(page.Body.String())[1])
	wantStatus(t, own.post(at, form), 200, "已经收下")
	if n := len(w.list(myfile.KindObjection)); n != 1 {
		t.Errorf("%d objections", n)
	}
	if other := finish(w.browser(), "13900005678"); other.Code != http.StatusSeeOther || strings.Contains(other.Body.String(), "13900001234") {
		t.Errorf("somebody else: %d\n%s", other.Code, other.Body)
	}
}

// TestObjectOnPhone: an objection is a ticket with a number and a day; the same form gives the same receipt; its words are looked
// at, kept when something is wrong, and stand beside the value until somebody answers.
func TestObjectOnPhone(t *testing.T) {
	w := newWorld(t)
	w.bind()
	got := w.texts()
	own, other := w.browser(), w.browser()
	own.prove(2, got, "13900001234", "FILE")
	other.prove(3, got, "13900005678", "FILE")
	at := w.path(2) + "/FILE"

	wantStatus(t, own.post(at, own.objection(2, phoneOf2, "", "13911112222")), 400, "还没有选", "13911112222")
	wantStatus(t, own.post(at, own.objection(2, phoneOf2, "else", "")), 400, "还没有选")
	wantStatus(t, own.post(at, own.objection(2, phoneOf2, myfile.Correct, "")), 400, "checked")
	wantStatus(t, own.post(at, own.objection(2, phoneOf2, myfile.Correct, strings.Repeat("长", 201))), 400)
	form := own.objection(2, phoneOf2, myfile.Correct, "13911112222")
	forged := url.Values{"v": form["v"], "what": form["what"], "wanted": form["wanted"], "slip": {w.form(2).Get("slip")}}
	wantStatus(t, own.post(at, forged), 403, "13911112222") // that of a demand
	if n := len(w.list(myfile.KindObjection)); n != 0 {
		t.Fatalf("%d objections of forms that were refused", n)
	}
	first := own.post(at, form)
	number := regexp.MustCompile(`class="num">([^<]+)<`).FindStringSubmatch(first.Body.String())
	wantStatus(t, first, 200, "已经收下", "2026年12月12日", "征信业管理条例")
	w.pass(time.Minute)
	form.Set("wanted", "something else")
	wantStatus(t, own.post(at, form), 200, number[1])
	wantStatus(t, other.post(w.path(3)+"/FILE", form), 404) // another's
	rows := w.list(myfile.KindObjection)
	if len(rows) != 1 || len(w.list("receipt")) != 1 {
		t.Fatalf("%d objections, %d receipts", len(rows), len(w.list("receipt")))
	}
	o := myfile.ObjectionOf(rows[0])
	if o.Of != (ident.Record{42}) || o.OfKind != "household" || o.Field != "phone" || o.Kind != myfile.Correct || o.Stood != "13900001234" ||
		o.Wanted != "13911112222" || o.Header.Subject != (ident.Subject{72}) || o.AtMS != w.clock().Add(-time.Minute).UnixMilli() {
		t.Errorf("recorded %+v", o)
	}
	if phone := must(w.desk.Get(t.Context(), ident.Record{42})).Text("phone"); phone != "13900001234" {
		t.Errorf("an objection changed the value to %s", phone)
	}
	wantStatus(t, own.get(at), 200, "有异议", "正在核查", "13911112222")
	wantStatus(t, own.get(at+"?n=1"), 200, "13911112222")

	w.pass(21 * 24 * time.Hour)
	own.prove(2, got, "13900001234", "FILE")
	wantStatus(t, own.get(at), 200, "过了答复的日子")
	answer := myfile.Answer{Header: record.Header{ID: ident.Record{90}, Scope: w.scope, Subject: ident.Subject{72}}, Objection: o.Header.ID, Kind: myfile.Kept, Text: "已打电话核实", AtMS: w.clock().UnixMilli()}
	officer := w.store.As(memory.Session{Role: "officer", Actor: ident.Actor{3}})
	if _, err := officer.Apply(t.Context(), record.Act{Name: "test", Scope: w.scope, Writes: []record.Write{must(answer.Create())}}); err != nil {
		t.Fatal(err)
	}
	wantStatus(t, own.get(at), 200, "核查过，没有改", "已打电话核实")
}

// TestResidentsInTheLog: who came in, who could not, what they read by its fields, and that they went; nothing is shown when that
// cannot be noted.
func TestResidentsInTheLog(t *testing.T) {
	w := newWorld(t)
	w.bind()
	got := w.texts()
	b := w.browser()
	asked := b.post(w.path(2)+"/PROVE", url.Values{"way": {"sms"}, "phone": {"13900001234"}})
	flow := flowPattern.FindStringSubmatch(asked.Body.String())[1]
	wrong := "000000"
	if got["13900001234"] == wrong {
		wrong = "000001"
	}
	b.post(w.path(2)+"/PROVE", url.Values{"way": {"sms"}, "flow": {flow}, "code": {wrong}, "sent": {"13900001234"}})
	b.post(w.path(2)+"/PROVE", url.Values{"way": {"sms"}, "flow": {flow}, "code": {got["13900001234"]}})
	for _, page := range []string{"FILE", "FILE?n=1", "CONSENT", "MINE", "POINTS"} {
		wantStatus(t, b.get(w.path(2)+"/"+page), 200)
	}
	b.post(w.path(2)+"/LEAVE", url.Values{})
	var deeds []string
	for _, e := range w.noted {
		deeds = append(deeds, string(e.Deed)+" "+e.What+" "+e.User)
		if strings.Contains(e.User+e.Reason+e.About, "1234") && e.User != "139****1234" {
			t.Errorf("the log holds a value: %+v", e)
		}
	}
	want := []string{
		"refused resident.prove ", "login resident.prove 139****1234", "read resident.file 139****1234", "read resident.points 139****1234", "logout resident.leave 139****1234",
	}
	if !slices.Equal(deeds, want) {
		t.Errorf("noted %q, want %q", deeds, want)
	}
	seen := w.noted[2].Touched
	if len(seen) != 1 || seen[0].Subject != (ident.Subject{72}) || !slices.Contains(seen[0].Fields, "phone") || slices.Contains(seen[0].Fields, "population") {
		t.Errorf("touched %+v", seen)
	}

	w.pass(2 * time.Minute)
	own := w.browser()
	own.prove(2, got, "13900001234", "FILE")
	w.config.Note = func(context.Context, audit.Entry) error { return errors.New("the disk is full") }
	w.open()
	page := own.get(w.path(2) + "/FILE?n=1")
	if strings.Contains(page.Body.String(), "13900001234") {
		t.Error("shown without being noted")
	}
}
