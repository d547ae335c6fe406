// SPDX-License-Identifier: Apache-2.0

package flow_test

import (
	"strings"
	"testing"

	"yuexin/agent/stage"
	"yuexin/shared/i18n"
)

func TestTray(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	refuse(t, s, newHousehold)
	list, err := s.Desk.Returns(ctx(), s.Tray)
	if err != nil || len(list) != 1 {
		t.Fatalf("got %v, %v", list, err)
	}
	r := list[0]
	if r.Title != "周小梅 登记农户" || !r.Correctable || !strings.Contains(r.Reason, "不在可选范围内") || r.Hint == "" {
		t.Errorf("got %+v", r)
	}
	e, err := s.Desk.Correct(ctx(), s.Tray, r)
	if err != nil {
		t.Fatal(err)
	}
	if got := e.Session.Text("head_name"); got != "周小梅" {
		t.Errorf("refilled %q", got)
	}
	fill(t, e, map[string]string{"main_trade": "business"})
	id, _, err := e.Save(ctx())
	if err != nil {
		t.Fatal(err)
	}
	if x, err := s.Desk.Detail(ctx(), id); err != nil || x.Title != "周小梅" {
		t.Errorf("got %v, %v", x, err)
	}
	if list, _ = s.Desk.Returns(ctx(), s.Tray); len(list) != 0 {
		t.Errorf("still in the tray: %v", list)
	}
}

func TestTrayGiveUp(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	refuse(t, s, newHousehold)
	list, err := s.Desk.Returns(ctx(), s.Tray)
	if err != nil {
		t.Fatal(err)
	}
	if err := list[0].GiveUp(ctx(), s.Tray); err != nil {
		t.Fatal(err)
	}
	if list, _ = s.Desk.Returns(ctx(), s.Tray); len(list) != 0 {
		t.Errorf("still in the tray: %v", list)
	}
}

// TestTrayOfATakenVillage: what the device cannot show any more is told of, and can be
// given up and not corrected.
func TestTrayOfATakenVillage(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	s.Tray.Seal()
	list, err := s.Desk.Returns(ctx(), s.Tray)
	if err != nil || len(list) != 1 {
		t.Fatalf("got %v, %v", list, err)
	}
	r := list[0]
	if r.Correctable || len(r.Fields) > 0 || !strings.Contains(r.Reason, "封存") || r.Hint == "" || r.Title == "" || r.When == "" {
		t.Errorf("got %+v", r)
	}
	if err := r.GiveUp(ctx(), s.Tray); err != nil {
		t.Fatal(err)
	}
}
