// SPDX-License-Identifier: Apache-2.0

package flow_test

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yuexin/agent/device"
	"yuexin/agent/flow"
	"yuexin/agent/stage"
	"yuexin/shared/credit/consent"
	"yuexin/shared/credit/doorplate"
	"yuexin/shared/credit/forms"
	"yuexin/shared/credit/lending"
	"yuexin/shared/credit/outreach"
	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// ink is a picture of a signature.
func ink(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	img := image.NewGray(image.Rect(0, 0, 40, 20))
	img.SetGray(3, 3, color.Gray{Y: 255})
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func today(t *testing.T, s *stage.Stage) *flow.Today {
	t.Helper()
	x, err := s.Desk.Today(ctx(), "", flow.TodayShown)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func calledOn(lines []flow.TodayLine) (out []string) {
	for _, l := range lines {
		out = append(out, l.Title)
	}
	return out
}

func lineOf(t *testing.T, lines []flow.TodayLine, title string) flow.TodayLine {
	t.Helper()
	i := slices.IndexFunc(lines, func(l flow.TodayLine) bool { return l.Title == title })
	if i < 0 {
		t.Fatalf("%s is not in %v", title, calledOn(lines))
	}
	return lines[i]
}

// TestToday: whoever waits longest comes first, and it is said why; what is picked is a list of its own, in the officer's
// order, that another reading finds again.
func TestToday(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	x := today(t, s)
	if len(x.Picked) != 0 || len(x.Suggested) != 12 {
		t.Fatalf("picked %v, suggested %v", calledOn(x.Picked), calledOn(x.Suggested))
	}
	first := x.Suggested[0]
	if first.Title != "陈志明" || first.Band != "严重超期" || first.Tone != flow.Wrong || !strings.HasPrefix(first.Reasons[0], "办理已超期 ") || first.Where != "富溪村 第二组 5号" {
		t.Errorf("first is %+v", first)
	}
	chen := lineOf(t, x.Suggested, "陈秀英")
	if !slices.Contains(lineOf(t, x.Suggested, "植健文").Reasons, "缺 1 项：户主身份证号") || !slices.Contains(chen.Reasons, "还没有走访过") {
		t.Errorf("%s: %q", chen.Title, chen.Reasons)
	}
	for _, title := range []string{"陈秀英", "陈志明", "植健文"} {
		if err := x.Pick(ctx(), lineOf(t, x.Suggested, title)); err != nil {
			t.Fatal(err)
		}
		x = today(t, s)
	}
	if diff := cmp.Diff([]string{"陈秀英", "陈志明", "植健文"}, calledOn(x.Picked)); diff != "" {
		t.Errorf("picked (-want +got):\n%s", diff)
	}
	if err := x.Move(ctx(), 2, -1); err != nil {
		t.Fatal(err)
	}
	if err := x.Move(ctx(), 0, -1); err != nil { // up from the top
		t.Fatal(err)
	}
	x = today(t, s)
	if err := x.Drop(ctx(), lineOf(t, x.Picked, "陈秀英")); err != nil {
		t.Fatal(err)
	}
	x = today(t, s)
	if diff := cmp.Diff([]string{"植健文", "陈志明"}, calledOn(x.Picked)); diff != "" {
		t.Errorf("moved (-want +got):\n%s", diff)
	}
	if len(x.Suggested) != 10 || x.Picked[0].State != flow.VisitPlanned {
		t.Errorf("suggested %v", calledOn(x.Suggested))
	}
	if y, err := s.Colleague().Today(ctx(), "", 3); err != nil || len(y.Picked) != 0 || len(y.Suggested) != 3 || y.More != 9 {
		t.Errorf("a colleague's list: %v %v", y, err)
	}
	s.At(stage.Now.Add(24 * time.Hour))
	if x = today(t, s); len(x.Picked) != 0 {
		t.Errorf("the next day: %v", calledOn(x.Picked))
	}
}

// visitOf reads a visit.
func visitOf(t *testing.T, d *flow.Desk, id ident.Record) *flow.Visit {
	t.Helper()
	x, err := d.Visit(ctx(), id)
	if err != nil {
		t.Fatal(err)
	}
	return x
}

func lacks(x *flow.Visit) string {
	var out []string
	for _, s := range x.Steps {
		if s.Needed && !s.Done {
			out = append(out, string(s.Step))
		}
	}
	return strings.Join(out, " ")
}

func begin(t *testing.T, s *stage.Stage, of ident.Record, purpose string, second ident.Actor, name string) ident.Record {
	t.Helper()
	id, err := s.Desk.BeginVisit(ctx(), of, flow.VisitStart{Purpose: purpose, Second: second, With: name})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

var found = device.Fix{Lat: 230469470, Lon: 1124650120, Accuracy: 8, Source: device.FromNMEA, At: stage.Now}

// must fails the test with an error.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// walk does every step of a visit but the companion's signature, in an order of its own.
func walk(t *testing.T, s *stage.Stage, id ident.Record) {
	t.Helper()
	d := s.Desk
	must(t, visitOf(t, d, id).SignResident(ctx(), ink(t)))
	x := visitOf(t, d, id)
	must(t, d.Attach(ctx(), x.Photos, "photo", bytes.NewReader(stage.Door(color.White))))
	form, err := visitOf(t, d, id).Form(ctx())
	must(t, err)
	for path, text := range map[string]string{"visit_result": "done", "visit_found": "crops,stock", "next_on": "2026-12-01"} {
		must(t, form.Session.Set(path, text))
	}
	_, _, err = form.Save(ctx())
	must(t, err)
	must(t, visitOf(t, d, id).Locate(ctx(), found.Answer()))
	must(t, visitOf(t, d, id).Acknowledge(ctx(), "陈秀英", ink(t)))
}

// TestVisit: two officers visit a household about its demand, without a network. Every step stays where it was done; what
// lacks is told; both sign the same, and what is changed afterwards has to be signed again; then the visit is closed, and
// the demand has been visited.
func TestVisit(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	x0 := today(t, s)
	must(t, x0.Pick(ctx(), lineOf(t, x0.Suggested, "陈秀英")))
	planned := today(t, s).Picked[0].Visit
	id := begin(t, s, stage.Chen, "demand", stage.Other, "李金华")
	if again := begin(t, s, stage.Chen, "demand", stage.Other, "李金华"); id != planned || again != id {
		t.Errorf("planned %v, begun %v, pressed twice %v", planned, id, again)
	}
	x := visitOf(t, s.Desk, id)
	if got := lacks(x); got != "letter position photo form resident second" || x.Ready || x.Title != "陈秀英" || x.With != "李金华" {
		t.Fatalf("at the start: %q, %+v", got, x)
	}
	if x.Letter != "致服务对象的一封信" || len(x.Text) != 7 || len(x.Consents) != 2 || x.Consents[0].Until == "" {
		t.Errorf("letter %q of %d paragraphs, consents %+v", x.Letter, len(x.Text), x.Consents)
	}
	if err := x.Sign(ctx(), s.Colleague()); keyOf(err) != "outreach.lacks" {
		t.Errorf("signed before it was done: %v", err)
	}
	if _, err := x.End(ctx()); keyOf(err) != "outreach.lacks" {
		t.Errorf("ended before it was done: %v", err)
	}

	walk(t, s, id)
	x = visitOf(t, s.Desk, id) // as after a start of the laptop: nothing is held but what was written
	if got := lacks(x); got != "second" || x.Position != "23.046947, 112.465012 · 误差约 8 米" {
		t.Fatalf("lacks %q; at %q", got, x.Position)
	}
	if check := x.Photos.Lines[0].CheckValue(); len(check) != 19 || x.Photos.Lines[1].CheckValue() != "" {
		t.Errorf("check value %q", check)
	}
	if err := x.Sign(ctx(), s.Desk); keyOf(err) != "agent.visit.not_second" {
		t.Errorf("signed by who leads: %v", err)
	}
	must(t, x.Sign(ctx(), s.Colleague()))
	if x = visitOf(t, s.Desk, id); !x.Ready {
		t.Fatalf("lacks %q after both signed", lacks(x))
	}
	must(t, x.Locate(ctx(), forms.Fix{Lat: 23_000_000, Lon: 112_000_000, Source: forms.FixTyped}))
	x = visitOf(t, s.Desk, id)
	if got := lacks(x); got != "second" || !x.Steps[7].Stale || x.Steps[1].Text != "23.000000, 112.000000 · 手工输入" {
		t.Errorf("after a change: %q, %+v", got, x.Steps[7])
	}
	must(t, x.Sign(ctx(), s.Colleague()))

	theirs := visitOf(t, s.Colleague(), id)
	if _, err := theirs.End(ctx()); keyOf(err) != "agent.visit.not_leader" || theirs.Check != visitOf(t, s.Desk, id).Check {
		t.Errorf("ended by who accompanies: %v", err)
	}
	s.At(stage.Now.Add(40 * time.Minute))
	if _, err := visitOf(t, s.Desk, id).End(ctx()); err != nil {
		t.Fatal(err)
	}
	ended(t, s, id)
}

// ended checks a visit that was closed.
func ended(t *testing.T, s *stage.Stage, id ident.Record) {
	t.Helper()
	x := visitOf(t, s.Desk, id)
	if x.Ended != "2026年11月22日 10:10" && !strings.Contains(x.Ended, "10:10") || x.Ready || lacks(x) != "" {
		t.Errorf("ended at %q, lacks %q", x.Ended, lacks(x))
	}
	for name, err := range map[string]error{
		"letter": x.Acknowledge(ctx(), "陈秀英", ink(t)), "place": x.Locate(ctx(), found.Answer()), "signature": x.SignResident(ctx(), ink(t)),
		"consent": x.Agree(ctx(), "finance", "陈秀英", ink(t)), "companion": x.Sign(ctx(), s.Colleague()),
	} {
		if !fault.Is(err, fault.Conflict) {
			t.Errorf("%s after the end: %v", name, err)
		}
	}
	ends, err := s.Desk.Store.List(ctx(), record.Query{Kind: outreach.KindEnd})
	if err != nil || len(ends) != 1 {
		t.Fatalf("%d entries: %v", len(ends), err)
	}
	row, err := s.Desk.Store.Get(ctx(), id)
	must(t, err)
	signs, err := s.Desk.Store.List(ctx(), record.Query{Kind: outreach.KindSign})
	must(t, err)
	signed := slices.MaxFunc(signs, func(a, b record.Row) int { return int(int64(a.Version) - int64(b.Version)) }) // the second, after the change
	end := ends[0]
	if row.Int("stayed") != 40 || len(end.Value("files").Set()) != 2 || len(end.Value("consents").Set()) != 2 ||
		string(end.Value("second_sign").Bytes()) != string(signed.Header.ID.Bytes()) || string(end.Value("statement").Bytes()) != string(signed.Value("statement").Bytes()) {
		t.Errorf("stayed %d; entry %+v", row.Int("stayed"), end)
	}
	if dm, err := s.Desk.Demand(ctx(), stage.Demand); err != nil || dm.State != "已走访" {
		t.Errorf("the demand is %v: %v", dm, err)
	}
	if y := today(t, s); y.Picked[0].State != flow.VisitEnded || y.Picked[0].Begun != "09:30" {
		t.Errorf("on the list: %+v", y.Picked[0])
	}
}

func keyOf(err error) string {
	if err == nil {
		return ""
	}
	return fault.From(err).Key
}

// TestVisitRefuses: what cannot begin or be noted says why.
func TestVisitRefuses(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	for name, tt := range map[string]struct {
		start flow.VisitStart
		want  string
	}{
		"for nothing":                   {flow.VisitStart{}, "agent.visit.purpose"},
		"about a loan, alone":           {flow.VisitStart{Purpose: "demand"}, "agent.visit.with_whom"},
		"with oneself":                  {flow.VisitStart{Purpose: "rating", Second: stage.Me}, "agent.visit.with_whom"},
		"with somebody who cannot sign": {flow.VisitStart{Purpose: "rating", With: "村民"}, "agent.visit.with_whom"},
	} {
		if _, err := s.Desk.BeginVisit(ctx(), stage.Chen, tt.start); keyOf(err) != tt.want {
			t.Errorf("%s: %v, want %s", name, err, tt.want)
		}
	}
	if _, err := s.Desk.BeginVisit(ctx(), ident.Record{9}, flow.VisitStart{Purpose: "file"}); !fault.Is(err, fault.NotFound) {
		t.Errorf("to nobody: %v", err)
	}
	id := begin(t, s, stage.Li, "file", ident.Actor{}, "黄伟强")
	x := visitOf(t, s.Desk, id)
	if got := lacks(x); got != "letter position photo form resident" {
		t.Errorf("to file, alone: %q", got)
	}
	for name, err := range map[string]error{
		"uikit.signature.empty": x.SignResident(ctx(), nil), "agent.visit.giver": x.Acknowledge(ctx(), " ", ink(t)),
		"form.gps.coarse": x.Locate(ctx(), forms.Fix{Accuracy: 900, Source: forms.FixGNSS}), "agent.visit.not_second": x.Sign(ctx(), s.Colleague()),
		"consent.giver": x.Agree(ctx(), "finance", " ", ink(t)),
	} {
		if keyOf(err) != name {
			t.Errorf("%v, want %s", err, name)
		}
	}
	if err := x.Accompany(ctx(), stage.Other, "李金华"); err != nil || lacks(visitOf(t, s.Desk, id)) != "letter position photo form resident second" {
		t.Errorf("accompanied: %v, lacks %q", err, lacks(visitOf(t, s.Desk, id)))
	}
	if err := visitOf(t, s.Desk, id).Accompany(ctx(), ident.Actor{}, ""); err != nil || lacks(visitOf(t, s.Desk, id)) != "letter position photo form resident" {
		t.Errorf("alone again: %v", err)
	}
	y := today(t, s)
	if err := y.Drop(ctx(), lineOf(t, y.Picked, "李志强")); !fault.Is(err, fault.Conflict) {
		t.Errorf("dropped although it has begun: %v", err)
	}
	loan := begin(t, s, stage.Chen, "demand", stage.Other, "李金华")
	if err := visitOf(t, s.Desk, loan).Accompany(ctx(), ident.Actor{}, ""); keyOf(err) != "agent.visit.with_whom" {
		t.Errorf("a loan visit became one of one person: %v", err)
	}
	must(t, visitOf(t, s.Desk, loan).TakeBack(ctx()))
	if y = today(t, s); len(y.Picked) != 1 {
		t.Errorf("taken back, but still there: %v", calledOn(y.Picked))
	}
	must(t, visitOf(t, s.Desk, id).Locate(ctx(), found.Answer()))
	if err := visitOf(t, s.Desk, id).TakeBack(ctx()); !fault.Is(err, fault.Conflict) {
		t.Errorf("taken back although something was done: %v", err)
	}
	s.At(stage.Now.Add(30 * time.Hour))
	if y = today(t, s); len(y.Picked) != 1 || y.Picked[0].State != flow.VisitBegun {
		t.Errorf("left open overnight: %+v", y.Picked)
	}
}

// TestVisitAbsent: of somebody who was not at home no more is asked than where it was, a photo, and what came of it.
func TestVisitAbsent(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	id := begin(t, s, stage.Shop, "follow_up", ident.Actor{}, "")
	form, err := visitOf(t, s.Desk, id).Form(ctx())
	must(t, err)
	must(t, form.Session.Set("visit_result", "absent"))
	_, _, err = form.Save(ctx())
	must(t, err)
	x := visitOf(t, s.Desk, id)
	if got := lacks(x); got != "position photo" {
		t.Errorf("lacks %q", got)
	}
	must(t, x.Locate(ctx(), found.Answer()))
	must(t, s.Desk.Attach(ctx(), visitOf(t, s.Desk, id).Photos, "photo", bytes.NewReader(stage.Door(color.White))))
	if _, err := visitOf(t, s.Desk, id).End(ctx()); err != nil {
		t.Error(err)
	}
}

// TestAgree: a consent that was signed on the screen is one, with the signature.
func TestAgree(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	id := begin(t, s, stage.Shop, "file", ident.Actor{}, "")
	x := visitOf(t, s.Desk, id)
	if c := x.Consents; len(c) != 2 || c[0].Purpose != "merchant_file" || c[0].Until == "" || c[1].Purpose != "finance" || c[1].Until != "" || !strings.Contains(c[1].Wording, "示例农村商业银行") {
		t.Fatalf("consents %+v", c)
	}
	must(t, x.Agree(ctx(), "finance", "黄桂芳", ink(t)))
	if c := visitOf(t, s.Desk, id).Consents[1]; c.Until == "" {
		t.Errorf("after it was given: %+v", c)
	}
	rows, err := s.Desk.Store.List(ctx(), record.Query{Kind: "consent", Newest: true, Limit: 1})
	must(t, err)
	if rows[0].Text("given") != "signature" || rows[0].Text("giver") != "黄桂芳" || rows[0].Value("signature").IsNone() {
		t.Errorf("consent %+v", rows[0].Fields)
	}
}

// TestTodayAtTheDoor: who asked at a door without proving who they are is found at the household behind its plate, on its page too.
func TestTodayAtTheDoor(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	line := lineOf(t, today(t, s).Suggested, "植健文")
	home, err := s.Desk.Store.Get(ctx(), line.Of)
	if err != nil {
		t.Fatal(err)
	}
	apply := func(store record.Store, act record.Act, err error) {
		t.Helper()
		if err == nil {
			_, err = store.Apply(ctx(), act)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	handle, now := doorplate.Handle{9}, s.Desk.Now()
	plate := record.Header{ID: ident.Record{9}, Kind: "plate", Scope: home.Header.Scope, Subject: ident.Subject{9}}
	apply(s.As(stage.Desk, "desk"), record.Act{Name: "plate.add", Scope: plate.Scope, Writes: []record.Write{{Op: record.Create, Header: plate, Fields: map[record.Field]record.Value{
		"handle": record.OfBytes(handle[:]), "plate_state": record.OfText("bound"), "household": record.OfBytes(line.Of.Bytes()),
	}}}}, nil)
	number, err := s.Desk.Numbers()
	if err != nil {
		t.Fatal(err)
	}
	given, err := s.Desk.Book.Consent.Give(consent.Consent{Purpose: lending.Purpose, Recipient: ident.Org{7}, Given: consent.Tap}, now)
	if err != nil {
		t.Fatal(err)
	}
	by := lending.Author{Role: "resident", Source: record.SelfDeclared, NowMS: now.UnixMilli(), Random: s}
	act, _, err := s.Desk.Book.Lending.NewDemand(by, lending.Demand{
		Header: record.Header{Scope: plate.Scope}, Receipt: number, Channel: "phone", Via: "plate", Plate: handle, Applicant: "示例路人",
		Contact: lending.ContactVillage, Asked: 10_000_00, TermMonths: 12, Purpose: "planting",
	}, given)
	apply(s.As(ident.Actor{}, "resident"), act, err)
	if after := lineOf(t, today(t, s).Suggested, "植健文"); len(after.Reasons) <= len(line.Reasons) {
		t.Errorf("before the demand %q, after it %q", line.Reasons, after.Reasons)
	}
}
