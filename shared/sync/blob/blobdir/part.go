// SPDX-License-Identifier: Apache-2.0

package blobdir

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"yuexin/shared/durable"
	"yuexin/shared/fault"
	"yuexin/shared/sync/blob"
)

// Part is what is here of a file that is on its way. Its name says how large the
// whole will be, so that a part needs nothing beside it that could be lost.
type Part struct {
	Digest blob.Digest
	Size   int64 // of the whole file

	dir  *Dir
	name string
}

// Begin returns the part of a file, an empty one if nothing is here yet. One of
// another size is fault.Conflict: the size belongs to the digest.
func (d *Dir) Begin(digest blob.Digest, size int64) (*Part, error) {
	if p, ok := d.Part(digest); ok {
		if p.Size != size {
			return nil, fault.New(fault.Conflict, "blob.size")
		}
		return p, nil
	}
	if err := d.Settle(); err != nil {
		return nil, err
	}
	p := &Part{Digest: digest, Size: size, dir: d, name: fmt.Sprintf("%s.%d%s", d.name(digest), size, partExt)}
	f, err := durable.OpenFile(p.name, os.O_WRONLY|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("begin attachment: %w", meaning(err))
	}
	return p, meaning(f.Close())
}

// Part returns what is here of a file; false if nothing is on its way.
func (d *Dir) Part(digest blob.Digest) (*Part, bool) {
	names, err := filepath.Glob(d.name(digest) + ".*" + partExt)
	if err != nil || len(names) == 0 {
		return nil, false
	}
	return d.partOf(filepath.Base(names[0]))
}

// Parts returns all files that are on their way.
func (d *Dir) Parts() ([]*Part, error) {
	var out []*Part
	err := d.each(func(name string) {
		if p, ok := d.partOf(name); ok {
			out = append(out, p)
		}
	})
	return out, err
}

func (d *Dir) partOf(name string) (*Part, bool) {
	first, rest, _ := strings.Cut(name, ".")
	digest, ok := parseDigest(first)
	size, isPart := strings.CutSuffix(rest, partExt)
	n, err := strconv.ParseInt(size, 10, 64)
	if !ok || !isPart || err != nil || n < 0 {
		return nil, false
	}
	return &Part{Digest: digest, Size: n, dir: d, name: filepath.Join(d.path, name)}, true
}

// Offset is how many bytes are here.
func (p *Part) Offset() (int64, error) {
	info, err := os.Stat(p.name)
	if err != nil {
		return 0, meaning(err)
	}
	return info.Size(), nil
}

// Append adds bytes at an offset, which must be Offset, never beyond Size, and
// returns how many it took. What it took stays when src fails.
func (p *Part) Append(offset int64, src io.Reader) (n int64, err error) {
	f, err := durable.OpenFile(p.name, os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return 0, meaning(err)
	}
	defer func() { err = meaning(errors.Join(err, f.Close())) }()
	size, err := f.Size()
	if err != nil {
		return 0, err
	}
	if size != offset {
		return 0, fault.New(fault.Stale, "blob.offset")
	}
	return io.Copy(f, io.LimitReader(src, p.Size-offset))
}

// Finish makes the part the whole file: every byte is on disk, and their digest is
// the one that was promised. Otherwise the part is deleted and the fault is Corrupt:
// it has to come again from the first byte. So has one that the disk could not keep:
// it would read as if it had been.
func (p *Part) Finish() error {
	sum, err := p.digest()
	if err != nil {
		return fmt.Errorf("finish attachment: %w", errors.Join(meaning(err), p.Drop()))
	}
	if sum != p.Digest {
		return errors.Join(fault.New(fault.Corrupt, "blob.digest"), p.Drop())
	}
	if err := p.dir.named(durable.Rename(p.name, p.dir.name(p.Digest))); err != nil {
		return fmt.Errorf("finish attachment: %w", err)
	}
	return nil
}

// digest returns the digest of the part's bytes, once they are on disk.
func (p *Part) digest() (sum blob.Digest, err error) {
	f, err := durable.OpenFile(p.name, os.O_RDWR, 0)
	if err != nil {
		return sum, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := f.Sync(); err != nil {
		return sum, err
	}
	h := sha256.New()
	_, err = io.Copy(h, f)
	return blob.Digest(h.Sum(nil)), err
}

// Drop deletes the part.
func (p *Part) Drop() error { return meaning(durable.Remove(p.name)) }

// String names the part for logs.
func (p *Part) String() string { return hex.EncodeToString(p.Digest[:4]) }
