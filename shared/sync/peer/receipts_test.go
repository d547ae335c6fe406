// SPDX-License-Identifier: Apache-2.0

package peer_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"yuexin/shared/ident"
	"yuexin/shared/sync/peer"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
)

// Unpack is the inverse of Pack for every run of receipts of one lane.
func TestPackUnpack(t *testing.T) {
	lane := record.Lane{Incarnation: ident.Incarnation{1}, Scope: "unit:a"}
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.Uint64Range(1, 1000).Draw(t, "first")
		version := record.At(1, rapid.Uint64Range(1, 1000).Draw(t, "version"))
		var want []record.Receipt
		for range rapid.IntRange(1, 40).Draw(t, "n") {
			r := record.Receipt{Link: record.Link{Lane: lane, Number: number}}
			r.Outcome = record.Outcome(rapid.IntRange(1, 9).Draw(t, "outcome"))
			if r.Outcome.Applied() {
				r.Version = version
				version += record.Version(rapid.IntRange(1, 2).Draw(t, "step"))
			}
			if rapid.IntRange(0, 3).Draw(t, "detail") == 0 {
				r.Reason, r.Field = "sync.reject.type", "phone"
				r.Record = record.Header{ID: ident.Record{7}, Scope: lane.Scope}
			}
			want = append(want, r)
			number++
		}
		got, err := peer.Unpack(&wire.Receipts{Lane: lane, Ranges: peer.Pack(want)})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("receipts changed on the way (-want +got):\n%s", diff)
		}
	})
}

func TestUnpackRefuses(t *testing.T) {
	ranges := map[string][]wire.ReceiptRange{
		"number zero":    {{From: 0, To: 1, Outcome: record.Accepted}},
		"backwards":      {{From: 5, To: 4, Outcome: record.Accepted}},
		"a hole":         {{From: 1, To: 2, Outcome: record.Accepted}, {From: 4, To: 4, Outcome: record.Accepted}},
		"overlap":        {{From: 1, To: 2, Outcome: record.Accepted}, {From: 2, To: 3, Outcome: record.Accepted}},
		"without end":    {{From: 1, To: 1 << 62, Outcome: record.Accepted}},
		"wrong versions": {{From: 1, To: 3, Outcome: record.Accepted, Versions: []record.Version{1, 2}}},
	}
	for name, r := range ranges {
		t.Run(name, func(t *testing.T) {
			if got, err := peer.Unpack(&wire.Receipts{Ranges: r}); err == nil {
				t.Errorf("got %d receipts, want an error", len(got))
			}
		})
	}
}

func TestRetryPauses(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var r peer.Retry
		for i := range 20 {
			full := min(int64(peer.RetryMostMS), int64(peer.RetryFirstMS)<<i)
			got := r.Next(rapid.Float64Range(0, 0.999).Draw(t, "random"), 0)
			if got < full/2 || got > full {
				t.Fatalf("pause %d is %d ms, want %d to %d", i, got, full/2, full)
			}
		}
		if got := r.Next(0, 500_000); got != 500_000 {
			t.Fatalf("pause is %d ms although the server asked for 500000", got)
		}
		r.Reset()
		if got := r.Next(0, 0); got > peer.RetryFirstMS {
			t.Fatalf("pause after a reset is %d ms", got)
		}
	})
}

// TestDeviceAsksWhatWasDecided: with every control message a device asks again what
// became of what is quarantined, and the server answers from what it has stored.
func TestDeviceAsksWhatWasDecided(t *testing.T) {
	lane := record.Lane{Incarnation: ident.Incarnation{1}, Scope: village}
	d := openDevice(t)
	d.hears(&wire.Control{}, "StoreControl", "LoadAside")
	d.at(0, peer.Aside{Runs: []peer.Unsent{{Lane: lane, First: 3, Last: 5}}}, "send Ask")
	d.hears(&wire.Receipts{Lane: lane, Asked: true}, "StoreReceipts")
	d.at(0, peer.Receipted{Lane: lane, Asked: true})

	s := openServer(t, false)
	s.hears(&wire.Ask{Lane: lane, From: 3, To: 5}, "Answer")
	s.at(0, peer.Answered{Lane: lane, Receipts: []record.Receipt{{Link: record.Link{Lane: lane, Number: 3}, Decided: true}}}, "send Receipts")
	s.at(0, peer.Answered{}, "send Receipts") // of a lane of somebody else: empty, so that nobody waits
	decided := peer.Pack([]record.Receipt{{Link: record.Link{Lane: lane, Number: 3}, Outcome: record.Accepted, Version: 9, Decided: true}})
	if got, err := peer.Unpack(&wire.Receipts{Lane: lane, Ranges: decided}); err != nil || !got[0].Decided {
		t.Errorf("unpacked: %+v, %v", got, err)
	}
}
