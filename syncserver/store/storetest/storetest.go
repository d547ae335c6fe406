// SPDX-License-Identifier: Apache-2.0

// Package storetest is the contract of store.Store as tests. Every
// implementation calls Test; what only one database can show is tested beside
// that implementation.
package storetest

import (
	"context"
	"strings"
	"testing"
	"time"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/snapshot"
	"yuexin/syncserver/store"
)

// Setup says what store a test wants. Opening the same Dir again is a restart.
type Setup struct {
	Dir       string
	Catalogue *record.Catalogue
	Access    *record.Access
	Rules     []store.Rule
	Snapshots *snapshot.Rule // nil: none
	Now       func() time.Time
}

// Open opens a store. It fails the test if it cannot. The suite closes it.
type Open func(t testing.TB, s Setup) store.Store

// Test runs the whole suite.
func Test(t *testing.T, open Open) {
	for _, one := range []struct {
		name string
		test func(t *testing.T, open Open)
	}{
		{"Commit", testCommit},
		{"Merge", testMerge},
		{"Delete", testDelete},
		{"Refuse", testRefuse},
		{"Chained", testChained},
		{"Quarantine", testQuarantine},
		{"Pass", testPass},
		{"PassUnseen", testPassUnseen},
		{"PassJudged", testPassJudged},
		{"RefuseKept", testRefuseKept},
		{"ReissueKept", testReissueKept},
		{"ReissueDecided", testReissueDecided},
		{"Courier", testCourier},
		{"CourierEarly", testCourierEarly},
		{"Rules", testRules},
		{"Delta", testDelta},
		{"Snapshot", testSnapshot},
		{"Person", testPerson},
		{"Adopt", testAdopt},
		{"Query", testQuery},
		{"Waiting", testWaiting},
		{"TwoPersons", testTwoPersons},
		{"OwnHand", testOwnHand},
		{"Fleet", testFleet},
		{"Staff", testStaff},
		{"Audit", testAudit},
		{"AuditOfDevices", testAuditOfDevices},
		{"Written", testWritten},
		{"Blobs", testBlobs},
		{"Watch", testWatch},
		{"Durable", testDurable},
		{"Full", testFull},
	} {
		t.Run(one.name, func(t *testing.T) { one.test(t, open) })
	}
}

// Start is the moment at which the suite's clock stands.
var Start = time.Date(2026, 3, 5, 8, 30, 0, 0, time.UTC)

// The two scopes of the suite.
const (
	Dasha ident.Scope = "unit:dasha"
	Luoyu ident.Scope = "unit:luoyu"
)

const catalogueJSON = `{
	"version": 3,
	"kinds": [
		{"name": "household", "nature": "fact", "fields": [
			{"name": "village", "format": "text", "class": 1, "merge": "latest", "indexed": true, "search": true},
			{"name": "tier", "format": "choice", "class": 1, "merge": "review", "choices": ["a", "b", "c"]},
			{"name": "mu", "format": "area", "class": 1, "merge": "larger"},
			{"name": "age", "format": "int", "class": 1, "merge": "smaller"},
			{"name": "holder", "format": "text", "class": 2, "merge": "latest", "indexed": true, "search": true},
			{"name": "phone", "format": "mobile", "class": 2, "merge": "latest", "indexed": true},
			{"name": "income", "format": "money", "class": 2, "merge": "authority"},
			{"name": "crops", "format": "set", "class": 2, "merge": "union", "choices": ["rice", "orange", "fish"]},
			{"name": "plot", "format": "ref", "class": 1, "merge": "latest"},
			{"name": "faith", "format": "text", "class": 3, "merge": "review"},
			{"name": "photo", "format": "blob", "class": 2, "merge": "latest"},
			{"name": "door", "format": "blob", "class": 2, "merge": "latest"},
			{"name": "debt", "format": "money", "class": 2, "merge": "review", "sensitive": true}
		]},
		{"name": "unit", "nature": "fact", "fields": [
			{"name": "name", "format": "text", "class": 1, "merge": "latest", "search": true}
		]},
		{"name": "arrival", "nature": "decision", "fields": [
			{"name": "digest", "format": "bytes", "class": 1, "merge": "latest"},
			{"name": "size", "format": "int", "class": 1, "merge": "latest"},
			{"name": "at", "format": "time", "class": 1, "merge": "latest"}
		]},
		{"name": "decision", "nature": "decision", "fields": [
			{"name": "granted", "format": "bool", "class": 1, "merge": "latest"}
		]},
		{"name": "point", "nature": "entry", "fields": [
			{"name": "amount", "format": "int", "class": 1, "merge": "latest"}
		]},
		{"name": "vow", "nature": "entry", "signed": true, "fields": [
			{"name": "amount", "format": "int", "class": 1, "merge": "latest"}
		]}
	]
}`

const accessJSON = `{
	"version": 2,
	"roles": [
		{"name": "officer", "source": 30, "kinds": {
			"*": {"read": 3, "create": 3, "edit": 3, "delete": 1, "resolve": 3}}},
		{"name": "cadre", "source": 20, "kinds": {
			"household": {"read": 2, "create": 2, "edit": 2, "delete": 1, "resolve": 2},
			"point": {"read": 1, "create": 1, "edit": 1}}},
		{"name": "kiosk", "source": 10, "kinds": {
			"household": {"read": 1, "create": 2, "edit": 2},
			"arrival": {"read": 1}}},
		{"name": "analyst", "source": 10, "kinds": {"*": {"read": 1}}},
		{"name": "desk", "source": 50, "kinds": {
			"*": {"read": 3, "create": 3, "edit": 3, "delete": 3, "resolve": 3}}}
	]
}`

// Catalogue returns the catalogue of the suite.
func Catalogue(t testing.TB) *record.Catalogue {
	t.Helper()
	c, err := record.ParseCatalogue(strings.NewReader(catalogueJSON))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Access returns the access table of the suite.
func Access(t testing.TB) *record.Access {
	t.Helper()
	a, err := record.ParseAccess(strings.NewReader(accessJSON))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// NewSetup returns a setup in a folder of its own.
func NewSetup(t testing.TB, rules ...store.Rule) Setup {
	t.Helper()
	return Setup{
		Dir: t.TempDir(), Catalogue: Catalogue(t), Access: Access(t), Rules: rules,
		Now: func() time.Time { return Start },
	}
}

// must opens a store, and at the end of the test checks every invariant, pulls
// every view of it, and closes it.
func must(t testing.TB, open Open, s Setup) store.Store {
	t.Helper()
	st := open(t, s)
	t.Cleanup(func() {
		MustVerify(t, st)
		for _, role := range s.Access.Roles() {
			for _, scope := range []ident.Scope{Dasha, Luoyu} {
				m := &Model{View: s.Access.View(role)}
				m.Pull(t, st, scope, 3, nil)
			}
		}
		if err := st.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return st
}

// MustVerify fails the test for each invariant that the store breaks.
func MustVerify(t testing.TB, st store.Store) {
	t.Helper()
	err := st.Verify(context.Background(), func(b store.Breach) {
		t.Errorf("breach of %s at %s: %s", b.Rule, b.Where, b.What)
	})
	if err != nil {
		t.Errorf("verify: %v", err)
	}
}
