// SPDX-License-Identifier: Apache-2.0

package replica_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"yuexin/shared/ident"
	"yuexin/shared/sync/peer"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/recordtest"
	"yuexin/shared/sync/replica"
	"yuexin/shared/sync/wire"
)

// boxKeeper is a device that holds nothing of a scope but its cursor and boxes.
type boxKeeper struct {
	*device
	t *testing.T
}

func newBoxKeeper(t *testing.T) boxKeeper {
	d := newServer(t).newDevice(replica.Laptop, 1)
	d.grant(recordtest.Officer, recordtest.Here)
	return boxKeeper{d, t}
}

// box is number n of the server's lane, of version v.
func box(n uint64, v record.Version, size int) *wire.Kept {
	return &wire.Kept{
		Lane:  record.Lane{Incarnation: ident.Incarnation{9}, Scope: recordtest.Here},
		First: n, Last: n, Chain: wire.Digest{byte(n)}, Version: v, Data: make([]byte, size),
	}
}

// checkpoint brings an empty scope to a version, with boxes.
func (k boxKeeper) checkpoint(at, backed record.Version, boxes ...*wire.Kept) {
	k.t.Helper()
	cp := &wire.Checkpoint{Watermark: backed, Cursor: wire.Cursor{
		Scope: recordtest.Here, View: string(recordtest.Officer), Version: at, LogHash: wire.Digest{byte(at)},
	}}
	if !must(k.ApplyCheckpoint(ctx, nil, cp, boxes...)) {
		k.t.Fatal("the digest of nothing is not that of nothing")
	}
}

// offers wants the numbers of the boxes that wait.
func (k boxKeeper) offers(when string, want ...uint64) {
	k.t.Helper()
	var got []uint64
	for _, o := range must(k.Offers(ctx)) {
		got = append(got, o.Last)
		if must(k.Offer(ctx, o)) == nil {
			k.t.Errorf("%s: box %d is offered and not there", when, o.Last)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		k.t.Errorf("%s (-want +got):\n%s", when, diff)
	}
}

// receipted says that the server has a box, under a version.
func (k boxKeeper) receipted(b *wire.Kept, v record.Version) {
	k.t.Helper()
	outcome := record.Accepted
	if v == 0 {
		outcome = record.Erased
	}
	reopened, err := k.ApplyReceipts(ctx, &wire.Receipts{
		Lane: b.Lane, Through: b.Last, Chain: b.Chain, Ranges: []wire.ReceiptRange{{From: b.First, To: b.Last, Outcome: outcome, Version: v}},
	})
	if err != nil || reopened {
		k.t.Fatal(reopened, err)
	}
}

func (k boxKeeper) reset(from record.Version) {
	k.t.Helper()
	if err := k.ResetScope(ctx, recordtest.Here, &wire.Reset{Scope: recordtest.Here, From: from}); err != nil {
		k.t.Fatal(err)
	}
}

func v(epoch uint32, seq uint64) record.Version { return record.At(epoch, seq) }

// A box waits from the reset that lost it until a checkpoint holds what its receipt
// names, whatever happens between, and is kept until a backup holds that.
func TestBoxesComeAndGo(t *testing.T) {
	k := newBoxKeeper(t)
	one, two, three := box(1, v(1, 4), 10), box(2, v(1, 6), 10), box(3, v(1, 9), 10)
	k.checkpoint(v(1, 6), 0, one, two)
	k.checkpoint(v(1, 9), 0, three, two)
	k.offers("nothing is lost")
	k.reset(v(1, 5))
	k.offers("after the reset", 2, 3)
	k.reopen()
	k.unlock()
	k.offers("after a restart", 2, 3)

	k.receipted(two, v(2, 7))
	k.offers("no checkpoint has it yet: it may be lost again", 2, 3)
	k.receipted(three, 0)
	k.offers("erased, and done with", 2)
	k.checkpoint(v(2, 7), v(1, 5), box(4, v(2, 7), 10))
	k.offers("held by a checkpoint")
	k.reset(0)
	k.offers("one is in the backup, the rest is lost once more", 3, 2, 4)
	k.checkpoint(v(2, 8), v(2, 8))
	k.offers("what waits is never let go", 3, 2, 4)
	for _, b := range []*wire.Kept{two, three, box(4, v(2, 7), 10)} {
		k.receipted(b, v(2, 8))
	}
	k.checkpoint(v(2, 9), v(2, 9))
	k.reset(0)
	k.offers("all are in the backup")
}

// Whoever has to purge a scope hands its boxes over first.
func TestBoxesOfAPurgedScope(t *testing.T) {
	k := newBoxKeeper(t)
	one := box(1, v(1, 4), 10)
	k.checkpoint(v(1, 6), 0, one)
	end := must(k.Control(ctx))
	must(k.ApplyControl(ctx, []wire.ControlEntry{{Number: end.Number + 1, Op: wire.ControlRevoke, Scope: recordtest.Here}}))
	k.offers("purged", 1)
	k.receipted(one, v(1, 4))
	k.offers("handed over")
	if data := must(k.Offer(ctx, peer.Offer{Lane: one.Lane, First: 1, Last: 1, Chain: one.Chain})); data != nil {
		t.Error("a box of a purged scope is kept although the server has it")
	}
}

// A server that makes no backups has the newest of its work kept.
func TestBoxesAreBounded(t *testing.T) {
	k := newBoxKeeper(t)
	for n := uint64(1); n <= 24; n++ {
		k.checkpoint(v(1, n), 0, box(n, v(1, n), 200<<10))
	}
	k.reset(0)
	if list := must(k.Offers(ctx)); len(list) != 20 || list[0].Last != 5 {
		t.Errorf("%d boxes are kept, want the newest 20 of 200 KiB in 4 MiB", len(list))
	}
}
