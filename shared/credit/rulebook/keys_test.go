// SPDX-License-Identifier: Apache-2.0

package rulebook_test

import (
	"crypto/rand"
	"slices"
	"strings"
	"testing"

	"yuexin/shared/credit/rulebook"
	"yuexin/shared/fault"
	"yuexin/shared/sync/seal"
)

// person is an administrator with their key.
type person struct {
	seal.AdminPrivate
	public seal.AdminPublic
}

func newPerson(t *testing.T) person {
	t.Helper()
	private, err := seal.NewAdmin(seal.Default, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public, err := private.Public()
	if err != nil {
		t.Fatal(err)
	}
	return person{private, public}
}

func (p person) sign(t *testing.T, e rulebook.Edition) rulebook.Edition {
	t.Helper()
	var err error
	e.By = p.public.ID().String()
	if e.Signature, err = p.Sign.Sign(rand.Reader, rulebook.Context, e.SignedBytes()); err != nil {
		t.Fatal(err)
	}
	return e
}

// keysOf returns a signed edition that makes people the administrators after a ring.
func keysOf(t *testing.T, by person, after rulebook.Ring, published []rulebook.Edition, people ...person) rulebook.Edition {
	t.Helper()
	var admins []seal.AdminPublic
	for _, p := range people {
		admins = append(admins, p.public)
	}
	e, err := after.Next(admins, published)
	if err != nil {
		t.Fatal(err)
	}
	return by.sign(t, e)
}

func follow(t *testing.T, r rulebook.Ring, e rulebook.Edition) rulebook.Ring {
	t.Helper()
	next, err := r.Follow(e)
	if err != nil {
		t.Fatal(err)
	}
	return next
}

// but returns an edition changed after it was signed.
func but(e rulebook.Edition, change func(*rulebook.Edition)) rulebook.Edition {
	change(&e)
	return e
}

func edition(version uint32) rulebook.Edition {
	return rulebook.Edition{What: rulebook.OfLending, Version: version, Content: "{}", Stage: rulebook.Stage{Percent: 100}}
}

// A new administrator is vouched for by one who is known; what one who is gone had
// signed stays, and what they sign afterwards does not count, whatever date it has.
func TestRing(t *testing.T) {
	anna, bo, eve := newPerson(t), newPerson(t), newPerson(t)
	first := rulebook.Ring{Admins: []seal.AdminPublic{anna.public}}
	before := anna.sign(t, edition(2))
	if first.Signed(before) != nil || first.Signed(bo.sign(t, edition(3))) == nil {
		t.Fatal("the ring of the enrolment")
	}

	joined := keysOf(t, anna, first, nil, anna, bo)
	two := follow(t, first, joined)
	if err := two.Signed(bo.sign(t, edition(3))); err != nil {
		t.Errorf("the new administrator: %v", err)
	}
	published := []rulebook.Edition{before, joined, eve.sign(t, edition(4))}
	gone := keysOf(t, bo, two, published, bo)
	one := follow(t, two, gone)
	if err := one.Signed(before); err != nil {
		t.Errorf("what was signed before: %v", err)
	}
	for name, e := range map[string]rulebook.Edition{
		"signed afterwards":     anna.sign(t, edition(5)),
		"signed as if before":   anna.sign(t, but(edition(2), func(e *rulebook.Edition) { e.NotBefore = 1 })),
		"another content":       but(before, func(e *rulebook.Edition) { e.Content += " " }),
		"by a stranger":         eve.sign(t, edition(4)),
		"a stranger as Bo":      but(eve.sign(t, edition(4)), func(e *rulebook.Edition) { e.By = bo.public.ID().String() }),
		"the removal as a rule": but(gone, func(e *rulebook.Edition) { e.What = rulebook.OfLending }),
	} {
		if err := one.Signed(e); !fault.Is(err, fault.NotAllowed) {
			t.Errorf("%s: %v", name, err)
		}
	}

	for name, e := range map[string]rulebook.Edition{
		"again":               gone,
		"an older ring again": joined,
		"by who is gone":      keysOf(t, anna, one, nil, anna, bo),
		"by a stranger":       keysOf(t, eve, one, nil, eve),
		"a number left out":   bo.sign(t, but(keysOf(t, bo, one, nil, bo), func(e *rulebook.Edition) { e.Version++ })),
		"after another ring":  bo.sign(t, but(keysOf(t, bo, one, nil, bo), func(e *rulebook.Edition) { e.Content = strings.Replace(e.Content, `"before":"`, `"before":"0`, 1) })),
		"nobody":              keysOf(t, bo, one, nil),
		"one twice":           keysOf(t, bo, one, nil, bo, bo),
		"for a part":          bo.sign(t, but(keysOf(t, bo, one, nil, bo), func(e *rulebook.Edition) { e.Percent = 50 })),
	} {
		if after, err := one.Follow(e); !fault.Is(err, fault.NotAllowed) || after.Version != one.Version {
			t.Errorf("%s: %v", name, err)
		}
	}

	// A device that was off comes to the same, in whatever order it hears.
	all := []rulebook.Edition{gone, before, joined}
	for range 2 {
		slices.Reverse(all)
		if late := first.FollowAll(all); late.Version != 2 || late.Digest != one.Digest || late.Signed(before) != nil {
			t.Errorf("a late device is at %d", late.Version)
		}
	}
	// One that enrols now knows number and digest.
	enrolled := rulebook.Ring{Version: one.Version, Digest: one.Digest, Admins: one.Admins}
	if enrolled.Signed(before) == nil {
		t.Error("what was signed before counts unread")
	}
	if err := enrolled.FollowAll(all).Signed(before); err != nil {
		t.Errorf("a new device: %v", err)
	}
	forged := but(gone, func(e *rulebook.Edition) { e.Content = strings.Replace(e.Content, `"stands":[`, `"stands":["00",`, 1) })
	if after := enrolled.FollowAll([]rulebook.Edition{forged}); after.Signed(before) == nil {
		t.Error("recalled a ring of another content")
	}
}
