// SPDX-License-Identifier: Apache-2.0

package console_test

import (
	"context"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"yuexin/shared/credit/lending"
	"yuexin/shared/credit/village"
	"yuexin/shared/ident"
	"yuexin/shared/sync/blob"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/web/console"
	"yuexin/syncserver/web/htmlcheck"
)

// newBoardedWorld is a world whose console has boards, read by the desk as the server does.
func newBoardedWorld(t testing.TB, options ...option) *world {
	t.Helper()
	var w *world
	w = newWorld(t, append(options, func(c *console.Config) {
		book := c.Book
		c.Board = func(ctx context.Context, scope ident.Scope) (village.Board, error) {
			w.boardsRead++
			return village.Read(ctx, w.as("desk", "desk"), book.Boards(), scope, w.now)
		}
	})...)
	return w
}

func text(s string) record.Value { return record.OfText(s) }

// about makes a record about a village or somebody in it.
func (w *world) about(scope ident.Scope, subject ident.Subject, kind record.Kind, fields map[record.Field]record.Value) record.Header {
	w.t.Helper()
	h := record.Header{ID: newID[ident.Record](w), Kind: kind, Scope: scope, Subject: subject}
	w.apply("desk", record.Act{Name: "x", Scope: scope, Source: record.Authoritative, Writes: []record.Write{{Op: record.Create, Header: h, Fields: fields}}})
	return h
}

// board makes what 富溪村 has: three of the five, a specialist, a task of two teams, six green sheets with little solar power,
// figures and carbon. It returns the element with a photo.
func (w *world) board() record.Header {
	w.t.Helper()
	at := w.village["富溪村"]
	unit, _ := at.Unit()
	u, yes := ident.Subject(unit), record.OfBool(true)
	branch := w.about(at, u, "element", map[record.Field]record.Value{
		"element": text("branch"), "since": text("2026-03-01"), "until": text("2028-03-01"), "partner": text("四会农商银行党支部"), "proof": file(4, "image/png").Value(), "proven": yes,
	})
	w.apply("desk", blob.Arrival(at, [32]byte{4}, 100, w.now.UnixMilli()))
	w.about(at, u, "element", map[record.Field]record.Value{"element": text("credit"), "since": text("2026-09-01"), "partner": text("四会农商银行"), "credit_stage": text("posted"), "proven": yes})
	w.about(at, u, "collective", map[record.Field]record.Value{"as_of": text("2026-06-30"), "platform": text("三资平台"), "funds": record.OfInt(128_000_000), "assets": record.OfInt(990_000_000), "resources": record.OfInt(320_000)})
	p := lending.Posting{
		Header: record.Header{ID: newID[ident.Record](w), Scope: at, Subject: u}, Officer: w.actor["梁志明"], Bank: w.org["四会农商银行"], From: "2026-02-01", Until: "2027-02-01", Post: lending.Specialist,
	}
	w.apply("desk", record.Act{Name: "posting.add", Scope: at, Source: record.Authoritative, Writes: []record.Write{p.Create()}})
	task := w.about(at, u, "task", map[record.Field]record.Value{"title": text("整村建档补采"), "teams": record.OfSet("bank", "work_team"), "goal": record.OfInt(40), "from": text("2026-11-01"), "due": text("2026-12-31")})
	for i, names := range [][]string{{"梁志明", "植副主任"}, {"王队长"}, {"梁志明"}} {
		team, about := "bank", ident.Record{50}
		if i == 1 {
			team = "work_team"
		}
		if i == 2 {
			about = ident.Record{51}
		}
		c := village.Collected{Header: record.Header{ID: newID[ident.Record](w), Scope: at, Subject: ident.Subject{5}}, Task: task.ID, About: about, Team: team, Names: names, Day: "2026-11-10"}
		w.apply("officer", record.Act{Name: "x", Scope: at, Writes: []record.Write{c.Create()}})
	}
	for i := range 6 {
		w.green(at, ident.Subject{100, byte(i)}, 3)
	}
	w.green(at, u, 15)
	w.about(at, ident.Subject{100, 1}, "carbon", map[record.Field]record.Value{"carbon_item": text("solar"), "quantity": record.OfInt(3001), "grams": record.OfInt(1_610_336), "day": text("2026-11-01"), "policy": record.OfInt(1)})
	return branch
}

// green is a sheet that is good but for its solar power.
func (w *world) green(at ident.Scope, of ident.Subject, solar int64) {
	fields := map[record.Field]record.Value{"checked_on": text(w.now.Format(time.DateOnly))}
	for f, n := range map[record.Field]int64{"clean": 24, "planting": 14, "penned": 12, "organic": 15, "solar": solar, "project": 8} {
		fields[f], fields["photo_"+f] = record.OfInt(n), file(1, "image/png").Value()
	}
	w.about(at, of, "green", fields)
}

// TestVillageBoard: the page says n/5 and what shows each, names the indicator that fails the village, who is posted and who
// collected; an analyst sees neither the photo nor the money of the collective, and nobody a village that is not theirs.
func TestVillageBoard(t *testing.T) {
	w := newBoardedWorld(t, withFiles, withPapers)
	branch := w.board()
	at := string(w.village["富溪村"])
	liang := w.login("liang")
	got := liang.get("/villages/" + at)
	if path := os.Getenv("BOARD_HTML"); path != "" { // to look at it
		keepPage(t, path, got.body)
	}
	photo := "/villages/" + at + "/elements/" + branch.ID.String() + "/attachments/proof"
	htmlcheck.Run(t, got.body,
		htmlcheck.Text("#five .held b", "3/5"), htmlcheck.Count("#five li.held", 3), htmlcheck.Count("#five .ring path", 5),
		htmlcheck.Texts("#five li strong", "一支部", "一体机", "一特派", "一平台", "一授信"),
		htmlcheck.Texts("#five li .tag", "已有", "还没有", "已有", "已有", "还没到签约"),
		htmlcheck.Attr("#five li a", "href", "/console"+photo),
		htmlcheck.Text("#green .head .tag", "未达标：光伏养殖"), htmlcheck.Count("#green .bars tr", 9), htmlcheck.Count("#green .bars tr.fail.indicator", 1),
		htmlcheck.Texts("#posts li strong", "梁志明", "黎婉仪"),
		htmlcheck.Text("#tasks td.num", "2/401 户有几支队伍采集"), htmlcheck.Some("#figures dd"), htmlcheck.Text("#carbon b", "减碳 1610.33 公斤"),
	)
	for _, name := range []string{"植副主任", "王队长", "四会农商银行党支部", "2028-03-01"} {
		if !strings.Contains(got.body, name) {
			t.Errorf("%s is not named", name)
		}
	}
	if file := liang.get(photo); file.body != "f\x04" {
		t.Errorf("the photo is %q", file.body)
	}
	deng := w.login("deng")
	htmlcheck.Run(t, deng.get("/villages/"+at).body, htmlcheck.Text("#five .held b", "3/5"), htmlcheck.Text("#green .head .tag", "未达标：光伏养殖"),
		htmlcheck.None("#five li a"), htmlcheck.None("#figures"))
	if file := deng.get(photo); file.status != http.StatusNotFound {
		t.Errorf("an analyst is given the photo: %d", file.status)
	}
	he := w.login("he")
	for _, path := range []string{"/villages/" + string(w.village["大沙村"]), "/villages/unit:none", "/villages/" + string(w.village["大沙村"]) + "/elements/" + branch.ID.String() + "/attachments/proof"} {
		if got := he.get(path); got.status != http.StatusNotFound {
			t.Errorf("%s: %d", path, got.status)
		}
	}
	list := liang.get("/villages")
	htmlcheck.Run(t, list.body, htmlcheck.Attr("#villages tbody td.num a", "href", "/console/villages/"+at), htmlcheck.Text("#villages tbody td.num a", "3/5"), htmlcheck.Text("#villages tbody .tag", "未达标：光伏养殖"))
}

// TestFewAreNotTold: of four households nobody hears the points; once there are five they do, as soon as the scope moved.
func TestFewAreNotTold(t *testing.T) {
	w := newBoardedWorld(t, withPapers)
	at := w.village["大沙村"]
	for i := range 4 {
		w.green(at, ident.Subject{110, byte(i)}, 15)
	}
	liang := w.login("liang")
	get := func() page { return liang.get("/villages/" + string(at)) }
	htmlcheck.Run(t, get().body, htmlcheck.Text("#green .tag", "户数太少，不公布"), htmlcheck.None("#green .bars"))
	read := w.boardsRead
	get()
	if w.boardsRead != read {
		t.Error("a board is read again though nothing moved")
	}
	w.green(at, ident.Subject{110, 9}, 15)
	w.move(at)
	htmlcheck.Run(t, get().body, htmlcheck.Some("#green .bars"))
	w.now = w.now.AddDate(1, 1, 0)
	liang = w.login("liang")
	htmlcheck.Run(t, get().body, htmlcheck.Text("#green .tag", "还没有评分"))
}

// TestNoBoards: a console without them shows the list as it was.
func TestNoBoards(t *testing.T) {
	w := newWorld(t)
	b := w.login("liang")
	htmlcheck.Run(t, b.get("/villages").body, htmlcheck.None("#villages td.num a"))
	if got := b.get("/villages/" + string(w.village["富溪村"])); got.status != http.StatusNotFound {
		t.Errorf("%d", got.status)
	}
}

// keepPage writes a page that a browser can draw without the server.
func keepPage(t *testing.T, path, body string) {
	t.Helper()
	for _, name := range []string{"yuexin.css", "console.css"} {
		css := must(os.ReadFile("../../../assets/web/" + name))(t)
		body = strings.Replace(body, `<link rel="stylesheet" href="/console/assets/`+name+`">`, "<style>"+string(css)+"</style>", 1)
	}
	svg := must(os.ReadFile("../../../assets/web/icons.svg"))(t)
	body = strings.ReplaceAll(strings.Replace(body, "<body class=\"app\">", "<body class=\"app\"><div hidden>"+string(svg)+"</div>", 1), "/console/assets/icons.svg", "")
	if err := os.WriteFile(path, []byte(body), 0o600); err != nil {
		t.Fatal(err)
	}
}
