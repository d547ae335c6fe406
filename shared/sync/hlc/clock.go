// SPDX-License-Identifier: Apache-2.0

package hlc

// Reading is what a device's own clocks said at one moment. It is stored and sent
// unchanged beside the stamp made from it, so that a wrong clock can be put right
// afterwards.
type Reading struct {
	WallMS int64    // time of day, Unix milliseconds, as wrong as it may be
	BootID [16]byte // new at every start of the machine
	MonoMS int64    // milliseconds since some fixed moment of this boot, sleep counted
}

// Offset is the difference between the server's time and a device's monotonic
// clock. It has a meaning within its boot only. It is measured against the
// monotonic clock and not the wall, so it stays right when somebody sets the date.
// The zero Offset means "never measured".
type Offset struct {
	BootID  [16]byte
	DeltaMS int64 // server time in Unix milliseconds, minus MonoMS
}

// Measure makes an Offset from the server's time as it arrived in an answer, the
// reading taken on that arrival, and the round trip of the question in
// milliseconds, half of which the answer is taken to have been under way. A
// negative round trip counts as zero.
func Measure(arrival Reading, serverMS, roundTripMS int64) Offset {
	return Offset{
		BootID:  arrival.BootID,
		DeltaMS: serverMS + max(roundTripMS, 0)/2 - arrival.MonoMS,
	}
}

// Corrected returns the time of r in Unix milliseconds by the server's clock, and
// true, if o was measured in the same boot. Otherwise it returns the bare wall and
// false.
func Corrected(r Reading, o Offset) (wallMS int64, trusted bool) {
	if o == (Offset{}) || r.BootID != o.BootID {
		return r.WallMS, false
	}
	return r.MonoMS + o.DeltaMS, true
}

// Bound returns s, and false, unless its wall is more than maxAheadMS beyond the
// server's time; then it returns the stamp at that limit, and true. The flag marks
// the author's clock as wrong and is shown to them. It is never a reason to refuse
// the work. A negative maxAheadMS counts as zero.
//
// Applied twice it changes nothing more, and it keeps order: if a ≤ b then
// Bound(a) ≤ Bound(b). Several stamps beyond the limit become equal, so the caller
// passes the result through [After].
func Bound(s Stamp, serverNowMS, maxAheadMS int64) (bounded Stamp, ahead bool) {
	limit := New(serverNowMS+max(maxAheadMS, 0), 0)
	if s > limit {
		return limit, true
	}
	return s, false
}

// Clock gives the stamps of one device. The zero Clock is ready; a device that has
// given stamps before calls Restore first. It holds no lock: its owner, the one
// writer of the replica, calls it from one goroutine at a time.
type Clock struct {
	last   Stamp
	offset Offset
}

// SetOffset makes o the correction of later readings.
func (c *Clock) SetOffset(o Offset) { c.offset = o }

// Offset returns the correction in use, to be persisted.
func (c *Clock) Offset() Offset { return c.offset }

// Last returns the highest stamp given or restored, to be persisted in the same
// transaction as the change set that carries it.
func (c *Clock) Last() Stamp { return c.last }

// Restore raises the clock to a persisted stamp: every later stamp is greater. A
// stamp below the present one changes nothing.
func (c *Clock) Restore(s Stamp) { c.last = max(c.last, s) }

// Rebase sets the clock to s even if that is lower: the way back down for a device
// whose wall was in the future. s is the highest effective stamp in the receipts of
// its lanes. It may be called only while nothing unreceipted waits; otherwise new
// stamps would fall below those of waiting change sets.
func (c *Clock) Rebase(s Stamp) { c.last = s }

// Next returns the stamp for a change made at r by an author who had seen the
// stamps in saw. It is at least the corrected time of r, and greater than every
// stamp in saw and every stamp this clock gave before. The caller keeps r itself.
func (c *Clock) Next(r Reading, saw ...Stamp) Stamp {
	wall, _ := Corrected(r, c.offset)
	c.last = After(After(New(wall, 0), c.last), saw...)
	return c.last
}
