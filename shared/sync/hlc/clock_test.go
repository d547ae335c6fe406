// SPDX-License-Identifier: Apache-2.0

package hlc_test

import (
	"testing"

	"pgregory.net/rapid"

	"yuexin/shared/sync/hlc"
)

var (
	boot1 = [16]byte{1}
	boot2 = [16]byte{2}
)

const day = 24 * 60 * 60 * 1000

// TestClockHistory is one device's life, row by row.
func TestClockHistory(t *testing.T) {
	at := hlc.New
	var clock hlc.Clock
	history := []struct {
		name   string
		before func() // what happened to the device since the row above
		read   hlc.Reading
		saw    []hlc.Stamp
		want   hlc.Stamp
	}{
		{name: "first change, wall only", read: hlc.Reading{WallMS: 1000, BootID: boot1, MonoMS: 10}, want: at(1000, 0)},
		{name: "same millisecond counts up", read: hlc.Reading{WallMS: 1000, BootID: boot1, MonoMS: 10}, want: at(1000, 1)},
		{name: "wall moves on, counter starts again", read: hlc.Reading{WallMS: 1005, BootID: boot1, MonoMS: 15}, want: at(1005, 0)},
		{name: "clock jumps back", read: hlc.Reading{WallMS: 400, BootID: boot1, MonoMS: 16}, want: at(1005, 1)},
		{name: "still back", read: hlc.Reading{WallMS: 401, BootID: boot1, MonoMS: 17}, want: at(1005, 2)},
		{name: "saw a base ahead of our wall", read: hlc.Reading{WallMS: 1010, BootID: boot1, MonoMS: 20}, saw: []hlc.Stamp{at(2000, 7)}, want: at(2000, 8)},
		{name: "saw a base behind us", read: hlc.Reading{WallMS: 1011, BootID: boot1, MonoMS: 21}, saw: []hlc.Stamp{at(30, 9)}, want: at(2000, 9)},
		{name: "saw several, one equal to ours", read: hlc.Reading{WallMS: 2000, BootID: boot1, MonoMS: 22}, saw: []hlc.Stamp{at(1, 1), at(2000, 10), at(2000, 3)}, want: at(2000, 11)},
		{name: "saw a full counter, the wall carries", read: hlc.Reading{WallMS: 2000, BootID: boot1, MonoMS: 23}, saw: []hlc.Stamp{at(3000, hlc.MaxLogical)}, want: at(3001, 0)},
		{
			name:   "server met: its time counts, whatever the wall says",
			before: func() { clock.SetOffset(hlc.Offset{BootID: boot1, DeltaMS: 5000}) },
			read:   hlc.Reading{WallMS: 12, BootID: boot1, MonoMS: 100}, want: at(5100, 0),
		},
		{name: "somebody sets the date within the boot", read: hlc.Reading{WallMS: 900000, BootID: boot1, MonoMS: 101}, want: at(5101, 0)},
		{name: "reboot between: the offset no longer counts", read: hlc.Reading{WallMS: 6000, BootID: boot2, MonoMS: 1}, want: at(6000, 0)},
		{
			name:   "dead battery: 1970, program restarted, stamp restored",
			before: func() { clock = hlc.Clock{}; clock.Restore(at(6000, 0)) },
			read:   hlc.Reading{WallMS: 3, BootID: boot1, MonoMS: 3}, want: at(6000, 1),
		},
		{name: "wall before 1970", read: hlc.Reading{WallMS: -5 * day, BootID: boot1, MonoMS: 4}, want: at(6000, 2)},
		{
			name:   "restoring something older lowers nothing",
			before: func() { clock.Restore(at(10, 0)) },
			read:   hlc.Reading{WallMS: 5, BootID: boot1, MonoMS: 5}, want: at(6000, 3),
		},
		{name: "wall set to the far future", read: hlc.Reading{WallMS: 9_000_000, BootID: boot1, MonoMS: 6}, want: at(9_000_000, 0)},
		{name: "wall mended, the clock stays up", read: hlc.Reading{WallMS: 7000, BootID: boot1, MonoMS: 7}, want: at(9_000_000, 1)},
		{
			name:   "everything receipted with bounded stamps: down again",
			before: func() { clock.Rebase(at(7000, 4)) },
			read:   hlc.Reading{WallMS: 6999, BootID: boot1, MonoMS: 8}, want: at(7000, 5),
		},
	}
	for _, row := range history {
		if row.before != nil {
			row.before()
		}
		got := clock.Next(row.read, row.saw...)
		if got != row.want {
			t.Fatalf("%s: got %v, want %v", row.name, got, row.want)
		}
		if clock.Last() != got {
			t.Fatalf("%s: Last() = %v, want %v", row.name, clock.Last(), got)
		}
	}
}

func TestCorrected(t *testing.T) {
	measured := hlc.Offset{BootID: boot1, DeltaMS: 1_000_000}
	tests := []struct {
		name    string
		read    hlc.Reading
		offset  hlc.Offset
		want    int64
		trusted bool
	}{
		{"same boot", hlc.Reading{WallMS: 5, BootID: boot1, MonoMS: 40}, measured, 1_000_040, true},
		{"other boot", hlc.Reading{WallMS: 5, BootID: boot2, MonoMS: 40}, measured, 5, false},
		{"never measured", hlc.Reading{WallMS: 5, BootID: boot1, MonoMS: 40}, hlc.Offset{}, 5, false},
		{"never measured and no boot id", hlc.Reading{WallMS: 5, MonoMS: 40}, hlc.Offset{}, 5, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, trusted := hlc.Corrected(tt.read, tt.offset)
			if got != tt.want || trusted != tt.trusted {
				t.Errorf("got %d, %v, want %d, %v", got, trusted, tt.want, tt.trusted)
			}
		})
	}
}

func TestMeasure(t *testing.T) {
	arrival := hlc.Reading{WallMS: 77, BootID: boot1, MonoMS: 500}
	tests := []struct {
		name      string
		roundTrip int64
		want      int64
	}{
		{"half the round trip is added", 80, 10_040},
		{"none", 0, 10_000},
		{"negative counts as none", -80, 10_000},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, trusted := hlc.Corrected(arrival, hlc.Measure(arrival, 10_000, tt.roundTrip))
			if got != tt.want || !trusted {
				t.Errorf("got %d, %v, want %d, true", got, trusted, tt.want)
			}
		})
	}
}

func TestBound(t *testing.T) {
	tests := []struct {
		name     string
		in       hlc.Stamp
		maxAhead int64
		want     hlc.Stamp
		ahead    bool
	}{
		{"past", hlc.New(10, 3), 100, hlc.New(10, 3), false},
		{"slightly ahead", hlc.New(1090, 3), 100, hlc.New(1090, 3), false},
		{"at the limit", hlc.New(1100, 0), 100, hlc.New(1100, 0), false},
		{"one step beyond", hlc.New(1100, 1), 100, hlc.New(1100, 0), true},
		{"the year 6429", hlc.Max, 100, hlc.New(1100, 0), true},
		{"negative allowance counts as none", hlc.New(1001, 0), -50, hlc.New(1000, 0), true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ahead := hlc.Bound(tt.in, 1000, tt.maxAhead)
			if got != tt.want || ahead != tt.ahead {
				t.Errorf("got %v, %v, want %v, %v", got, ahead, tt.want, tt.ahead)
			}
		})
	}
}

func stamps() *rapid.Generator[hlc.Stamp] {
	return rapid.Custom(func(t *rapid.T) hlc.Stamp {
		wall := rapid.Int64Range(0, hlc.MaxWallMS-1).Draw(t, "wall")
		return hlc.New(wall, rapid.Uint16().Draw(t, "logical"))
	})
}

func readings() *rapid.Generator[hlc.Reading] {
	return rapid.Custom(func(t *rapid.T) hlc.Reading {
		return hlc.Reading{
			WallMS: rapid.Int64Range(-day, hlc.MaxWallMS/2).Draw(t, "wall"),
			BootID: rapid.SampledFrom([][16]byte{boot1, boot2}).Draw(t, "boot"),
			MonoMS: rapid.Int64Range(0, 1000*day).Draw(t, "mono"),
		}
	})
}

func TestNextIsGreaterThanAllSeenAndGiven(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var clock hlc.Clock
		given := hlc.Stamp(0)
		for range rapid.IntRange(1, 20).Draw(t, "steps") {
			switch rapid.IntRange(0, 3).Draw(t, "event") {
			case 0:
				clock.SetOffset(hlc.Measure(readings().Draw(t, "arrival"), 1_700_000_000_000, 40))
			case 1: // the program starts again
				persisted := clock.Last()
				clock = hlc.Clock{}
				clock.Restore(persisted)
			}
			reading := readings().Draw(t, "reading")
			saw := rapid.SliceOfN(stamps(), 0, 4).Draw(t, "saw")
			got := clock.Next(reading, saw...)
			for _, s := range append(saw, given) {
				if got <= s {
					t.Fatalf("got %v, want greater than %v", got, s)
				}
			}
			if wall, _ := hlc.Corrected(reading, clock.Offset()); got < hlc.New(wall, 0) {
				t.Fatalf("got %v, want at least the corrected wall %d", got, wall)
			}
			given = got
		}
	})
}

func TestAfterIsSmallest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := stamps().Draw(t, "s")
		saw := rapid.SliceOfN(stamps(), 0, 5).Draw(t, "saw")
		want := s
		for _, seen := range saw {
			want = max(want, seen.Next())
		}
		if got := hlc.After(s, saw...); got != want {
			t.Fatalf("got %v, want %v", got, want)
		}
	})
}

func TestBoundLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := rapid.Int64Range(0, hlc.MaxWallMS).Draw(t, "now")
		allow := rapid.Int64Range(0, 10*day).Draw(t, "maxAhead")
		a, b := stamps().Draw(t, "a"), stamps().Draw(t, "b")
		if a > b {
			a, b = b, a
		}
		boundA, aheadA := hlc.Bound(a, now, allow)
		boundB, _ := hlc.Bound(b, now, allow)
		if boundA > boundB {
			t.Fatalf("order lost: %v > %v", boundA, boundB)
		}
		if boundA > a || aheadA != (boundA != a) {
			t.Fatalf("bound %v of %v, ahead %v", boundA, a, aheadA)
		}
		again, ahead := hlc.Bound(boundA, now, allow)
		if again != boundA || ahead {
			t.Fatalf("second bound changed %v to %v, ahead %v", boundA, again, ahead)
		}
	})
}
