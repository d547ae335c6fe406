// SPDX-License-Identifier: Apache-2.0

package console_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"yuexin/shared/credit/consent"
	"yuexin/shared/ident"
	"yuexin/shared/sync/audit"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/web/htmlcheck"
)

// consents has whoever a record is about consent to a purpose, for the bank that 苏绮雯 works for.
func (w *world) consents(h record.Header, purpose string) ident.Record {
	w.t.Helper()
	h.ID = newID[ident.Record](w)
	c := must(w.consent.Give(consent.Consent{
		Header: h, Recipient: w.org["四会农商银行"], Purpose: purpose, Given: consent.Paper, Giver: "谢国栋",
	}, w.now))(w.t)
	w.apply("officer", record.Act{Name: "x", Scope: h.Scope, Writes: []record.Write{c.Create()}})
	return h.ID
}

// withdraws takes a consent back.
func (w *world) withdraws(id ident.Record) {
	w.t.Helper()
	given := consent.Of(must(w.as("desk", "desk").Get(w.t.Context(), id))(w.t))
	w.apply("officer", record.Act{Name: "x", Scope: given.Header.Scope, Writes: []record.Write{given.End(newID[ident.Record](w), start.UnixMilli(), consent.Told)}})
}

// TestWithoutConsentNothingIsShown: a bank is refused what nobody gave it, what is over and what was taken back, on every page
// by which it could be seen; it is told why, and each refusal is noted with the fields. Whoever collects is shown it until it is
// taken back.
func TestWithoutConsentNothingIsShown(t *testing.T) {
	w := newWorld(t, withFiles, withPapers)
	h := record.Header{ID: newID[ident.Record](w), Kind: "household", Scope: w.demand["谢国栋"].Header.Scope, Subject: newID[ident.Subject](w)}
	w.apply("officer", record.Act{Name: "x", Scope: h.Scope, Writes: []record.Write{{Op: record.Create, Header: h, Fields: map[record.Field]record.Value{
		"head_name": record.OfText("谢国栋"), "phone": record.OfText("19900007777"), "deposits": record.OfInt(7_654_300), "photo": file(1, "image/png").Value(),
	}}}})
	w.apply("admin", record.Act{Name: "x", Scope: h.Scope, Writes: []record.Write{{Op: record.Edit, Header: w.demand["谢国栋"].Header, Fields: map[record.Field]record.Value{
		"household": record.OfBytes(h.ID.Bytes()),
	}}}})
	at := w.at("谢国栋")
	su, liang := w.login("su"), w.login("liang")
	denied := func(want string, kind record.Kind, fields ...record.Field) {
		t.Helper()
		for _, e := range w.since(0) {
			for _, touch := range e.Touched {
				named := !slices.ContainsFunc(fields, func(f record.Field) bool { return !slices.Contains(touch.Fields, f) })
				if e.Deed == audit.Denied && touch.Kind == kind && named && strings.Contains(e.Reason, want) && e.Actor == w.actor["苏绮雯"] {
					w.mu.Lock()
					w.noted = nil
					w.mu.Unlock()
					return
				}
			}
		}
		t.Errorf("nobody noted that %s %v was not shown (%s)", kind, fields, want)
	}
	hides := func(path, why string, secrets ...string) {
		t.Helper()
		got := su.get(path)
		if got.status != http.StatusForbidden || !strings.Contains(got.body, why) {
			t.Errorf("%s: %d, want %q", path, got.status, why)
		}
		for _, s := range secrets {
			if strings.Contains(got.body, s) {
				t.Errorf("%s shows %s", path, s)
			}
		}
	}
	hides(at+"/household", "本人没有授权给您的单位", "19900007777", "76,543")
	denied("none", "household", "head_name", "phone", "deposits")
	hides(at+"/household/paper?form=household", "本人没有授权给您的单位")
	denied("none", "household", "phone")
	if got := su.get(at + "/attachments/household/photo"); got.status != http.StatusNotFound {
		t.Errorf("a photo without a consent: %d", got.status)
	}
	htmlcheck.Run(t, su.get(at).body, htmlcheck.Text("h1", "谢国栋"), htmlcheck.Text("#facts", "本人没有授权"), htmlcheck.None("#facts a[href$='/household']"))

	file := w.consents(h, "household_file")
	got := su.get(at + "/household")
	htmlcheck.Run(t, got.body, htmlcheck.Text("h1", "谢国栋"), htmlcheck.Text("#facts", "19900007777"), htmlcheck.Text("#withheld", "住房、土地、存款：本人没有授权"))
	if got.status != http.StatusOK || strings.Contains(got.body, "76,543") {
		t.Errorf("a consent to the file shows deposits: %d", got.status)
	}
	w.mu.Lock()
	w.noted = nil
	w.mu.Unlock()
	su.get(at + "/household")
	denied("none", "household", "deposits")
	w.consents(h, "finance")
	htmlcheck.Run(t, su.get(at+"/household").body, htmlcheck.Text("#facts", "76,543"), htmlcheck.None("#withheld"))

	w.withdraws(file)
	hides(at+"/household", "撤回授权", "19900007777")
	denied("withdrawn", "household", "phone")
	htmlcheck.Run(t, liang.get("/records/"+h.ID.String()).body, htmlcheck.Text("h1", "谢国栋"), htmlcheck.Text("#withheld", "撤回授权"), htmlcheck.None("#attachments"))

	d := w.demand["谢国栋"]
	w.withdraws(d.Consent)
	hides(at, "撤回授权", "谢国栋", "1990000")
	denied("withdrawn", "demand", "applicant_name", "asked")
	hides(at+"/paper?form=demand", "撤回授权")
	list := su.get("/demands?receipt=" + url.QueryEscape(d.Receipt.String()))
	htmlcheck.Run(t, list.body, htmlcheck.Text("#results tbody tr", "撤回授权"))
	if strings.Contains(list.body, "谢国栋") || strings.Contains(list.body, "万元") {
		t.Error("the queue of the bank shows who withdrew")
	}
	denied("withdrawn", "demand", "applicant_name")
	htmlcheck.Run(t, w.login("admin").get(at).body, htmlcheck.Text("h1", "谢国栋"))
}
