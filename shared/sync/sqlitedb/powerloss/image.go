// SPDX-License-Identifier: Apache-2.0

package powerloss

import (
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// sector is what a disk writes whole or not at all.
const sector = 512

// Loss says what becomes of something that was not synced.
type Loss struct {
	random *rand.Rand
	lost   float64 // chance that a write is dropped
	torn   float64 // chance that one is torn
}

// AllLost drops everything that was not synced.
func AllLost() Loss { return Loss{lost: 1} }

// Killed drops nothing: the process ended, the power did not.
func Killed() Loss { return Loss{} }

// SomeLost drops, tears and re-orders at random; how much is random as well.
func SomeLost(r *rand.Rand) Loss {
	return Loss{random: r, lost: r.Float64(), torn: r.Float64() / 2}
}

// happens tells whether something of this chance comes to pass.
func (l Loss) happens(chance float64) bool {
	return chance >= 1 || chance > 0 && l.random.Float64() < chance
}

// content is one file of an image.
type content struct {
	there   bool
	old     bool // synced since it was made
	data    []byte
	pending []event
	places  []int // of the pending events in the log
}

// Image writes to a folder that is made for it the files of a folder below the root as they may
// be found if the power went after the first events of the log.
func (d *Disk) Image(to, folder string, events int, l Loss) error {
	d.mu.Lock()
	log, names := d.events[:events], d.files
	d.mu.Unlock()
	files := make([]content, len(names))
	for i, e := range log {
		if e.file == 0 {
			continue
		}
		if c := &files[e.file-1]; e.kind == synced && !c.old && aside(names[e.file-1]) {
			syncFolder(files, names, filepath.Dir(names[e.file-1]), int(e.at))
		}
		files[e.file-1].take(i, e)
	}
	gone, err := tree(log).write(to, folder, l)
	if err != nil {
		return err
	}
	if err := d.others(to, folder, gone); err != nil {
		return err
	}
	for i := range files {
		name, below := strings.CutPrefix(names[i], folder+string(filepath.Separator))
		if !below || lostWith(gone, names[i]) {
			continue
		}
		files[i].lose(l)
		if !files[i].there {
			continue
		}
		if err := os.WriteFile(filepath.Join(to, name), files[i].data, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// others copies what neither SQLite nor package durable writes. Shared memory ends with
// the process.
func (d *Disk) others(to, folder string, gone []string) error {
	from := filepath.Join(d.root, folder)
	return filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if lostWith(gone, filepath.Join(folder, name)) {
			return nil
		}
		if entry.IsDir() {
			return os.MkdirAll(filepath.Join(to, name), 0o700)
		}
		if d.known(filepath.Join(folder, name)) || strings.HasSuffix(name, "-shm") || !entry.Type().IsRegular() {
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, name), data, 0o600)
	})
}

func (d *Disk) known(name string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.ids[name] != 0 || d.seen[name]
}

// lostWith reports whether something is in a folder that is gone.
func lostWith(gone []string, name string) bool {
	return slices.ContainsFunc(gone, func(g string) bool { return within(g, name) })
}

// aside tells whether a file is a log beside a database. With the first sync of
// a new one SQLite syncs its folder.
func aside(name string) bool {
	return strings.HasSuffix(name, "-wal") || strings.HasSuffix(name, "-journal")
}

// syncFolder makes the deletions final that had happened before a sync began.
func syncFolder(files []content, names []string, folder string, began int) {
	for i := range files {
		if filepath.Dir(names[i]) == folder {
			files[i].syncDeletion(began)
		}
	}
}

func (c *content) syncDeletion(began int) {
	for i, e := range c.pending {
		if e.kind == deleted && c.places[i] < began {
			pending, places := c.pending[i+1:], c.places[i+1:]
			*c = content{pending: pending, places: places}
			c.syncDeletion(began)
			return
		}
	}
}

// take notes what happened to the file.
func (c *content) take(place int, e event) {
	c.pending, c.places = append(c.pending, e), append(c.places, place)
	switch {
	case e.kind == deleted && e.at != 0:
		*c = content{}
	case e.kind == deleted:
		c.old = false
	case e.kind == synced:
		c.sync(int(e.at))
	}
}

// sync applies what had happened before the sync began.
func (c *content) sync(began int) {
	pending, places := c.pending, c.places
	c.pending, c.places = nil, nil
	c.there, c.old = true, true
	for i, e := range pending {
		switch {
		case e.kind == synced: // this one, or one whose work is done
		case places[i] < began:
			c.apply(e)
		default:
			c.pending, c.places = append(c.pending, e), append(c.places, places[i])
		}
	}
}

// lose applies of what is pending what the loss leaves.
func (c *content) lose(l Loss) {
	for _, e := range c.pending {
		switch {
		case l.happens(l.lost):
		case e.kind == written && l.happens(l.torn):
			c.tear(l, e)
		default:
			c.apply(e)
		}
	}
	c.pending, c.places = nil, nil
}

// tear applies some sectors of a write.
func (c *content) tear(l Loss, e event) {
	for from := 0; from < len(e.data); {
		to := min(len(e.data), from+sector-int((e.at+int64(from))%sector))
		if l.happens(0.5) {
			c.apply(event{kind: written, at: e.at + int64(from), data: e.data[from:to]})
		}
		from = to
	}
}

func (c *content) apply(e event) {
	switch e.kind {
	case written:
		c.there = true
		c.grow(int(e.at) + len(e.data))
		copy(c.data[e.at:], e.data)
	case truncated:
		c.there = true
		c.grow(int(e.at))
		c.data = c.data[:e.at]
	case deleted:
		c.there, c.data = false, nil
	}
}

func (c *content) grow(to int) {
	if n := to - len(c.data); n > 0 {
		c.data = append(c.data, make([]byte, n)...)
	}
}
