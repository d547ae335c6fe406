// SPDX-License-Identifier: Apache-2.0

package wire_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
)

// update writes golden files that do not exist yet. Those that do are never
// written again: bytes once sent must be understood for ever.
var update = flag.Bool("update", false, "write missing golden files")

func name(m wire.Message) string { return strings.ToLower(reflect.TypeOf(m).Elem().Name()) }

func TestMessageRoundTrip(t *testing.T) {
	for _, m := range samples() {
		for _, want := range []wire.Message{m, reflect.New(reflect.TypeOf(m).Elem()).Interface().(wire.Message)} {
			t.Run(name(m), func(t *testing.T) {
				data, err := wire.Encode(want)
				if err != nil {
					t.Fatal(err)
				}
				got, err := wire.Decode(data)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(want, got, same); diff != "" {
					t.Error(diff)
				}
			})
		}
	}
}

// TestSamplesAreComplete makes sure that the golden files leave no field of
// a message out.
func TestSamplesAreComplete(t *testing.T) {
	for _, m := range samples() {
		v := reflect.ValueOf(m).Elem()
		for i := range v.NumField() {
			if v.Field(i).IsZero() {
				t.Errorf("%s.%s is not set", v.Type(), v.Type().Field(i).Name)
			}
		}
	}
	seen := map[wire.Kind]bool{}
	for _, m := range samples() {
		seen[kindOf(t, m)] = true
	}
	for kind := wire.Kind(1); kind < 64; kind++ {
		_, err := wire.Decode([]byte{0x82, 0x18, byte(kind), 0xA0})
		if kind < 24 {
			_, err = wire.Decode([]byte{0x82, byte(kind), 0xA0})
		}
		if known := !errors.As(err, new(*wire.UnknownKindError)); known != seen[kind] {
			t.Errorf("kind %d: known %v, has a sample %v", kind, known, seen[kind])
		}
	}
}

// kindOf reads the kind of a message off its bytes.
func kindOf(t *testing.T, m wire.Message) wire.Kind {
	t.Helper()
	data, err := wire.Encode(m)
	if err != nil {
		t.Fatal(err)
	}
	if data[1] < 24 {
		return wire.Kind(data[1])
	}
	return wire.Kind(data[2])
}

// golden is a message as it was once sent.
type golden struct {
	Name    string          `json:"name"`
	Hex     string          `json:"hex"`
	Message json.RawMessage `json:"message"`
}

func TestGoldenMessages(t *testing.T) {
	for _, m := range samples() {
		path := filepath.Join("testdata", fmt.Sprintf("%02d-%s.json", kindOf(t, m), name(m)))
		if _, err := os.Stat(path); *update && errors.Is(err, os.ErrNotExist) {
			writeGolden(t, path, m)
		}
		t.Run(name(m), func(t *testing.T) { checkGolden(t, path, m) })
	}
}

func checkGolden(t *testing.T, path string, want wire.Message) {
	raw, err := os.ReadFile(path)
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
	got, err := wire.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	described := reflect.New(reflect.TypeOf(want).Elem()).Interface()
	if err := json.Unmarshal(g.Message, described); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(described, any(got), same); diff != "" {
		t.Errorf("decoded is not what is described: %s", diff)
	}
	again, err := wire.Encode(got)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(again, data) {
		t.Errorf("encoded again:\n%x, want\n%x", again, data)
	}
}

func writeGolden(t *testing.T, path string, m wire.Message) {
	data, err := wire.Encode(m)
	if err != nil {
		t.Fatal(err)
	}
	described, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	out, err := json.MarshalIndent(golden{Name: name(m), Hex: hex.EncodeToString(data), Message: described}, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(out, '\n'), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestGoldenContent decodes the frame and the rows inside the golden
// messages: their layout may never become unreadable.
func TestGoldenContent(t *testing.T) {
	frame := decodeGolden(t, "05-frame.json").(*wire.Frame)
	batch, err := wire.DecodeFrame(frame.Data[1:]) // behind its envelope
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sampleBatch(), batch, same); diff != "" {
		t.Error(diff)
	}
	rows, err := wire.DecodeRows(decodeGolden(t, "10-rows.json").(*wire.Rows).Data)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sampleRows(), rows, same); diff != "" {
		t.Error(diff)
	}
}

// TestGoldenSalted does so for a frame whose change sets have each their own salt.
func TestGoldenSalted(t *testing.T) {
	kept := decodeGolden(t, "52-kept.json").(*wire.Kept)
	batch, err := wire.DecodeFrame(kept.Data[1:])
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sampleSalted(), batch, same); diff != "" {
		t.Error(diff)
	}
	if err := batch.Verify(func(_, _ []byte) bool { return true }); err != nil {
		t.Error(err)
	}
	if bytes.Equal(batch.SignedBytes(), sampleBatch().SignedBytes()) {
		t.Error("what is signed does not tell a seed from salts")
	}
}

func decodeGolden(t *testing.T, file string) wire.Message {
	raw, err := os.ReadFile(filepath.Join("testdata", file))
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
	return m
}

func TestDecodeEvolves(t *testing.T) {
	t.Run("unknown keys are passed over", func(t *testing.T) {
		// Ping {1: 7, 30: [1.5, {"x": h'00'}, 1(2)], 2: null}
		data := mustHex(t, "8210a3 0107 181e83 f93e00 a16178 4100 c102 02f6")
		got, err := wire.Decode(data)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(wire.Message(&wire.Ping{Number: 7}), got); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("an unknown kind is told", func(t *testing.T) {
		_, err := wire.Decode(mustHex(t, "821828a10107"))
		var unknown *wire.UnknownKindError
		if !errors.As(err, &unknown) || unknown.Kind != 40 {
			t.Errorf("got %v, want an unknown kind 40", err)
		}
	})
}

func TestDecodeRefuses(t *testing.T) {
	tests := []struct{ name, hex string }{
		{"nothing", ""},
		{"not an array", "a0"},
		{"one item", "8110"},
		{"three items", "8310a000"},
		{"trailing bytes", "8210a1010700"},
		{"cut off", "8210a101"},
		{"key twice", "8210a201070108"},
		{"text key", "8210a1616107"},
		{"negative key", "8210a12007"},
		{"indefinite map", "8210bf0107ff"},
		{"indefinite array", "9f10a0ff"},
		{"longer head than needed", "8210a1011807"},
		{"long head of 1", "8210a1011b0000000000000001"},
		{"wrong type", "8210a1016137"},
		{"nonce too short", "8201a105 43010203"},
		{"nonce too long", "8201a105 5821" + strings.Repeat("00", 33)},
		{"text not UTF-8", "8201a106 62c328"},
		{"number too large for its field", "8206a105 1b0000000100000000"},
		{"window of negative size", "8204a10320"},
		{"huge array", "8209a1019b7fffffffffffffff"},
		{"huge string", "8205a1015b7fffffffffffffff"},
		{"huge map", "8210bb7fffffffffffffff"},
		{"65 keys", "8210b841" + manyKeys(65)},
		{"nested too deeply", "8210a1181e" + strings.Repeat("81", 40) + "00"},
		{"argument twice", "8213a103a2 616100 616100"},
		{"stamp out of range", "820ba1021bffffffffffffffff"},
		{"buckets out of order", "8215a103821104"},
		{"a bucket twice", "8215a103820404"},
		{"a list that ends in a record", "8215a2038118370457" + strings.Repeat("50", 23)},
		{"a record beside the buckets", "8215a20381183804" + "5818505152535455565758595a5b5c5d5e5f0000000000000000"},
		{"a record listed twice", "8215a20381183704" + "5830" + strings.Repeat("505152535455565758595a5b5c5d5e5f0000000000000000", 2)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := wire.Decode(mustHex(t, tt.hex))
			var limit *record.LimitError
			if !errors.Is(err, wire.ErrMalformed) && !errors.As(err, &limit) {
				t.Errorf("got %v, want ErrMalformed or a LimitError", err)
			}
		})
	}
}

func manyKeys(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "19%04x00", 1000+i)
	}
	return b.String()
}

func TestEncodeRefusesWhatDecodeWould(t *testing.T) {
	tests := []wire.Message{
		&wire.Frame{Data: make([]byte, record.MaxFrameBytes+1)},
		&wire.Hello{Program: strings.Repeat("x", 2000)},
		&wire.Buckets{Sums: make([]wire.Sum, 257)},
		&wire.Subscribe{Cursors: make([]wire.Cursor, 5000)},
		&wire.Repair{List: make([]wire.Listed, wire.MaxListed+1)},
		&wire.Want{IDs: make([]ident.Record, wire.MaxRows+1)},
	}
	for _, m := range tests {
		var limit *record.LimitError
		if _, err := wire.Encode(m); !errors.As(err, &limit) {
			t.Errorf("%s: got %v, want a LimitError", name(m), err)
		}
	}
}

func mustHex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestReservedKinds: what later versions will send is passed over, not taken for
// something else.
func TestReservedKinds(t *testing.T) {
	for kind := byte(40); kind < 64; kind++ {
		switch wire.Kind(kind) {
		case wire.KindSnapshot, wire.KindPiece, wire.KindKept, wire.KindAudit, wire.KindAuditReceipt:
			continue // in use
		}
		_, err := wire.Decode([]byte{0x82, 0x18, kind, 0xA0})
		unknown, ok := errors.AsType[*wire.UnknownKindError](err)
		if !ok || unknown.Kind != uint64(kind) {
			t.Errorf("kind %d: got %v", kind, err)
		}
	}
}
