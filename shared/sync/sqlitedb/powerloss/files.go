// SPDX-License-Identifier: Apache-2.0

package powerloss

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"yuexin/shared/durable"
)

// Refuse lets operations of package durable fail from now on: with nil, none. Where a
// sync of a file fails, what was written since the last one never reaches the disk,
// whatever a later sync says; so Linux has it.
func (d *Disk) Refuse(with func(op durable.Op) error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.refuse = with
}

// between notes what package durable does.
func (d *Disk) between(op *durable.Op, do func() error) error {
	name, inside := d.below(op.Path)
	if !inside {
		return do()
	}
	to, _ := d.below(op.To)
	d.see(name)
	d.see(to)
	syncs := op.Kind == durable.Synced || op.Kind == durable.SyncedFolder
	if err := d.refused(*op); err != nil {
		if op.Kind == durable.Synced {
			d.add(event{kind: forgotten, name: name})
		}
		return err
	}
	if syncs && d.noSync {
		return nil
	}
	began := int64(d.Len())
	err := do()
	e := event{name: name, to: to, op: op.Kind, at: op.At}
	switch op.Kind {
	case durable.Written:
		if len(op.Data) > 0 { // also of a write that failed
			e.kind, e.data = written, bytes.Clone(op.Data)
			d.add(e)
		}
		return err
	case durable.Truncated:
		e.kind = truncated
	case durable.Synced:
		e.kind, e.at = synced, began
	case durable.SyncedFolder:
		e.kind, e.at = syncedFolder, began
	case durable.Made, durable.MadeFolder, durable.Linked, durable.Renamed, durable.Removed:
		e.kind = named
	}
	if err == nil {
		d.add(e)
	}
	return err
}

func (d *Disk) refused(op durable.Op) error {
	d.mu.Lock()
	with := d.refuse
	d.mu.Unlock()
	if with == nil {
		return nil
	}
	return with(op)
}

// below returns a path relative to the root, and whether it is below.
func (d *Disk) below(path string) (string, bool) {
	if path == "" {
		return "", false
	}
	if dir, err := filepath.EvalSymlinks(filepath.Dir(path)); err == nil {
		path = filepath.Join(dir, filepath.Base(path))
	}
	return strings.CutPrefix(path, d.root+string(filepath.Separator))
}

// see notes a file that stood there before anybody watched it: it is on the disk.
func (d *Disk) see(name string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if name == "" || d.seen[name] {
		return
	}
	d.seen[name] = true
	path := filepath.Join(d.root, name)
	if info, err := os.Lstat(path); err != nil || !info.Mode().IsRegular() {
		return
	}
	if data, err := os.ReadFile(path); err == nil {
		d.events = append(d.events, event{kind: stood, name: name, data: data})
	}
}

// folder is what names a folder has on the disk, and what happened to them since.
type folder struct {
	names   map[string]*content // nil for a folder
	pending []naming
}

// naming is a change of the names in a folder: a name for something, or none.
type naming struct {
	place int
	name  string
	is    *content
	set   bool
	more  *naming // the other half of a rename
}

// files are what package durable made below the root, as the log tells it.
type files struct {
	live    map[string]*content // as programs see it; nil for a folder
	folders map[string]*folder
}

// tree replays the log.
func tree(log []event) *files {
	t := &files{live: map[string]*content{}, folders: map[string]*folder{}}
	for i, e := range log {
		if e.name != "" {
			t.take(i, e)
		}
	}
	return t
}

func (t *files) in(name string) *folder {
	dir := filepath.Dir(name)
	if t.folders[dir] == nil {
		t.folders[dir] = &folder{names: map[string]*content{}}
	}
	return t.folders[dir]
}

func (t *files) take(place int, e event) {
	c := t.live[e.name]
	switch e.kind {
	case stood:
		c = &content{there: true, old: true, data: bytes.Clone(e.data)}
		t.live[e.name], t.in(e.name).names[e.name] = c, c
	case named:
		t.name(place, e, c)
	case syncedFolder:
		if f := t.folders[e.name]; f != nil {
			f.sync(int(e.at))
		}
	case forgotten:
		if c != nil {
			c.pending, c.places = nil, nil
		}
	case written, truncated, synced:
		if c != nil {
			c.take(place, e)
		}
	}
}

// name takes a file or folder that is made, gets another name or loses one.
func (t *files) name(place int, e event, c *content) {
	f := t.in(e.name)
	switch {
	case e.op == durable.Made:
		c = &content{there: true}
		t.live[e.name] = c
		f.pending = append(f.pending, naming{place: place, name: e.name, is: c, set: true})
	case e.op == durable.MadeFolder:
		t.live[e.name] = nil
		f.pending = append(f.pending, naming{place: place, name: e.name, set: true})
	case e.op == durable.Removed:
		delete(t.live, e.name)
		f.pending = append(f.pending, naming{place: place, name: e.name})
	case e.op == durable.Linked:
		t.live[e.to] = c
		f.pending = append(f.pending, naming{place: place, name: e.to, is: c, set: true})
	case e.op == durable.Renamed:
		delete(t.live, e.name)
		t.live[e.to] = c
		f.pending = append(f.pending, naming{place: place, name: e.to, is: c, set: true, more: &naming{name: e.name}})
	}
}

// sync makes the names final that were there before a sync began.
func (f *folder) sync(began int) {
	n := 0
	for n < len(f.pending) && f.pending[n].place < began {
		f.apply(f.pending[n])
		n++
	}
	f.pending = f.pending[n:]
}

func (f *folder) apply(n naming) {
	if n.set {
		f.names[n.name] = n.is
	} else {
		delete(f.names, n.name)
	}
	if n.more != nil {
		f.apply(*n.more)
	}
}

// lose leaves of what is pending what a loss leaves: of the names in a folder the
// first changes, since file systems keep their order.
func (f *folder) lose(l Loss) {
	kept := len(f.pending)
	switch {
	case l.lost >= 1:
		kept = 0
	case l.lost > 0:
		kept = l.random.IntN(len(f.pending) + 1)
	}
	for _, n := range f.pending[:kept] {
		f.apply(n)
	}
	f.pending = nil
}

// write writes what a loss leaves of the files below a folder, and returns the folders
// that are not there any more.
func (t *files) write(to, below string, l Loss) (gone []string, err error) {
	lost := map[*content]bool{}
	for _, dir := range slices.Sorted(maps.Keys(t.folders)) {
		f := t.folders[dir]
		f.lose(l)
		if gone = t.lostFolders(gone, f); lostWith(gone, dir) {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(f.names)) {
			rest, inside := strings.CutPrefix(name, below+string(filepath.Separator))
			if !inside {
				continue
			}
			c, path := f.names[name], filepath.Join(to, rest)
			if c == nil {
				err = os.MkdirAll(path, 0o700)
			} else if err = os.MkdirAll(filepath.Dir(path), 0o700); err == nil {
				if !lost[c] { // a file may have two names
					c.lose(l)
					lost[c] = true
				}
				err = os.WriteFile(path, c.data, 0o600)
			}
			if err != nil {
				return nil, err
			}
		}
	}
	return gone, nil
}

// lostFolders adds the folders that were made and whose name is not on the disk.
func (t *files) lostFolders(gone []string, f *folder) []string {
	for name, c := range t.live {
		if _, there := f.names[name]; c == nil && t.in(name) == f && !there {
			gone = append(gone, name)
		}
	}
	return gone
}

// within reports whether a folder is another one or below it.
func within(outer, inner string) bool {
	return inner == outer || strings.HasPrefix(inner, outer+string(filepath.Separator))
}
