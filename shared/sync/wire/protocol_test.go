// SPDX-License-Identifier: Apache-2.0

package wire_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/replica/envelope"
	"yuexin/shared/sync/seal"
	"yuexin/shared/sync/wire"
)

// protocolExamples are the examples of PROTOCOL.md by name.
func protocolExamples(t testing.TB) map[string][]byte {
	cs, rare, batch := sampleSet(), sampleRare(), sampleBatch()
	set := wire.AppendChangeSet(nil, &cs)
	salt := wire.Salt(batch.Seed, 1)
	commitment := wire.Commitment(salt, set)
	start := wire.LaneStart(sampleLane)
	chain := wire.Chain(start, 1, commitment)
	logHash := wire.LogHash(wire.Digest{}, record.At(1, 1), cs.Link, commitment)
	id := cs.Writes[0].Header.ID
	field := wire.FieldHash(id, "area", record.At(1, 18), record.OfInt(350))
	row := sampleRows()[0]
	digest := wire.Sum{}
	for _, f := range row.Fields {
		digest = digest.Add(wire.FieldHash(row.Header.ID, f.Field, f.State.Version, f.State.Value))
	}
	hello, challenge := samples()[0].(*wire.Hello), samples()[1].(*wire.Challenge)
	out := map[string][]byte{
		"change-set":      set,
		"rare-change-set": wire.AppendChangeSet(nil, &rare),
		"person-bytes":    wire.PersonBytes(&cs),
		"lane-start":      start[:],
		"salt":            salt[:],
		"commitment":      commitment[:],
		"chain":           chain[:],
		"log-hash":        logHash[:],
		"field-hash":      field[:],
		"digest":          digest[:],
		"bucket":          {wire.Bucket(id)},
		"signed-frame":    batch.SignedBytes(),
		"row":             wire.AppendRow(nil, &row),
		"proof-bytes":     wire.ProofBytes(hello, challenge),
		"purge-bytes":     wire.PurgeBytes(ident.Device(filled(0x01)), wire.ControlEntry{Number: 6, Scope: sampleScope}),
	}
	for _, m := range samples() {
		data, err := wire.Encode(m)
		if err != nil {
			t.Fatal(err)
		}
		out["message-"+name(m)] = data
		switch m := m.(type) {
		case *wire.Frame:
			out["frame"] = m.Data[1:] // without its envelope
		case *wire.Rows:
			out["rows"] = m.Data
		}
	}
	for _, m := range auditSamples() {
		data, err := wire.Encode(m)
		if err != nil {
			t.Fatal(err)
		}
		out["message-"+name(m)] = data
	}
	delete(out, "message-frame") // the frame itself is shown
	delete(out, "message-rows")
	return out
}

var exampleBlock = regexp.MustCompile("(?s)```hex ([a-z-]+)\n(.*?)```")

// TestProtocolExamples compares every example of the specification with
// what the code writes, and misses none.
func TestProtocolExamples(t *testing.T) {
	text, err := os.ReadFile("PROTOCOL.md")
	if err != nil {
		t.Fatal(err)
	}
	want := protocolExamples(t)
	want["box-private"], want["box"] = boxExample(t, string(text))
	for _, m := range exampleBlock.FindAllStringSubmatch(string(text), -1) {
		t.Run(m[1], func(t *testing.T) {
			got, err := hex.DecodeString(strings.Join(strings.Fields(m[2]), ""))
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want[m[1]]) {
				t.Errorf("PROTOCOL.md has\n%x, the code writes\n%x", got, want[m[1]])
			}
		})
		delete(want, m[1])
	}
	for missing, data := range want {
		t.Errorf("PROTOCOL.md lacks the example %q: %x", missing, data)
	}
}

// boxExample returns the specification's own box and key, having opened it: a box
// comes out otherwise every time.
func boxExample(t *testing.T, text string) (private, box []byte) {
	t.Helper()
	for _, m := range exampleBlock.FindAllStringSubmatch(text, -1) {
		data, err := hex.DecodeString(strings.Join(strings.Fields(m[2]), ""))
		if err != nil {
			t.Fatal(err)
		}
		switch m[1] {
		case "box-private":
			private = data
		case "box":
			box = data
		}
	}
	key, err := seal.ParseBoxPrivate(private)
	if err != nil {
		t.Fatal(err)
	}
	frame, err := envelope.Open(key, box)
	if err != nil {
		t.Fatalf("the box does not open: %v", err)
	}
	if want := samples()[4].(*wire.Frame).Data[1:]; !bytes.Equal(frame, want) {
		t.Errorf("in the box is\n%x, want\n%x", frame, want)
	}
	return private, box
}

// TestGoldenFrameOpens reads the golden message of a frame as the server does.
func TestGoldenFrameOpens(t *testing.T) {
	raw, err := os.ReadFile("testdata/05-frame.json")
	if err != nil {
		t.Fatal(err)
	}
	var g golden
	if err := json.Unmarshal(raw, &g); err != nil {
		t.Fatal(err)
	}
	data, err := hex.DecodeString(g.Hex)
	if err != nil {
		t.Fatal(err)
	}
	m, err := wire.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	frame, err := envelope.Open(seal.BoxPrivate{}, m.(*wire.Frame).Data)
	if err != nil {
		t.Fatalf("envelope: %v", err)
	}
	batch, err := wire.DecodeFrame(frame)
	if err != nil {
		t.Fatalf("frame: %v", err)
	}
	if diff := cmp.Diff(sampleBatch().Sets, batch.Sets, same); diff != "" {
		t.Error(diff)
	}
}
