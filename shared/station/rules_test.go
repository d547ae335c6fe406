// SPDX-License-Identifier: Apache-2.0

package station

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"yuexin/assets"
	"yuexin/shared/credit/rulebook"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/seal"
)

// newer returns the lending policy as version 2, in force for everybody at once.
func newer(t *testing.T) rulebook.Edition {
	t.Helper()
	data, err := fs.ReadFile(assets.Folder("policies"), "lending-1.json")
	if err != nil {
		t.Fatal(err)
	}
	e, err := rulebook.Draft("lending-2.json", strings.Replace(string(data), `"version": 1`, `"version": 2`, 1))
	if err != nil {
		t.Fatal(err)
	}
	e.Percent = 100
	return e
}

func sign(t *testing.T, e *rulebook.Edition, by seal.AdminPrivate) {
	t.Helper()
	public, err := by.Public()
	if err != nil {
		t.Fatal(err)
	}
	e.By = public.ID().String()
	if e.Signature, err = by.Sign.Sign(rand.Reader, rulebook.Context, e.SignedBytes()); err != nil {
		t.Fatal(err)
	}
}

func admin(t *testing.T) (seal.AdminPrivate, seal.AdminPublic) {
	t.Helper()
	a, err := seal.NewAdmin(seal.Default, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public, err := a.Public()
	if err != nil {
		t.Fatal(err)
	}
	return a, public
}

// TestJudgeRule: a device takes what an administrator signed whom it knows from its
// enrolment, in its stage and at its moment, and refuses everything else.
func TestJudgeRule(t *testing.T) {
	s := open(t, t.TempDir(), "kiosk")
	known, public := admin(t)
	stranger, _ := admin(t)
	now := time.UnixMilli(1_780_000_000_000)
	for name, tt := range map[string]struct {
		by     seal.AdminPrivate
		before func(*rulebook.Edition) // it is signed
		after  func(*rulebook.Edition)
		want   Standing
	}{
		"signed":                  {by: known, want: Taken},
		"by a stranger":           {by: stranger, want: Refused},
		"a stranger as the known": {by: stranger, after: func(e *rulebook.Edition) { e.By = public.ID().String() }, want: Refused},
		"another content":         {by: known, after: func(e *rulebook.Edition) { e.Content += " " }, want: Refused},
		"another stage":           {by: known, before: func(e *rulebook.Edition) { e.Percent = 1 }, after: func(e *rulebook.Edition) { e.Percent = 100 }, want: Refused},
		"no stage":                {by: known, before: func(e *rulebook.Edition) { e.Percent = 0 }, want: Refused},
		"too early":               {by: known, before: func(e *rulebook.Edition) { e.NotBefore = now.UnixMilli() + 1 }, want: Waiting},
		"another village":         {by: known, before: func(e *rulebook.Edition) { e.Scopes = []ident.Scope{"unit:b"} }, want: NotHere},
		"what is in force":        {by: known, before: func(e *rulebook.Edition) { e.Version = 1 }, want: InForce},
		"older":                   {by: known, before: func(e *rulebook.Edition) { e.Version = 0 }, want: Replaced},
	} {
		t.Run(name, func(t *testing.T) {
			e := newer(t)
			if tt.before != nil {
				tt.before(&e)
			}
			sign(t, &e, tt.by)
			if tt.after != nil {
				tt.after(&e)
			}
			j := judge{
				all: []rulebook.Edition{e}, ring: rulebook.Ring{Admins: []seal.AdminPublic{public}}, device: ident.Device{1},
				held: []ident.Scope{ident.Ref, "unit:a"}, have: s.Book().Version, now: now,
			}
			r := j.rule(e)
			if r.Standing != tt.want || (r.Fault != nil) != (tt.want == Refused) {
				t.Errorf("%s (%v), want %s", r.Standing, r.Fault, tt.want)
			}
			if tt.want == Refused && !fault.Is(r.Fault, fault.NotAllowed) && name != "no stage" {
				t.Errorf("refused with %v", r.Fault)
			}
		})
	}
}

// TestCardWithoutSecond: a card that one administrator published is neither taken nor in force, also where an earlier program took it,
// before another administrator stands for it.
func TestCardWithoutSecond(t *testing.T) {
	one, first := admin(t)
	two, second := admin(t)
	card := rulebook.Edition{What: rulebook.OfCard, Name: "household", Version: 2, Content: "{}", Stage: rulebook.Stage{Percent: 100}}
	sign(t, &card, one)
	for name, tt := range map[string]struct {
		by   *seal.AdminPrivate
		have uint32
		want Standing
	}{
		"alone":                     {have: 1, want: Unstood},
		"alone, and taken before":   {have: 2, want: Unstood},
		"by its signer":             {by: &one, have: 1, want: Unstood},
		"seconded":                  {by: &two, have: 1, want: Taken},
		"seconded and taken before": {by: &two, have: 2, want: InForce},
		"replaced":                  {have: 3, want: Replaced},
	} {
		j := judge{
			all: []rulebook.Edition{card}, ring: rulebook.Ring{Admins: []seal.AdminPublic{first, second}}, device: ident.Device{1},
			have: func(string, string) uint32 { return tt.have }, now: time.UnixMilli(1_780_000_000_000),
		}
		if tt.by != nil {
			again := card.Second(card.Stage)
			sign(t, &again, *tt.by)
			j.all = append(j.all, again)
		}
		if r := j.rule(card); r.Standing != tt.want || r.Fault != nil {
			t.Errorf("%s: %s (%v), want %s", name, r.Standing, r.Fault, tt.want)
		}
	}
}

// TestTakenRules: what was taken is in force at the next start, whole or not at all:
// a process that is killed while it takes rules leaves the old ones or the new ones.
func TestTakenRules(t *testing.T) {
	dir := t.TempDir()
	start := func() *Station {
		s := open(t, dir, "kiosk")
		if err := errors.Join(s.Close()); err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := start()
	if s.Book().Lending.Version() != 1 {
		t.Fatalf("version %d", s.Book().Lending.Version())
	}
	e := newer(t)
	if err := s.writeJSON(rulesFile, []rulebook.Edition{e}); err != nil {
		t.Fatal(err)
	}
	if s.Book().Lending.Version() != 1 {
		t.Error("rules change under whoever works")
	}
	if v := start().Book().Lending.Version(); v != 2 {
		t.Errorf("after a start: version %d", v)
	}
	whole, err := os.ReadFile(filepath.Join(dir, rulesFile))
	if err != nil {
		t.Fatal(err)
	}
	half := filepath.Join(dir, rulesFile+".new") // killed while it wrote a newer one
	for n := 0; n < len(whole); n += len(whole) / 7 {
		if err := os.WriteFile(half, whole[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		if v := start().Book().Lending.Version(); v != 2 {
			t.Errorf("killed after %d bytes: version %d", n, v)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, rulesFile), whole[:len(whole)/2], 0o600); err != nil { // a damaged disk
		t.Fatal(err)
	}
	if v := start().Book().Lending.Version(); v != 1 {
		t.Errorf("without a file that can be read: version %d", v)
	}
}
