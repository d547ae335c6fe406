// SPDX-License-Identifier: Apache-2.0

package console_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"yuexin/shared/credit/myfile"
	"yuexin/shared/ident"
	"yuexin/shared/sync/audit"
	"yuexin/shared/sync/blob"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/record/memory"
	"yuexin/syncserver/store"
	"yuexin/syncserver/web/htmlcheck"
)

// write lets somebody write who had seen the scope up to base.
func (w *world) write(name string, role record.Role, base record.Base, op record.Op, h record.Header, fields map[record.Field]record.Value) {
	w.t.Helper()
	act := record.Act{Name: "household.edit", Scope: h.Scope, Base: base, Source: w.access.Source(role), Writes: []record.Write{{Op: op, Header: h, Fields: fields}}}
	must(w.records.As(memory.Session{Actor: w.actor[name], Role: role}).Apply(w.t.Context(), act))(w.t)
}

// quarrelled makes a household with a scan of its register, whose number two people
// wrote differently, each with a photo of their own. The first photo and the scan have
// arrived.
func (w *world) quarrelled() record.Header {
	w.t.Helper()
	scope := w.village["富溪村"]
	h := record.Header{ID: newID[ident.Record](w), Kind: "household", Scope: scope, Subject: newID[ident.Subject](w)}
	as := w.as("何建国", "cadre")
	base := func() record.Base { return must(as.Base(w.t.Context(), scope))(w.t) }
	w.write("何建国", "cadre", base(), record.Create, h, map[record.Field]record.Value{
		"head_name": record.OfText("邓家强"), "phone": record.OfText("19900001111"), "remark": record.OfText("有果园"), "figures_year": record.OfInt(2025), "region_code": record.OfText("441284105203"), "signature": file(13, "application/pdf").Value(),
	})
	seen := base()
	w.write("何建国", "cadre", seen, record.Edit, h, map[record.Field]record.Value{
		"resident_id": record.OfText("441284197203150002"), "photo": file(11, "image/png").Value(), "phone": record.OfText("19900002222"),
	})
	w.write("梁志明", "officer", seen, record.Edit, h, map[record.Field]record.Value{
		"resident_id": record.OfText("441226197203150009"), "photo_work": file(12, "image/jpeg").Value(),
	})
	for _, n := range []byte{11, 13} {
		w.apply("desk", blob.Arrival(scope, [32]byte{n}, 100, w.now.UnixMilli()))
	}
	return h
}

func recordPath(h record.Header) string { return "/records/" + h.ID.String() }

// TestCardsHaveTheirFiles: beside a dispute stand the files that came with its values,
// and not those of before.
func TestCardsHaveTheirFiles(t *testing.T) {
	w := newWorld(t, withFiles)
	h := w.quarrelled()
	b := w.login("liang")
	card := "section[id='" + h.ID.String() + "'] "
	p := b.get("/conflicts")
	htmlcheck.Run(t, p.body, htmlcheck.Count(card+".photos li", 2), htmlcheck.Count(card+".photos img", 1), htmlcheck.Text(card+".photos", "何建国"),
		htmlcheck.Text(card+".photos .none", "设备还没有传来"))
	before := len(w.noted)
	got := b.get(strings.TrimPrefix(htmlcheck.AttrOf(htmlcheck.Find(t, p.body, card+".photos a")[0], "href"), "/console"))
	if got.status != http.StatusOK || got.body != "f\x0b" {
		t.Errorf("the photo: %d %q", got.status, got.body)
	}
	noted := w.since(before)
	if len(noted) != 1 || noted[0].What != "console.attachment" || noted[0].Touched[0].Record != h.ID {
		t.Errorf("the photo was noted as %v", noted)
	}

	// a value of a kind that keeps no files shows those of its household
	head := func(text string, n uint64) record.Head {
		return record.Head{Value: record.OfText(text), Version: record.At(1, n), Source: record.Officer}
	}
	mine, other := head("441284197203150002", 9001), head("441226197203150009", 9002)
	member := record.Header{ID: newID[ident.Record](w), Kind: "member", Scope: h.Scope, Subject: newID[ident.Subject](w)}
	w.records.Show(record.Row{Header: member, Fields: map[record.Field]record.FieldState{
		"household":   {Value: record.OfBytes(h.ID.Bytes()), Version: record.At(1, 9000)},
		"name":        {Value: record.OfText("邓小妹"), Version: record.At(1, 9000)},
		"relation":    {Value: record.OfText("child"), Version: record.At(1, 9000)},
		"resident_id": {Value: mine.Value, Version: mine.Version, Winner: mine, Disputed: true, Aside: []record.Head{other}},
	}})
	card = "section[id='" + member.ID.String() + "'] "
	htmlcheck.Run(t, b.get("/conflicts").body, htmlcheck.Count(card+".photos li", 3))
	htmlcheck.Run(t, b.get(recordPath(member)).body, htmlcheck.Text("h1", "邓小妹"), htmlcheck.Count("#facts a[href='/console"+recordPath(h)+"']", 1))
	htmlcheck.Run(t, b.get(recordPath(h)).body, htmlcheck.Text("#members dt", "子女"), htmlcheck.Text("#members .tag", "有分歧"),
		htmlcheck.Count("#members a[href='/console"+recordPath(member)+"']", 1))
}

// TestFileOfThePast: a photo that came with a value is there after another took its place.
func TestFileOfThePast(t *testing.T) {
	w := newWorld(t, withFiles)
	h := w.quarrelled()
	w.apply("officer", record.Act{Name: "x", Scope: h.Scope, Source: record.Officer, Writes: []record.Write{{Op: record.Edit, Header: h, Fields: map[record.Field]record.Value{
		"photo": file(4, "image/png").Value(),
	}}}})
	b := w.login("liang")
	card := "section[id='" + h.ID.String() + "'] "
	p := b.get("/conflicts")
	htmlcheck.Run(t, p.body, htmlcheck.Count(card+".photos li", 2), htmlcheck.Text(card+".photos .tag", "以前的"))
	link := htmlcheck.AttrOf(htmlcheck.Find(t, p.body, card+".photos a")[0], "href")
	if got := b.get(strings.TrimPrefix(link, "/console")); got.status != http.StatusOK || got.body != "f\x0b" {
		t.Errorf("the photo of before: %d", got.status)
	}
	for _, path := range []string{"/attachments/photo", "/attachments/photo?at=00", "/attachments/photo_work", "/attachments/head_name"} {
		if got := b.get(recordPath(h) + path); got.status != http.StatusNotFound {
			t.Errorf("%s: %d", path, got.status)
		}
	}
}

// TestFileBeside: where two files stand in one field, both are opened.
func TestFileBeside(t *testing.T) {
	w := newWorld(t, withFiles)
	h := w.quarrelled()
	row := must(w.as("梁志明", "officer").Get(t.Context(), h.ID))(t)
	s := row.Fields["photo"]
	s.Disputed, s.Aside = true, []record.Head{{Value: file(14, "image/png").Value(), Version: record.At(1, 9001), Source: record.Officer}}
	row.Fields["photo"] = s
	w.records.Show(row)
	w.apply("desk", blob.Arrival(h.Scope, [32]byte{14}, 100, w.now.UnixMilli()))
	b := w.login("liang")
	p := b.get(recordPath(h))
	var got []string
	for _, a := range htmlcheck.Find(t, p.body, "#attachments a") {
		if strings.Contains(htmlcheck.AttrOf(a, "href"), "/photo") {
			got = append(got, b.get(strings.TrimPrefix(htmlcheck.AttrOf(a, "href"), "/console")).body)
		}
	}
	if len(got) != 2 || got[0] != "f\x0b" || got[1] != "f\x0e" {
		t.Errorf("opened %q", got)
	}
	htmlcheck.Run(t, p.body, htmlcheck.Count("#facts .disputed", 2), htmlcheck.None("#attachments .tag"))
}

// TestRecordPage: one record with all that stands in it, in place.
func TestRecordPage(t *testing.T) {
	w := newWorld(t, withFiles)
	h := w.quarrelled()
	b := w.login("liang")
	htmlcheck.Run(t, b.get("/conflicts").body, htmlcheck.Count("h2 a[href='/console"+recordPath(h)+"']", 1))
	before := len(w.noted)
	p := b.get(recordPath(h))
	htmlcheck.Run(t, p.body,
		htmlcheck.Text("h1", "邓家强"), htmlcheck.Text("h1 .tag", "1 项有分歧"),
		htmlcheck.Count("#facts .disputed", 1), htmlcheck.Text("#facts .disputed dt", "户主身份证号"), htmlcheck.Text("#facts .disputed dt", "须两人核实"),
		htmlcheck.Texts("#facts .disputed .value", "441284197203150002", "441226197203150009"),
		htmlcheck.Text("#facts .disputed", "何建国"), htmlcheck.Text("#facts .disputed", "梁志明"), htmlcheck.Text("#facts", "有果园"), htmlcheck.Text("#facts", "2025"), htmlcheck.Text("#facts", "富溪"),
		htmlcheck.Count("#attachments li", 3), htmlcheck.Count("#past tbody tr", 1), htmlcheck.Text("#past tbody tr", "19900001111"),
		htmlcheck.None("main form"), htmlcheck.None("#facts dd a"))
	noted := w.since(before)
	if len(noted) != 1 || noted[0].What != "console.record" || noted[0].Deed != audit.Read {
		t.Errorf("noted %v", noted)
	}
	settle := htmlcheck.AttrOf(htmlcheck.Find(t, p.body, "#settle")[0], "href")
	htmlcheck.Run(t, b.get(strings.TrimPrefix(settle, "/console")).body, htmlcheck.Count(".conflict", 1), htmlcheck.Count("main form", 1))

	// a proposal stands beside the value
	head := func(text string, n uint64, source record.Source) record.Head {
		return record.Head{Value: record.OfText(text), Version: record.At(1, n), Source: source}
	}
	now, beside := head("张三", 9001, record.BankVerified), head("张四", 9002, record.Cadre)
	other := record.Header{ID: newID[ident.Record](w), Kind: "household", Scope: h.Scope, Subject: newID[ident.Subject](w)}
	w.records.Show(record.Row{Header: other, Fields: map[record.Field]record.FieldState{
		"head_name": {Value: now.Value, Version: now.Version, Winner: now, Aside: []record.Head{beside}},
	}})
	p = b.get(recordPath(other))
	htmlcheck.Run(t, p.body, htmlcheck.Texts("#facts .open .value", "张三", "张四"), htmlcheck.None("#facts .disputed"), htmlcheck.None("#settle"),
		htmlcheck.Text("#facts .open dt", "另有提议"), htmlcheck.Text("#past .empty", "没有改动过"), htmlcheck.None("#attachments"))
}

// TestObjectionStandsBesideItsValue: what a household objects to is read wherever its value is, until it was put right; a value
// that was kept keeps it, with the answer.
func TestObjectionStandsBesideItsValue(t *testing.T) {
	w := newWorld(t, withPapers)
	scope := w.village["富溪村"]
	h := record.Header{ID: newID[ident.Record](w), Kind: "household", Scope: scope, Subject: newID[ident.Subject](w)}
	base := func() record.Base { return must(w.as("何建国", "cadre").Base(w.t.Context(), scope))(w.t) }
	w.write("何建国", "cadre", base(), record.Create, h, map[record.Field]record.Value{"head_name": record.OfText("邓家强"), "phone": record.OfText("19900001111")})
	b := w.login("liang")
	htmlcheck.Run(t, b.get(recordPath(h)).body, htmlcheck.None("#facts .said"))

	o := myfile.Objection{
		Header: record.Header{ID: newID[ident.Record](w), Scope: scope, Subject: h.Subject}, Of: h.ID, OfKind: "household", Field: "phone",
		Kind: myfile.Correct, Stood: "19900001111", Wanted: "13911112222", AtMS: w.now.UnixMilli(),
	}
	write := must(o.Create())(t)
	w.apply("resident", record.Act{Name: "objection.raise", Scope: scope, Source: record.SelfDeclared, Writes: []record.Write{write}})
	htmlcheck.Run(t, b.get(recordPath(h)).body, htmlcheck.Count("#facts .said", 1), htmlcheck.Text("#facts .said", "13911112222"), htmlcheck.Text("#facts .said", "本人有异议"))

	answer := func(kind, words string) {
		t.Helper()
		w.now = w.now.Add(time.Minute)
		a := myfile.Answer{
			Header: record.Header{ID: newID[ident.Record](w), Scope: scope, Subject: h.Subject}, Objection: o.Header.ID, Kind: kind, Text: words, AtMS: w.now.UnixMilli(),
		}
		w.apply("officer", record.Act{Name: "objection.answer", Scope: scope, Source: record.Officer, Writes: []record.Write{must(a.Create())(t)}})
	}
	answer(myfile.Kept, "电话已核实")
	htmlcheck.Run(t, b.get(recordPath(h)).body, htmlcheck.Text("#facts .said", "电话已核实"))
	answer("corrected", "")
	htmlcheck.Run(t, b.get(recordPath(h)).body, htmlcheck.None("#facts .said"))
}

// TestDisputedDeletionIsNamed: that one person deleted a record and another changed it stands beside its name, on its page,
// with its household and in the list of demands.
func TestDisputedDeletionIsNamed(t *testing.T) {
	w := newWorld(t)
	torn := record.FieldState{Value: record.OfBool(true), Version: record.At(1, 9005), Winner: record.Head{Value: record.OfBool(true), Version: record.At(1, 9005), Source: record.Officer}, Disputed: true,
		Aside: []record.Head{{Value: record.OfBool(false), Version: record.At(1, 9006), Source: record.Officer}}}
	h := record.Header{ID: newID[ident.Record](w), Kind: "household", Scope: w.village["富溪村"], Subject: newID[ident.Subject](w)}
	w.records.Show(record.Row{Header: h, Fields: map[record.Field]record.FieldState{"head_name": {Value: record.OfText("张三"), Version: record.At(1, 9001)}, record.Deleted: torn}})
	member := record.Header{ID: newID[ident.Record](w), Kind: "member", Scope: h.Scope, Subject: h.Subject}
	w.records.Show(record.Row{Header: member, Fields: map[record.Field]record.FieldState{
		"household": {Value: record.OfBytes(h.ID.Bytes()), Version: record.At(1, 9000)}, "name": {Value: record.OfText("张小妹"), Version: record.At(1, 9000)}, record.Deleted: torn,
	}})
	b := w.login("liang")
	htmlcheck.Run(t, b.get(recordPath(h)).body, htmlcheck.Text("h1 .tag.alert", "删除有争议"), htmlcheck.Text("#members .tag.alert", "删除有争议"), htmlcheck.Count("#facts .disputed", 1))

	rows := must(w.as("梁志明", "officer").List(t.Context(), record.Query{Kind: "demand"}))(t)
	if len(rows) == 0 {
		t.Fatal("no demand")
	}
	if strings.Contains(b.get("/demands").body, "删除有争议") {
		t.Error("the list names a dispute before there is one")
	}
	rows[0].Fields[record.Deleted] = torn
	w.records.Show(rows[0])
	id := rows[0].Header.ID.String()
	htmlcheck.Run(t, b.get("/demands").body, htmlcheck.Text("tr[id='"+id+"'] .nowrap .tag.alert", "删除有争议"))
	htmlcheck.Run(t, b.get("/demands/"+id).body, htmlcheck.Text("#facts .tag.alert", "删除有争议"))
}

// TestRecordWithNothing: a record of which the visitor sees nothing says so.
func TestRecordWithNothing(t *testing.T) {
	w := newWorld(t)
	h := record.Header{ID: newID[ident.Record](w), Kind: "merchant", Scope: w.village["富溪村"], Subject: newID[ident.Subject](w)}
	w.records.Show(record.Row{Header: h, Fields: map[record.Field]record.FieldState{"name": {Version: record.At(1, 9001)}}})
	htmlcheck.Run(t, w.login("liang").get(recordPath(h)).body, htmlcheck.Text("h1", "商户"), htmlcheck.Text("#facts .empty", "没有可以显示的内容"),
		htmlcheck.Text("#past .empty", "没有改动过"), htmlcheck.None("#attachments"), htmlcheck.None("#members"))
}

// TestRecordPastIsCut: a long past has its rest behind a link.
func TestRecordPastIsCut(t *testing.T) {
	w := newWorld(t)
	h := w.quarrelled()
	for n := range 40 {
		w.apply("officer", record.Act{Name: "x", Scope: h.Scope, Source: record.Officer, Writes: []record.Write{{Op: record.Edit, Header: h, Fields: map[record.Field]record.Value{
			"remark": record.OfText(fmt.Sprintf("第 %d 次", n)),
		}}}})
	}
	b := w.login("admin")
	p := b.get(recordPath(h))
	htmlcheck.Run(t, p.body, htmlcheck.Count("#past tbody tr", 30))
	more := htmlcheck.AttrOf(htmlcheck.Find(t, p.body, "#more")[0], "href")
	htmlcheck.Run(t, b.get(strings.TrimPrefix(more, "/console")).body, htmlcheck.Count("#past tbody tr", 41), htmlcheck.None("#more"))
}

// TestRecordIsNotForEverybody: by the access table, the villages and the demand.
func TestRecordIsNotForEverybody(t *testing.T) {
	w := newWorld(t, withFiles)
	w.photographed("谢国栋")
	h := w.quarrelled()
	elsewhere := record.Header{ID: newID[ident.Record](w), Kind: "household", Scope: w.village["马房村"], Subject: newID[ident.Subject](w)}
	w.write("管理员", "admin", record.Base{}, record.Create, elsewhere, map[record.Field]record.Value{"head_name": record.OfText("不该看到")})
	for _, tc := range []struct {
		user, path string
		status     int
	}{
		{"admin", recordPath(elsewhere), http.StatusOK},
		{"liang", recordPath(elsewhere), http.StatusNotFound},
		{"he", recordPath(h), http.StatusOK},
		{"su", recordPath(h), http.StatusForbidden},
		{"su", recordPath(h) + "/attachments/photo", http.StatusForbidden},
		{"deng", recordPath(h), http.StatusForbidden},
		{"tan", recordPath(h), http.StatusForbidden},
		{"su", w.at("谢国栋") + "/household", http.StatusOK},
		{"feng", w.at("谢国栋") + "/household", http.StatusNotFound},
		{"deng", w.at("谢国栋") + "/household", http.StatusNotFound},
		{"su", w.at("谢国栋") + "/merchant", http.StatusNotFound},
		{"liang", "/records/rec_0000000001fbkbgftfqqmhpvnr", http.StatusNotFound},
		{"liang", "/records/" + ident.Record(w.actor["梁志明"]).String(), http.StatusNotFound}, // of the staff
		{"liang", "/records/nothing", http.StatusNotFound},
		{"liang", "/conflicts?record=" + elsewhere.ID.String(), http.StatusNotFound},
		{"liang", "/conflicts?record=nothing", http.StatusNotFound},
	} {
		got := w.login(tc.user).get(tc.path)
		if got.status != tc.status || got.status != http.StatusOK && strings.Contains(got.body, "不该看到") {
			t.Errorf("%s at %s: %d, want %d", tc.user, tc.path, got.status, tc.status)
		}
	}
	htmlcheck.Run(t, w.login("he").get(recordPath(h)).body, htmlcheck.Text("#facts .disputed .value", "4412**********0002"), htmlcheck.None("#settle"))

	// the bank comes by the demand, and gets the photos by it
	su := w.login("su")
	htmlcheck.Run(t, su.get(w.at("谢国栋")).body, htmlcheck.Count("#facts a[href='/console"+w.at("谢国栋")+"/household']", 1))
	p := su.get(w.at("谢国栋") + "/household")
	htmlcheck.Run(t, p.body, htmlcheck.Text("h1", "谢国栋"), htmlcheck.Count("#attachments li", 3), htmlcheck.None("main a[href^='/console/records']"))
	link := htmlcheck.AttrOf(htmlcheck.Find(t, p.body, "#attachments a")[0], "href")
	if got := su.get(strings.TrimPrefix(link, "/console")); got.status != http.StatusOK {
		t.Errorf("the photo by the demand: %d", got.status)
	}
	admin := w.login("admin")
	w.noteFails = errors.New("disk")
	if got := admin.get(recordPath(h)); strings.Contains(got.body, "邓家强") {
		t.Error("a record was shown without its entry")
	}
}

// TestQuarantineLeadsToTheRecord: what was kept leads to the record it was written to,
// where there is one.
func TestQuarantineLeadsToTheRecord(t *testing.T) {
	w := newWorld(t)
	h := w.quarrelled()
	kept := w.kept[0]
	w.content[kept.Link].Writes[0].Header = h
	w.kept = []store.Quarantined{kept}
	at := "/quarantine/" + string(w.village["大沙村"]) + "/" + kept.Link.Lane.Incarnation.String()
	b := w.login("admin")
	htmlcheck.Run(t, b.get(at).body, htmlcheck.Count(".kept h3 a[href='/console"+recordPath(h)+"']", 1))
	w.content[kept.Link].Writes[0].Header.ID = newID[ident.Record](w)
	htmlcheck.Run(t, b.get(at).body, htmlcheck.None(".kept h3 a"))
}

// TestSettledIsPaged: what was settled comes page by page, newest first, each once.
func TestSettledIsPaged(t *testing.T) {
	w := newWorld(t)
	h := w.quarrelled()
	const all = 120
	for n := range all {
		w.now = w.now.Add(1e9)
		note := record.Header{ID: newID[ident.Record](w), Kind: "settlement", Scope: h.Scope, Subject: h.Subject}
		w.apply("officer", record.Act{Name: "x", Scope: h.Scope, Source: record.Officer, Writes: []record.Write{{Op: record.Create, Header: note, Fields: map[record.Field]record.Value{
			"record": record.OfBytes(h.ID.Bytes()), "field": record.OfText("phone"), "at": record.OfInt(w.now.UnixMilli()), "reason": record.OfText(fmt.Sprintf("依据 %03d", n)),
		}}}})
	}
	b := w.login("liang")
	path, seen := "/conflicts?show=settled", map[string]bool{}
	var order []string
	for pages := 1; ; pages++ {
		p := b.get(path)
		for _, n := range htmlcheck.Find(t, p.body, "#settled tbody tr .small") {
			if text := htmlcheck.TextOf(n); strings.HasPrefix(text, "依据") {
				order, seen[text] = append(order, text), true
			}
		}
		if first := len(htmlcheck.Find(t, p.body, "#first")); (first == 1) != (pages > 1) {
			t.Errorf("page %d: %d links to the first", pages, first)
		}
		next := htmlcheck.Find(t, p.body, "#next")
		if len(next) == 0 {
			if pages != 3 {
				t.Errorf("%d pages, want 3", pages)
			}
			break
		}
		path = strings.TrimPrefix(htmlcheck.AttrOf(next[0], "href"), "/console")
	}
	if len(order) != all || len(seen) != all || order[0] != "依据 119" || order[all-1] != "依据 000" {
		t.Errorf("%d lines, %d different", len(order), len(seen))
	}
	htmlcheck.Run(t, b.get("/conflicts?show=settled&after=nonsense").body, htmlcheck.Count("#settled tbody tr", 50), htmlcheck.None("#first"))
}
