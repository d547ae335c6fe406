// SPDX-License-Identifier: Apache-2.0

package flow_test

import (
	"strings"
	"testing"
	"time"

	"yuexin/kiosk/flow"
	"yuexin/kiosk/flow/flowtest"
	"yuexin/shared/credit/myfile"
	"yuexin/shared/fault"
	"yuexin/shared/sync/record"
)

// fileCard is a file card on stage.
func fileCard(t *testing.T, s *flowtest.Stage) myfile.Card {
	t.Helper()
	card, err := s.FileCard()
	if err != nil {
		t.Fatal(err)
	}
	return card
}

// opened opens the file of a card.
func opened(t *testing.T, s *flowtest.Stage) {
	t.Helper()
	s.Flow.Scan(fileCard(t, s).QR())
	at(t, s.Flow, flow.PIN)
	s.Flow.EnterPIN(flowtest.PIN)
	at(t, s.Flow, flow.File)
}

func problem(f *flow.Flow) string {
	if f.Problem() == nil {
		return ""
	}
	return f.Problem().Key
}

// everything returns all that the pages of an open file say.
func everything(f *flow.Flow) string {
	var b strings.Builder
	for n := 1; ; n++ {
		p := f.FilePage()
		b.WriteString(p.Name + p.Title + p.AsOf + strings.Join(p.Must, " "))
		for _, o := range p.Said {
			b.WriteString(" " + o.Label + " " + o.What + " " + o.State)
		}
		for _, l := range p.Lines {
			b.WriteString(" " + l.Label + "=" + l.Value + " " + l.From + l.Disputed)
		}
		if n == p.All {
			return b.String()
		}
		f.TurnFile(1)
	}
}

// TestFileIsShown: card and PIN show what is recorded, from whom, since when, what is in dispute and what is missing.
func TestFileIsShown(t *testing.T) {
	s := stage(t)
	opened(t, s)
	text := everything(s.Flow)
	for _, want := range []string{
		"陈秀英", "4412**********0004", "19900008888", "水稻", "6.5", "3万元", "5万元", "本人填的，2026年10月13日", "银行核实，2026年11月10日", "2026年11月22日 07:30",
		"家庭成员 1", "陈小明", "我提过的异议", "应该是“19900009999”", "正在核查，2026年12月9日前答复", "户口簿上是 4 人", "过了答复的日子", "还缺什么", "主要经营",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not said in %s", want, text)
		}
	}
	s.Flow.SwitchLanguage()
	if p := s.Flow.FilePage(); !strings.Contains(p.AsOf, "last online") {
		t.Errorf("in English: %+v", p)
	}
}

// TestCardTyped: the code of a card can be typed; one with a slip, a strange one and a dead one are explained where they are typed.
func TestCardTyped(t *testing.T) {
	s := stage(t)
	card := fileCard(t, s)
	strange, err := myfile.NewCard(s.World.Random)
	if err != nil {
		t.Fatal(err)
	}
	s.Flow.Open(flow.Mine)
	s.Flow.Open(flow.MineCode)
	for text, want := range map[string]string{"Z" + card.Code()[1:]: "myfile.card.slip", strange.Code(): "myfile.none"} {
		if err := s.Flow.ShowCard(text); fault.From(err).Key != want || problem(s.Flow) != want {
			t.Errorf("%s: %v", want, err)
		}
		at(t, s.Flow, flow.MineCode)
	}
	if err := s.Flow.ShowCard(strings.ToLower(card.Code())); err != nil {
		t.Fatal(err)
	}
	at(t, s.Flow, flow.PIN)
	if err := s.EndCard(card); err != nil {
		t.Fatal(err)
	}
	s.Flow.Clear()
	s.Flow.Scan(card.QR())
	at(t, s.Flow, flow.Mine)
	if problem(s.Flow) != "myfile.dead" {
		t.Errorf("a dead card: %s", problem(s.Flow))
	}
}

// TestWrongPIN: a wrong PIN shows nothing, is counted before it is looked at, waits longer each time and locks the card on this
// machine; another visit and another day change nothing of that, a right PIN before the lock does.
func TestWrongPIN(t *testing.T) {
	s := stage(t)
	card := fileCard(t, s)
	try := func(pin string) string {
		s.Flow.Clear()
		s.Flow.Scan(card.QR())
		if s.Flow.Route() == flow.PIN {
			s.Flow.EnterPIN(pin)
		}
		return problem(s.Flow)
	}
	for n := range 4 {
		if got := try("830518"); got != "myfile.pin.wrong" || s.Flow.FilePage().Name != "" {
			t.Errorf("try %d: %s", n+1, got)
		}
	}
	if left, wrong := s.Flow.TriesLeft(); left != 6 || !wrong {
		t.Errorf("%d tries are left", left)
	}
	if got := try(flowtest.PIN); got != "kiosk.pin.slow" {
		t.Errorf("the right PIN right after: %s", got)
	}
	s.Pass(time.Minute)
	if got := try(flowtest.PIN); got != "" {
		t.Errorf("after the wait: %s", got)
	}
	at(t, s.Flow, flow.File)
	for n := 1; n <= 10; n++ {
		s.Time = s.Time.Add(2 * time.Hour)
		want := "myfile.pin.wrong"
		if n == 10 {
			want = "kiosk.pin.locked"
		}
		if got := try("830518"); got != want {
			t.Errorf("try %d: %s", n, got)
		}
	}
	s.Time = s.Time.AddDate(1, 0, 0)
	if got := try(flowtest.PIN); got != "kiosk.pin.locked" {
		t.Errorf("a year later: %s", got)
	}
	at(t, s.Flow, flow.Mine)
	s.Disk.Acts = true
	other := fileCard(t, s)
	s.Flow.Scan(other.QR())
	if s.Flow.EnterPIN(flowtest.PIN); problem(s.Flow) != "kiosk.full" || s.Flow.FilePage().Name != "" {
		t.Errorf("a try that cannot be counted: %s", problem(s.Flow))
	}
}

// TestFileIsForgotten: nothing of a file is there after its person left, was away, or came back with another card while a PIN was
// being looked at.
func TestFileIsForgotten(t *testing.T) {
	s := stage(t)
	gone := func(how string) {
		t.Helper()
		if p := s.Flow.FilePage(); p.Name != "" || len(p.Lines) > 0 || s.Flow.Objecting().Value != "" || s.Flow.Sample() {
			t.Errorf("%s, and the file is there: %+v", how, p)
		}
		at(t, s.Flow, flow.Start)
	}
	opened(t, s)
	s.Flow.Leave()
	gone("left")
	opened(t, s)
	s.Flow.Back()
	gone("went back")
	opened(t, s)
	s.Pass(s.Flow.Mode().Patience())
	s.Pass(s.Flow.Mode().Countdown())
	gone("away")

	var done func()
	s.Flow.Work = func(work, then func()) { work(); done = then }
	s.Flow.Scan(fileCard(t, s).QR())
	s.Flow.EnterPIN(flowtest.PIN)
	if !s.Flow.Opening() {
		t.Error("the PIN is not being looked at")
	}
	s.Flow.EnterPIN(flowtest.PIN) // pressed twice
	s.Flow.Clear()
	done()
	gone("left while it was opened")
	s.Flow.Open(flow.Mine)
	s.Flow.Scan(fileCard(t, s).QR())
	s.Flow.EnterPIN(flowtest.PIN)
	s.Flow.Back()
	done()
	at(t, s.Flow, flow.Mine)
	if s.Flow.FilePage().Name != "" {
		t.Error("the file is there for whoever stands there now")
	}
}

// TestObjection: what is said of a value is handed in sealed, with a receipt that the machine knows by its number, and the file
// stays open.
func TestObjection(t *testing.T) {
	s := stage(t)
	f := s.Flow
	opened(t, s)
	line := f.FilePage().Lines[2]
	f.ObjectTo(line)
	at(t, f, flow.Object)
	if f.Objecting().Value != "19900008888" {
		t.Fatalf("objecting to %+v", f.Objecting())
	}
	if err := f.Object(myfile.Correct); err != nil {
		t.Fatal(err)
	}
	at(t, f, flow.Right)
	if err := f.HandInObjection("  "); fault.From(err).Key != "myfile.wanted.none" {
		t.Errorf("a correction without the right value: %v", err)
	}
	s.Disk.Acts = true
	if err := f.HandInObjection("19900009999"); err == nil || !f.Full() {
		t.Errorf("on a full disk: %v", err)
	}
	s.Disk.Acts = false
	if err := f.HandInObjection("19900009999"); err != nil {
		t.Fatal(err)
	}
	at(t, f, flow.Done)
	r := f.Receipt()
	if r.Task != flow.Objection || r.Number == "" || r.Pairs[1] != "2026年12月12日" {
		t.Errorf("receipt %+v", r)
	}
	rows, err := s.Desk.List(t.Context(), record.Query{Kind: myfile.KindObjection})
	if err != nil || len(rows) != 1 {
		t.Fatalf("%d objections, %v", len(rows), err)
	}
	o := myfile.ObjectionOf(rows[0])
	if o.Field != "phone" || o.OfKind != "household" || o.Stood != "19900008888" || o.Wanted != "19900009999" || o.Kind != myfile.Correct ||
		o.Receipt != string(r.Number) || o.Header.Subject.IsZero() || o.Of.IsZero() {
		t.Errorf("objection %+v", o)
	}
	if rows, err := s.World.Store.List(t.Context(), record.Query{Kind: myfile.KindObjection}); err != nil || len(rows) > 0 && rows[0].Text("wanted") != "" {
		t.Errorf("the kiosk reads it back: %v, %v", rows, err)
	}
	f.BackToFile()
	at(t, f, flow.File)
	f.ObjectTo(f.FilePage().Lines[0])
	if err := f.Object(myfile.NotMine); err != nil {
		t.Fatal(err)
	}
	at(t, f, flow.Done)
	f.Clear()
	f.Open(flow.Ask)
	if err := f.AskState(string(r.Number)); err != nil {
		t.Errorf("the number of the receipt: %v", err)
	}
}
