// SPDX-License-Identifier: Apache-2.0

package flow_test

import (
	"strings"
	"testing"

	"yuexin/agent/stage"
	"yuexin/shared/fault"
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

// TestBrokenIsPutAside: what is damaged is read in the tray with village, time and size, can be taken out as it is, and leaves
// with a reason only.
func TestBrokenIsPutAside(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	s.Tray.Break()
	list, err := s.Desk.Broken(ctx(), s.Tray)
	if err != nil || len(list) != 1 || !strings.Contains(list[0].Title, "富溪村") || list[0].Size == "" || list[0].When == "" {
		t.Fatalf("the tray holds %+v, %v", list, err)
	}
	data, err := list[0].Export()
	if err != nil || !strings.Contains(string(data), `"number": 7`) || !strings.Contains(string(data), `"sealed": "AAAA`) {
		t.Errorf("taken out it is %.200s, %v", data, err)
	}
	if err := list[0].PutAside(ctx(), s.Tray, ""); fault.From(err).Field != "reason" {
		t.Errorf("without a reason: %v", err)
	}
	if err := list[0].PutAside(ctx(), s.Tray, "已照纸质表重新登记"); err != nil {
		t.Fatal(err)
	}
	if list, err := s.Desk.Broken(ctx(), s.Tray); len(list) != 0 || err != nil || len(s.Tray.Reasons) != 1 {
		t.Errorf("afterwards %+v, %v, because of %q", list, err, s.Tray.Reasons)
	}
}
