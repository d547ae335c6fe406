// SPDX-License-Identifier: Apache-2.0

package parcel

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"filippo.io/age"
	"github.com/google/go-cmp/cmp"

	"yuexin/shared/durable"
	"yuexin/shared/fault"
)

const (
	passphrase = "四个不相干的词语凑成一句"
	secret     = "户主姓名,陈秀英"
)

func pack(t testing.TB, to To) []byte {
	t.Helper()
	to.cost = 10
	var out bytes.Buffer
	err := Pack(&out, to, func(w io.Writer) error { _, err := io.WriteString(w, secret); return err })
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func wantKey(t testing.TB, err error, want string) {
	t.Helper()
	if err == nil || fault.From(err).Key != want {
		t.Fatalf("got %v, want %s", err, want)
	}
}

func TestPassphrase(t *testing.T) {
	data := pack(t, To{Passphrase: passphrase})
	if !Is(data) || bytes.Contains(data, []byte("陈秀英")) {
		t.Fatal("it is not sealed")
	}
	got, err := Open(data, passphrase)
	if err != nil || string(got) != secret {
		t.Fatalf("%q, %v", got, err)
	}
	_, err = Open(data, passphrase+"不")
	wantKey(t, err, "parcel.wrong")
	_, err = Open(data, "")
	wantKey(t, err, "parcel.wrong")
	data[len(data)-1] ^= 1
	_, err = Open(data, passphrase)
	wantKey(t, err, "parcel.damaged")
	wantKey(t, To{Passphrase: "太短"}.Check(), "parcel.passphrase.short")
	wantKey(t, To{}.Check(), "parcel.passphrase.short")
}

// TestKey: what is sealed for somebody's key plain age opens with theirs, and nobody else.
func TestKey(t *testing.T) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	data := pack(t, To{Key: id.Recipient().String()})
	got, err := Open(data, id.String())
	if err != nil || string(got) != secret {
		t.Fatalf("%q, %v", got, err)
	}
	r, err := age.Decrypt(bytes.NewReader(data), id)
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := io.ReadAll(r); err != nil || string(plain) != secret {
		t.Fatalf("plain age: %q, %v", plain, err)
	}
	other, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	_, err = Open(data, other.String())
	wantKey(t, err, "parcel.wrong")
	wantKey(t, To{Key: "age1nonsense"}.Check(), "parcel.key")
	wantKey(t, To{Key: id.String()}.Check(), "parcel.key") // a secret is no address
}

func FuzzOpen(f *testing.F) {
	f.Add(pack(f, To{Passphrase: passphrase}))
	f.Add([]byte("age-encryption.org/v1\n-> X25519 a\nb\n--- c\n"))
	id, err := age.GenerateX25519Identity()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := Open(data, id.String()); err == nil || fault.KindOf(err) == fault.Internal {
			t.Errorf("opened, or internal: %v", err)
		}
	})
}

func left(t *testing.T, folder string) []string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	out := []string{}
	for _, e := range entries {
		out = append(out, e.Name())
	}
	return out
}

func write(folder string, need int64) error {
	return Write(folder, "名单.age", need, func(w io.Writer) error { _, err := w.Write([]byte("sealed")); return err })
}

func TestWrite(t *testing.T) {
	dir := t.TempDir()
	if err := write(dir, 6); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"名单.age"}, left(t, dir)); diff != "" {
		t.Fatal(diff)
	}
	wantKey(t, write(dir, 6), "parcel.taken")
	wantKey(t, write(filepath.Join(dir, "none"), 6), "parcel.folder")
	wantKey(t, write(t.TempDir(), 1<<60), "parcel.full")
}

// TestWriteLeavesNothing: whatever goes wrong at whatever step, no part of a file is left, and the meaning is told.
func TestWriteLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	failing := errors.New("cancelled")
	if err := Write(dir, "a", 0, func(w io.Writer) error { _, _ = w.Write([]byte("x")); return failing }); !errors.Is(err, failing) {
		t.Fatal(err)
	}
	for n := 0; ; n++ {
		at, failed := 0, false
		leave := durable.Stand(func(op *durable.Op, do func() error) error {
			if at++; at == n+1 && op.Kind != durable.Removed {
				failed = true
				return syscall.ENOSPC
			}
			return do()
		})
		err := write(dir, 0)
		leave()
		if !failed && err == nil {
			break
		}
		if failed {
			wantKey(t, err, "parcel.full")
		}
		if diff := cmp.Diff([]string{}, left(t, dir)); diff != "" {
			t.Fatalf("step %d: %s", n, diff)
		}
		if n > 20 {
			t.Fatal("too many steps")
		}
	}
}

// TestReadBack: a device that swallows what it is given is found out.
func TestReadBack(t *testing.T) {
	dir := t.TempDir()
	err := Write(dir, "a", 0, func(w io.Writer) error {
		_, err := w.Write([]byte("sealed"))
		return errors.Join(err, os.Truncate(filepath.Join(dir, "a"+half), 3))
	})
	wantKey(t, err, "parcel.unread")
	if diff := cmp.Diff([]string{}, left(t, dir)); diff != "" {
		t.Fatal(diff)
	}
}
