// SPDX-License-Identifier: Apache-2.0

// Package powerloss is a disk for tests that can lose its power. It stands
// between SQLite and package durable here and the file system there, notes every
// write, truncation, sync and change of a name in one log, and can tell from it what files a machine may find
// whose power went at any moment: all that was synced, and of the rest any
// part. A test puts events of its own into the same log (a message that
// leaves, an answer that somebody got) and so knows what had been promised at
// that moment.
//
// The model, for one file: writes and truncations since its last sync reach
// the disk or not, each for itself, in any order, and of a write any of its
// sectors; a new file is there once it was synced, a deletion once its folder
// was, which SQLite sees to with the first sync of a new log. What was never written
// reads as zeros. The files of package durable are held to more: a new name, another
// name and none are on the disk once the folder was synced, whatever was synced of the
// file; until then the first of these changes are, in their order. Files that neither
// of the two writes are taken as they are.
//
// Nothing outside tests imports it: once it was used, databases elsewhere, which
// are then images that a test looks at, are never synced. SQLite itself has to be linked by its
// driver, as everywhere.
package powerloss

/*
#cgo linux LDFLAGS: -Wl,--unresolved-symbols=ignore-in-object-files
#cgo darwin LDFLAGS: -Wl,-undefined,dynamic_lookup
#include "vfs.h"
*/
import "C"

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"unsafe"

	"yuexin/shared/durable"
)

// Disk is a folder that is watched. It is safe for concurrent use.
type Disk struct {
	root   string
	late   bool
	noSync bool
	leave  func()

	mu     sync.Mutex // guards all fields below
	events []event
	files  []string // by id − 1, relative to root
	ids    map[string]int
	owed   []event // syncs that a late disk has reported and not yet done
	seen   map[string]bool
	refuse func(durable.Op) error
}

// event is one thing that happened. Exactly one of the kinds below.
type event struct {
	kind kind
	file int
	at   int64  // of a write; the new size of a truncation; of a sync how many events it covers
	data []byte // of a write
	own  any    // of the test

	// Of package durable; then file is 0.
	name string // relative to root
	to   string
	op   durable.Kind
}

type kind uint8

const (
	written kind = iota + 1
	truncated
	synced
	deleted // with its folder synced if at is not 0
	own
	stood        // a file, before anybody watched
	named        // a file or folder is made, gets another name or loses one
	syncedFolder // its names
	forgotten    // what was written to a file never reaches the disk: its sync failed
)

// Fault is something that a test plants.
type Fault uint8

// The faults a disk can have.
const (
	// Sound is none.
	Sound Fault = iota
	// NoSync lets SQLite run with synchronous = OFF, and package durable sync nothing.
	NoSync
	// LateSync lets a sync return before it is done, which is as if whoever
	// waits for it went on before it returned.
	LateSync
)

// The disk that is watched; SQLite knows one VFS by default, so there is one.
var (
	install sync.Once
	current struct {
		sync.RWMutex
		disk *Disk
	}
)

// Watch notes what SQLite does below a folder from now on until the test ends.
// Databases that are open already are not watched. One folder at a time is.
func Watch(t testing.TB, root string, f Fault) *Disk {
	t.Helper()
	stand(t)
	root, err := filepath.EvalSymlinks(root)
	if err != nil {
		t.Fatal(err)
	}
	d := &Disk{root: root, late: f == LateSync, noSync: f == NoSync, ids: map[string]int{}, seen: map[string]bool{}}
	current.Lock()
	defer current.Unlock()
	if current.disk != nil {
		t.Fatal("powerloss: another folder is watched")
	}
	current.disk = d
	d.leave = durable.Stand(d.between)
	if f == NoSync {
		C.powerloss_unsafe(1)
	}
	t.Cleanup(d.stop)
	return d
}

// stand puts the VFS between SQLite and the file system.
func stand(t testing.TB) {
	t.Helper()
	install.Do(func() {
		if rc := C.powerloss_install(); rc != 0 {
			t.Fatalf("powerloss: SQLite refuses the VFS: %d", rc)
		}
	})
}

// stop ends the watch.
func (d *Disk) stop() {
	current.Lock()
	defer current.Unlock()
	current.disk = nil
	d.leave()
	C.powerloss_unsafe(0)
}

// Note puts an event of the test into the log and returns its place.
func (d *Disk) Note(what any) int { return d.add(event{kind: own, own: what}) }

// Len is how many events there are.
func (d *Disk) Len() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.events)
}

// Notes calls with for every event of the test before a place in the log, in
// order.
func (d *Disk) Notes(before int, with func(at int, what any)) {
	d.mu.Lock()
	events := d.events[:before]
	d.mu.Unlock()
	for i, e := range events {
		if e.kind == own {
			with(i, e.own)
		}
	}
}

// Syncs counts the syncs of the files whose names end so.
func (d *Disk) Syncs(suffix string) (n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, e := range d.events {
		if e.kind == synced && e.file != 0 && strings.HasSuffix(d.files[e.file-1], suffix) {
			n++
		}
	}
	return n
}

func (d *Disk) add(e event) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case e.kind == own:
	case d.late && (e.kind == synced || e.kind == syncedFolder):
		d.owed = append(d.owed, e)
		return len(d.events)
	default:
		d.events = append(d.events, d.owed...)
		d.owed = nil
	}
	d.events = append(d.events, e)
	return len(d.events) - 1
}

// id returns the number of a path, 0 if it is not below the root.
func (d *Disk) id(path string) int {
	name, inside := strings.CutPrefix(path, d.root+string(filepath.Separator))
	if !inside {
		return 0
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.ids[name] == 0 {
		d.files = append(d.files, name)
		d.ids[name] = len(d.files)
	}
	return d.ids[name]
}

// with calls do for the disk that is watched, if there is one.
func with(do func(*Disk)) {
	current.RLock()
	defer current.RUnlock()
	if current.disk != nil {
		do(current.disk)
	}
}

//export powerlossOpen
func powerlossOpen(path *C.char) (id C.int) {
	with(func(d *Disk) { id = C.int(d.id(C.GoString(path))) })
	return id
}

//export powerlossWrite
func powerlossWrite(id C.int, data unsafe.Pointer, n C.int, at C.longlong) {
	with(func(d *Disk) {
		d.add(event{kind: written, file: int(id), at: int64(at), data: bytes.Clone(unsafe.Slice((*byte)(data), int(n)))})
	})
}

//export powerlossTruncate
func powerlossTruncate(id C.int, size C.longlong) {
	with(func(d *Disk) { d.add(event{kind: truncated, file: int(id), at: int64(size)}) })
}

//export powerlossNow
func powerlossNow() (n C.longlong) {
	with(func(d *Disk) { n = C.longlong(d.Len()) })
	return n
}

//export powerlossSync
func powerlossSync(id C.int, began C.longlong) {
	with(func(d *Disk) { d.add(event{kind: synced, file: int(id), at: int64(began)}) })
}

//export powerlossDelete
func powerlossDelete(path *C.char, dirSynced C.int) {
	with(func(d *Disk) {
		if id := d.id(C.GoString(path)); id != 0 {
			d.add(event{kind: deleted, file: id, at: int64(dirSynced)})
		}
	})
}

// String names an event for a test's log.
func (d *Disk) String(at int) string {
	d.mu.Lock()
	defer d.mu.Unlock()
	e := d.events[at]
	if e.kind == own {
		return fmt.Sprintf("%d: note %v", at, e.own)
	}
	if e.file == 0 {
		return fmt.Sprintf("%d: %d of %s %s at %d, %d bytes", at, e.kind, e.name, e.to, e.at, len(e.data))
	}
	return fmt.Sprintf("%d: %s %s at %d, %d bytes", at, [...]string{"", "write", "truncate", "sync", "delete"}[e.kind], d.files[e.file-1], e.at, len(e.data))
}
