// SPDX-License-Identifier: Apache-2.0

package hub_test

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"yuexin/shared/ident"
	"yuexin/shared/pgtest"
	"yuexin/shared/sync/audit"
	"yuexin/shared/sync/peer"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/recordtest"
	"yuexin/shared/sync/replica/envelope"
	"yuexin/shared/sync/seal"
	"yuexin/shared/sync/simtest"
	"yuexin/shared/sync/simtest/model"
	"yuexin/syncserver/fleet"
	"yuexin/syncserver/hub"
	"yuexin/syncserver/store"
	"yuexin/syncserver/store/central"
	"yuexin/syncserver/store/database"
	"yuexin/syncserver/store/postgres"
)

// realWorlds is how many random worlds run on the real stores, unless
// YUEXIN_REAL_WORLDS asks for more: the central one on SQLite behind hub.Port, and
// replicas on SQLite behind client.Disk.
const realWorlds = 110

// realPaths are what some of the worlds must do.
var realPaths = []string{
	"snapshot begun", "snapshot resumed", "snapshot replaced",
	"disk: no room", "disk: little room", "disk: no write", "disk: few writes", "disk: no sync", "disk: few syncs",
	"server store failed", "device store failed", "hostile network", "message re-ordered", "frame spoiled",
}

func TestMain(m *testing.M) { os.Exit(pgtest.Run(m)) }

// simKinds are the kinds of the test catalogue.
var simKinds = []record.Kind{recordtest.Household, recordtest.Demand, recordtest.Point, recordtest.Approval}

// TestWorldsOnRealStores: in no random world on the real stores is a law broken.
func TestWorldsOnRealStores(t *testing.T) {
	ailing(t)
	worlds, counts := uint64(realWorlds), map[string]int{}
	if n, err := strconv.ParseUint(os.Getenv("YUEXIN_REAL_WORLDS"), 10, 64); err == nil {
		worlds = n
	}
	defer func() {
		for _, path := range realPaths {
			if counts[path] == 0 && !t.Failed() {
				t.Errorf("no world of %d: %s", worlds, path)
			}
		}
	}()
	for seed := uint64(1); seed <= worlds; seed++ {
		plan := troubled(simtest.Random(seed, simtest.Options{
			Steps: 40, Clone: seed%4 == 1, Restore: seed%4 >= 2, Hostile: seed%5 == 2,
		}), seed)
		if broken := simulate(t, seed, plan, counts, nil); len(broken) > 0 {
			short := simtest.Shrink(plan, func(p simtest.Plan) bool { return len(simulate(t, seed, p, counts, nil)) > 0 })
			t.Fatalf("seed %d breaks %q\nthe shortest plan breaks %q:\n%s", seed, broken, simulate(t, seed, short, counts, nil), short)
		}
	}
}

// TestStoriesOnRealStores: the simulator's stories end on the real stores as they do on
// the models.
func TestStoriesOnRealStores(t *testing.T) { stories(t, nil) }

// TestStoriesOnPostgres: and where the server's rows are in PostgreSQL.
func TestStoriesOnPostgres(t *testing.T) { stories(t, pgtest.Database) }

func stories(t *testing.T, places func(testing.TB) string) {
	t.Helper()
	ailing(t)
	const folder = "../../shared/sync/simtest/testdata"
	files, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		t.Run(file.Name(), func(t *testing.T) {
			data, err := os.ReadFile(filepath.Join(folder, file.Name()))
			if err != nil {
				t.Fatal(err)
			}
			plan := simtest.Plan(strings.Split(strings.TrimSpace(string(data)), "\n"))
			if broken := simulate(t, 1, plan, map[string]int{}, places); len(broken) > 0 {
				t.Error(broken)
			}
		})
	}
}

// simulate runs a plan on the real stores, adds up the paths it took, and returns the
// laws it broke. places has databases of PostgreSQL for the server; nil: its rows are in files.
func simulate(t *testing.T, seed uint64, plan simtest.Plan, counts map[string]int, places func(testing.TB) string) []string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "world") // memory: what fsync keeps is TestPowerLoss's matter
	if err != nil {
		dir, err = os.MkdirTemp(t.TempDir(), "world")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	r := &real{
		t: t, seed: seed, dir: dir, rules: simtest.TestRules(t), counts: counts, places: places,
		keys: map[ident.Device]seal.SignPrivate{}, persons: map[ident.Actor]seal.SignPrivate{}, open: map[string]func() error{},
	}
	under.Store(r)
	box, err1 := seal.NewBox(seal.Default, rand.Reader)
	sign, err2 := seal.NewSign(seal.Default, rand.Reader)
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	r.id = &fleet.Identity{Box: box, Sign: sign}
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
	seed  uint64
	dir   string
	n     int
	rules model.Rules

	places func(testing.TB) string // databases of PostgreSQL for the server; nil: files

	id    *fleet.Identity
	keys  map[ident.Device]seal.SignPrivate // of the devices
	open  map[string]func() error           // stores, by folder
	noted int                               // audit entries that devices hold durably

	counts map[string]int // of the paths that were taken

	mu    sync.Mutex
	disks []*disk // guarded by mu

	persons map[ident.Actor]seal.SignPrivate // own keys of the people
	devices []*realDevice                    // copies as well
}

func (r *real) close() {
	for dir := range r.open {
		r.shut(dir)
	}
}

// shut closes the store of a folder. What an ill disk does to it then is nobody's loss.
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
	st    *central.Store
	at    string          // its folder
	data  database.Engine // nil: a file in its folder
	disk  *disk
	n     uint64 // enrolments

	told, untold string // the last backups; see Backup
	secret       bool   // nobody said that it was restored
	later        time.Duration
	turned       []string // acts that were in quarantine and refused: their device may be off and not hear of it
}

func (r *real) server(nowMS func() int64) simtest.Server {
	s := &realServer{real: r, clock: nowMS, disk: r.newDisk()}
	if r.places != nil {
		s.data = postgres.At(r.places(r.t))
	}
	s.start(r.folder())
	return s
}

func (s *realServer) now() time.Time { return time.UnixMilli(s.clock()).Add(s.later) }

func (s *realServer) start(dir string) {
	refuse := func(_ context.Context, _ store.Reader, _ store.Login, cs *record.ChangeSet) (*store.Refusal, error) {
		if !s.rules.Refuse(cs.Name) {
			return nil, nil
		}
		return &store.Refusal{Outcome: record.Rejected, Reason: "demand.closed"}, nil
	}
	st, err := central.Open(s.t.Context(), central.Options{
		Dir: dir, Data: s.data, Catalogue: s.rules.Catalogue, Access: s.rules.Access, Rules: []store.Rule{refuse}, Now: s.now,
		Snapshots: s.rules.Snapshots,
	})
	s.must(err)
	s.st, s.at = st, dir
	s.disk.set(func() { s.disk.folder = dir })
	s.open[dir] = st.Close
}

// Crash implements simtest.Server: the process is killed and started again.
func (s *realServer) Crash() {
	s.disk.lift(func() {
		dir := s.copied(s.at)
		s.shut(s.at)
		s.start(dir)
	})
}

// Session implements simtest.Server.
func (s *realServer) Session() simtest.Port {
	return realPort{s, hub.NewPort(hub.Config{
		Store: s.st, Catalogue: s.rules.Catalogue.Version(),
		View: func(name string) (record.View, bool) { return s.rules.Access.View(record.Role(name)), true },
		Open: func(data []byte) ([]byte, error) { return envelope.Open(s.id.Box, data) }, Verify: fleet.Verify, Boxes: s.id,
		Now: s.now, Log: slog.New(slog.DiscardHandler), PageRows: 3,
	})}
}

type realPort struct {
	s    *realServer
	port *hub.Port
}

// Do implements simtest.Port. Pieces of snapshots are small, so that some are cut off
// between two.
func (p realPort) Do(eff peer.Effect) peer.Event {
	ev := p.port.Do(p.s.t.Context(), eff)
	if piece, ok := ev.(peer.PieceLoaded); ok {
		piece.Data = piece.Data[:min(len(piece.Data), 40)]
		return piece
	}
	return ev
}

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
	s.did(s.disk, s.st.Grant(s.t.Context(), d, scope, string(dev.Role), s.now()))
}

// Revoke implements simtest.Server.
func (s *realServer) Revoke(d ident.Device, scope ident.Scope) {
	if slices.Contains(s.Grants(d), scope) {
		s.did(s.disk, s.st.Revoke(s.t.Context(), d, scope, s.now()))
	}
}

// SwitchOff implements simtest.Server.
func (s *realServer) SwitchOff(d ident.Device, off bool) {
	if s.Off(d) != off {
		s.did(s.disk, s.st.SwitchOff(s.t.Context(), d, off, s.now()))
	}
}

// DropSnapshots implements simtest.Server: a key is destroyed, as an erasure does.
func (s *realServer) DropSnapshots() {
	db, err := sql.Open("sqlite3", filepath.Join(s.at, central.KeyFile))
	s.must(err)
	defer db.Close()
	s.disk.lift(func() {
		_, err = db.Exec(`DELETE FROM data_key WHERE name >= CAST('snapshot:' AS BLOB) AND name < CAST('snapshot;' AS BLOB)`)
		s.must(err)
	})
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
	if !s.did(s.disk, err) {
		return false
	}
	if !pass && s.Off(d) {
		s.turned = append(s.turned, first.Act)
	}
	return true
}

// Author implements simtest.Server.
func (s *realServer) Author(act record.Act) (record.Receipt, error) {
	desk := s.st.As(store.Login{Role: recordtest.Desk})
	base, err := desk.Base(s.t.Context(), act.Scope)
	s.must(err)
	act.Base, act.Source = base, s.rules.Access.Source(recordtest.Desk)
	return desk.Apply(s.t.Context(), act)
}

// Full implements simtest.Server, by any of the ills.
func (s *realServer) Full(full bool) { s.disk.falls(full) }

// Backup implements simtest.Server: one as the command makes it, and one as a copy of
// the whole machine is, which nobody marks.
func (s *realServer) Backup() {
	dir := filepath.Join(s.folder(), "backup")
	if s.did(s.disk, s.st.Backup(s.t.Context(), dir)) {
		s.told, s.untold = dir, s.copied(s.at)
		if s.data != nil {
			unmarked := func(string) error { return nil }
			s.must(s.data.Copy(s.t.Context(), filepath.Join(s.untold, central.DataFile), unmarked))
		}
	}
}

// Restore implements simtest.Server.
func (s *realServer) Restore(told bool) {
	if s.told == "" {
		return
	}
	from := s.untold
	if told {
		from = s.told
	}
	s.disk.lift(func() {
		s.shut(s.at)
		dir := s.copied(from)
		s.must(withKeys(dir))
		if s.data != nil {
			place := postgres.At(s.places(s.t))
			s.must(place.Load(s.t.Context(), filepath.Join(dir, central.DataFile), func(postgres.Loaded) {}))
			s.data = place
		}
		s.start(dir)
		if told { // as the command does, which takes longer than anything is under way
			s.later = time.Minute
			s.must(s.st.Note(s.t.Context(), audit.Entry{Deed: audit.Act, What: audit.WhatRestore}))
			s.later = 0
		}
	})
	s.secret = s.secret || !told
}

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
func (s *realServer) Quarantined() []string {
	acts := slices.Clone(s.turned)
	list, err := s.st.Quarantine(s.t.Context())
	s.must(err)
	for _, q := range list {
		acts = append(acts, q.Act)
	}
	return acts
}

// Breaches implements simtest.Server.
func (s *realServer) Breaches() (out []string) {
	s.must(s.st.Verify(s.t.Context(), func(b store.Breach) {
		if cut := b.Rule == "audit" && b.Where == "server"; !cut || !s.secret { // then its own log was cut, and verify says so
			out = append(out, b.Rule+" "+b.Where+": "+b.What)
		}
	}))
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
