// SPDX-License-Identifier: Apache-2.0

package attach_test

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"yuexin/shared/ident"
	"yuexin/shared/sync/blob"
	"yuexin/shared/sync/blob/blobdir"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/replica"
	"yuexin/shared/sync/sqlitedb/powerloss"
	"yuexin/syncserver/store"
	"yuexin/syncserver/store/central"
)

// powerRounds is how often the power goes; YUEXIN_POWER_ROUNDS says otherwise.
const powerRounds = 12

// What had been promised when the power went, as notes in the disk's log.
type (
	// kept: the device told its user that a record is saved, with its photo.
	kept struct {
		device int
		header record.Header
		file   record.Attachment
	}
	// taken: an answer begins to leave the server that says that all of a file is there.
	taken blob.Digest
	// fetched: the device says that a copy of a file is there.
	fetched struct {
		device int
		file   record.Attachment
	}
)

// powered is a server and its devices on one disk that is watched.
type powered struct {
	*world
	disk    *powerloss.Disk
	devices []*device
	sizes   map[string]int // of files, by the digest in hex
}

// work lets two devices take photos and upload them, with cuts, while the disk is watched.
func work(t *testing.T, f powerloss.Fault) *powered {
	t.Helper()
	p := &powered{sizes: map[string]int{}}
	root, n := inMemory(t), 0
	p.disk = powerloss.Watch(t, root, f)
	p.world = newWorld(t, func() string {
		n++
		dir := filepath.Join(root, strconv.Itoa(n))
		p.must(os.Mkdir(dir, 0o700))
		return dir
	})
	p.start(p.folder())
	t.Cleanup(p.stop)
	for range 2 {
		d := p.device("officer")
		d.sync()
		p.devices = append(p.devices, d)
	}
	var cut atomic.Bool
	p.front = func(rw http.ResponseWriter, r *http.Request) bool {
		if cut.CompareAndSwap(true, false) {
			r.Body = io.NopCloser(io.LimitReader(r.Body, 9000))
		}
		p.attach.ServeHTTP(&leaving{ResponseWriter: rw, p: p, name: strings.TrimPrefix(r.URL.Path, blob.Path)}, r)
		return true
	}
	for round := range 3 {
		for i, d := range p.devices {
			h, a := d.attach(photo(20_000 + 1000*round))
			p.sizes[hex.EncodeToString(a.Digest[:])] = int(a.Size)
			p.disk.Note(kept{i, h, a})
			d.sync()
			cut.Store(round == 1)
			_ = d.files.Once(t.Context()) // it may be cut
			d.once()
			d.sync()
			if round == 2 {
				continue
			}
			other := 1 - i
			p.devices[other].sync()
			p.must(p.devices[other].files.Fetch(t.Context(), village, a, nil))
			p.disk.Note(fetched{other, a})
		}
	}
	return p
}

// inMemory returns a folder in memory, where there is one for that: what an fsync keeps is
// known from the log.
func inMemory(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "power")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) }) // memory is not the test's matter
	return dir
}

// leaving notes an answer that says that all of a file is there, before it leaves.
type leaving struct {
	http.ResponseWriter
	p    *powered
	name string
}

// WriteHeader implements http.ResponseWriter.
func (l *leaving) WriteHeader(status int) {
	if at := l.Header().Get("Upload-Offset"); status < 300 && at != "" && at == strconv.Itoa(l.p.sizes[l.name]) {
		digest, err := hex.DecodeString(l.name)
		if err != nil {
			l.p.t.Error(err)
		}
		l.p.disk.Note(taken(digest))
	}
	l.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach the connection.
func (l *leaving) Unwrap() http.ResponseWriter { return l.ResponseWriter }

// found is what is on the disk after the power went.
type found struct {
	*powered
	*world  // of what was found
	devices []*device
	broken  []string
}

func (f *found) breaks(format string, args ...any) {
	f.broken = append(f.broken, fmt.Sprintf(format, args...))
}

// round lets the power go after some events of the log and returns the laws that are
// broken by what is found.
func (p *powered) round(at int, loss powerloss.Loss, goOn bool) []string {
	p.t.Helper()
	dir := inMemory(p.t)
	defer os.RemoveAll(dir)
	image := func(folder string) string {
		to := filepath.Join(dir, folder)
		p.must(p.disk.Image(to, folder, at, loss))
		return to
	}
	was := *p.world
	was.front, was.erased = nil, true // the store is verified here
	f := &found{powered: p, world: &was}
	defer f.close()
	if err := f.open(image); err != nil {
		return []string{err.Error()}
	}
	f.server(at)
	f.onDevices(at)
	if goOn && len(f.broken) == 0 {
		f.goOn(at)
	}
	return f.broken
}

// open opens what was found.
func (f *found) open(image func(string) string) error {
	home := image("1")
	st, err := central.Open(f.world.t.Context(), central.Options{Dir: home, Catalogue: f.world.catalogue, Access: f.world.access, Now: time.Now})
	if err != nil {
		return err
	}
	f.world.must(st.Close())
	f.world.start(home)
	for _, was := range f.powered.devices {
		d := &device{w: f.world, id: was.id, session: was.session}
		d.path = filepath.Join(image(filepath.Base(filepath.Dir(was.path))), "replica.db")
		r, err := replica.Open(f.world.t.Context(), d.path, f.world.options())
		if err != nil {
			return err
		}
		d.Replica = r
		f.devices = append(f.devices, d)
		if _, err := r.Unlock(f.world.t.Context(), d.session.Actor, passphrase); err != nil {
			return err
		}
		d.connect()
	}
	return nil
}

func (f *found) close() {
	if f.world.web != f.powered.web {
		f.world.stop()
	}
	for _, d := range f.devices {
		f.world.must(d.Close())
	}
}

// server looks for every file of which an answer said that it is there, and at every
// file that is.
func (f *found) server(at int) {
	ctx, dir := f.world.t.Context(), f.world.dir
	f.disk.Notes(at, func(_ int, what any) {
		digest, ok := what.(taken)
		if !ok {
			return
		}
		if row, err := f.world.st.Blob(ctx, blob.Digest(digest)); err != nil || row.Arrived.IsZero() {
			f.breaks("the server said that it has %x, and does not know it: %v", digest[:4], err)
		}
		if !dir.Check(blob.Digest(digest)) {
			f.breaks("the server said that it has %x, and has not", digest[:4])
		}
	})
	f.whole("the server", dir)
	if err := f.world.st.Verify(ctx, func(b store.Breach) { f.breaks("the central store: %+v", b) }); err != nil {
		f.breaks("the central store does not verify: %v", err)
	}
}

// whole looks for files that are not what their names say.
func (f *found) whole(where string, dir *blobdir.Dir) {
	list, err := dir.Whole()
	f.world.must(err)
	for _, digest := range list {
		if !dir.Check(digest) {
			f.breaks("%s takes half of %x for whole", where, digest[:4])
		}
	}
}

// onDevices looks for every photo of a record that was saved, and for every copy.
func (f *found) onDevices(at int) {
	for i, d := range f.devices {
		f.whole(fmt.Sprint("device ", i), blobdir.New(d.path+".blobs"))
	}
	f.disk.Notes(at, func(_ int, what any) {
		switch n := what.(type) {
		case kept:
			if got, err := f.devices[n.device].open(n.header, n.file); err != nil {
				f.breaks("device %d said that a photo is saved, and has %d bytes of it: %v", n.device, len(got), err)
			}
		case fetched:
			if !f.devices[n.device].HasAttachment(n.file.Digest) {
				f.breaks("device %d said that it has a copy, and has not", n.device)
			}
		}
	})
}

// goOn starts everything again on what was found: in the end every photo is at the
// server, and has arrived for everybody.
func (f *found) goOn(at int) {
	ctx, cancel := context.WithTimeout(f.world.t.Context(), 30*time.Second)
	defer cancel()
	now := make(chan ident.Scope)
	close(now)
	for range 2 {
		f.attach.Run(ctx, now, time.After) // as at the start
		for i, d := range f.devices {
			err := errors.Join(d.records.Once(ctx), d.files.Once(ctx), d.records.Once(ctx))
			if err != nil {
				f.breaks("device %d does not settle: %v", i, err)
				return
			}
		}
	}
	f.disk.Notes(at, func(_ int, what any) {
		n, ok := what.(kept)
		if !ok {
			return
		}
		if !f.world.dir.Check(n.file.Digest) {
			f.breaks("a photo of device %d is not at the server in the end", n.device)
		}
		for i, d := range f.devices {
			if items := d.items(n.header); blob.Tally(items) != 1 {
				f.breaks("device %d does not see that a photo of device %d has arrived", i, n.device)
			}
		}
	})
}

// TestPowerLoss: whatever of the writes without an fsync a loss of power takes, at
// whatever moment, the server has every file of which its answer said so, devices have
// every photo that they told their user is saved, and nobody takes half a file for a
// whole one. From there all of them reach the server.
func TestPowerLoss(t *testing.T) {
	p := work(t, powerloss.Sound)
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := mathrand.New(mathrand.NewPCG(seed, 0))
	rounds := powerRounds
	if text := os.Getenv("YUEXIN_POWER_ROUNDS"); text != "" {
		var err error
		rounds, err = strconv.Atoi(text)
		p.must(err)
	}
	from := p.first()
	for round := range rounds {
		at := from + random.IntN(p.disk.Len()-from) + 1
		for _, law := range p.round(at, powerloss.SomeLost(random), round%4 == 0) {
			t.Errorf("round %d, power lost after event %d: %s", round, at, law)
		}
	}
	for _, at := range p.moments() { // nothing leaves before its fsync returned
		for _, law := range p.round(at, powerloss.AllLost(), false) {
			t.Errorf("everything lost after event %d: %s", at, law)
		}
	}
}

// first is the place of the first promise in the log.
func (p *powered) first() int {
	p.t.Helper()
	all := p.moments()
	if len(all) < 3*2+4+6 { // photos, copies, answers
		p.t.Fatalf("%d promises: not everything was noted", len(all))
	}
	return all[0]
}

// moments are those right after the promises.
func (p *powered) moments() (out []int) {
	p.disk.Notes(p.disk.Len(), func(at int, what any) {
		out = append(out, at+1)
	})
	return out
}

// Without fsync, and with one that returns too early, the same moments show it.
func TestPowerLossCanFail(t *testing.T) {
	for name, f := range map[string]powerloss.Fault{"no sync": powerloss.NoSync, "late": powerloss.LateSync} {
		t.Run(name, func(t *testing.T) {
			p := work(t, f)
			for _, at := range p.moments() {
				if len(p.round(at, powerloss.AllLost(), false)) > 0 {
					return
				}
			}
			t.Error("not noticed")
		})
	}
}
