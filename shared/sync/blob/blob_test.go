// SPDX-License-Identifier: Apache-2.0

package blob_test

import (
	"bytes"
	"crypto/rand"
	"net/http"
	"strings"
	"testing"

	"yuexin/assets"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/blob"
)

func policy(t *testing.T) *blob.Policy {
	t.Helper()
	f, err := assets.Folder("policies").Open("attachments-1.json")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p, err := blob.ParsePolicy(f)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestSealOpen(t *testing.T) {
	plain := []byte("\xff\xd8\xff a photo")
	sealed, a, err := blob.Seal(rand.Reader, plain, "image/jpeg")
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(sealed, []byte("photo")) {
		t.Error("the sealed bytes show the file")
	}
	got, err := blob.Open(a, sealed)
	if err != nil || !bytes.Equal(got, plain) {
		t.Fatalf("got %q, %v", got, err)
	}
	again, b, err := blob.Seal(rand.Reader, plain, "image/jpeg")
	if err != nil || b.Digest == a.Digest || bytes.Equal(again, sealed) {
		t.Error("two seals of one file are alike: whoever has the file could find out who attached it")
	}

	damaged := bytes.Clone(sealed)
	damaged[len(damaged)-1] ^= 1
	other, retyped := a, a
	other.Key, retyped.MediaType = b.Key, "image/png"
	for name, open := range map[string]func() ([]byte, error){
		"damaged": func() ([]byte, error) { return blob.Open(a, damaged) },
		"cut":     func() ([]byte, error) { return blob.Open(a, sealed[:len(sealed)-1]) },
		"key":     func() ([]byte, error) { return blob.Open(other, sealed) },
		"type":    func() ([]byte, error) { return blob.Open(retyped, sealed) },
	} {
		if _, err := open(); !fault.Is(err, fault.Corrupt) {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestTake(t *testing.T) {
	p := policy(t)
	for name, tt := range map[string]struct {
		plain []byte
		want  string
		kind  fault.Kind
	}{
		"jpeg":      {[]byte("\xff\xd8\xff\xe0…"), "image/jpeg", fault.OK},
		"png":       {[]byte("\x89PNG\r\n\x1a\n…"), "image/png", fault.OK},
		"pdf":       {[]byte("%PDF-1.7"), "application/pdf", fault.OK},
		"script":    {[]byte("<script>"), "", fault.Unsupported},
		"empty":     {nil, "", fault.Unsupported},
		"too large": {append([]byte("%PDF-"), make([]byte, p.MaxBytes)...), "", fault.TooLarge},
	} {
		got, err := p.Take(tt.plain)
		if got != tt.want || fault.KindOf(err) != tt.kind {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
	}
}

func TestBadPolicies(t *testing.T) {
	const good = `{"version": 1, "max_bytes": 100, "media_types": ["image/png"], "up_bytes_per_second": 1, "down_bytes_per_second": 1,
		"cache_bytes": 0, "device_open_bytes": 100, "unnamed_days": 1}`
	if _, err := blob.ParsePolicy(strings.NewReader(good)); err != nil {
		t.Fatal(err)
	}
	for from, to := range map[string]string{
		`"version": 1`: `"version": 0`, `"max_bytes": 100`: `"max_bytes": 99999999999`, `image/png`: `text/html`,
		`"up_bytes_per_second": 1`: `"up_bytes_per_second": 0`, `"device_open_bytes": 100`: `"device_open_bytes": 99`, `"unnamed_days": 1`: `"days": 1`,
	} {
		if _, err := blob.ParsePolicy(strings.NewReader(strings.Replace(good, from, to, 1))); err == nil {
			t.Errorf("%s was taken", to)
		}
	}
}

// TestRequest: a signature says exactly one thing.
func TestRequest(t *testing.T) {
	base := blob.Request{Device: ident.Device{1}, Method: "PATCH", Path: blob.Path + "aa", Offset: "10", Length: "", AtMS: 5}
	seen := map[string]bool{string(base.Bytes()): true}
	for name, change := range map[string]func(*blob.Request){
		"device": func(q *blob.Request) { q.Device = ident.Device{2} }, "method": func(q *blob.Request) { q.Method = "HEAD" },
		"path": func(q *blob.Request) { q.Path += "b" }, "offset": func(q *blob.Request) { q.Offset = "11" },
		"length": func(q *blob.Request) { q.Offset, q.Length = "", "10" }, "time": func(q *blob.Request) { q.AtMS++ },
	} {
		q := base
		change(&q)
		if seen[string(q.Bytes())] {
			t.Errorf("another %s is signed by the same bytes", name)
		}
		seen[string(q.Bytes())] = true
	}

	head := http.Header{}
	head.Set("Upload-Offset", "10")
	if err := base.Sign(head, func(m []byte) ([]byte, error) { return []byte("sig of " + string(m[:1])), nil }); err != nil {
		t.Fatal(err)
	}
	got, signature, err := blob.Signed(head)
	got.Method, got.Path = base.Method, base.Path
	if err != nil || got != base || string(signature) != "sig of \x01" {
		t.Errorf("got %+v, %q, %v", got, signature, err)
	}
	for _, h := range []string{blob.HeaderDevice, blob.HeaderTime, blob.HeaderSignature} {
		bad := http.Header{}
		for k, v := range head {
			bad[k] = v
		}
		bad.Set(h, "!")
		if _, _, err := blob.Signed(bad); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("a bad %s: %v", h, err)
		}
	}
}

func TestArrivalIsNotedOnce(t *testing.T) {
	a, b := blob.ArrivalID("unit:a", blob.Digest{1}), blob.ArrivalID("unit:b", blob.Digest{1})
	if a == b || a == blob.ArrivalID("unit:a", blob.Digest{2}) || a != blob.ArrivalID("unit:a", blob.Digest{1}) {
		t.Error("an arrival's id is not made from scope and digest alone")
	}
}
