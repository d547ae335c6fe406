// SPDX-License-Identifier: Apache-2.0

package record_test

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"yuexin/shared/sync/record"
)

func attachments() *rapid.Generator[record.Attachment] {
	return rapid.Custom(func(t *rapid.T) record.Attachment {
		a := record.Attachment{Key: rapid.SliceOfN(rapid.Byte(), 1, 64).Draw(t, "key")}
		copy(a.Digest[:], rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "digest"))
		a.Size = rapid.Uint64Range(1, 1<<40).Draw(t, "size")
		a.MediaType = rapid.StringMatching(`[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,60}`).Draw(t, "type")
		return a
	})
}

func TestAttachmentReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := attachments().Draw(t, "attachment")
		got, err := record.ParseAttachment(want.Value())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("-want +got:\n%s", diff)
		}
	})
}

// TestAttachmentBytes is the form as it lies in stores and on the wire: it is frozen.
func TestAttachmentBytes(t *testing.T) {
	a := record.Attachment{Blob: record.Blob{Size: 0x1234, MediaType: "image/png"}, Key: []byte{7, 8}}
	a.Digest[0], a.Digest[31] = 0xAA, 0xBB
	want := "01" + "aa" + strings.Repeat("00", 30) + "bb" + "0000000000001234" + "02" + "0708" + hex.EncodeToString([]byte("image/png"))
	if got := hex.EncodeToString(a.Value().Bytes()); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestNoAttachment(t *testing.T) {
	good := record.Attachment{Blob: record.Blob{Size: 1, MediaType: "image/png"}, Key: []byte{1}}
	change := func(f func(*record.Attachment)) record.Value {
		a := good
		f(&a)
		return a.Value()
	}
	bytes := good.Value().Bytes()
	form := record.OfBytes(append([]byte{2}, bytes[1:]...))
	for name, v := range map[string]record.Value{
		"none": {}, "text": record.OfText("photo"), "digest alone": record.OfBytes(make([]byte, 32)), "another form": form,
		"cut":       record.OfBytes(bytes[:42]),
		"no key":    change(func(a *record.Attachment) { a.Key = nil }),
		"long key":  change(func(a *record.Attachment) { a.Key = make([]byte, 65) }),
		"no size":   change(func(a *record.Attachment) { a.Size = 0 }),
		"huge":      change(func(a *record.Attachment) { a.Size = 1 << 41 }),
		"no type":   change(func(a *record.Attachment) { a.MediaType = "" }),
		"half type": change(func(a *record.Attachment) { a.MediaType = "image/" }),
		"script":    change(func(a *record.Attachment) { a.MediaType = "text/html; charset=x" }),
	} {
		if _, err := record.ParseAttachment(v); err == nil {
			t.Errorf("%s was taken for an attachment", name)
		}
	}
}

func FuzzParseAttachment(f *testing.F) {
	f.Add(record.Attachment{Blob: record.Blob{Size: 1, MediaType: "image/png"}, Key: []byte{1}}.Value().Bytes())
	f.Add([]byte{1})
	f.Fuzz(func(t *testing.T, b []byte) {
		v := record.OfBytes(b)
		a, err := record.ParseAttachment(v)
		if err == nil && !a.Value().Equal(v) {
			t.Errorf("%x was read and written as %x", b, a.Value().Bytes())
		}
	})
}

// TestBlobFieldsHoldKeys refuses a catalogue that would put a file's key where it is
// readable or searched by.
func TestBlobFieldsHoldKeys(t *testing.T) {
	for name, field := range map[string]string{
		"C1":      `{"name": "photo", "format": "blob", "class": 1, "merge": "latest"}`,
		"indexed": `{"name": "photo", "format": "blob", "class": 2, "merge": "latest", "indexed": true}`,
		"search":  `{"name": "photo", "format": "blob", "class": 2, "merge": "latest", "search": true}`,
	} {
		_, err := record.ParseCatalogue(strings.NewReader(`{"version": 1, "kinds": [{"name": "household", "nature": "fact", "fields": [` + field + `]}]}`))
		if err == nil {
			t.Errorf("%s: a blob field was taken", name)
		}
	}
}

func TestKeepsFiles(t *testing.T) {
	cat, err := record.ParseCatalogue(strings.NewReader(`{"version": 1, "kinds": [
		{"name": "household", "nature": "fact", "fields": [{"name": "photo", "format": "blob", "class": 2, "merge": "latest"}]},
		{"name": "member", "nature": "fact", "fields": [{"name": "name", "format": "text", "class": 2, "merge": "latest"}]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	for kind, want := range map[record.Kind]bool{"household": true, "member": false, "unknown": false} {
		if cat.KeepsFiles(kind) != want {
			t.Errorf("%s keeps files: %t, want %t", kind, !want, want)
		}
	}
}
