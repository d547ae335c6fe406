// SPDX-License-Identifier: Apache-2.0

package replica_test

import (
	"crypto/rand"
	"os"
	"slices"
	"strings"
	"testing"

	"yuexin/shared/fault"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/recordtest"
	"yuexin/shared/sync/replica"
	"yuexin/shared/sync/seal"
)

// TestSetAdmins: who can help with a passphrase changes for whoever is at the laptop, and
// for who comes later when they unlock; who is gone can help nobody any more.
func TestSetAdmins(t *testing.T) {
	var all []seal.AdminPublic
	for range 3 {
		all = append(all, must(must(seal.NewAdmin(seal.Default, rand.Reader)).Public()))
	}
	d := newServer(t).newDevice(replica.Laptop, 1, func(set *replica.Setup) { set.Admins = all[:2] })
	helpers := func() []seal.AdminID { return must(d.RecoveryAdmins(ctx, anna)) }
	d.reopen()
	if err := d.SetAdmins(ctx, all[1:]); err != nil { // while nobody has unlocked
		t.Fatal(err)
	}
	if !slices.Contains(helpers(), all[0].ID()) {
		t.Error("a key was sealed that nobody had opened")
	}
	d.unlock()
	if err := d.SetAdmins(ctx, all[1:]); err != nil {
		t.Fatal(err)
	}
	if ids := helpers(); len(ids) != 2 || slices.Contains(ids, all[0].ID()) || !slices.Contains(ids, all[2].ID()) {
		t.Errorf("helpers %v", ids)
	}
	if _, err := d.BeginRecovery(ctx, anna, "新的口令 2026", all[0].ID(), all[1].ID()); !fault.Is(err, fault.Invalid) {
		t.Errorf("with who is gone: %v", err)
	}
	d.reopen()
	d.unlock()
	if err := d.SetAdmins(ctx, all[:1]); err != nil {
		t.Fatal(err)
	}
	if _, err := d.RecoveryAdmins(ctx, anna); !fault.Is(err, fault.Unsupported) {
		t.Errorf("with one administrator: %v", err)
	}
}

// TestSetRules: lists are in order by a field that was not indexed before.
func TestSetRules(t *testing.T) {
	d := newServer(t).newDevice(replica.Laptop, 1)
	d.grant(recordtest.Officer, recordtest.Here)
	h := recordtest.Header(recordtest.Household, 1)
	d.apply(recordtest.Create(h, recordtest.Fields{"people": record.OfInt(4)}))
	where := record.Query{Kind: recordtest.Household, Limit: 5, Where: []record.Term{{Field: "people", Value: record.OfInt(4)}}}
	if _, err := d.as(recordtest.Officer).List(ctx, where); err == nil {
		t.Fatal("the field is indexed already")
	}
	const is = `"merge": "larger"`
	text := strings.Replace(string(must(os.ReadFile("../recordtest/catalogue.json"))), is, is+`, "indexed": true`, 1)
	d.SetRules(must(record.ParseCatalogue(strings.NewReader(text))), recordtest.Access(t))
	rows, err := d.as(recordtest.Officer).List(ctx, where)
	if err != nil || len(rows) != 1 {
		t.Errorf("%d rows, %v", len(rows), err)
	}
}
