// SPDX-License-Identifier: Apache-2.0

package blobdir

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"yuexin/shared/durable"
	"yuexin/shared/fault"
	"yuexin/shared/sync/blob"
	_ "yuexin/shared/sync/sqlitedb" // powerloss stands before SQLite as well
	"yuexin/shared/sync/sqlitedb/powerloss"
)

// powered is a folder of files on a disk that is watched.
type powered struct {
	t     *testing.T
	disk  *powerloss.Disk
	dir   *Dir
	files map[blob.Digest][]byte
}

func watch(t *testing.T, f powerloss.Fault) *powered {
	t.Helper()
	root := t.TempDir()
	home := filepath.Join(root, "data")
	if err := os.Mkdir(home, 0o700); err != nil {
		t.Fatal(err)
	}
	return &powered{t, powerloss.Watch(t, root, f), New(filepath.Join(home, "blobs")), map[blob.Digest][]byte{}}
}

func (p *powered) file(n int) ([]byte, blob.Digest) {
	data, digest := file(n)
	p.files[digest] = data
	return data, digest
}

// upload brings a file in two pieces.
func (p *powered) upload(data []byte, digest blob.Digest) error {
	p.t.Helper()
	for _, upTo := range []int{len(data) / 2, len(data)} {
		part, err := p.dir.Begin(digest, int64(len(data)))
		if err != nil {
			return err
		}
		at, err := part.Offset()
		if err != nil {
			return err
		}
		if _, err := part.Append(at, bytes.NewReader(data[at:max(at, int64(upTo))])); err != nil {
			return err
		}
		if upTo == len(data) {
			return part.Finish()
		}
	}
	return nil
}

// work keeps some files, and notes in the disk's log what was promised.
func (p *powered) work() {
	p.t.Helper()
	for n := range 4 {
		data, digest := p.file(3000 + n)
		do := p.dir.Put
		if n%2 == 1 {
			do = func(d blob.Digest, b []byte) error { return p.upload(b, d) }
		}
		if err := do(digest, data); err != nil {
			p.t.Fatal(err)
		}
		p.disk.Note(digest)
	}
}

// broken says what does not hold after the power went.
func (p *powered) broken(at int, l powerloss.Loss) (laws []string) {
	p.t.Helper()
	image := filepath.Join(p.t.TempDir(), "image")
	if err := p.disk.Image(image, "data", at, l); err != nil {
		p.t.Fatal(err)
	}
	found := &powered{t: p.t, dir: New(filepath.Join(image, "blobs")), files: p.files}
	whole, err := found.dir.Whole()
	if err != nil {
		p.t.Fatal(err)
	}
	for _, digest := range whole {
		if !found.dir.Check(digest) {
			laws = append(laws, "half a file is taken for whole")
		}
	}
	p.disk.Notes(at, func(_ int, what any) {
		if !found.dir.Has(what.(blob.Digest)) {
			laws = append(laws, "a file that was promised is not there")
		}
	})
	for digest, data := range p.files {
		if found.dir.Has(digest) {
			continue
		}
		err := found.upload(data, digest)
		if fault.Is(err, fault.Corrupt) { // what was there of it was not what had come
			err = found.upload(data, digest)
		}
		if err != nil || !found.dir.Check(digest) {
			laws = append(laws, "a file cannot go on")
		}
	}
	return laws
}

// TestPowerLoss: after a loss of power at any moment every file that was promised is
// there, none is half there, and what was on its way goes on.
func TestPowerLoss(t *testing.T) {
	p := watch(t, powerloss.Sound)
	p.work()
	random := rand.New(rand.NewPCG(1, 2))
	for at := range p.disk.Len() + 1 {
		for _, l := range []powerloss.Loss{powerloss.AllLost(), powerloss.Killed(), powerloss.SomeLost(random), powerloss.SomeLost(random)} {
			for _, law := range p.broken(at, l) {
				t.Errorf("power lost after event %d: %s", at, law)
			}
		}
	}
}

// Without fsync, and with one that comes late, the same moments show it.
func TestPowerLossCanFail(t *testing.T) {
	for name, f := range map[string]powerloss.Fault{"no sync": powerloss.NoSync, "late": powerloss.LateSync} {
		t.Run(name, func(t *testing.T) {
			p := watch(t, f)
			p.work()
			for at := range p.disk.Len() + 1 {
				if len(p.broken(at, powerloss.AllLost())) > 0 {
					return
				}
			}
			t.Error("not noticed")
		})
	}
}

// TestFailedSync: a file that the disk could not keep at first, its content or its name,
// is there once it was promised.
func TestFailedSync(t *testing.T) {
	for name, kind := range map[string]durable.Kind{"content": durable.Synced, "name": durable.SyncedFolder} {
		t.Run(name, func(t *testing.T) {
			p := watch(t, powerloss.Sound)
			if err := p.dir.Settle(); err != nil {
				t.Fatal(err)
			}
			put := func(d blob.Digest, b []byte) error { return p.dir.Put(d, b) }
			upload := func(d blob.Digest, b []byte) error {
				if p.dir.Has(d) {
					return p.dir.Settle()
				}
				return p.upload(b, d)
			}
			for n, do := range []func(blob.Digest, []byte) error{put, upload} {
				data, digest := p.file(2000 + n)
				p.disk.Refuse(func(op durable.Op) error {
					if op.Kind == kind {
						return syscall.EIO
					}
					return nil
				})
				if err := do(digest, data); err == nil {
					t.Fatal("promised what the disk did not keep")
				}
				p.disk.Refuse(nil)
				if err := do(digest, data); err != nil {
					t.Fatal(err)
				}
				p.disk.Note(digest)
			}
			for _, law := range p.broken(p.disk.Len(), powerloss.AllLost()) {
				t.Error(law)
			}
		})
	}
}
