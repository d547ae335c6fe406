// SPDX-License-Identifier: Apache-2.0

package hub_test

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"yuexin/shared/ident"
	"yuexin/shared/sync/audit"
	"yuexin/shared/sync/client"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/peer"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/recordtest"
	"yuexin/shared/sync/replica"
	"yuexin/shared/sync/replica/envelope"
	"yuexin/shared/sync/seal"
	"yuexin/shared/sync/simtest"
	"yuexin/shared/sync/simtest/model"
	"yuexin/shared/sync/wire"
	"yuexin/syncserver/fleet"
	"yuexin/syncserver/hub"
	"yuexin/syncserver/store"
	"yuexin/syncserver/store/sqlite"
)

// realWorlds is how many random worlds run on the real stores: the central one on
// SQLite behind hub.Port, and replicas on SQLite behind client.Disk.
const realWorlds = 200

// realPaths are what some of the worlds must do. A snapshot is resumed in one of two
// hundred, more or less: more worlds run until one did.
var realPaths = []string{"snapshot begun", "snapshot resumed", "snapshot replaced"}

// simKinds are the kinds of the test catalogue.
var simKinds = []record.Kind{recordtest.Household, recordtest.Demand, recordtest.Point, recordtest.Approval}

// TestWorldsOnRealStores: in no random world on the real stores is a law broken.
func TestWorldsOnRealStores(t *testing.T) {
	counts := map[string]int{}
	defer func() {
		for _, path := range realPaths {
			if counts[path] == 0 && !t.Failed() {
				t.Errorf("no world of %d: %s", 3*realWorlds, path)
			}
		}
	}()
	unseen := func(path string) bool { return counts[path] == 0 }
	for seed := uint64(1); seed <= realWorlds || seed <= 3*realWorlds && slices.ContainsFunc(realPaths, unseen); seed++ {
		plan := simtest.Random(seed, simtest.Options{Steps: 40, Clone: seed%4 == 1})
		if broken := simulate(t, seed, plan, counts); len(broken) > 0 {
			short := simtest.Shrink(plan, func(p simtest.Plan) bool { return len(simulate(t, seed, p, counts)) > 0 })
			t.Fatalf("seed %d breaks %q\nthe shortest plan breaks %q:\n%s", seed, broken, simulate(t, seed, short, counts), short)
		}
	}
}

// simulate runs a plan on the real stores, adds up the paths it took, and returns the
// laws it broke.
func simulate(t *testing.T, seed uint64, plan simtest.Plan, counts map[string]int) []string {
	t.Helper()
	dir, err := os.MkdirTemp(t.TempDir(), "world")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	r := &real{t: t, dir: dir, rules: simtest.TestRules(t), keys: map[ident.Device]seal.SignPrivate{}, persons: map[ident.Actor]seal.SignPrivate{}, open: map[string]func() error{}}
	if r.box, err = seal.NewBox(seal.Default, rand.Reader); err != nil {
		t.Fatal(err)
	}
	defer r.close()
	w := simtest.NewWorld(simtest.Stores{Rules: r.rules, Server: r.server, Device: r.device}, seed)
	defer func() {
		for path, n := range w.Counts {
			counts[path] += n
		}
	}()
	if err := w.Run(plan); err != nil && len(w.Broken) == 0 {
		return []string{err.Error()}
	}
	return w.Broken
}

// real makes the real stores of one world.
type real struct {
	t     *testing.T
	dir   string
	n     int
	rules model.Rules
	box   seal.BoxPrivate
	keys  map[ident.Device]seal.SignPrivate // of the devices
	open  map[string]func() error           // stores, by folder
	noted int                               // audit entries that devices hold durably

	persons map[ident.Actor]seal.SignPrivate // own keys of the people
	devices []*realDevice                    // copies as well
}

func (r *real) close() {
	for dir := range r.open {
		r.shut(dir)
	}
}

// shut closes the store of a folder.
func (r *real) shut(dir string) {
	r.must(r.open[dir]())
	delete(r.open, dir)
}

// folder returns a new folder.
func (r *real) folder() string {
	r.n++
	dir := filepath.Join(r.dir, fmt.Sprint(r.n))
	r.must(os.Mkdir(dir, 0o700))
	return dir
}

func (r *real) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

// copied returns a copy of a folder as it is at this moment, which is what a
// process finds that starts after its predecessor was killed.
func (r *real) copied(from string) string {
	to := r.folder()
	r.must(os.CopyFS(to, os.DirFS(from)))
	return to
}

// realServer is the central store on SQLite behind the hub's ports.
type realServer struct {
	*real
	clock func() int64
	st    *sqlite.Store
	at    string // its folder
	n     uint64 // enrolments
}

func (r *real) server(nowMS func() int64) simtest.Server {
	s := &realServer{real: r, clock: nowMS}
	s.start(r.folder())
	return s
}

func (s *realServer) now() time.Time { return time.UnixMilli(s.clock()) }

func (s *realServer) start(dir string) {
	refuse := func(_ context.Context, _ store.Reader, _ store.Login, cs *record.ChangeSet) (*store.Refusal, error) {
		if !s.rules.Refuse(cs.Name) {
			return nil, nil
		}
		return &store.Refusal{Outcome: record.Rejected, Reason: "demand.closed"}, nil
	}
	st, err := sqlite.Open(s.t.Context(), sqlite.Options{
		Dir: dir, Catalogue: s.rules.Catalogue, Access: s.rules.Access, Rules: []store.Rule{refuse}, Now: s.now,
		Snapshots: s.rules.Snapshots,
	})
	s.must(err)
	s.st, s.at = st, dir
	s.open[dir] = st.Close
}

// Crash implements simtest.Server: the process is killed and started again.
func (s *realServer) Crash() {
	dir := s.copied(s.at)
	s.shut(s.at)
	s.start(dir)
}

// Session implements simtest.Server.
func (s *realServer) Session() simtest.Port {
	return realPort{s, hub.NewPort(hub.Config{
		Store: s.st, Catalogue: s.rules.Catalogue.Version(),
		View: func(name string) (record.View, bool) { return s.rules.Access.View(record.Role(name)), true },
		Open: func(data []byte) ([]byte, error) { return envelope.Open(s.box, data) }, Verify: fleet.Verify,
		Now: s.now, Log: slog.New(slog.DiscardHandler), PageRows: 3,
	})}
}

type realPort struct {
	s    *realServer
	port *hub.Port
}

// Do implements simtest.Port.
func (p realPort) Do(eff peer.Effect) peer.Event { return p.port.Do(p.s.t.Context(), eff) }

// Enrol implements simtest.Server.
func (s *realServer) Enrol(a model.Account) model.Account {
	s.n++
	code := sha256.Sum256(binary.BigEndian.AppendUint64(nil, s.n))
	key, public := s.newKey()
	own, person := s.newKey()
	ctx := s.t.Context()
	s.must(s.st.AddEnrolment(ctx, store.Enrolment{
		CodeHash: code, Name: fmt.Sprint("device ", s.n), Program: "agent", Actor: a.Actor, Display: "示例", Role: a.Role,
		Scopes: a.Scopes, Expires: s.now().Add(time.Hour),
	}))
	e, err := s.st.Redeem(ctx, code, store.NewDevice{Public: public, Incarnation: ident.Incarnation{1}, Program: "agent/1", Person: person}, s.now())
	s.must(err)
	a.Device, a.Login = e.Device, e.Login.ID
	s.keys[a.Device], s.persons[a.Actor] = key, own
	return a
}

// newKey returns a signing key and its public half as stores keep it.
func (r *real) newKey() (seal.SignPrivate, []byte) {
	key, err := seal.NewSign(seal.Default, rand.Reader)
	r.must(err)
	public, err := key.Public()
	r.must(err)
	return key, public.Encode()
}

// Grant implements simtest.Server.
func (s *realServer) Grant(d ident.Device, scope ident.Scope) {
	dev, err := s.st.Device(s.t.Context(), d)
	s.must(err)
	s.must(s.st.Grant(s.t.Context(), d, scope, string(dev.Role), s.now()))
}

// Revoke implements simtest.Server.
func (s *realServer) Revoke(d ident.Device, scope ident.Scope) {
	if slices.Contains(s.Grants(d), scope) {
		s.must(s.st.Revoke(s.t.Context(), d, scope, s.now()))
	}
}

// SwitchOff implements simtest.Server.
func (s *realServer) SwitchOff(d ident.Device, off bool) {
	if s.Off(d) != off {
		s.must(s.st.SwitchOff(s.t.Context(), d, off, s.now()))
	}
}

// DropSnapshots implements simtest.Server: a key is destroyed, as an erasure does.
func (s *realServer) DropSnapshots() {
	db, err := sql.Open("sqlite3", filepath.Join(s.at, sqlite.KeyFile))
	s.must(err)
	defer db.Close()
	_, err = db.Exec(`DELETE FROM data_key WHERE name >= CAST('snapshot:' AS BLOB) AND name < CAST('snapshot;' AS BLOB)`)
	s.must(err)
}

// Decide implements simtest.Server.
func (s *realServer) Decide(d ident.Device, pass bool) bool {
	list, err := s.st.Quarantine(s.t.Context())
	s.must(err)
	list = slices.DeleteFunc(list, func(q store.Quarantined) bool { return q.Device != d })
	if len(list) == 0 {
		return false
	}
	first := slices.MinFunc(list, func(a, b store.Quarantined) int { return cmp.Compare(a.Link.Number, b.Link.Number) })
	_, err = s.st.Decide(s.t.Context(), store.Decision{Link: first.Link, Pass: pass, Now: s.now()})
	s.must(err)
	return true
}

// Full, Backup and Restore have tests of their own on the real store; here
// nothing comes of them.
func (s *realServer) Full(bool)    {}
func (s *realServer) Backup()      {}
func (s *realServer) Restore(bool) {}

// Grants implements simtest.Server.
func (s *realServer) Grants(d ident.Device) (out []ident.Scope) {
	grants, err := s.st.Grants(s.t.Context(), d)
	s.must(err)
	for _, g := range grants {
		out = append(out, g.Scope)
	}
	slices.Sort(out)
	return out
}

// Off implements simtest.Server.
func (s *realServer) Off(d ident.Device) bool {
	dev, err := s.st.Device(s.t.Context(), d)
	s.must(err)
	return dev.Off
}

// Unconfirmed implements simtest.Server.
func (s *realServer) Unconfirmed(d ident.Device) int {
	dev, err := s.st.Device(s.t.Context(), d)
	s.must(err)
	return int(dev.Pending)
}

// Rows implements simtest.Server.
func (s *realServer) Rows(scope ident.Scope, role record.Role) []record.Row {
	rows := s.listed(s.st.As(store.Login{Role: role}), scope)
	return slices.DeleteFunc(rows, func(r record.Row) bool { return len(r.Fields) == 0 })
}

func (r *real) listed(from record.Store, scope ident.Scope) (out []record.Row) {
	for _, kind := range simKinds {
		rows, err := from.List(r.t.Context(), record.Query{Kind: kind, Scope: scope, Deleted: true, Limit: 10_000})
		r.must(err)
		out = append(out, rows...)
	}
	slices.SortFunc(out, func(a, b record.Row) int { return a.Header.ID.Compare(b.Header.ID) })
	return out
}

// Stands implements simtest.Server.
func (s *realServer) Stands() (out []model.Stand) {
	desk := s.st.As(store.Login{Role: recordtest.Desk})
	for _, row := range s.listed(desk, "") {
		for f, state := range row.Fields {
			add := func(v record.Value) {
				out = append(out, model.Stand{Record: row.Header.ID, Field: f, Value: model.Print(v)})
			}
			add(state.Value)
			for _, h := range state.Aside {
				add(h.Value)
			}
		}
		past, err := desk.History(s.t.Context(), row.Header.ID)
		s.must(err)
		for _, p := range past {
			out = append(out, model.Stand{Record: row.Header.ID, Field: p.Field, Value: model.Print(p.Value)})
		}
	}
	return out
}

// Quarantined implements simtest.Server.
func (s *realServer) Quarantined() (acts []string) {
	list, err := s.st.Quarantine(s.t.Context())
	s.must(err)
	for _, q := range list {
		acts = append(acts, q.Act)
	}
	return acts
}

// Breaches implements simtest.Server.
func (s *realServer) Breaches() (out []string) {
	s.must(s.st.Verify(s.t.Context(), func(b store.Breach) { out = append(out, b.Rule+" "+b.Where+": "+b.What) }))
	return append(out, s.lostEntries()...)
}

// lostEntries names the audit entries of devices that are neither with the server nor
// on their way. Copies of a
// disk, and servers that were restored, may bring one twice.
func (s *realServer) lostEntries() (out []string) {
	list, err := s.st.Audited(s.t.Context(), store.AuditQuery{Deed: audit.Read, Limit: 1 << 20})
	s.must(err)
	have := map[string]bool{}
	for _, a := range list {
		have[a.What] = true
	}
	for _, d := range s.devices { // what was noted in the last seconds waits for its turn
		if s.open[d.at] == nil {
			continue
		}
		part, err := d.replica.AuditPart(s.t.Context())
		s.must(err)
		for i := 0; part != nil && i < len(part.Bodies); i++ {
			e, err := audit.Parse(part.Bodies[i])
			s.must(err)
			have[e.What] = true
		}
	}
	for n := range s.noted {
		if !have[fmt.Sprint(n)] {
			out = append(out, fmt.Sprintf("audit entry %d of %d is lost", n, s.noted))
		}
	}
	return out
}

// realDevice is a replica on SQLite behind the client's disk.
type realDevice struct {
	*real
	account model.Account
	clock   func() hlc.Reading
	replica *replica.Replica
	at      string // its folder
}

const simPassphrase = "a long passphrase"

func (r *real) device(a model.Account, clock func() hlc.Reading, _ func() ident.Incarnation) simtest.Device {
	d := &realDevice{real: r, account: a, clock: clock, at: r.folder()}
	server, err := r.box.Public()
	r.must(err)
	setup := replica.Setup{
		Identity: replica.Identity{Profile: replica.Laptop, Device: a.Device, ShortID: uint32(r.n), Name: "device", Server: "sim"},
		Key:      r.keys[a.Device], ServerBox: server,
	}
	if a.Role == recordtest.Kiosk {
		setup.Identity.Profile = replica.Kiosk
	} else {
		setup.User = &replica.NewUser{Actor: a.Actor, Name: "示例", Passphrase: simPassphrase, Person: r.persons[a.Actor]}
	}
	d.replica, err = replica.Create(r.t.Context(), filepath.Join(d.at, "replica.db"), setup, d.options())
	r.must(err)
	r.open[d.at] = d.replica.Close
	r.devices = append(r.devices, d)
	return d
}

func (d *realDevice) options() replica.Options {
	return replica.Options{
		Clock: d.clock, Random: rand.Reader, Catalogue: d.rules.Catalogue, Access: d.rules.Access,
		Cost: seal.Params{Time: 1, Threads: 1, MemoryKiB: 64},
	}
}

func (d *realDevice) start(dir string) {
	r, err := replica.Open(d.t.Context(), filepath.Join(dir, "replica.db"), d.options())
	d.must(err)
	if d.account.Role != recordtest.Kiosk {
		_, err = r.Unlock(d.t.Context(), d.account.Actor, simPassphrase)
		d.must(err)
	}
	d.replica, d.at = r, dir
	d.open[dir] = r.Close
}

// Crash implements simtest.Device.
func (d *realDevice) Crash(bool) {
	dir := d.copied(d.at)
	d.shut(d.at)
	d.start(dir)
}

// Clone implements simtest.Device.
func (d *realDevice) Clone(clock func() hlc.Reading, _ func() ident.Incarnation) simtest.Device {
	c := &realDevice{real: d.real, account: d.account, clock: clock}
	c.start(d.copied(d.at))
	d.devices = append(d.devices, c)
	return c
}

// Do implements simtest.Device.
func (d *realDevice) Do(eff peer.Effect) (peer.Event, error) {
	disk := client.NewDisk(client.Config{
		Replica: d.replica, Device: d.account.Device, Program: "sim", Reading: d.clock, Log: slog.New(slog.DiscardHandler),
	})
	return disk.Do(d.t.Context(), eff)
}

func (d *realDevice) as(role record.Role) record.Store {
	return d.replica.As(d.session(role))
}

func (d *realDevice) session(role record.Role) replica.Session {
	return replica.Session{Actor: d.account.Actor, Login: d.account.Login, Role: role}
}

// Full has a test of its own on the real replica.
func (d *realDevice) Full(bool) {}

// Incarnation implements simtest.Device.
func (d *realDevice) Incarnation() ident.Incarnation { return d.replica.Incarnation() }

// Control implements simtest.Device.
func (d *realDevice) Control() wire.ControlEnd {
	end, err := d.replica.Control(d.t.Context())
	d.must(err)
	return end
}

// Off implements simtest.Device.
func (d *realDevice) Off() bool {
	off, err := d.replica.SwitchedOff(d.t.Context())
	d.must(err)
	return off
}

// Base implements simtest.Device.
func (d *realDevice) Base(scope ident.Scope) record.Base {
	b, err := d.as(d.account.Role).Base(d.t.Context(), scope)
	if err != nil { // the scope is not held
		return record.Base{}
	}
	return b
}

// Apply implements simtest.Device.
func (d *realDevice) Apply(act record.Act) (record.Receipt, error) {
	receipt, err := d.as(d.account.Role).Apply(d.t.Context(), act)
	if err == nil { // whoever writes has read
		d.must(d.replica.Note(d.t.Context(), d.session(d.account.Role), audit.Entry{Deed: audit.Read, What: fmt.Sprint(d.noted)}))
		d.noted++
	}
	return receipt, err
}

// Discard implements simtest.Device.
func (d *realDevice) Discard(link record.Link) error {
	return d.replica.Discard(d.t.Context(), d.session(d.account.Role), link)
}

// Scopes implements simtest.Device.
func (d *realDevice) Scopes() (out []ident.Scope) {
	for _, c := range d.replica.Cursors() {
		out = append(out, c.Scope)
	}
	return out
}

// Rows implements simtest.Device.
func (d *realDevice) Rows(scope ident.Scope) []record.Row {
	return d.listed(d.as(d.account.Role), scope)
}

// Kept implements simtest.Device.
func (d *realDevice) Kept() (out []ident.Scope) {
	db, err := sql.Open("sqlite3", filepath.Join(d.at, "replica.db"))
	d.must(err)
	defer db.Close()
	rows, err := db.Query(`SELECT scope FROM snapshots UNION SELECT scope FROM pieces`)
	d.must(err)
	defer rows.Close()
	for rows.Next() {
		var scope ident.Scope
		d.must(rows.Scan(&scope))
		out = append(out, scope)
	}
	d.must(rows.Err())
	return out
}

// Raw implements simtest.Device, by the eyes of one who may see everything.
func (d *realDevice) Raw() (out []wire.RowDelta) {
	for _, row := range d.listed(d.as(recordtest.Desk), "") {
		delta := wire.RowDelta{Header: row.Header}
		for f, state := range row.Fields {
			delta.Fields = append(delta.Fields, wire.FieldDelta{Field: f, State: state})
		}
		out = append(out, delta)
	}
	return out
}

// Receipt implements simtest.Device. Nothing waits when the laws are checked: what
// has no receipt was issued again elsewhere.
func (d *realDevice) Receipt(link record.Link) (record.Receipt, bool) {
	r, err := d.replica.Receipt(d.t.Context(), link)
	if err != nil || r.Outcome == record.Pending && d.Waiting() == 0 {
		return record.Receipt{}, false
	}
	return r, true
}

// Tray implements simtest.Device.
func (d *realDevice) Tray() (out []simtest.Refused) {
	groups, err := d.replica.Tray(d.t.Context())
	d.must(err)
	for _, g := range groups {
		for _, it := range g.Items {
			out = append(out, simtest.Refused{Link: it.Receipt.Link, Act: it.Set.Name})
		}
	}
	return out
}

// Waiting implements simtest.Device.
func (d *realDevice) Waiting() int {
	st, err := d.replica.Status(d.t.Context())
	d.must(err)
	return int(st.Waiting)
}
