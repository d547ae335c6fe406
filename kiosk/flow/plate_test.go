// SPDX-License-Identifier: Apache-2.0

package flow_test

import (
	"crypto/ed25519"
	"strings"
	"testing"

	"yuexin/kiosk/flow"
	"yuexin/kiosk/flow/flowtest"
	"yuexin/shared/credit/doorplate"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
)

func TestPlates(t *testing.T) {
	s := stage(t)
	renewed, err := s.AddPlate(flowtest.Fuxi, "一组", "90号", "bound", ident.Record{})
	if err != nil {
		t.Fatal(err)
	}
	for _, state := range []string{"void", "replaced"} {
		next := ident.Record{}
		if state == "replaced" {
			next = renewed
		}
		if _, err := s.AddPlate(flowtest.Fuxi, "一组", "90号", state, next); err != nil {
			t.Fatal(err)
		}
	}
	stranger := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	token := func(text string, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	good := token(s.Token(s.Door[door]))
	for _, void := range []doorplate.Handle{{2}, s.Door["富溪村一组3号"], s.Door["replaced"]} {
		if err := s.Void(void); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		name, scan string
		want       string // key of the refusal, "" for a place
		place      string
	}{
		{"good", good, "", "富溪村 三组12号"},
		{"as some scanners type it", "  " + strings.ToLower(good) + "\r", "", "富溪村 三组12号"},
		{"void in a village that is not here", token(s.Token(doorplate.Handle{2})), "kiosk.plate.void", ""},
		{"void as of now", token(s.Token(s.Door["富溪村一组3号"])), "kiosk.plate.void", ""},
		{"void", token(s.Token(s.Door["void"])), "kiosk.plate.void", ""},
		{"replaced", token(s.Token(s.Door["replaced"])), "", "富溪村 一组90号"},
		{"of another village", token(s.Token(doorplate.Handle{1})), "kiosk.plate.elsewhere", ""},
		{"signed by a stranger", token(flowtest.Sign(s.Door[door], stranger)), "kiosk.plate.stale", ""},
		{"one character changed", changed(good), "kiosk.plate.forged", ""},
		{"cut short", good[:len(good)-9], "kiosk.plate.damaged", ""},
		{"the police's", "https://police.example.cn/code?id=4412", "kiosk.plate.foreign", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s.Flow.Clear()
			s.Flow.Scan(tt.scan)
			if tt.want == "" {
				at(t, s.Flow, flow.Place)
				if got := s.Flow.SpotName(); got != tt.place {
					t.Errorf("the place is %q, want %q", got, tt.place)
				}
				return
			}
			at(t, s.Flow, flow.Plate)
			if got := s.Flow.Refused().Key; got != tt.want {
				t.Errorf("refused with %s, want %s", got, tt.want)
			}
			if message, hint := s.Flow.Printer().Explain(s.Flow.Refused()); message == "" || hint == "" {
				t.Errorf("told %q, %q", message, hint)
			}
		})
	}
}

// changed exchanges one character inside the signature.
func changed(token string) string {
	i := len(token) - 20
	other := "A"
	if token[i] == 'A' {
		other = "B"
	}
	return token[:i] + other + token[i+1:]
}

func TestCodes(t *testing.T) {
	s := stage(t)
	code := doorplate.CodeOf(s.Door[door]).String()
	tests := []struct{ name, typed, want string }{
		{"nothing", "", "doorplate.code.length"},
		{"short", code[:5], "doorplate.code.length"},
		{"wrong check", code[:8] + map[bool]string{true: "7", false: "8"}[code[8] != '7'], "doorplate.code.check"},
		{"of another village", doorplate.CodeOf(doorplate.Handle{5}).String(), "kiosk.code.unknown"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s.Flow.Clear()
			s.Flow.Open(flow.Code)
			err := s.Flow.EnterCode(tt.typed)
			if got := fault.From(err).Key; got != tt.want {
				t.Errorf("refused with %s, want %s", got, tt.want)
			}
			at(t, s.Flow, flow.Code)
			if message, hint := s.Flow.Printer().Explain(s.Flow.Problem()); message == "" || hint == "" {
				t.Errorf("told %q, %q", message, hint)
			}
		})
	}
}

func TestPickWithoutNames(t *testing.T) {
	s := stage(t)
	f := s.Flow
	f.Choose(flow.Household)
	f.Pick()
	at(t, f, flow.Village)
	villages, err := f.Villages()
	if err != nil || len(villages) != 2 {
		t.Fatalf("villages: %v, %v", villages, err)
	}
	f.PickVillage(villages[0])
	groups, err := f.Groups()
	if got := strings.Join(groups, " "); err != nil || got != "一组 二组 三组" {
		t.Errorf("groups: %q, %v", got, err)
	}
	f.PickGroup("二组")
	houses, err := f.Houses()
	if err != nil || len(houses) != 12 || houses[1].House != "2号" || houses[9].House != "10号" {
		t.Fatalf("houses: %v, %v", houses, err)
	}
	f.PickHouse(houses[9])
	at(t, f, flow.Place)
	if f.Spot().Via != flow.Picked || f.Spot().Handle != s.Door["富溪村二组10号"] {
		t.Error("another door was picked")
	}
	f.Back()
	at(t, f, flow.House)
	f.PickNone()
	f.AcceptPlace()
	at(t, f, flow.Question)
	fill(t, f, map[string]string{"head_name": "陈秀英", "population": "4", "main_trade": "planting", "agree": "yes"})
	if err := f.HandIn(); err != nil {
		t.Fatal(err)
	}
	rows := demands(t, s, "household")
	if len(rows) != 1 || rows[0].Text("group_no") != "二组" || rows[0].Text("plate_code") != "" {
		t.Errorf("registered %d households", len(rows))
	}
}
