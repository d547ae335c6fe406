// SPDX-License-Identifier: Apache-2.0

package wire_test

import (
	"errors"
	"io/fs"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
)

// auditSamples are one of each kind that carries audit logs.
func auditSamples() map[string]wire.Message {
	return map[string]wire.Message{
		"testdata/55-audit.json": &wire.Audit{
			Log: ident.Incarnation(filled(0x70)), First: 3, Before: filled32(0x80),
			Bodies: [][]byte{[]byte(`{"n":3,"at":1780000000000,"deed":"read"}`), []byte(`{"n":4,"at":1780000000009,"deed":"print"}`)},
		},
		"testdata/56-auditreceipt.json": &wire.AuditReceipt{Log: ident.Incarnation(filled(0x70)), Through: 4, Chain: filled32(0x90), Fork: true},
	}
}

func TestGoldenAuditMessages(t *testing.T) {
	for path, m := range auditSamples() {
		if _, err := os.Stat(path); *update && errors.Is(err, fs.ErrNotExist) {
			writeGolden(t, path, m)
		}
		t.Run(name(m), func(t *testing.T) {
			checkGolden(t, path, m)
			data, err := wire.Encode(m)
			if err != nil {
				t.Fatal(err)
			}
			got, err := wire.Decode(data)
			if diff := cmp.Diff(m, got, same); diff != "" || err != nil {
				t.Errorf("(-sent +got):\n%s%v", diff, err)
			}
		})
	}
}

func TestAuditLimits(t *testing.T) {
	var limit *record.LimitError
	for what, m := range map[string]wire.Message{
		"too many entries": &wire.Audit{Bodies: make([][]byte, wire.MaxAuditEntries+1)},
		"a long entry":     &wire.Audit{Bodies: [][]byte{make([]byte, 65<<10)}},
	} {
		if _, err := wire.Encode(m); !errors.As(err, &limit) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
