// SPDX-License-Identifier: Apache-2.0

package policy_test

import (
	"cmp"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"yuexin/shared/ident"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/policy"
	"yuexin/shared/sync/record"
)

var valuesEqual = gocmp.Comparer(func(a, b record.Value) bool { return a.Equal(b) })

// world is one field of one scope with the devices that write it. headsAt[v]
// are the heads at version v.
type world struct {
	merge   record.Merge
	two     bool // its disputes are settled by two persons
	headsAt [][]record.Head
	devices []*device
	written int
	removed []record.Head
}

// device is a device as far as one field can tell.
type device struct {
	lane   ident.Incarnation
	actor  ident.Actor
	blind  bool
	pulled record.Version
	number uint64         // of its last write
	last   hlc.Stamp      // effective stamp of its last write
	wallMS int64          // its clock
	sent   uint64         // what the server has of the lane
	queue  []policy.Write // what it has not
	own    []policy.Write // what it has, with versions
}

func newWorld(merge record.Merge, devices int) *world {
	w := &world{merge: merge, headsAt: [][]record.Head{nil}}
	for i := range devices {
		// Two devices of three are one person's.
		w.devices = append(w.devices, &device{lane: ident.Incarnation{byte(i + 1)}, actor: ident.Actor{byte(i%3/2 + 1 + i/3)}})
	}
	return w
}

// view is what a device shows that pulled up to v and wrote up to k: the
// base overlaid with its own writes that are not part of it.
func (w *world) view(d *device, v record.Version, k uint64) []record.Head {
	heads := w.headsAt[v]
	for _, q := range slices.Concat(d.own, d.queue) {
		if q.Head.Number <= k && (q.Head.Version == 0 || q.Head.Version > v) {
			heads, _ = policy.Apply(w.merge, heads, q)
		}
	}
	return heads
}

// write lets a device write once, with an honest base.
func (w *world) write(t *rapid.T, d *device) {
	if rapid.Bool().Draw(t, "pull") {
		d.pulled = record.Version(rapid.IntRange(int(d.pulled), len(w.headsAt)-1).Draw(t, "pulled"))
	}
	// Its screen may have been opened before its last writes.
	opened := rapid.Uint64Range(max(d.sent, d.number-min(d.number, 2)), d.number).Draw(t, "opened")
	shown := w.view(d, d.pulled, opened)
	d.number++
	d.wallMS += rapid.Int64Range(-3, 5).Draw(t, "clock")
	cs := record.ChangeSet{Reading: hlc.Reading{WallMS: d.wallMS}, Floor: highest(w.headsAt[d.pulled])}
	stamp, _ := policy.Effective(&cs, hlc.Offset{}, d.last, 1_000)
	d.last = stamp
	write := policy.Write{
		Head: record.Head{
			Value: w.value(t), Lane: d.lane, Number: d.number, Stamp: stamp, Actor: d.actor, Blind: d.blind, Merge: w.merge,
			Source: rapid.SampledFrom([]record.Source{record.SelfDeclared, record.Cadre, record.Officer}).Draw(t, "source"),
		},
		Seen: record.Base{Version: d.pulled, Number: opened}, TwoPersons: w.two,
	}
	if !d.blind && w.merge == record.Review && policy.Resolve(w.merge, shown).Disputed {
		write.InDispute = true
		if rapid.Bool().Draw(t, "resolve") {
			write.Resolves = []record.Version{}
			for _, h := range shown {
				if h.Version != 0 { // what has no version yet cannot be named
					write.Resolves = append(write.Resolves, h.Version)
				}
			}
		}
	}
	d.queue = append(d.queue, write)
	w.written++
}

func (w *world) value(t *rapid.T) record.Value {
	if rapid.IntRange(0, 6).Draw(t, "cleared") == 0 {
		return record.Value{}
	}
	if w.merge == record.Union {
		return record.OfSet(rapid.SliceOfN(rapid.SampledFrom([]string{"a", "b", "c", "d"}), 0, 3).Draw(t, "set")...)
	}
	return record.OfInt(rapid.Int64Range(1, 3).Draw(t, "value"))
}

func highest(heads []record.Head) (s hlc.Stamp) {
	for _, h := range heads {
		s = max(s, h.Stamp)
	}
	return s
}

// order draws an order of arrival of everything queued that keeps each
// lane's own order.
func (w *world) order(t *rapid.T) []policy.Write {
	var lanes [][]policy.Write
	for _, d := range w.devices {
		if len(d.queue) > 0 {
			lanes = append(lanes, d.queue)
		}
	}
	var out []policy.Write
	for len(lanes) > 0 {
		i := rapid.IntRange(0, len(lanes)-1).Draw(t, "next lane")
		out = append(out, lanes[i][0])
		if lanes[i] = lanes[i][1:]; len(lanes[i]) == 0 {
			lanes = slices.Delete(lanes, i, i+1)
		}
	}
	return out
}

// arrive applies writes in order and returns the heads after each, and all
// that were removed.
func (w *world) arrive(order []policy.Write) (after [][]record.Head, removed []record.Head) {
	heads := w.headsAt[len(w.headsAt)-1]
	for i, write := range order {
		write.Head.Version = record.Version(len(w.headsAt) + i)
		var gone []record.Head
		heads, gone = policy.Apply(w.merge, heads, write)
		removed = append(removed, gone...)
		after = append(after, heads)
	}
	return after, removed
}

// accept makes one order of arrival the history.
func (w *world) accept(order []policy.Write) {
	after, removed := w.arrive(order)
	for i, write := range order {
		write.Head.Version = record.Version(len(w.headsAt) + i)
		d := w.devices[write.Head.Lane[0]-1]
		d.own = append(d.own, write)
	}
	w.headsAt = append(w.headsAt, after...)
	w.removed = append(w.removed, removed...)
	for _, d := range w.devices {
		d.queue, d.sent = nil, d.number
	}
}

// anonymous sorts heads by lane and number and forgets their versions, which
// are the order of arrival itself.
func anonymous(heads []record.Head) []record.Head {
	out := slices.Clone(heads)
	for i := range out {
		out[i].Version = 0
	}
	slices.SortFunc(out, func(a, b record.Head) int {
		return cmp.Or(cmp.Compare(a.Lane[0], b.Lane[0]), cmp.Compare(a.Number, b.Number))
	})
	return out
}

// visible is the resolved state without versions.
func visible(merge record.Merge, heads []record.Head) record.FieldState {
	s := policy.Resolve(merge, heads)
	s.Winner.Version = 0
	for i := range s.Aside {
		s.Aside[i].Version = 0
	}
	return s
}

// fields are the ways in which a field merges.
var fields = []struct {
	name  string
	merge record.Merge
	two   bool
}{
	{"latest", record.Latest, false}, {"authority", record.Authority, false},
	{"larger", record.Larger, false}, {"smaller", record.Smaller, false}, {"union", record.Union, false},
	{"review", record.Review, false}, {"review by two persons", record.Review, true},
}

// TestOrderOfArrival is the law of the package: after devices wrote offline,
// with bases as old as they like, the heads and what readers see are the same
// for every order in which the lanes arrive, and no value is lost.
func TestOrderOfArrival(t *testing.T) {
	for _, field := range fields {
		t.Run(field.name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				w := newWorld(field.merge, rapid.IntRange(1, 6).Draw(t, "devices"))
				w.two = field.two
				w.devices[0].blind = rapid.IntRange(0, 3).Draw(t, "blind") == 0
				for range rapid.IntRange(1, 4).Draw(t, "rounds") {
					for range rapid.IntRange(1, 6).Draw(t, "writes") {
						w.write(t, rapid.SampledFrom(w.devices).Draw(t, "who"))
					}
					w.checkOrders(t)
				}
				w.checkNothingLost(t)
			})
		})
	}
}

func (w *world) checkOrders(t *rapid.T) {
	one, two := w.order(t), w.order(t)
	afterOne, removedOne := w.arrive(one)
	afterTwo, removedTwo := w.arrive(two)
	headsOne, headsTwo := afterOne[len(one)-1], afterTwo[len(two)-1]
	if diff := gocmp.Diff(anonymous(headsOne), anonymous(headsTwo), valuesEqual); diff != "" {
		t.Fatalf("heads depend on the order of arrival: %s", diff)
	}
	if diff := gocmp.Diff(visible(w.merge, headsOne), visible(w.merge, headsTwo), valuesEqual); diff != "" {
		t.Fatalf("what readers see depends on the order of arrival: %s", diff)
	}
	if diff := gocmp.Diff(anonymous(removedOne), anonymous(removedTwo), valuesEqual); diff != "" {
		t.Fatalf("the history depends on the order of arrival: %s", diff)
	}
	w.accept(one)
}

func (w *world) checkNothingLost(t *rapid.T) {
	type place struct {
		lane   ident.Incarnation
		number uint64
	}
	found := map[place]int{}
	for _, h := range slices.Concat(w.headsAt[len(w.headsAt)-1], w.removed) {
		found[place{h.Lane, h.Number}]++
	}
	if len(found) != w.written {
		t.Fatalf("%d values are heads or history, %d were written", len(found), w.written)
	}
	for p, n := range found {
		if n != 1 {
			t.Fatalf("value %v stands %d times", p, n)
		}
	}
}

// TestSequentialWritesLeaveOneHead: whoever saw everything replaces it.
func TestSequentialWritesLeaveOneHead(t *testing.T) {
	for _, merge := range []record.Merge{record.Latest, record.Larger, record.Smaller, record.Union, record.Review} {
		t.Run(string(merge), func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				var heads []record.Head
				for v := range rapid.IntRange(1, 6).Draw(t, "writes") {
					write := policy.Write{Seen: record.Base{Version: record.Version(v)}}
					write.Head = record.Head{
						Version: record.Version(v + 1), Lane: ident.Incarnation{byte(rapid.IntRange(1, 3).Draw(t, "lane"))},
						Number: uint64(v) + 1, Value: record.OfInt(rapid.Int64().Draw(t, "value")),
					}
					heads, _ = policy.Apply(merge, heads, write)
					if len(heads) != 1 || !heads[0].Value.Equal(write.Head.Value) {
						t.Fatalf("%d heads after a write that saw everything", len(heads))
					}
				}
			})
		})
	}
}

// TestEffective holds the laws of stamps: after the lane's previous one,
// after everything seen, and never far ahead of the server unless pushed
// there by those.
func TestEffective(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := rapid.Int64Range(1e12, 2e12).Draw(t, "now")
		limit := hlc.New(now+policy.MaxAhead.Milliseconds(), 0)
		previous := hlc.Stamp(0)
		for i := range rapid.IntRange(1, 8).Draw(t, "changes") {
			cs := record.ChangeSet{
				Reading: hlc.Reading{WallMS: rapid.OneOf(rapid.Int64(), rapid.Int64Range(now-9e5, now+9e5)).Draw(t, "wall")},
				Floor:   hlc.New(rapid.Int64Range(0, 2*now).Draw(t, "floor"), 0),
			}
			got, ahead := policy.Effective(&cs, hlc.Offset{}, previous, now)
			if got <= previous {
				t.Fatalf("%v is not after the lane's previous %v", got, previous)
			}
			if cs.Floor <= limit && got <= cs.Floor {
				t.Fatalf("%v is not after the floor %v", got, cs.Floor)
			}
			if want := hlc.New(cs.Reading.WallMS, 0) > limit || cs.Floor > limit; ahead != want {
				t.Fatalf("ahead %v, want %v", ahead, want)
			}
			if got > limit+hlc.Stamp(i)+1 {
				t.Fatalf("%v is too far beyond %v", got, limit)
			}
			previous = got
		}
	})
}

func TestEffectiveCorrectsWithinTheBootOnly(t *testing.T) {
	const now = 1_780_000_000_000
	cs := record.ChangeSet{Reading: hlc.Reading{WallMS: 5, BootID: [16]byte{1}, MonoMS: 1000}}
	same, _ := policy.Effective(&cs, hlc.Offset{BootID: [16]byte{1}, DeltaMS: now - 2000}, 0, now)
	if want := hlc.New(now-1000, 0); same != want {
		t.Errorf("same boot: %v, want %v", same, want)
	}
	other, _ := policy.Effective(&cs, hlc.Offset{BootID: [16]byte{2}, DeltaMS: now - 2000}, 0, now)
	if want := hlc.New(5, 0); other != want {
		t.Errorf("another boot: %v, want %v", other, want)
	}
}
