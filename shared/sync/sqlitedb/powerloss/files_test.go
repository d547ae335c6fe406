// SPDX-License-Identifier: Apache-2.0

package powerloss_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"yuexin/shared/durable"
	"yuexin/shared/sync/sqlitedb/powerloss"
)

// content tells the edition of a file by all of its bytes.
func content(edition int) []byte {
	return bytes.Repeat(fmt.Appendf(nil, "edition %d\n", edition), 300)
}

// deeds are what is done to the file "x" in a folder, an edition at a time.
var deeds = map[string]func(dir string, edition int) error{
	"Create": func(dir string, edition int) error {
		return durable.Create(filepath.Join(dir, "x"), content(edition), 0o600)
	},
	"Replace": func(dir string, edition int) error {
		return durable.Replace(filepath.Join(dir, "x"), content(edition), 0o600)
	},
	"ReplaceShared": func(dir string, edition int) error {
		return durable.ReplaceShared(filepath.Join(dir, "x"), content(edition), 0o600)
	},
	"MkdirAll": func(dir string, edition int) error {
		below := filepath.Join(dir, "a", "b")
		if err := durable.MkdirAll(below, 0o700); err != nil {
			return err
		}
		return durable.Replace(filepath.Join(below, "x"), content(edition), 0o600)
	},
	"AppendLine": func(dir string, edition int) error {
		return durable.AppendLine(filepath.Join(dir, "x"), []byte(line(edition)))
	},
	"Copy": func(dir string, edition int) error {
		from := filepath.Join(dir, "from")
		if err := durable.Replace(from, content(edition), 0o600); err != nil {
			return err
		}
		if err := durable.Copy(from, filepath.Join(dir, "x.part")); err != nil {
			return err
		}
		return durable.Rename(filepath.Join(dir, "x.part"), filepath.Join(dir, "x"))
	},
}

func line(edition int) string { return strings.Repeat(fmt.Sprint(edition, " "), 400) }

// editions is how often a deed is done.
const editions = 3

// done does a deed on a watched disk and returns the disk. Each promise is in
// the log.
func done(t *testing.T, deed string, f powerloss.Fault) *powerloss.Disk {
	t.Helper()
	root := t.TempDir()
	dir := filepath.Join(root, "data")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	d := powerloss.Watch(t, root, f)
	for n := 1; n <= editions; n++ {
		switch err := deeds[deed](dir, n); {
		case err == nil:
			d.Note(n)
		case !errors.Is(err, fs.ErrExist):
			t.Fatal(err)
		}
	}
	return d
}

// broken says what is wrong with the file after the power went.
func broken(t *testing.T, d *powerloss.Disk, deed string, at int, l powerloss.Loss) error {
	t.Helper()
	image := filepath.Join(t.TempDir(), "image")
	if err := d.Image(image, "data", at, l); err != nil {
		t.Fatal(err)
	}
	promised := 0
	d.Notes(at, func(_ int, what any) { promised = what.(int) })
	data, err := os.ReadFile(filepath.Join(image, "x"))
	if deed == "MkdirAll" {
		data, err = os.ReadFile(filepath.Join(image, "a", "b", "x"))
	}
	if errors.Is(err, fs.ErrNotExist) && promised == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	if deed == "AppendLine" {
		return lines(t, image, promised)
	}
	for n := max(promised, 1); n <= editions; n++ {
		if bytes.Equal(data, content(n)) {
			return nil
		}
	}
	return fmt.Errorf("edition %d was promised, found %d bytes", promised, len(data))
}

// lines wants every line that was promised, and that the next one is whole as well.
func lines(t *testing.T, dir string, promised int) error {
	t.Helper()
	if err := durable.AppendLine(filepath.Join(dir, "x"), []byte(line(9))); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(dir, "x"))
	if err != nil {
		return err
	}
	got := strings.Split(string(data), "\n")
	for n := 1; n <= promised; n++ {
		if got[n-1] != line(n) {
			return fmt.Errorf("line %d of %d is gone", n, promised)
		}
	}
	if got[len(got)-2] != line(9) {
		return fmt.Errorf("what is added after the loss is not whole")
	}
	return nil
}

// TestDurable: after a loss of power at any moment a file is there as it was promised, or
// as it was about to be, whole.
func TestDurable(t *testing.T) {
	for deed := range deeds {
		t.Run(deed, func(t *testing.T) {
			d := done(t, deed, powerloss.Sound)
			random := rand.New(rand.NewPCG(1, 2))
			for at := range d.Len() + 1 {
				losses := []powerloss.Loss{powerloss.AllLost(), powerloss.Killed()}
				for range 4 {
					losses = append(losses, powerloss.SomeLost(random))
				}
				for _, l := range losses {
					if err := broken(t, d, deed, at, l); err != nil {
						t.Errorf("power lost after %s: %v", event(d, at), err)
					}
				}
			}
		})
	}
}

func event(d *powerloss.Disk, at int) string {
	if at == 0 {
		return "nothing"
	}
	return d.String(at - 1)
}

// Without a sync, and with one that returns too early, the same moments show it.
func TestDurableCanFail(t *testing.T) {
	for deed := range deeds {
		t.Run(deed, func(t *testing.T) { noticed(t, deed, powerloss.NoSync) })
	}
	t.Run("late", func(t *testing.T) { noticed(t, "Replace", powerloss.LateSync) })
}

func noticed(t *testing.T, deed string, f powerloss.Fault) {
	d := done(t, deed, f)
	for at := d.Len(); at > 0; at-- {
		if broken(t, d, deed, at, powerloss.AllLost()) != nil {
			return
		}
	}
	t.Error("a loss was not noticed")
}

// TestFailedSync: what was written before a sync that failed is lost, although a later one
// says that it is there.
func TestFailedSync(t *testing.T) {
	root := t.TempDir()
	dir := filepath.Join(root, "data")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	d := powerloss.Watch(t, root, powerloss.Sound)
	f, err := durable.OpenFile(filepath.Join(dir, "x"), os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(content(1)); err != nil {
		t.Fatal(err)
	}
	d.Refuse(func(op durable.Op) error {
		if op.Kind == durable.Synced {
			return syscall.EIO
		}
		return nil
	})
	if err := f.Sync(); !errors.Is(err, syscall.EIO) {
		t.Fatal(err)
	}
	d.Refuse(nil)
	if err := errors.Join(f.Sync(), durable.SyncFolder(dir), f.Close()); err != nil {
		t.Fatal(err)
	}
	image := filepath.Join(t.TempDir(), "image")
	if err := d.Image(image, "data", d.Len(), powerloss.AllLost()); err != nil {
		t.Fatal(err)
	}
	if data, err := os.ReadFile(filepath.Join(image, "x")); err != nil || len(data) != 0 {
		t.Errorf("%d bytes, %v", len(data), err)
	}
}
