// SPDX-License-Identifier: Apache-2.0

package durable

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
)

// Op is one thing that this package does to the file system.
type Op struct {
	Kind Kind
	Path string // of the file or folder
	To   string // the other name, of Linked and Renamed
	At   int64  // where a write begins; the new size after a truncation
	Data []byte // what is written; once it was done, what was
}

// Kind is what an Op does.
type Kind uint8

// The kinds. A name is on the disk once its folder was synced, what is in a file once
// the file was.
const (
	Made         Kind = iota + 1 // a file that was not there
	Written                      // bytes of a file
	Truncated                    // a file
	Synced                       // a file
	Linked                       // a second name for a file
	Renamed                      // a file or folder, over what has that name
	Removed                      // a name
	MadeFolder                   // one that was not there
	SyncedFolder                 // the names in it
)

// Between stands between this package and the file system: do does what op says, and
// the error is what the caller gets.
type Between func(op *Op, do func() error) error

var between atomic.Pointer[Between]

// Stand lets somebody stand between this package and the file system, for tests that
// take the power away or let a disk fail, until leave is called. It panics where
// somebody stands already.
func Stand(b Between) (leave func()) {
	if !between.CompareAndSwap(nil, &b) {
		panic("durable: somebody stands there already")
	}
	return func() { between.Store(nil) }
}

func op(o Op, do func(*Op) error) error {
	if b := between.Load(); b != nil {
		return (*b)(&o, func() error { return do(&o) })
	}
	return do(&o)
}

// File is a file that is written from one place on. What was written is on the disk
// once Sync returned nil; the name of a new one once SyncFolder did.
type File struct {
	f  *os.File
	at int64
}

// OpenFile opens a file as os.OpenFile does. Writing begins at its end with
// os.O_APPEND, otherwise at its start.
func OpenFile(path string, flag int, mode fs.FileMode) (*File, error) {
	old, err := os.Lstat(path)
	o := Op{Kind: Made, Path: path}
	switch {
	case err == nil && flag&os.O_TRUNC != 0:
		o.Kind = Truncated
	case err == nil || flag&os.O_CREATE == 0:
		f, err := os.OpenFile(path, flag, mode)
		if err != nil {
			return nil, err
		}
		file := &File{f: f}
		if old != nil && flag&os.O_APPEND != 0 {
			file.at = old.Size()
		}
		return file, nil
	}
	file := new(File)
	return file, op(o, func(*Op) (err error) {
		file.f, err = os.OpenFile(path, flag, mode)
		return err
	})
}

// temporary makes a file with a fresh name in a folder, for its owner only.
func temporary(dir string) (*File, error) {
	for {
		name := filepath.Join(dir, ".new-"+rand.Text())
		f, err := OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
		if !errors.Is(err, fs.ErrExist) {
			return f, err
		}
	}
}

// Name returns the path by which the file was opened.
func (f *File) Name() string { return f.f.Name() }

// Read implements io.Reader.
func (f *File) Read(p []byte) (int, error) { return f.f.Read(p) }

// Write implements io.Writer.
func (f *File) Write(p []byte) (n int, err error) {
	err = op(Op{Kind: Written, Path: f.f.Name(), At: f.at, Data: p}, func(o *Op) (err error) {
		n, err = f.f.Write(p)
		o.Data = p[:n]
		return err
	})
	f.at += int64(n)
	return n, err
}

// Size is how many bytes the file has.
func (f *File) Size() (int64, error) {
	info, err := f.f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// Truncate cuts the file off.
func (f *File) Truncate(size int64) error {
	return op(Op{Kind: Truncated, Path: f.f.Name(), At: size}, func(*Op) error { return f.f.Truncate(size) })
}

// Sync waits until the content is on the disk. After an error nobody knows what is, and
// no later Sync tells: the system forgets what it could not write, and reads it back
// all the same. Such a file is to be given up.
func (f *File) Sync() error {
	return op(Op{Kind: Synced, Path: f.f.Name()}, func(*Op) error { return f.f.Sync() })
}

// Close closes the file.
func (f *File) Close() error { return f.f.Close() }

// SyncFile waits until the content of a file that somebody else wrote is on the disk.
func SyncFile(path string) error {
	f, err := OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// SyncFolder waits until the names in a folder are on the disk.
func SyncFolder(dir string) error {
	return op(Op{Kind: SyncedFolder, Path: dir}, func(*Op) error { return syncFolder(dir) })
}

// MkdirAll makes a folder and those above it that are not there; their names are on
// the disk when it returns, also of one that was there.
func MkdirAll(dir string, mode fs.FileMode) error {
	parent := filepath.Dir(dir)
	if info, err := os.Stat(dir); err == nil && info.IsDir() {
		if err := SyncFolder(parent); !errors.Is(err, fs.ErrPermission) { // somebody else made it
			return err
		}
		return nil
	}
	if _, err := os.Stat(parent); errors.Is(err, fs.ErrNotExist) {
		if err := MkdirAll(parent, mode); err != nil {
			return err
		}
	}
	err := op(Op{Kind: MadeFolder, Path: dir}, func(*Op) error { return os.Mkdir(dir, mode) })
	if err != nil && !errors.Is(err, fs.ErrExist) { // another process was faster
		return err
	}
	return SyncFolder(parent)
}

// Remove deletes a file. That it is gone is on the disk once SyncFolder returned.
func Remove(path string) error {
	return op(Op{Kind: Removed, Path: path}, func(*Op) error { return os.Remove(path) })
}

func rename(from, to string) error {
	return op(Op{Kind: Renamed, Path: from, To: to}, func(*Op) error { return os.Rename(from, to) })
}

func link(from, to string) error {
	return op(Op{Kind: Linked, Path: from, To: to}, func(*Op) error { return os.Link(from, to) })
}
