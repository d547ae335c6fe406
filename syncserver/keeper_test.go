// SPDX-License-Identifier: Apache-2.0

package main

import (
	"net/http"
	"strings"
	"testing"

	"yuexin/shared/credit/doorplate"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/plates"
)

// street is a served village whose houses have plates.
type street struct {
	*server
	c      *commands
	scope  ident.Scope
	plates []plates.Plate
}

func newStreet(t *testing.T) street {
	t.Helper()
	dir := t.TempDir()
	app := openApp(t, dir, true)
	o := operator{App: app}
	if _, err := o.sampleData(t.Context(), SampleAsk{Villages: 1, Households: 4, Password: "yuexin-demo-2026"}, nil); err != nil {
		t.Fatal(err)
	}
	units, err := o.listVillages(t.Context(), None{})
	if err != nil || len(units) == 0 {
		t.Fatal(err)
	}
	s := street{server: serveApp(t, app, ServeConfig{}), c: &commands{dir: dir, sample: true, quiet: true}, scope: ident.Scope(units[0].Scope)}
	if s.plates, err = plates.List(t.Context(), app.desk(), s.scope); err != nil || len(s.plates) < 3 {
		t.Fatalf("%d plates, %v", len(s.plates), err)
	}
	return s
}

// url is what the QR code of a plate says, and the plate that a device reads.
func (s street) url(t *testing.T, p plates.Plate) (string, doorplate.Plate) {
	t.Helper()
	keys, err := plates.OpenKeys(s.keys(), s.Now(), nil)
	if err != nil {
		t.Fatal(err)
	}
	url, err := plates.Address(p, s.address(), keys.Signer())
	if err != nil {
		t.Fatal(err)
	}
	token, err := doorplate.Parse(url)
	if err != nil {
		t.Fatal(err)
	}
	return s.address() + "/D/" + token.String(), token.Unverified()
}

// A plate made void on the running server is refused by its page at once, and
// by every device that has the void list, a kiosk of another village included.
func TestVoidPlateIsRefusedEverywhere(t *testing.T) {
	s := newStreet(t)
	url, read := s.url(t, s.plates[0])
	other, _ := s.url(t, s.plates[1])
	kiosk := s.logins.Resident
	kiosk.Role, kiosk.Scopes = "kiosk", []ident.Scope{ident.Ref}
	device := s.Store.As(kiosk)

	if status, _ := get(t, url); status != http.StatusOK {
		t.Fatalf("the plate's page before: %d", status)
	}
	deed := PlateDeed{Codes: []string{s.plates[0].Code.String()}, Reason: "被盗"}
	if _, err := asOperator(t.Context(), s.c, "plates.void", deed, operator.voidPlates); err != nil {
		t.Fatal(err)
	}
	if status, body := get(t, url); status != http.StatusGone || !strings.Contains(body, "作废") {
		t.Errorf("the plate's page after: %d", status)
	}
	if status, _ := get(t, other); status != http.StatusOK {
		t.Errorf("its neighbour's page: %d", status)
	}
	if err := doorplate.Voided(t.Context(), device, read); !fault.Is(err, fault.Gone) {
		t.Errorf("a kiosk that holds ref only: %v", err)
	}
}

func TestReplacedPlateLeadsToTheNewOne(t *testing.T) {
	s := newStreet(t)
	old := s.plates[0]
	url, _ := s.url(t, old)
	deed := PlateDeed{Codes: []string{old.Code.String()}, Reason: "破损"}
	done, err := asOperator(t.Context(), s.c, "plates.replace", deed, operator.replacePlates)
	if err != nil || len(done) != 1 || done[0].New == "" || done[0].New == done[0].Code {
		t.Fatalf("got %+v, %v", done, err)
	}
	if status, body := get(t, url); status != http.StatusOK || !strings.Contains(body, "旧门牌") || !strings.Contains(body, done[0].New) {
		t.Errorf("the old plate's page: %d", status)
	}
	if _, err := asOperator(t.Context(), s.c, "plates.replace", deed, operator.replacePlates); !fault.Is(err, fault.Conflict) {
		t.Errorf("replaced twice: %v", err)
	}
}

// TestOneDoorBecomesTwoAndOneAgain: whoever scans the old plate is told which doors there are now, households are noted at
// the door where they live, and each step is a decision with its reason.
func TestOneDoorBecomesTwoAndOneAgain(t *testing.T) {
	s := newStreet(t)
	old := s.plates[0]
	url, _ := s.url(t, old)
	done, err := asOperator(t.Context(), s.c, "plates.split",
		PlateDeed{Codes: []string{old.Code.String()}, Numbers: []string{"9号甲", "9号乙"}, Reason: "分户"}, operator.splitPlate)
	if err != nil || len(done) != 1 || len(strings.Fields(done[0].New)) != 2 {
		t.Fatalf("split: %+v, %v", done, err)
	}
	doors := strings.Fields(done[0].New)
	if status, body := get(t, url); status != http.StatusGone || !strings.Contains(body, "9号甲") || !strings.Contains(body, "9号乙") {
		t.Errorf("the old plate's page does not name both doors: %d", status)
	}
	homes, err := s.desk().List(t.Context(), record.Query{Kind: "household", Scope: s.scope, Limit: 1})
	if err != nil || len(homes) != 1 {
		t.Fatal(err)
	}
	bind := PlateDeed{Codes: doors[:1], Households: []string{homes[0].Header.ID.String()}}
	if _, err := asOperator(t.Context(), s.c, "plates.bind", bind, operator.bindPlate); err != nil {
		t.Fatalf("bind: %v", err)
	}
	code := func() string {
		row, err := s.desk().Get(t.Context(), homes[0].Header.ID)
		if err != nil {
			t.Fatal(err)
		}
		return doorplate.Code(row.Text("plate_code")).String()
	}
	if got := code(); got != doors[0] {
		t.Errorf("the household's door is %s, not %s", got, doors[0])
	}
	merge := PlateDeed{Codes: doors[:1], Into: doors[1], Reason: "打通"}
	if done, err = asOperator(t.Context(), s.c, "plates.merge", merge, operator.mergePlates); err != nil || done[0].New != doors[1] {
		t.Fatalf("merge: %+v, %v", done, err)
	}
	if got := code(); got != doors[1] {
		t.Errorf("after the merger the household's door is %s, not %s", got, doors[1])
	}
	if _, err := asOperator(t.Context(), s.c, "plates.merge", merge, operator.mergePlates); !fault.Is(err, fault.Conflict) {
		t.Errorf("merged twice: %v", err)
	}
	without := PlateDeed{Codes: doors[1:], Numbers: []string{"1号", "2号"}}
	if _, err := asOperator(t.Context(), s.c, "plates.split", without, operator.splitPlate); fault.From(err).Key != "plate.reason" {
		t.Errorf("without a reason: %v", err)
	}
}

// Plates of a new key open without a restart.
func TestRotatedKeyCountsAtOnce(t *testing.T) {
	s := newStreet(t)
	before, _ := s.url(t, s.plates[0])
	if _, err := asOperator(t.Context(), s.c, "plates.rotate", None{}, operator.rotatePlateKey); err != nil {
		t.Fatal(err)
	}
	after, _ := s.url(t, s.plates[0])
	if before == after {
		t.Fatal("the new key does not sign")
	}
	for name, url := range map[string]string{"old": before, "new": after} {
		if status, _ := get(t, url); status != http.StatusOK {
			t.Errorf("a plate of the %s key: %d", name, status)
		}
	}
}
