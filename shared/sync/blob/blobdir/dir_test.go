// SPDX-License-Identifier: Apache-2.0

package blobdir

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"yuexin/shared/fault"
	"yuexin/shared/sync/blob"
)

func file(n int) ([]byte, blob.Digest) {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return b, blob.Sum(b)
}

func names(t *testing.T, d *Dir) (out []string) {
	t.Helper()
	files, err := os.ReadDir(d.Path())
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	for _, f := range files {
		out = append(out, f.Name())
	}
	return out
}

func TestPutReadRemove(t *testing.T) {
	d := New(filepath.Join(t.TempDir(), "blobs"))
	if list, err := d.Whole(); err != nil || list != nil {
		t.Fatalf("of a folder that is not there: %v, %v", list, err)
	}
	data, digest := file(1000)
	if _, err := d.Read(digest); !fault.Is(err, fault.NotFound) {
		t.Fatalf("what is not there: %v", err)
	}
	for range 2 { // the second time it is here
		if err := d.Put(digest, data); err != nil {
			t.Fatal(err)
		}
	}
	got, err := d.Read(digest)
	if err != nil || !bytes.Equal(got, data) || !d.Has(digest) {
		t.Fatalf("got %d bytes, %v", len(got), err)
	}
	if list, err := d.Whole(); err != nil || !cmp.Equal(list, []blob.Digest{digest}) {
		t.Fatalf("got %v, %v", list, err)
	}
	for range 2 {
		if err := d.Remove(digest); err != nil {
			t.Fatal(err)
		}
	}
	if left := names(t, d); left != nil {
		t.Errorf("left: %v", left)
	}
}

// TestFullDisk writes to a device that is always full: the fault says so, and
// nothing looks as if it were here.
func TestFullDisk(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("there is no /dev/full on this system")
	}
	d := New(t.TempDir())
	data, digest := file(1000)
	if err := os.Symlink("/dev/full", d.name(digest)+newExt); err != nil {
		t.Fatal(err)
	}
	err := d.Put(digest, data)
	if f := fault.From(err); f.Kind != fault.Exhausted || f.Key != "store.full" {
		t.Errorf("got %v", err)
	}
	if left := names(t, d); left != nil || d.Has(digest) {
		t.Errorf("left: %v", left)
	}
	// space returns
	if err := d.Put(digest, data); err != nil || !d.Has(digest) {
		t.Errorf("afterwards: %v", err)
	}
}

// TestPartGoesOn cuts a file off at every place that matters and goes on.
func TestPartGoesOn(t *testing.T) {
	d := New(t.TempDir())
	data, digest := file(1000)
	for _, cut := range []int64{0, 1, 700} {
		p, err := d.Begin(digest, 1000)
		if err != nil {
			t.Fatal(err)
		}
		at, err := p.Offset()
		if err != nil {
			t.Fatal(err)
		}
		broken := io.MultiReader(bytes.NewReader(data[at:at+cut]), iotest.ErrReader(io.ErrUnexpectedEOF))
		if n, err := p.Append(at, broken); n != cut || err == nil {
			t.Fatalf("took %d of %d, %v", n, cut, err)
		}
	}
	if d.Has(digest) {
		t.Fatal("a part passes for the whole")
	}
	parts, err := New(d.Path()).Parts() // as after a restart
	if err != nil || len(parts) != 1 || parts[0].Size != 1000 || parts[0].Digest != digest {
		t.Fatalf("got %v, %v", parts, err)
	}
	p := parts[0]
	if _, err := p.Append(700, bytes.NewReader(data)); !fault.Is(err, fault.Stale) {
		t.Errorf("a byte twice: %v", err)
	}
	more := append(bytes.Clone(data[701:]), "and more than was promised"...)
	if n, err := p.Append(701, bytes.NewReader(more)); n != 299 || err != nil {
		t.Fatalf("took %d, %v", n, err)
	}
	if err := p.Finish(); err != nil {
		t.Fatal(err)
	}
	if got, err := d.Read(digest); err != nil || !bytes.Equal(got, data) {
		t.Errorf("got %d bytes, %v", len(got), err)
	}
	if left := names(t, d); len(left) != 1 {
		t.Errorf("left: %v", left)
	}
}

func TestPartOfOtherBytes(t *testing.T) {
	d := New(t.TempDir())
	data, _ := file(100)
	_, promised := file(100)
	p, err := d.Begin(promised, 100)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Begin(promised, 99); !fault.Is(err, fault.Conflict) {
		t.Errorf("another size: %v", err)
	}
	if _, err := p.Append(0, bytes.NewReader(data)); err != nil {
		t.Fatal(err)
	}
	if f := fault.From(p.Finish()); f.Kind != fault.Corrupt || f.Key != "blob.digest" {
		t.Errorf("got %v", f)
	}
	if left := names(t, d); left != nil {
		t.Errorf("left: %v", left)
	}
}

func TestClear(t *testing.T) {
	d := New(t.TempDir())
	data, digest := file(10)
	if err := d.Put(digest, data); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(d.name(blob.Digest{1})+newExt, data, 0o600); err != nil { // of a killed process
		t.Fatal(err)
	}
	if err := d.Clear(); err != nil {
		t.Fatal(err)
	}
	if left := names(t, d); len(left) != 1 {
		t.Errorf("left: %v", left)
	}
}
