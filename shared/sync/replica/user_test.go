// SPDX-License-Identifier: Apache-2.0

package replica_test

import (
	"bytes"
	"crypto/rand"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/audit"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/recordtest"
	"yuexin/shared/sync/replica"
	"yuexin/shared/sync/seal"
	"yuexin/shared/sync/wire"
)

func TestUsers(t *testing.T) {
	d := newServer(t).newDevice(replica.Laptop, 1)
	d.grant(recordtest.Officer, recordtest.Here)
	person := must(seal.NewSign(seal.Default, rand.Reader))
	if err := d.AddUser(ctx, replica.NewUser{Actor: bert, Name: "伯特", Passphrase: "另一个口令", Person: person}); err != nil {
		t.Fatal(err)
	}
	if err := d.AddUser(ctx, replica.NewUser{Actor: bert, Passphrase: "x"}); !fault.Is(err, fault.Conflict) {
		t.Errorf("the same person twice: %v, want conflict", err)
	}
	d.apply(recordtest.Create(recordtest.Header(recordtest.Household, 1), recordtest.Fields{"people": record.OfInt(1)}))
	annaSigner := d.User().Signer

	d.reopen()
	for _, tc := range []struct {
		name       string
		actor      ident.Actor
		passphrase string
		want       fault.Kind
	}{
		{"wrong", anna, "wrong", fault.Unauthenticated},
		{"another's", anna, "另一个口令", fault.Unauthenticated},
		{"unknown person", ident.Actor{0xC}, passphrase, fault.Unauthenticated},
		{"full width", anna, "四会大沙　２０２６", fault.OK},
		{"without a name", ident.Actor{}, "另一个口令", fault.OK},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := d.Unlock(ctx, tc.actor, tc.passphrase)
			if got := fault.KindOf(err); got != tc.want {
				t.Errorf("kind = %v (%v), want %v", got, err, tc.want)
			}
		})
	}
	u := d.User()
	if u.Actor != bert || u.Name != "伯特" {
		t.Errorf("user %v %q, want the second", u.Actor, u.Name)
	}
	signature := must(u.Signer.Sign("test", []byte("m")))
	if must(person.Public()).Verify("test", []byte("m"), signature) != nil {
		t.Error("the person's own key did not come back")
	}
	if annaSigner.Public() == u.Signer.Public() {
		t.Error("two persons share a key")
	}
	if d.row(recordtest.ID(1)).Int("people") != 1 {
		t.Error("the second person does not see the first one's work")
	}

	if err := d.ChangePassphrase(ctx, bert, "另一个口令", "新口令"); err != nil {
		t.Fatal(err)
	}
	if err := d.ChangePassphrase(ctx, bert, "另一个口令", "x"); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("change with the old passphrase: %v, want unauthenticated", err)
	}
	d.reopen()
	if _, err := d.Unlock(ctx, bert, "另一个口令"); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("the old passphrase: %v, want unauthenticated", err)
	}
	if _, err := d.Unlock(ctx, bert, "新口令"); err != nil {
		t.Errorf("the new passphrase: %v", err)
	}
}

// TestJoining: the key by which a person is enrolled is the same until they are added,
// also when the laptop was switched off meanwhile, and is never that of another.
func TestJoining(t *testing.T) {
	d := newServer(t).newDevice(replica.Laptop, 1)
	public := func(code string) seal.SignPublic {
		device, person, err := d.Joining(ctx, code)
		if err != nil {
			t.Fatal(err)
		}
		if must(device.Public()) == must(person.Public()) {
			t.Fatal("the person's key is the device's")
		}
		return must(person.Public())
	}
	first := public("one")
	d.reopen()
	if _, _, err := d.Joining(ctx, "one"); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("while it is locked: %v", err)
	}
	d.unlock()
	if public("one") != first {
		t.Error("the key is another after the laptop was off: the server knows the first")
	}
	other := public("two")
	if other == first {
		t.Error("two codes, one key")
	}
	_, person, err := d.Joining(ctx, "two")
	if err != nil {
		t.Fatal(err)
	}
	bertsLogin := ident.Login{0xB}
	n := replica.NewUser{Actor: bert, Name: "伯特", Passphrase: passphrase, Person: person, Login: bertsLogin, Role: recordtest.Officer}
	if err := d.AddUser(ctx, n); !fault.Is(err, fault.Invalid) || fault.From(err).Field != "passphrase" {
		t.Errorf("a passphrase that says who is there: %v", err)
	}
	if public("two") != other {
		t.Error("the key went although nobody was added")
	}
	n.Passphrase = "另一个口令"
	if err := d.AddUser(ctx, n); err != nil {
		t.Fatal(err)
	}
	if public("two") == other {
		t.Error("the next person would get the same key")
	}
	if logins := must(d.Logins(ctx)); !slices.ContainsFunc(logins, func(l replica.Login) bool {
		return l.ID == bertsLogin && l.Actor == bert && l.Role == recordtest.Officer && !l.Void
	}) {
		t.Errorf("logins %+v", logins)
	}
	if u := must(d.Unlock(ctx, bert, "另一个口令")); u.Signer.Public() != other {
		t.Error("the person signs with another key than the server was told")
	}
	if err := d.ChangePassphrase(ctx, bert, "另一个口令", passphrase); !fault.Is(err, fault.Invalid) {
		t.Errorf("change to another's passphrase: %v", err)
	}
}

// TestRecovery: a person works three days without a link, forgets the passphrase,
// and two administrators give them a new one; no work is lost.
func TestRecovery(t *testing.T) {
	s := newServer(t)
	var admins []seal.AdminPrivate
	var public []seal.AdminPublic
	for range 3 {
		a := must(seal.NewAdmin(seal.Default, rand.Reader))
		admins, public = append(admins, a), append(public, must(a.Public()))
	}
	d := s.newDevice(replica.Laptop, 1, func(set *replica.Setup) { set.Admins = public })
	d.grant(recordtest.Officer, recordtest.Here)
	for day := 1; day <= 3; day++ {
		h := recordtest.Header(recordtest.Household, day)
		d.apply(recordtest.Create(h, recordtest.Fields{"name": record.OfText("陈秀英"), "income": record.OfInt(1)}))
		d.apply(recordtest.Edit(h, d.base(), recordtest.Fields{"income": record.OfInt(int64(day))}))
		d.clock.AheadMS += 24 * 3600 * 1000
		d.reopen()
		d.unlock()
	}
	want := visible(d)
	signer := d.User().Signer.Public()
	d.reopen()

	const fresh = "新的口令 2026"
	if n := len(must(d.RecoveryAdmins(ctx, anna))); n != 3 {
		t.Fatalf("%d administrators, want 3", n)
	}
	challenge, err := d.BeginRecovery(ctx, anna, fresh, public[0].ID(), public[2].ID())
	if err != nil {
		t.Fatal(err)
	}
	d.reopen() // switched off while the administrators are at work
	first, second := admins[0], admins[2]
	if challenge.First != public[0].ID() {
		first, second = second, first
	}
	partial := must(seal.Approve1(rand.Reader, first, challenge))
	response := must(seal.Approve2(rand.Reader, second, must(first.Public()), partial))

	if _, err := d.FinishRecovery(ctx, anna, "not what was chosen", response); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("with another passphrase: %v, want unauthenticated", err)
	}
	u, err := d.FinishRecovery(ctx, anna, fresh, response)
	if err != nil {
		t.Fatal(err)
	}
	if u.Signer.Public() != signer {
		t.Error("the person's own key is another after the recovery")
	}
	if len(want) != 3 || len(visible(d)) != 3 {
		t.Errorf("%d households before, %d after, want 3", len(want), len(visible(d)))
	}
	if got := must(d.Status(ctx)); got.Waiting != 6 || got.Age.Hours() != 72 {
		t.Errorf("%d waiting for %v, want 6 for 72 h", got.Waiting, got.Age)
	}
	s.push(d)
	if len(s.accepted) != 6 {
		t.Errorf("the server accepted %d change sets, want 6", len(s.accepted))
	}
	d.reopen()
	if _, err := d.Unlock(ctx, anna, passphrase); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("the forgotten passphrase: %v, want unauthenticated", err)
	}
	if _, err := d.FinishRecovery(ctx, anna, fresh, response); !fault.Is(err, fault.Stale) {
		t.Errorf("the response a second time: %v, want stale", err)
	}
}

// TestRecoveryNeedsAdmins: a device that was enrolled before there were two
// administrators works, and says that nobody can help with a passphrase.
func TestRecoveryNeedsAdmins(t *testing.T) {
	only := must(must(seal.NewAdmin(seal.Default, rand.Reader)).Public())
	for _, admins := range [][]seal.AdminPublic{nil, {only}} {
		d := newServer(t).newDevice(replica.Laptop, 1, func(set *replica.Setup) { set.Admins = admins })
		d.reopen()
		d.unlock()
		if _, err := d.RecoveryAdmins(ctx, anna); !fault.Is(err, fault.Unsupported) {
			t.Errorf("%d administrators: err = %v, want unsupported", len(admins), err)
		}
		_, err := d.BeginRecovery(ctx, anna, "x", seal.AdminID{1}, seal.AdminID{2})
		if !fault.Is(err, fault.Unsupported) {
			t.Errorf("%d administrators: err = %v, want unsupported", len(admins), err)
		}
	}
}

// disk returns every byte a device has on disk.
func disk(t *testing.T, dir string) []byte {
	t.Helper()
	var all []byte
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		b, err := os.ReadFile(path)
		all = append(all, b...)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestStolenLaptop: its disk shows ids and sizes only.
func TestStolenLaptop(t *testing.T) {
	s := newServer(t)
	d := s.newDevice(replica.Laptop, 1)
	d.grant(recordtest.Officer, recordtest.Here)
	h := recordtest.Header(recordtest.Household, 1)
	d.apply(recordtest.Create(h, recordtest.Fields{"name": record.OfText("陈秀英"), "phone": record.OfText("13800138000"), "plate": record.OfText("DS-0815")}))
	s.push(d)
	s.pull(d, recordtest.Officer)
	d.apply(recordtest.Edit(h, d.base(), recordtest.Fields{"phone": record.OfText("13900139000")}))
	s.refuse["test.refused"] = true
	act := recordtest.Edit(h, d.base(), recordtest.Fields{"name": record.OfText("陈秀芳")})
	act.Name = "test.refused"
	d.apply(act)
	s.push(d)
	must(d.PutDraft(ctx, []byte("李小龙的草稿"), recordtest.StartMS))
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	all := disk(t, filepath.Dir(d.path))
	for _, text := range []string{"陈秀英", "13800138000", "13900139000", "陈秀芳", "DS-0815", "李小龙", "安娜", "household", "demand.closed", passphrase} {
		if bytes.Contains(all, []byte(text)) {
			t.Errorf("the disk shows %q", strings.ToValidUTF8(text, "?"))
		}
	}
}

// TestBeside: a second person vouches for something with their own key at a laptop that stays open for the first; what the
// first signs is signed by them, before and after.
func TestBeside(t *testing.T) {
	srv := newServer(t)
	d := srv.newDevice(replica.Laptop, 1)
	d.grant(recordtest.Officer, recordtest.Here)
	hers, his := d.User().Signer.Public(), must(seal.NewSign(seal.Default, rand.Reader))
	if err := d.AddUser(ctx, replica.NewUser{Actor: bert, Name: "伯特", Passphrase: "另一个口令", Person: his}); err != nil {
		t.Fatal(err)
	}
	for secret, want := range map[string]fault.Kind{"nobody's": fault.Unauthenticated, passphrase: fault.Invalid} {
		if _, err := d.Beside(ctx, secret); fault.KindOf(err) != want {
			t.Errorf("%s: %v, want %v", secret, err, want)
		}
	}
	number := 0
	vow := func(st record.Store) error {
		number++
		_, err := st.Apply(ctx, recordtest.Create(recordtest.Header(recordtest.Vow, number), recordtest.Fields{"amount": record.OfInt(1)}))
		return err
	}
	bertsLogin := replica.Session{Actor: bert, Login: ident.Login{2}, Role: recordtest.Officer}
	if err := vow(d.As(bertsLogin)); !fault.Is(err, fault.NotAllowed) {
		t.Errorf("in another's name, without their key: %v", err)
	}
	guest, err := d.Beside(ctx, "另一个口令")
	if err != nil || guest.Actor != bert || guest.Name != "伯特" || d.User().Actor != anna {
		t.Fatalf("beside: %+v %v; at the laptop is %v", guest, err, d.User().Actor)
	}
	beside := d.BesideAs(bertsLogin, guest, "test", new(audit.Policy), nil)
	for _, st := range []record.Store{d.as(recordtest.Officer), beside, d.as(recordtest.Officer)} {
		if err := vow(st); err != nil {
			t.Fatal(err)
		}
	}
	guest.Leave()
	if err := vow(beside); err == nil {
		t.Error("who has left still signs")
	}
	if srv.push(d); len(srv.accepted) != 3 {
		t.Fatalf("%d acts were sent, want 3", len(srv.accepted))
	}
	for i, key := range []seal.SignPublic{hers, must(his.Public()), hers} {
		cs := srv.accepted[i]
		if err := key.Verify("yuexin person", wire.PersonBytes(&cs), cs.PersonSignature); err != nil {
			t.Errorf("act %d of %v: %v", i, cs.Actor, err)
		}
	}
}
