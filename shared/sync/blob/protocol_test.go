// SPDX-License-Identifier: Apache-2.0

package blob_test

import (
	"encoding/hex"
	"os"
	"strings"
	"testing"

	"yuexin/shared/ident"
	"yuexin/shared/sync/blob"
	"yuexin/shared/sync/record"
)

func counted(first byte, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = first + byte(i)
	}
	return b
}

// protocolExamples are the examples of attachments in the specification, by name.
func protocolExamples() map[string][]byte {
	digest := blob.Digest(counted(0x80, 32))
	a := record.Attachment{Blob: record.Blob{Digest: digest, Size: 2048, MediaType: "image/jpeg"}, Key: append([]byte{0x11, 0x01}, counted(0x20, 32)...)}
	q := blob.Request{
		Device: ident.Device(counted(0x01, 16)), Method: "PATCH", Path: blob.Path + hex.EncodeToString(digest[:]), Offset: "1024", AtMS: 1_780_000_000_000,
	}
	id := blob.ArrivalID("unit:06cpmkg807q9q57cu7x1z2b4f6", digest)
	return map[string][]byte{"attachment-value": a.Value().Bytes(), "attachment-request": q.Bytes(), "arrival-id": id[:]}
}

// TestProtocolExamples compares the specification with the code.
func TestProtocolExamples(t *testing.T) {
	text, err := os.ReadFile("../wire/PROTOCOL.md")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range protocolExamples() {
		_, rest, _ := strings.Cut(string(text), "```text "+name+"\n")
		shown, _, found := strings.Cut(rest, "```")
		got, err := hex.DecodeString(strings.Join(strings.Fields(shown), ""))
		if !found || err != nil || string(got) != string(want) {
			t.Errorf("%s is in PROTOCOL.md %x, in the code %x (%v)", name, got, want, err)
		}
	}
}
