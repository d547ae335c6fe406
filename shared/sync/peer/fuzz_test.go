// SPDX-License-Identifier: Apache-2.0

package peer_test

import (
	"testing"

	"yuexin/shared/sync/peer"
	"yuexin/shared/sync/wire"
)

// FuzzUnpack: receipts that a server sent, whatever they claim, are refused or
// consecutive, and not so many that a device stands still over them.
func FuzzUnpack(f *testing.F) {
	for _, m := range []wire.Receipts{
		{Ranges: []wire.ReceiptRange{{From: 1, To: 3, Outcome: 1, Version: 7}, {From: 4, To: 4, Outcome: 6}}},
		{Ranges: []wire.ReceiptRange{{From: 1<<64 - 3, To: 1<<64 - 1, Outcome: 1}}},
		{Ranges: []wire.ReceiptRange{{From: 5, To: 4}}},
	} {
		data, err := wire.Encode(&m)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := wire.Decode(data)
		receipts, ok := m.(*wire.Receipts)
		if err != nil || !ok {
			return
		}
		list, err := peer.Unpack(receipts)
		if err != nil {
			return
		}
		for i, r := range list {
			if r.Link.Number == 0 || i > 0 && r.Link.Number != list[i-1].Link.Number+1 {
				t.Fatalf("receipt %d is of number %d", i, r.Link.Number)
			}
		}
	})
}
