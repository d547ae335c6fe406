// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"bytes"
	"crypto/sha256"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

var attachRounds = flag.Int("attach.rounds", 3, "how often both ends are killed in the middle of an upload")

// attached is what `agent attachments` answers.
type attached struct {
	All, Arrived int
	Items        []struct {
		Field, Digest, MediaType string
		Arrived, Here            bool
	}
}

func (d *device) attachments(id string) (a attached) {
	d.t.Helper()
	d.do(&a, "attachments", id)
	return a
}

// picture makes a file that begins as a JPEG does, of which every byte is told.
func picture(t *testing.T, seed uint64, size int) (path string, content []byte) {
	t.Helper()
	content = append([]byte("\xff\xd8\xff"), make([]byte, size)...)
	random := rand.NewChaCha8([32]byte{byte(seed)})
	_, _ = random.Read(content[3:]) // never fails
	return write(t, "photo.jpg", string(content)), content
}

// blobs lists the server's folder of attachments, whole ones and parts.
func (s *server) blobs() (whole, parts []os.FileInfo) {
	s.t.Helper()
	files, err := filepath.Glob(filepath.Join(s.dir, "store", "blobs", "*"))
	if err != nil {
		s.t.Fatal(err)
	}
	for _, name := range files {
		info, err := os.Stat(name)
		switch {
		case err != nil: // it became whole meanwhile
		case strings.Contains(info.Name(), "."):
			parts = append(parts, info)
		default:
			whole = append(whole, info)
		}
	}
	return whole, parts
}

// TestAttachments follows three photos of a household from one laptop to another: what
// is counted, what is here, what lies on the disks.
func TestAttachments(t *testing.T) {
	t.Parallel()
	s := running(t)
	a, b := s.enrol("agent", "attach-a"), s.enrol("agent", "attach-b")
	a.sync()
	id := a.list("household")[0].ID
	var contents [][]byte
	for i, field := range []string{"photo", "photo_work"} {
		file, content := picture(t, uint64(i), 30_000)
		contents = append(contents, content)
		a.do(nil, "attach", id, field, file)
	}
	if got := a.attachments(id); got.All != 2 || got.Arrived != 0 || !got.Items[0].Here {
		t.Errorf("before sync: %+v", got)
	}
	if st := a.sync(); st.Attachments != 0 || st.Waiting != 0 {
		t.Errorf("after sync: %+v", st)
	}
	if got := a.attachments(id); got.All != 2 || got.Arrived != 2 {
		t.Errorf("after sync: %+v", got)
	}

	// A third one is named and does not come: another laptop reads 2 of 3, without a network.
	file, content := picture(t, 2, 30_000)
	a.do(nil, "attach", id, "signature", file)
	lose(t, a)
	a.sync()
	b.sync()
	if got := b.attachments(id); got.All != 3 || got.Arrived != 2 || got.Items[0].Here {
		t.Errorf("on the other laptop: %+v", got)
	}
	out := filepath.Join(t.TempDir(), "fetched.jpg")
	b.do(nil, "fetch", id, "photo", "--out", out)
	if got, err := os.ReadFile(out); err != nil || !bytes.Equal(got, contents[0]) {
		t.Errorf("fetched %d bytes, %v", len(got), err)
	}
	if r := refused(t, "agent", "fetch", id, "signature", "--out", out+"2", "--dir", b.dir); r.Code != "not_found" {
		t.Errorf("what has not arrived: %+v", r)
	}
	s.clean()

	script := write(t, "door.jpg", "<script>alert(1)</script>")
	if r := refused(t, "agent", "attach", id, "photo", script, "--dir", a.dir); r.Code != "unsupported" {
		t.Errorf("a script: %+v", r)
	}
	// No disk shows a picture; exported keys would be one way to find out.
	for _, dir := range []string{a.dir, b.dir, s.dir} {
		for _, secret := range append(contents, content) {
			if name := found(t, dir, secret[1000:1064]); name != "" {
				t.Errorf("%s shows a picture", name)
			}
		}
	}
}

// lose deletes what lies in a device's folder of attachments and waits.
func lose(t *testing.T, d *device) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(d.dir, "replica.db.blobs", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if err := os.Remove(f); err != nil {
			t.Fatal(err)
		}
	}
}

// found returns the first file below a folder that has some bytes in it.
func found(t *testing.T, dir string, secret []byte) (name string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() || name != "" {
			return err
		}
		data, err := os.ReadFile(path)
		if bytes.Contains(data, secret) {
			name = path
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return name
}

// TestAttachmentsKilled kills the server and the device by turns in the middle of an
// upload. At the end every photo is there, once; and what the server had of one was
// never asked for again.
func TestAttachmentsKilled(t *testing.T) {
	t.Parallel()
	s := running(t)
	a := s.enrol("agent", "attach-kill")
	a.sync()
	id := a.list("household")[0].ID
	var digests []string
	for i, field := range []string{"photo", "photo_work", "signature"} {
		file, _ := picture(t, uint64(10+i), 120_000)
		a.do(nil, "attach", id, field, file)
	}
	for _, it := range a.attachments(id).Items {
		digests = append(digests, it.Digest)
	}
	var last int64
	grown := func() (total int64) {
		whole, parts := s.blobs()
		for _, f := range append(whole, parts...) {
			total += f.Size()
		}
		return total
	}
	for round := range *attachRounds {
		sync := a.syncing()
		done := false
		eventually(t, "some of a photo is at the server", func() bool {
			whole, _ := s.blobs()
			done = len(whole) == len(digests)
			return done || grown() > last
		})
		if done {
			sync.kill()
			break
		}
		if round%2 == 0 {
			s.kill()
			sync.kill()
			s.start()
		} else {
			sync.kill()
		}
		now := grown()
		if now < last {
			t.Errorf("round %d: the server had %d bytes and has %d", round, last, now)
		}
		t.Logf("round %d: killed with %d bytes at the server", round, now)
		last = now
	}
	eventually(t, "every photo is at the server", func() bool {
		_, err := call(t, "agent", "sync", "--once", "--dir", a.dir)
		return err == nil && a.status().Attachments == 0
	})
	whole, parts := s.blobs()
	var names []string
	for _, f := range whole {
		names = append(names, f.Name())
	}
	slices.Sort(digests)
	slices.Sort(names)
	if !slices.Equal(names, digests) || len(parts) > 0 {
		t.Errorf("at the server: %v and %d parts, want %v", names, len(parts), digests)
	}
	if got := a.attachments(id); got.Arrived != 3 {
		t.Errorf("arrived: %+v", got)
	}
	if got := a.list("arrival"); len(got) != 3 {
		t.Errorf("%d arrivals of three photos", len(got))
	}
	s.clean()
}

// TestKioskHandsInASignature: a kiosk takes a signature with a household, cannot open it,
// and an officer reads it.
func TestKioskHandsInASignature(t *testing.T) {
	t.Parallel()
	s := running(t)
	village := made.Units[0].Code
	k, a := s.enrol("kiosk", "attach-kiosk"), s.enrol("agent", "attach-officer")
	k.sync()
	file, content := picture(t, 20, 20_000)
	id := k.put("household", entry{Village: village, Fields: map[string]string{
		"head_name": "陈签名", "signature": file, "region_code": village,
	}})[0]
	if st := k.sync(); st.Attachments != 0 {
		t.Errorf("after sync: %+v", st)
	}
	if r := refused(t, "kiosk", "get", id, "--dir", k.dir); r.Code != "not_found" {
		t.Errorf("the kiosk reads what it handed in: %+v", r)
	}
	a.sync()
	out := filepath.Join(t.TempDir(), "signature.jpg")
	a.do(nil, "fetch", id, "signature", "--out", out)
	if got, err := os.ReadFile(out); err != nil || !bytes.Equal(got, content) {
		t.Errorf("the officer read %d bytes, %v", len(got), err)
	}
}

// door is a picture of a door, 320 by 240.
func door(t *testing.T) string {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, 320, 240))
	draw.Draw(img, img.Bounds(), image.NewUniform(color.RGBA{0x9C, 0xC8, 0xB4, 0xFF}), image.Point{}, draw.Src)
	draw.Draw(img, image.Rect(110, 60, 210, 240), image.NewUniform(color.RGBA{0x7A, 0x3B, 0x2E, 0xFF}), image.Point{}, draw.Src)
	var jpg bytes.Buffer
	if err := jpeg.Encode(&jpg, img, nil); err != nil {
		t.Fatal(err)
	}
	return jpg.String()
}

// TestBrowserShowsPhotos: an officer of the bank sees the photos of the household behind a
// demand, opened by the server from what a laptop sealed.
func TestBrowserShowsPhotos(t *testing.T) {
	t.Parallel()
	s := running(t)
	a := s.enrol("agent", "attach-browser")
	a.sync()
	demand, household := "", ""
	for _, d := range a.list("demand") {
		if id := d.Fields["household"]; id != "" {
			demand, household = d.ID, id
		}
	}
	if demand == "" {
		t.Fatal("no demand of the sample names a household")
	}
	jpg := door(t)
	a.do(nil, "attach", household, "photo", write(t, "door.jpg", jpg))
	a.do(nil, "attach", household, "signature", write(t, "sign.jpg", jpg))
	a.sync()
	a.do(nil, "attach", household, "photo_work", write(t, "work.jpg", jpg))
	lose(t, a)
	a.sync()

	b := newOffice(t, s, 1100)
	b.open(s.url + "/console/demands/" + demand)
	b.waits("#attachments")
	if got := b.text("#attachments .tag"); got != "3 张照片已到 2 张" {
		t.Errorf("the page says %q", got)
	}
	b.do("look at the photos", chromedp.ScrollIntoView(chromedp.CSS("#attachments")))
	eventually(t, "both photos are drawn", func() bool {
		widths, err := chromedp.Run(b.ctx, chromedp.Evaluate[[]int](`[...document.querySelectorAll("#attachments img")].map(i => i.naturalWidth)`))
		return err == nil && slices.Equal(widths, []int{320, 320})
	})
	b.fits()
	b.shot("console-photos")
}

// TestRestoreWithPhotos restores a server from a backup that has photos, after all of it
// was lost: those of the backup are there, those taken since come again from the laptops
// that took them, one of them in the middle of its upload when the server died, and every
// byte of each is what was photographed.
func TestRestoreWithPhotos(t *testing.T) {
	t.Parallel()
	s := running(t)
	a, b := s.enrol("agent", "photo-a"), s.enrol("agent", "photo-b")
	a.sync()
	b.sync()
	homes := a.list("household")
	first, second := homes[0].ID, homes[1].ID
	taken := map[string][]byte{} // content by record and field
	attach := func(d *device, id, field string, seed uint64, size int) {
		file, content := picture(t, seed, size)
		d.do(nil, "attach", id, field, file)
		taken[id+" "+field] = content
	}
	attach(a, first, "photo", 31, 40_000)
	a.sync()
	folder := filepath.Join(t.TempDir(), "backup")
	s.do(nil, "backup", folder)
	saved, err := filepath.Glob(filepath.Join(folder, "blobs", "*"))
	if err != nil || len(saved) != 1 {
		t.Fatalf("the backup has %v, %v", saved, err)
	}
	a.sync() // hears that the backup has the photo

	attach(a, first, "photo_work", 32, 40_000)
	attach(b, second, "photo", 33, 40_000)
	a.sync()
	b.sync()
	attach(b, second, "signature", 34, 300_000) // is on its way
	sync := b.syncing()
	eventually(t, "some of the last photo is at the server", func() bool {
		whole, parts := s.blobs()
		return len(parts) > 0 || len(whole) == 4
	})
	s.kill()
	sync.kill()
	if err := os.RemoveAll(s.dir); err != nil {
		t.Fatal(err)
	}

	s.do(nil, "restore", folder)
	s.start()
	s.clean()
	eventually(t, "everything is at the restored server", func() bool {
		for _, d := range []*device{a, b} {
			if _, err := call(t, "agent", "sync", "--once", "--dir", d.dir); err != nil {
				return false
			}
		}
		whole, parts := s.blobs()
		return len(whole) == 4 && len(parts) == 0 && a.attachments(second).Arrived == 2
	})
	for _, d := range []*device{a, b} {
		if st := d.status(); st.Attachments != 0 || st.Waiting != 0 {
			t.Errorf("a laptop still waits: %+v", st)
		}
	}
	fresh := s.enrol("agent", "photo-c")
	fresh.sync()
	for place, content := range taken {
		id, field, _ := strings.Cut(place, " ")
		if got := fresh.attachments(id); got.All != 2 || got.Arrived != 2 {
			t.Errorf("%s: %+v", id, got)
		}
		out := filepath.Join(t.TempDir(), "fetched.jpg")
		fresh.do(nil, "fetch", id, field, "--out", out)
		if got, err := os.ReadFile(out); err != nil || !bytes.Equal(got, content) {
			t.Errorf("%s: fetched %d bytes of %d, %v", place, len(got), len(content), err)
		}
	}
	whole, _ := s.blobs()
	for _, f := range whole {
		data, err := os.ReadFile(filepath.Join(s.dir, "store", "blobs", f.Name()))
		if sum := sha256.Sum256(data); err != nil || fmt.Sprintf("%x", sum) != f.Name() {
			t.Errorf("%s holds other bytes, %v", f.Name(), err)
		}
	}
	s.clean()
}
