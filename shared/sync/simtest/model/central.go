// SPDX-License-Identifier: Apache-2.0

package model

import (
	"cmp"
	"maps"
	"slices"

	"yuexin/shared/ident"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/snapshot"
	"yuexin/shared/sync/wire"
)

// Rules are what both stores judge by.
type Rules struct {
	Catalogue *record.Catalogue
	Access    *record.Access

	// Snapshots says how they are cut.
	Snapshots *snapshot.Rule

	// Refuse is the domain's own rule: it reports whether an act is refused,
	// by its name.
	Refuse func(act string) bool
}

// Account is a device with its one login, as enrolment made it.
type Account struct {
	Device ident.Device
	Login  ident.Login
	Actor  ident.Actor
	Role   record.Role
	Scopes []ident.Scope
}

// Central is the central store: what survives a crash of the server.
type Central struct {
	rules Rules
	bug   Bug

	epoch    uint32
	epochs   *uint32 // the newest that any state of this store has used; the real one takes them from its clock
	scopes   map[ident.Scope]*scope
	rows     map[ident.Record]*row
	lanes    map[record.Lane]*lane
	accounts map[ident.Device]*account
	reissued map[wire.Digest]record.Link // where an act that was issued again came first
	own      ident.Incarnation           // of the lanes of the server itself
	drawn    *uint32                     // incarnations that any state of this store has used
	adopted  map[adoptedAt]record.Link   // where what came back from devices was taken

	cuts []*cut // snapshots, oldest first

	full   bool
	copied bool     // its files were copied back from a backup, and nobody told it
	synced *Central // with ReceiptBeforeCommit: what is really on disk
}

// scope is one unit of order.
type scope struct {
	head    record.Version
	log     []logged // one entry per version, of all epochs in the lineage
	floor   hlc.Stamp
	lineage record.Lineage
	backed  record.Version // what the last backup holds
}

// logged is one accepted change set.
type logged struct {
	Accepted
	hash wire.Digest
}

// row is one record with everything that ever stood in it.
type row struct {
	header  record.Header
	born    record.Version // of the act that created it
	version record.Version // of the newest visible change
	fields  map[record.Field]*field
	past    []record.Past
}

type field struct {
	merge   record.Merge
	class   record.Class
	visible record.Version // 0: not shown, see the implicit heads of record.Deleted
	heads   []record.Head
}

// lane is one device incarnation's own sequence in one scope.
type lane struct {
	device   ident.Device
	stamp    hlc.Stamp
	chains   []wire.Digest // at each number; chains[0] is the start
	sets     []*record.ChangeSet
	receipts []record.Receipt
	refused  map[uint64]uint64 // number of a refused change set → number of the first it builds on
	repeats  []repeat
	passed   []uint64             // numbers that were quarantined and applied by a decision
	stamps   map[uint64]hlc.Stamp // that what is quarantined got when it came
	closed   bool
}

// repeat is a number whose change set had arrived by another lane: whoever has
// seen the number has seen what has this version.
type repeat struct {
	number  uint64
	version record.Version
}

func (l *lane) next() uint64 { return uint64(len(l.receipts)) + 1 }

type account struct {
	Account
	off     bool
	held    map[ident.Scope]string // grants, with their views
	control []wire.ControlEntry
	acked   uint64
	told    uint32          // epoch in which the device was last told everything
	heard   uint64          // mark of what it had heard then
	purged  map[uint64]bool // revocations with a purge receipt
}

// NewCentral returns an empty store.
func NewCentral(rules Rules, bug Bug) *Central {
	c := &Central{
		rules: rules, bug: bug, epoch: record.FirstEpoch, epochs: new(uint32), drawn: new(uint32),
		scopes: map[ident.Scope]*scope{}, rows: map[ident.Record]*row{},
		lanes: map[record.Lane]*lane{}, accounts: map[ident.Device]*account{}, reissued: map[wire.Digest]record.Link{},
		adopted: map[adoptedAt]record.Link{},
	}
	c.own = c.newIncarnation()
	c.accounts[ident.Device{}] = &account{Account: Account{Role: deskRole}}
	return c
}

func (c *Central) scope(name ident.Scope) *scope {
	s := c.scopes[name]
	if s == nil {
		s = &scope{}
		if c.epoch > record.FirstEpoch {
			s.lineage = record.Lineage{{Epoch: c.epoch}}
		}
		c.scopes[name] = s
	}
	return s
}

// next returns the version of the next change set.
func (c *Central) next(s *scope) record.Version {
	if s.head.Epoch() != c.epoch {
		return record.At(c.epoch, s.head.Seq()+1)
	}
	return s.head.Next()
}

// hashAt returns the log hash at v; false if v is not in the log.
func (s *scope) hashAt(v record.Version) (wire.Digest, bool) {
	i, ok := slices.BinarySearchFunc(s.log, v, func(l logged, v record.Version) int { return cmp.Compare(l.Version, v) })
	if !ok {
		return wire.Digest{}, false
	}
	return s.log[i].hash, true
}

func (s *scope) lastHash() wire.Digest {
	if len(s.log) == 0 {
		return wire.Digest{}
	}
	return s.log[len(s.log)-1].hash
}

// Enrol adds a device with its login and grants its scopes.
func (c *Central) Enrol(a Account) {
	acc := &account{Account: a, told: c.epoch, held: map[ident.Scope]string{}, purged: map[uint64]bool{}}
	c.accounts[a.Device] = acc
	acc.tell(wire.ControlEntry{Op: wire.ControlLogin, Login: a.Login, Actor: a.Actor, Role: a.Role})
	for _, s := range a.Scopes {
		c.Grant(a.Device, s)
	}
}

func (a *account) tell(e wire.ControlEntry) {
	e.Number = uint64(len(a.control)) + 1
	before := uint64(0)
	if len(a.control) > 0 {
		before = a.control[len(a.control)-1].Mark
	}
	if err := wire.MarkControl(before, &e); err != nil {
		panic(err)
	}
	a.control = append(a.control, e)
}

// Grant lets a device hold a scope in its role's view.
func (c *Central) Grant(device ident.Device, name ident.Scope) {
	a := c.accounts[device]
	if _, held := a.held[name]; held {
		return
	}
	a.held[name] = string(a.Role)
	if !slices.Contains(a.Scopes, name) {
		a.Scopes = append(slices.Clone(a.Scopes), name)
	}
	a.tell(wire.ControlEntry{Op: wire.ControlGrant, Scope: name, View: string(a.Role), Version: c.scope(name).head})
}

// Revoke takes a scope from a device, which must purge it.
func (c *Central) Revoke(device ident.Device, name ident.Scope) {
	a := c.accounts[device]
	if _, held := a.held[name]; !held {
		return
	}
	delete(a.held, name)
	a.Scopes = slices.DeleteFunc(slices.Clone(a.Scopes), func(s ident.Scope) bool { return s == name })
	a.tell(wire.ControlEntry{Op: wire.ControlRevoke, Scope: name, Version: c.scope(name).head})
}

// SwitchOff stops a device, or lets it go on.
func (c *Central) SwitchOff(device ident.Device, off bool) {
	a := c.accounts[device]
	if a.off == off {
		return
	}
	a.off = off
	if off {
		a.tell(wire.ControlEntry{Op: wire.ControlSwitchOff})
		return
	}
	a.tell(wire.ControlEntry{Op: wire.ControlLogin, Login: a.Login, Actor: a.Actor, Role: a.Role})
}

// Full makes every write fail until it is called with false.
func (c *Central) Full(full bool) { c.full = full }

// Clone returns a copy that shares nothing that changes: a backup.
func (c *Central) Clone() *Central {
	out := *c
	out.synced, out.cuts = nil, nil
	out.scopes, out.rows = cloneMap(c.scopes, cloneScope), cloneMap(c.rows, cloneRow)
	out.lanes, out.accounts = cloneMap(c.lanes, cloneLane), cloneMap(c.accounts, cloneAccount)
	out.reissued, out.adopted = maps.Clone(c.reissued), maps.Clone(c.adopted)
	return &out
}

func cloneMap[K comparable, V any](m map[K]*V, clone func(V) V) map[K]*V {
	out := make(map[K]*V, len(m))
	for k, v := range m {
		c := clone(*v)
		out[k] = &c
	}
	return out
}

func cloneScope(s scope) scope {
	s.log, s.lineage = slices.Clone(s.log), slices.Clone(s.lineage)
	return s
}

func cloneRow(r row) row {
	r.fields = cloneMap(r.fields, func(f field) field { return f }) // heads are replaced, never changed
	r.past = slices.Clone(r.past)
	return r
}

func cloneLane(l lane) lane {
	l.chains, l.sets = slices.Clone(l.chains), slices.Clone(l.sets)
	l.receipts, l.refused, l.repeats = slices.Clone(l.receipts), maps.Clone(l.refused), slices.Clone(l.repeats)
	l.passed, l.stamps = slices.Clone(l.passed), maps.Clone(l.stamps)
	return l
}

func cloneAccount(a account) account {
	a.held, a.control, a.purged = maps.Clone(a.held), slices.Clone(a.control), maps.Clone(a.purged)
	return a
}

// Crash returns what a server that starts again finds on its disk.
func (c *Central) Crash() *Central {
	if c.synced != nil {
		return c.synced
	}
	return c
}

// Restore returns the store as a server finds it that was restored from this
// backup, its list of devices included. With told false the server does not know:
// the files were copied back.
func (c *Central) Restore(told bool) *Central {
	out := c.Clone()
	if told {
		out.newEpoch()
	}
	out.copied = out.copied || !told
	return out
}

// newEpoch begins an epoch that no other state of this store has used.
func (c *Central) newEpoch() {
	*c.epochs = max(*c.epochs, record.FirstEpoch) + 1
	c.epoch, c.own = *c.epochs, c.newIncarnation()
	for _, s := range c.scopes {
		from := s.head
		if n := len(s.lineage); n > 0 && s.head.Epoch() != s.lineage[n-1].Epoch {
			from = s.lineage[n-1].From // no version was ever given in that one
			s.lineage = s.lineage[:n-1]
		}
		s.lineage = append(s.lineage, record.Fork{Epoch: c.epoch, From: from})
	}
}

// parted corrects the lineage of a scope of which somebody holds the versions lost,
// newest first, and this store does not; up to shared both are the same.
func (c *Central) parted(s *scope, shared record.Version, lost ...record.Version) {
	for _, v := range lost {
		if v.Epoch() <= c.epoch && s.lineage.Current(v) <= shared {
			continue
		}
		if v.Epoch() >= c.epoch {
			*c.epochs = max(*c.epochs, v.Epoch())
			c.newEpoch()
		}
		if i := slices.IndexFunc(s.lineage, func(f record.Fork) bool { return f.Epoch > v.Epoch() }); i >= 0 {
			s.lineage[i].From = min(s.lineage[i].From, shared)
		}
	}
}
