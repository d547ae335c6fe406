// SPDX-License-Identifier: Apache-2.0

package console_test

import (
	"net/http"
	"strings"
	"testing"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/blob"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/record/memory"
	"yuexin/syncserver/web/console"
	"yuexin/syncserver/web/htmlcheck"
)

// apply lets somebody write; it must work.
func (w *world) apply(role record.Role, act record.Act) {
	w.t.Helper()
	store := w.records.As(memory.Session{Actor: ident.Actor{9}, Role: role})
	if act.Base == (record.Base{}) {
		act.Base = must(store.Base(w.t.Context(), act.Scope))(w.t)
	}
	must(store.Apply(w.t.Context(), act))(w.t)
}

// file is an attachment of the tests.
func file(n byte, mediaType string) record.Attachment {
	return record.Attachment{Blob: record.Blob{Digest: [32]byte{n}, Size: 100, MediaType: mediaType}, Key: []byte{n}}
}

// photographed gives the household behind a demand three attachments, two of which have
// arrived.
func (w *world) photographed(applicant string) record.Header {
	w.t.Helper()
	d := w.demand[applicant].Header
	h := record.Header{ID: newID[ident.Record](w), Kind: "household", Scope: d.Scope, Subject: newID[ident.Subject](w)}
	w.apply("officer", record.Act{Name: "x", Scope: d.Scope, Writes: []record.Write{{Op: record.Create, Header: h, Fields: map[record.Field]record.Value{
		"head_name": record.OfText(applicant), "photo": file(1, "image/png").Value(), "photo_work": file(2, "image/jpeg").Value(),
		"signature": file(3, "application/pdf").Value(),
	}}}})
	w.apply("admin", record.Act{Name: "x", Scope: d.Scope, Writes: []record.Write{{Op: record.Edit, Header: d, Fields: map[record.Field]record.Value{
		"household": record.OfBytes(h.ID.Bytes()),
	}}}})
	w.consents(h, "household_file")
	for _, n := range []byte{1, 3} {
		w.apply("desk", blob.Arrival(d.Scope, [32]byte{n}, 100, w.now.UnixMilli()))
	}
	return h
}

func withFiles(c *console.Config) {
	c.Attachment = func(a record.Attachment) ([]byte, error) {
		if a.Digest[0] == 2 {
			return nil, fault.New(fault.NotFound, "blob.absent")
		}
		return []byte{'f', a.Key[0]}, nil
	}
}

func TestAttachments(t *testing.T) {
	w := newWorld(t, withFiles)
	w.photographed("谢国栋")
	at := w.at("谢国栋")
	b := w.login("liang")
	p := b.get(at)
	htmlcheck.Run(t, p.body,
		htmlcheck.Text("#attachments .tag", "3 个附件已到 2 个"), htmlcheck.Count("#attachments img", 1),
		htmlcheck.Text("#attachments .none", "设备还没有传来"))
	for field, want := range map[string]struct {
		status            int
		mediaType, inside string
	}{
		"photo":      {http.StatusOK, "image/png", "f\x01"},
		"signature":  {http.StatusOK, "application/pdf", "f\x03"},
		"photo_work": {http.StatusNotFound, "text/html; charset=utf-8", ""},
		"head_name":  {http.StatusNotFound, "text/html; charset=utf-8", ""},
		"nothing":    {http.StatusNotFound, "text/html; charset=utf-8", ""},
	} {
		got := b.get(at + "/attachments/household/" + field)
		if got.status != want.status || got.header.Get("Content-Type") != want.mediaType || want.inside != "" && got.body != want.inside {
			t.Errorf("%s: %d %s", field, got.status, got.header.Get("Content-Type"))
		}
	}
	pdf := b.get(at + "/attachments/household/signature").header
	if pdf.Get("Content-Disposition") == "" || pdf.Get("X-Content-Type-Options") != "nosniff" || pdf.Get("Cache-Control") != "no-store" {
		t.Errorf("a scan comes with %v", pdf)
	}
}

// TestAttachmentsAreNotForEverybody: who may not see the field sees no file, and who may
// not know of the demand is told nothing.
func TestAttachmentsAreNotForEverybody(t *testing.T) {
	w := newWorld(t, withFiles)
	w.photographed("谢国栋")
	at := w.at("谢国栋")
	for user, status := range map[string]int{"feng": http.StatusNotFound, "deng": http.StatusOK} {
		b := w.login(user)
		p := b.get(at)
		if p.status != status || len(htmlcheck.Find(t, p.body, "#attachments")) > 0 {
			t.Errorf("%s: the page is %d, with attachments: %t", user, p.status, strings.Contains(p.body, "attachments"))
		}
		if got := b.get(at + "/attachments/household/photo"); got.status != http.StatusNotFound {
			t.Errorf("%s: the file is %d", user, got.status)
		}
	}
	if got := w.browser().get(at + "/attachments/household/photo"); got.status != http.StatusSeeOther {
		t.Errorf("without a login: %d", got.status)
	}
}

// TestMerchantsHavePhotosToo: what is attached to the merchant behind a demand stands
// beside what is attached to the household, each under its own address.
func TestMerchantsHavePhotosToo(t *testing.T) {
	w := newWorld(t, withFiles)
	w.photographed("谢国栋")
	d := w.demand["谢国栋"].Header
	h := record.Header{ID: newID[ident.Record](w), Kind: "merchant", Scope: d.Scope, Subject: newID[ident.Subject](w)}
	w.apply("officer", record.Act{Name: "x", Scope: d.Scope, Writes: []record.Write{{Op: record.Create, Header: h, Fields: map[record.Field]record.Value{
		"name": record.OfText("国栋鱼苗店"), "photo": file(4, "image/png").Value(), "photo_license": file(5, "image/jpeg").Value(),
	}}}})
	w.apply("admin", record.Act{Name: "x", Scope: d.Scope, Writes: []record.Write{{Op: record.Edit, Header: d, Fields: map[record.Field]record.Value{
		"merchant": record.OfBytes(h.ID.Bytes()),
	}}}})
	w.apply("desk", blob.Arrival(d.Scope, [32]byte{4}, 100, w.now.UnixMilli()))
	b := w.login("liang")
	p := b.get(w.at("谢国栋"))
	htmlcheck.Run(t, p.body,
		htmlcheck.Text("#attachments .tag", "5 个附件已到 3 个"), htmlcheck.Count("#attachments img", 2),
		htmlcheck.Text("#attachments", "门头照片"), htmlcheck.Text("#attachments", "营业执照照片"))
	before := len(w.noted)
	if got := b.get(w.at("谢国栋") + "/attachments/merchant/photo"); got.status != http.StatusOK || got.body != "f\x04" {
		t.Errorf("the merchant's photo: %d %q", got.status, got.body)
	}
	if got := w.since(before); len(got) != 1 || got[0].Touched[0].Record != h.ID || got[0].Touched[0].Kind != "merchant" {
		t.Errorf("noted %+v", got)
	}
	if got := b.get(w.at("谢国栋") + "/attachments/household/photo"); got.body != "f\x01" {
		t.Errorf("the household's photo: %q", got.body)
	}
	for _, at := range []string{"merchant/photo_license", "merchant/signature", "demand/photo"} {
		if got := b.get(w.at("谢国栋") + "/attachments/" + at); got.status != http.StatusNotFound {
			t.Errorf("%s: %d", at, got.status)
		}
	}
}

// The signed sheet of a demand is seen on its page, and given to whoever may know of the demand.
func TestSignedSheetOfADemand(t *testing.T) {
	w := newWorld(t, withFiles)
	d := w.demand["谢国栋"].Header
	w.apply("officer", record.Act{Name: "attachment.add", Scope: d.Scope, Writes: []record.Write{{Op: record.Edit, Header: d, Fields: map[record.Field]record.Value{
		"sheet_2": file(4, "image/jpeg").Value(),
	}}}})
	w.apply("desk", blob.Arrival(d.Scope, [32]byte{4}, 100, w.now.UnixMilli()))
	at := w.at("谢国栋")
	htmlcheck.Run(t, w.login("liang").get(at).body, htmlcheck.Text("#attachments .sub", "签字采集表第 2 页"))
	if p := w.login("su").get(at + "/attachments/demand/sheet_2"); p.status != http.StatusOK || p.body != "f\x04" {
		t.Errorf("got %d, %q", p.status, p.body)
	}
	if p := w.login("deng").get(at + "/attachments/demand/sheet_2"); p.status != http.StatusNotFound {
		t.Errorf("who may not know of the demand gets %d", p.status)
	}
}
