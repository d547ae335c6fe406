// SPDX-License-Identifier: Apache-2.0

package station

import (
	"testing"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/audit"
	"yuexin/shared/sync/replica"
)

// TestStaffOfAKiosk: a cadre's passphrase opens the second compartment of a kiosk under their own login; every coming,
// going and wrong passphrase is in the log, and the machine goes on as itself.
func TestStaffOfAKiosk(t *testing.T) {
	s := enrolled(t, t.TempDir())
	ctx := t.Context()
	if has, err := s.HasStaff(ctx); has || err != nil {
		t.Errorf("staff of a new kiosk: %v, %v", has, err)
	}
	cadre := replica.Session{Actor: ident.Actor{2}, Login: ident.Login{2}, Role: "cadre"}
	if err := s.Replica.AddUser(ctx, replica.NewUser{
		Actor: cadre.Actor, Name: "王五", Passphrase: "the second passphrase", Login: cadre.Login, Role: cadre.Role,
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.OpenStaff(ctx, "a wrong passphrase"); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("a wrong passphrase: %v", err)
	}
	if _, err := s.AtWork(); !fault.Is(err, fault.NotAllowed) {
		t.Errorf("somebody is at work after a wrong passphrase: %v", err)
	}
	staff, err := s.OpenStaff(ctx, "the second passphrase")
	if err != nil || staff.Name != "王五" || staff.Session != cadre {
		t.Fatalf("opened for %+v: %v", staff, err)
	}
	if at, err := s.AtWork(); at != cadre || err != nil {
		t.Errorf("at work %+v, %v", at, err)
	}
	if s.Session().Role != "kiosk" {
		t.Errorf("the machine works as %s meanwhile", s.Session().Role)
	}
	for range 2 {
		if err := s.CloseStaff(ctx); err != nil {
			t.Fatal(err)
		}
	}
	if s.Replica.User() != nil {
		t.Error("the compartment is open after everybody went")
	}
	part, err := s.Replica.AuditPart(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var deeds []audit.Deed
	for _, body := range part.Bodies {
		e, err := audit.Parse(body)
		if err != nil {
			t.Fatal(err)
		}
		deeds = append(deeds, e.Deed)
		if want := cadre.Actor; e.Deed != audit.Refused && (e.Actor != want || e.What != "kiosk.staff") {
			t.Errorf("noted %+v", e)
		}
	}
	if len(deeds) != 3 || deeds[0] != audit.Refused || deeds[1] != audit.Login || deeds[2] != audit.Logout {
		t.Errorf("noted %v", deeds)
	}
}
