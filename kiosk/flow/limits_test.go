// SPDX-License-Identifier: Apache-2.0

package flow_test

import (
	"strings"
	"testing"

	"yuexin/kiosk/flow"
	"yuexin/kiosk/flow/flowtest"
	"yuexin/shared/credit/myfile"
	"yuexin/shared/fault"
)

// TestLimitsArePutUp: who is to have a limit is read at the kiosk without a network, through the last day of the notice; whoever objects
// says why and not who they are, and the line says then that somebody objects, and what became of it.
func TestLimitsArePutUp(t *testing.T) {
	s := stage(t)
	f := s.Flow
	f.SetTroubles([]flow.Trouble{flow.NoLink})
	if up, err := f.Limits(); err != nil || len(up) != 0 {
		t.Fatalf("before anything is put up: %+v, %v", up, err)
	}
	if err := s.PutUpLimits(flowtest.Fuxi, "陈*英", "李*强", "黄*芳"); err != nil {
		t.Fatal(err)
	}
	f.OpenTold()
	f.OpenLimits()
	at(t, f, flow.Limits)
	up, err := f.Limits()
	if err != nil || len(up) != 3 || up[0].Name != "陈*英" || up[0].Objected {
		t.Fatalf("put up: %+v, %v", up, err)
	}
	object := func(line flow.LimitLine) {
		t.Helper()
		f.DoubtLimit(line)
		at(t, f, flow.LimitDoubt)
		if err := f.SayLimitDoubt("because"); fault.From(err).Key != "wholevillage.object.why" {
			t.Errorf("a reason that is none: %v", err)
		}
		if err := f.SayLimitDoubt("wrong_facts"); err != nil {
			t.Fatal(err)
		}
		at(t, f, flow.Limits)
	}
	object(up[0])
	object(up[1])
	if up, err = f.Limits(); err != nil || !up[0].Objected || !up[1].Objected || up[2].Objected {
		t.Fatalf("objected: %+v, %v", up, err)
	}
	for i, right := range []bool{true, false} {
		if err := s.AnswerLimit(up[i].Limit, right); err != nil {
			t.Fatal(err)
		}
	}
	if up, err = f.Limits(); err != nil || !up[0].Right || up[0].Objected || !up[1].Kept || up[1].Right {
		t.Errorf("answered: %+v, %v", up, err)
	}
	f.DoubtLimit(up[2])
	s.Time = s.Time.AddDate(0, 0, 7)
	if err := f.SayLimitDoubt("other"); fault.From(err).Key != "kiosk.doubt.over" {
		t.Errorf("after the last day: %v", err)
	}
	if up, err = f.Limits(); err != nil || len(up) != 0 {
		t.Errorf("after its last day: %+v, %v", up, err)
	}
}

// TestOwnLimit: what a household may ask for is shown on its file, to whoever has its card and PIN and to nobody before that; after its last
// day no more.
func TestOwnLimit(t *testing.T) {
	for name, tt := range map[string]struct {
		until string
		shown bool
	}{"stands": {"2026-11-22", true}, "is over": {"2026-11-21", false}} {
		t.Run(name, func(t *testing.T) {
			s := stage(t)
			s.Limit = &myfile.Limit{Amount: 8_000_000, Until: tt.until}
			card, err := s.FileCard()
			if err != nil {
				t.Fatal(err)
			}
			s.Flow.Scan(card.QR())
			if p := s.Flow.FilePage(); p.Limit != "" || p.Name != "" {
				t.Errorf("before the PIN: %+v", p)
			}
			s.Flow.EnterPIN(flowtest.PIN)
			s.Flow.TurnFile(100)
			if p := s.Flow.FilePage(); !p.Missing || strings.Contains(p.Limit, "8万元") != tt.shown {
				t.Errorf("the last page says %q", p.Limit)
			}
		})
	}
}
