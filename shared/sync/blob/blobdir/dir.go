// SPDX-License-Identifier: Apache-2.0

// Package blobdir keeps sealed files in a folder, each under its digest: whole ones,
// and parts of what is still on its way. A whole file has its name only once all of
// it is on disk and checked, so that neither kill -9 nor a power cut leaves anything
// that looks whole and is not. A full disk is fault.Exhausted "store.full", and
// nothing of the attempt stays behind.
package blobdir

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"yuexin/shared/durable"
	"yuexin/shared/fault"
	"yuexin/shared/sync/blob"
)

// partExt ends the name of a file that is not whole; what a killed process left of
// one that Put was writing has newExt, as durable.Replace names it.
const (
	partExt = ".part"
	newExt  = ".new"
)

// Dir is a folder of sealed files. Its methods may be called concurrently, those on
// one digest one at a time.
type Dir struct {
	path string

	mu      sync.Mutex
	settled bool // the names of all whole files are on the disk; guarded by mu
}

// New returns the folder at path, which is made when the first file comes.
func New(path string) *Dir { return &Dir{path: path} }

// Path returns where the folder is.
func (d *Dir) Path() string { return d.path }

// Settle makes the folder and waits until the names of the whole files in it are on the
// disk: a process that was killed, or a disk that failed, may have left one that only
// looks as if it were. Before that a file that is here must not be relied on.
func (d *Dir) Settle() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.settled {
		return nil
	}
	if err := errors.Join(durable.MkdirAll(d.path, 0o700), durable.SyncFolder(d.path)); err != nil {
		return meaning(err)
	}
	d.settled = true
	return nil
}

// named notes how a whole file got its name.
func (d *Dir) named(err error) error {
	if err != nil {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.settled = false
	}
	return meaning(err)
}

// Put keeps sealed bytes; they are on disk when it returns. A file that is here
// already stays as it is.
func (d *Dir) Put(digest blob.Digest, sealed []byte) error {
	if err := d.Settle(); err != nil {
		return err
	}
	if d.Has(digest) {
		return nil
	}
	if err := d.named(durable.Replace(d.name(digest), sealed, 0o600)); err != nil {
		return fmt.Errorf("keep attachment: %w", err)
	}
	return nil
}

// Has reports whether the file is here, whole; after Settle, for good.
func (d *Dir) Has(digest blob.Digest) bool {
	_, err := os.Stat(d.name(digest))
	return err == nil
}

// Size returns how large a whole file is; fault.NotFound "blob.absent" if it is not
// here.
func (d *Dir) Size(digest blob.Digest) (int64, error) {
	info, err := os.Stat(d.name(digest))
	if err != nil {
		return 0, meaning(err)
	}
	return info.Size(), nil
}

// Open opens a whole file for reading; fault.NotFound "blob.absent" if it is not here.
func (d *Dir) Open(digest blob.Digest) (*os.File, error) {
	f, err := os.Open(d.name(digest))
	if err != nil {
		return nil, meaning(err)
	}
	return f, nil
}

// Read returns the bytes of a whole file; fault.NotFound "blob.absent" if it is not
// here.
func (d *Dir) Read(digest blob.Digest) ([]byte, error) {
	b, err := os.ReadFile(d.name(digest))
	return b, meaning(err)
}

// Check reports whether the file is here and has the bytes that its name promises.
func (d *Dir) Check(digest blob.Digest) bool {
	f, err := d.Open(digest)
	if err != nil {
		return false
	}
	h := sha256.New()
	_, err = io.Copy(h, f)
	return errors.Join(err, f.Close()) == nil && blob.Digest(h.Sum(nil)) == digest
}

// Remove deletes a file and what there is of its parts. One that is not here is no
// error.
func (d *Dir) Remove(digest blob.Digest) error {
	names := []string{d.name(digest)}
	if p, ok := d.Part(digest); ok {
		names = append(names, p.name)
	}
	gone := false
	for _, name := range names {
		err := durable.Remove(name)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("delete attachment: %w", meaning(err))
		}
		gone = gone || err == nil
	}
	if !gone {
		return nil
	}
	return meaning(durable.SyncFolder(d.path))
}

// Whole returns the digests of all whole files.
func (d *Dir) Whole() ([]blob.Digest, error) {
	var out []blob.Digest
	err := d.each(func(name string) {
		if digest, ok := parseDigest(name); ok {
			out = append(out, digest)
		}
	})
	return out, err
}

// All returns the digests of all files, those on their way included.
func (d *Dir) All() (map[blob.Digest]bool, error) {
	out := map[blob.Digest]bool{}
	err := d.each(func(name string) {
		if digest, ok := parseDigest(name); ok {
			out[digest] = true
		} else if p, ok := d.partOf(name); ok {
			out[p.Digest] = true
		}
	})
	return out, err
}

// Clear deletes what killed processes left of files that Put was writing. Nobody may
// put anything meanwhile.
func (d *Dir) Clear() error {
	var errs []error
	err := d.each(func(name string) {
		if strings.HasSuffix(name, newExt) {
			errs = append(errs, durable.Remove(filepath.Join(d.path, name)))
		}
	})
	return errors.Join(append(errs, err)...)
}

func (d *Dir) each(do func(name string)) error {
	files, err := os.ReadDir(d.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // nothing was ever kept
	}
	if err != nil {
		return fmt.Errorf("list attachments: %w", meaning(err))
	}
	for _, f := range files {
		do(f.Name())
	}
	return nil
}

func (d *Dir) name(digest blob.Digest) string {
	return filepath.Join(d.path, hex.EncodeToString(digest[:]))
}

func parseDigest(name string) (digest blob.Digest, ok bool) {
	b, err := hex.DecodeString(name)
	if err != nil || len(b) != len(digest) {
		return digest, false
	}
	return blob.Digest(b), true
}

// meaning gives an error of the file system its meaning.
func meaning(err error) error {
	var known *fault.Error
	switch {
	case err == nil, errors.As(err, &known):
		return err
	case errors.Is(err, fs.ErrNotExist):
		return fault.New(fault.NotFound, "blob.absent").WithCause(err)
	case durable.Full(err):
		return fault.New(fault.Exhausted, "store.full").WithCause(err)
	}
	return err
}
