// SPDX-License-Identifier: Apache-2.0

package hub_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"yuexin/shared/ident"
	"yuexin/shared/sync/peer"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/replica"
	"yuexin/shared/sync/sqlitedb/powerloss"
	"yuexin/shared/sync/wire"
	"yuexin/syncserver/hub"
	"yuexin/syncserver/store"
	"yuexin/syncserver/store/central"
	"yuexin/syncserver/store/storetest"
)

// How much is done while the disk is watched, and how often its power goes.
const (
	powerDevices = 2
	powerActs    = 10 // of each device, in each of two runs of all programs
	powerRounds  = 8  // YUEXIN_POWER_ROUNDS says otherwise
	goOnEvery    = 4  // rounds after which devices and server go on from what they find
)

// What had been promised when the power went, as notes in the disk's log.
type (
	// saved: the device told its user that an act is saved.
	saved struct {
		device int
		link   record.Link
		text   string // stands in no other act
	}
	// receipted: a message with receipts begins to leave the server.
	receipted []record.Receipt
)

// powered is a server and its devices on one disk that is watched.
type powered struct {
	*world
	disk    *powerloss.Disk
	root    string
	devices []*device
	random  *rand.Rand
	from    int // the place in the log from which on the power may go
}

// work lets devices write and sync while the disk is watched.
func work(t *testing.T, f powerloss.Fault, seed uint64) *powered {
	t.Helper()
	p := &powered{root: t.TempDir(), random: rand.New(rand.NewPCG(seed, 0))}
	p.disk = powerloss.Watch(t, p.root, f)
	folders := 0
	p.world = (&world{t: t, catalogue: storetest.Catalogue(t), access: storetest.Access(t), folder: func() string {
		folders++
		dir := filepath.Join(p.root, strconv.Itoa(folders))
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		return dir
	}}).open()
	for range powerDevices {
		d := p.device()
		d.sync()
		p.devices = append(p.devices, d)
	}
	p.from = p.disk.Len()
	p.run()
	p.restart()
	p.run()
	return p
}

// serverFolder is the folder of the central store, below the root.
const serverFolder = "1"

// run lets every device work by itself, online.
func (p *powered) run() {
	p.t.Helper()
	web := httptest.NewUnstartedServer(p.hub)
	web.Listener = &exits{web.Listener, p.leaves}
	web.Start()
	defer web.Close()
	ctx, cancel := context.WithCancel(p.t.Context())
	var online, working sync.WaitGroup
	for i, d := range p.devices {
		online.Go(func() { d.client(web.URL).Run(ctx) })
		random := rand.New(rand.NewPCG(p.random.Uint64(), 0))
		working.Go(func() { p.write(i, random) })
	}
	working.Wait()
	changed := p.devices[0].replica.Watch(ctx)
	waitFor(p.t, changed, func() bool {
		return !slices.ContainsFunc(p.devices, func(d *device) bool { return len(d.replica.Unsent()) > 0 })
	})
	cancel()
	online.Wait()
}

// leaves notes the receipts in a message that leaves the server.
func (p *powered) leaves(m wire.Message) {
	r, ok := m.(*wire.Receipts)
	if !ok {
		return
	}
	list, err := peer.Unpack(r)
	if err != nil {
		p.t.Error(err)
	}
	p.disk.Note(receipted(list))
}

// write lets a device register and edit, and notes what it told its user.
func (p *powered) write(i int, random *rand.Rand) {
	d, own := p.devices[i], []record.Header{}
	for n := range powerActs {
		w := record.Write{Op: record.Edit}
		if len(own) == 0 || random.IntN(3) > 0 {
			id := ident.Record{byte(i + 1), byte(n), byte(random.Uint32()), byte(random.Uint32()), byte(random.Uint32())}
			w.Op, w.Header = record.Create, record.Header{ID: id, Kind: "household", Scope: village, Subject: ident.Subject(id)}
			own = append(own, w.Header)
		} else {
			w.Header = own[random.IntN(len(own))]
		}
		text := fmt.Sprintf("device %d act %d %x %s", i, n, random.Uint64(), strings.Repeat("四会", random.IntN(300)))
		w.Fields = map[record.Field]record.Value{"holder": record.OfText(text)}
		base, err := d.store.Base(p.t.Context(), village)
		if err != nil {
			p.t.Error(err)
			return
		}
		r, err := d.store.Apply(p.t.Context(), record.Act{
			Name: "test", Scope: village, Base: base, Source: record.Officer, Writes: []record.Write{w},
		})
		if err != nil {
			p.t.Error(err)
			return
		}
		p.disk.Note(saved{i, r.Link, text})
		for wait := random.IntN(3) == 0; wait && len(d.replica.Unsent()) > 0; { // so that there are many messages
			time.Sleep(time.Millisecond)
		}
	}
}

// restart ends all programs in good order, which writes their logs back into
// the databases, and starts them again.
func (p *powered) restart() {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), 10*time.Second)
	defer cancel()
	p.must(p.hub.Close(ctx))
	p.must(p.st.Close())
	st, err := central.Open(p.t.Context(), p.world.central(filepath.Join(p.root, serverFolder)))
	p.must(err)
	p.st = st
	p.hub = hub.New(p.config())
	for _, d := range p.devices {
		p.must(d.replica.Close())
		p.must(d.open(filepath.Dir(d.path)))
	}
}

// open opens the device's replica in a folder.
func (d *device) open(folder string) error {
	r, err := replica.Open(d.w.t.Context(), filepath.Join(folder, replicaFile), d.w.options())
	if err != nil {
		return err
	}
	if _, err := r.Unlock(d.w.t.Context(), d.session.Actor, passphrase); err != nil {
		_ = r.Close() // the error that matters is the first
		return err
	}
	d.replica, d.store = r, r.As(d.session)
	return nil
}

// found is what is on the disk after the power went.
type found struct {
	*powered
	dir     string
	broken  []string
	st      *central.Store
	devices []*device
}

// breaks notes a law that does not hold.
func (f *found) breaks(format string, args ...any) {
	f.broken = append(f.broken, fmt.Sprintf(format, args...))
}

// round lets the power go after some events of the log and returns the laws
// that are broken by what is found. If they are to go on, the devices and the
// server then do what was interrupted, and everything that was saved has to be
// at the server, once.
func (p *powered) round(at int, loss powerloss.Loss, goOn bool) []string {
	p.t.Helper()
	return p.look(func(f *found) {
		if f.openServer(at, loss) {
			f.receipts(at)
			f.verify()
		}
		if f.openDevices(at, loss) {
			f.acts(at)
		}
		if goOn && len(f.broken) == 0 {
			f.goOn(at)
		}
	})
}

// look lets somebody look at images and returns the laws they found broken.
func (p *powered) look(with func(*found)) []string {
	p.t.Helper()
	dir, err := os.MkdirTemp(p.t.TempDir(), "round")
	p.must(err)
	defer os.RemoveAll(dir)
	f := &found{powered: p, dir: dir}
	defer f.close()
	with(f)
	return f.broken
}

func (f *found) close() {
	if f.st != nil {
		f.must(f.st.Close())
	}
	for _, d := range f.devices {
		f.must(d.replica.Close())
	}
}

// image returns what is on the disk in one of the folders.
func (f *found) image(folder string, at int, loss powerloss.Loss) (dir string) {
	dir = filepath.Join(f.dir, folder)
	f.must(f.disk.Image(dir, folder, at, loss))
	return dir
}

// openServer reports whether the central store opens.
func (f *found) openServer(at int, loss powerloss.Loss) bool {
	st, err := central.Open(f.t.Context(), f.world.central(f.image(serverFolder, at, loss)))
	if err != nil {
		f.breaks("the central store does not open: %v", err)
		return false
	}
	f.st = st
	return true
}

// verify reads the whole central store.
func (f *found) verify() {
	err := f.st.Verify(f.t.Context(), func(b store.Breach) { f.breaks("the central store: %+v", b) })
	if err != nil {
		f.breaks("the central store does not verify: %v", err)
	}
}

// receipts looks for every receipt that began to leave the server before.
func (f *found) receipts(at int) {
	f.disk.Notes(at, func(_ int, what any) {
		list, _ := what.(receipted)
		for _, r := range list {
			got, err := f.st.Receipts(f.t.Context(), r.Link.Lane, r.Link.Number, r.Link.Number)
			if err != nil {
				f.breaks("the receipt of %v left the server, which does not know it: %v", r.Link, err)
			} else if got[0].Outcome != r.Outcome || got[0].Version != r.Version {
				f.breaks("the receipt of %v left the server, which has another", r.Link)
			}
		}
	})
}

// openDevices reports whether all replicas open, and verifies them.
func (f *found) openDevices(at int, loss powerloss.Loss) bool {
	ctx := f.t.Context()
	for i, was := range f.powered.devices {
		d := &device{w: f.world, id: was.id, session: was.session}
		if err := d.open(f.image(filepath.Base(filepath.Dir(was.path)), at, loss)); err != nil {
			f.breaks("device %d does not open: %v", i, err)
			return false
		}
		f.devices = append(f.devices, d)
		if err := d.replica.Check(ctx); err != nil {
			f.breaks("device %d: %v", i, err)
		}
		if err := d.replica.Verify(ctx); err != nil {
			f.breaks("device %d does not verify: %v", i, err)
		}
	}
	return true
}

// acts looks for every act that a device told its user is saved.
func (f *found) acts(at int) {
	f.disk.Notes(at, func(_ int, what any) {
		n, ok := what.(saved)
		if !ok {
			return
		}
		if _, err := f.devices[n.device].replica.Receipt(f.t.Context(), n.link); err != nil {
			f.breaks("device %d said that %v is saved, and does not have it: %v", n.device, n.link, err)
		}
	})
}

// goOn starts everything again on what was found.
func (f *found) goOn(at int) {
	ctx, cancel := context.WithTimeout(f.t.Context(), 30*time.Second)
	defer cancel()
	cfg := f.config()
	cfg.Store = f.st
	h := hub.New(cfg)
	web := httptest.NewServer(h)
	defer web.Close()
	defer func() { f.must(h.Close(ctx)) }()
	for range 2 { // what the last one sends reaches the first
		for i, d := range f.devices {
			if err := d.client(web.URL).Once(ctx); err != nil {
				f.breaks("device %d does not settle: %v", i, err)
				return
			}
		}
	}
	stands := f.stands()
	f.disk.Notes(at, func(_ int, what any) {
		if n, ok := what.(saved); ok && stands[n.text] != 1 {
			f.breaks("%q of device %d was saved and is %d times at the server", n.text[:16], n.device, stands[n.text])
		}
	})
	for text, n := range stands {
		if n != 1 {
			f.breaks("%q is %d times at the server", text[:16], n)
		}
	}
	f.must(f.st.Verify(ctx, func(b store.Breach) { f.breaks("afterwards: %+v", b) }))
}

// stands counts every text at the server: those that are seen, those beside
// them and those that stand no more.
func (f *found) stands() map[string]int {
	out := map[string]int{}
	desk := f.st.As(store.Login{Role: "desk"})
	rows, err := desk.List(f.t.Context(), record.Query{Kind: "household", Scope: village, Limit: 10_000})
	f.must(err)
	for _, row := range rows {
		state := row.Fields["holder"]
		out[state.Value.Text()]++
		for _, h := range state.Aside {
			out[h.Value.Text()]++
		}
		past, err := desk.History(f.t.Context(), row.Header.ID)
		f.must(err)
		for _, one := range past {
			if one.Field == "holder" {
				out[one.Value.Text()]++
			}
		}
	}
	return out
}

// promised counts the promises.
func (p *powered) promised() (acts, receipts, messages int) {
	p.disk.Notes(p.disk.Len(), func(_ int, what any) {
		switch n := what.(type) {
		case saved:
			acts++
		case receipted:
			receipts, messages = receipts+len(n), messages+1
		}
	})
	return acts, receipts, messages
}

// powerSeed returns a seed and prints it.
func powerSeed(t *testing.T) uint64 {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	return seed
}

// TestPowerLoss: whatever of the writes without an fsync a loss of power takes,
// at whatever moment, the stores open and verify, the server has every receipt
// that began to leave it, and every device has what it told its user is saved.
// From there all of it reaches the server, once. And no receipt leaves before the
// fsync of its commit returned.
func TestPowerLoss(t *testing.T) {
	p := work(t, powerloss.Sound, powerSeed(t))
	rounds := powerRounds
	if text := os.Getenv("YUEXIN_POWER_ROUNDS"); text != "" {
		var err error
		rounds, err = strconv.Atoi(text)
		p.must(err)
	}
	for round := range rounds {
		at := p.from + p.random.IntN(p.disk.Len()-p.from) + 1
		for _, law := range p.round(at, powerloss.SomeLost(p.random), round%goOnEvery == 0) {
			t.Errorf("round %d, power lost after event %d: %s", round, at, law)
		}
	}
	acts, receipts, messages := p.promised()
	t.Logf("%d rounds over %d events: %d acts saved, %d receipts in %d messages, %d syncs of databases and %d of their logs",
		rounds, p.disk.Len()-p.from, acts, receipts, messages, p.disk.Syncs(".db"), p.disk.Syncs("-wal"))
	if all := 2 * powerDevices * powerActs; acts != all || receipts < all {
		t.Errorf("%d of %d acts are saved, %d receipted: not everything was noted", acts, all, receipts)
	}
	for _, law := range p.early() {
		t.Error(law)
	}
}

// Without fsync the same rounds find losses: they can.
func TestPowerLossWithoutSync(t *testing.T) {
	p := work(t, powerloss.NoSync, powerSeed(t))
	bad := 0
	for range 4 {
		at := p.from + p.random.IntN(p.disk.Len()-p.from) + 1
		if broken := p.round(at, powerloss.SomeLost(p.random), false); len(broken) > 0 {
			bad++
		}
	}
	t.Logf("%d of 4 rounds lost something", bad)
	if bad == 0 {
		t.Error("synchronous = OFF was not noticed")
	}
}

// early returns the receipts that left before an fsync had put them on disk:
// those that are not there if the power goes at that moment and takes
// everything that was not synced.
func (p *powered) early() (broken []string) {
	p.t.Helper()
	var moments []int
	p.disk.Notes(p.disk.Len(), func(at int, what any) {
		if _, ok := what.(receipted); ok {
			moments = append(moments, at+1)
		}
	})
	if len(moments) == 0 {
		p.t.Fatal("no receipt left")
	}
	early := 0
	for _, at := range moments {
		found := p.look(func(f *found) {
			if f.openServer(at, powerloss.AllLost()) {
				f.receipts(at)
			}
		})
		if len(found) > 0 {
			early++
		}
		broken = append(broken, found...)
	}
	p.t.Logf("%d messages with receipts left, %d of them early", len(moments), early)
	return broken
}

// An fsync that returns after the receipt has left is found.
func TestReceiptBeforeSync(t *testing.T) {
	if len(work(t, powerloss.LateSync, powerSeed(t)).early()) == 0 {
		t.Error("receipts that left before their fsync returned were not noticed")
	}
}
