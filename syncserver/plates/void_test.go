// SPDX-License-Identifier: Apache-2.0

package plates_test

import (
	"context"
	"math/rand/v2"
	"testing"

	"yuexin/shared/credit/doorplate"
	"yuexin/shared/credit/subject"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/plates"
)

func newKeeper(t testing.TB, store record.Store, keys *plates.Keys) plates.Keeper {
	t.Helper()
	return plates.Keeper{Store: store, Keys: keys, By: ident.Actor{3}, Now: now, Random: rand.NewChaCha8([32]byte{9})}
}

// read reads a plate anew.
func read(t testing.TB, store record.Store, p plates.Plate) plates.Plate {
	t.Helper()
	row, err := store.Get(context.Background(), p.Header.ID)
	if err != nil {
		t.Fatal(err)
	}
	return plates.Of(row)
}

// signed is what the plate's QR code says, verified.
func signed(t testing.TB, p plates.Plate, signer doorplate.Signer) doorplate.Plate {
	t.Helper()
	day, err := p.Day()
	if err != nil {
		t.Fatal(err)
	}
	issued, err := doorplate.Issue(p.Handle, day, signer)
	if err != nil {
		t.Fatal(err)
	}
	return issued.Unverified()
}

// A plate printed before and after a rotation of keys is void under both.
func TestVoid(t *testing.T) {
	ctx, store, dir := context.Background(), newStore(t), t.TempDir()
	addHouses(t, store, 1, house{"三组", "12号", true}, house{"三组", "13号", true})
	issued := issue(t, store, 1)
	stolen, other := issued.New[0], issued.New[1]
	first, err := plates.OpenKeys(dir, now, rand.NewChaCha8([32]byte{1}))
	if err != nil {
		t.Fatal(err)
	}
	second, err := plates.Rotate(dir, now.AddDate(0, 0, 1), rand.NewChaCha8([32]byte{2}))
	if err != nil {
		t.Fatal(err)
	}
	k := newKeeper(t, store, second)
	if err := k.Void(ctx, stolen, " "); key(err) != "plate.reason" {
		t.Errorf("void without a reason: %v", err)
	}
	for range 2 { // the second time changes nothing
		if err := k.Void(ctx, read(t, store, stolen), "被盗"); err != nil {
			t.Fatal(err)
		}
	}
	for name, signer := range map[string]doorplate.Signer{"old": first.Signer(), "new": second.Signer()} {
		if err := doorplate.Voided(ctx, store, signed(t, stolen, signer)); key(err) != "doorplate.void" {
			t.Errorf("a void plate of the %s key: %v", name, err)
		}
		if err := doorplate.Voided(ctx, store, signed(t, other, signer)); err != nil {
			t.Errorf("its neighbour of the %s key: %v", name, err)
		}
	}
	if got := read(t, store, stolen); got.State != plates.Void {
		t.Errorf("state %s", got.State)
	}
	rows, err := store.List(ctx, record.Query{Kind: doorplate.KindVoid, Scope: ident.Ref})
	if err != nil || len(rows) != 2 {
		t.Errorf("%d rows in the void list, %v", len(rows), err)
	}
	if again := issue(t, store, 3); len(again.New) != 1 || again.New[0].Code == stolen.Code {
		t.Errorf("the door without a plate got %d", len(again.New))
	}
	if _, err := k.Replace(ctx, read(t, store, stolen), "x"); key(err) != "plates.void" {
		t.Errorf("replace a void plate: %v", err)
	}
}

func TestReplace(t *testing.T) {
	ctx, store, keys := context.Background(), newStore(t), openKeys(t)
	addHouses(t, store, 1, house{"三组", "12号", true}, house{"三组", "13号", true}, house{"三组", "12号", true})
	issued := issue(t, store, 1)
	old := issued.New[0]
	k := newKeeper(t, store, keys)
	if err := k.Map(ctx, old, "https://police.example.cn/code?id=4412"); err != nil {
		t.Fatal(err)
	}
	next, err := k.Replace(ctx, read(t, store, old), "破损")
	if err != nil {
		t.Fatal(err)
	}
	got, was := read(t, store, next), read(t, store, old)
	if was.State != plates.Replaced || was.ReplacedBy != next.Header.ID || !got.Counts() || got.Issue != 2 || !got.Sample {
		t.Errorf("old %+v, new %+v", was, got)
	}
	if got.HouseNo != "12号" || got.Group != "三组" || got.Foreign != was.Foreign || got.Household != was.Household || got.Handle == was.Handle {
		t.Errorf("the new plate stands for something else: %+v after %+v", got, was)
	}
	if err := doorplate.Voided(ctx, store, signed(t, old, keys.Signer())); key(err) != "doorplate.void" {
		t.Errorf("the old plate is not on the void list: %v", err)
	}
	for _, id := range []ident.Record{{1, 0}, {1, 2}} {
		row, err := store.Get(ctx, id)
		if err != nil || subject.HouseholdOf(row).PlateCode != string(next.Code) {
			t.Errorf("household %s has the code %s, %v", id, row.Text("plate_code"), err)
		}
	}
	if again := issue(t, store, 3); len(again.New) != 0 {
		t.Errorf("the replaced plate's door got another one: %+v", again.New)
	}
	if _, err := k.Replace(ctx, was, "x"); key(err) != "plates.replaced" {
		t.Errorf("replace it again: %v", err)
	}
	if err := k.Void(ctx, was, "x"); key(err) != "plates.replaced" {
		t.Errorf("make it void: %v", err)
	}
}

func TestMapForeign(t *testing.T) {
	ctx, store, keys := context.Background(), newStore(t), openKeys(t)
	addHouses(t, store, 1, house{"三组", "12号", true}, house{"三组", "13号", true})
	issued := issue(t, store, 1)
	a, b := issued.New[0], issued.New[1]
	k := newKeeper(t, store, keys)
	const police = "https://police.example.cn/code?id=4412"
	own, err := plates.Address(a, publicURL, keys.Signer())
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		name    string
		plate   plates.Plate
		foreign string
		want    string
	}{
		{"nothing", a, " ", "doorplate.foreign.empty"},
		{"a code of ours", a, own, "plates.foreign.own"},
		{"the police's", a, police + "\r\n", ""},
		{"again", a, police, ""},
		{"of another door", b, police, "plates.foreign.taken"},
	} {
		if err := k.Map(ctx, read(t, store, step.plate), step.foreign); key(err) != step.want {
			t.Errorf("%s: got %v, want %q", step.name, err, step.want)
		}
	}
	want, _ := doorplate.Foreign(police)
	if got := read(t, store, a).Foreign; got != want {
		t.Errorf("foreign is %q, want %q", got, want)
	}
	if err := k.Void(ctx, read(t, store, a), "挂错"); err != nil {
		t.Fatal(err)
	}
	if err := k.Map(ctx, b, police); err != nil {
		t.Errorf("after the first plate is void: %v", err)
	}
}

func TestFind(t *testing.T) {
	ctx, store := context.Background(), newStore(t)
	addHouses(t, store, 1, house{"三组", "12号", true})
	p := issue(t, store, 1).New[0]
	twin := p
	twin.Header.ID, twin.Header.Scope = ident.Record{88}, ident.UnitScope(ident.Unit{2})
	act := record.Act{Name: "t", Scope: twin.Header.Scope, Source: record.Authoritative, Writes: []record.Write{twin.Create()}}
	if _, err := store.Apply(ctx, act); err != nil {
		t.Fatal(err)
	}
	k := newKeeper(t, store, openKeys(t))
	if got, err := k.Find(ctx, fuxi, p.Code); err != nil || got.Header.ID != p.Header.ID {
		t.Errorf("in its village: %+v, %v", got, err)
	}
	if _, err := k.Find(ctx, "", p.Code); key(err) != "plates.several" {
		t.Errorf("in all villages: %v", err)
	}
	if _, err := k.Find(ctx, "", "ABCDEFGH"); key(err) != "plates.unknown" {
		t.Errorf("an unknown code: %v", err)
	}
}
