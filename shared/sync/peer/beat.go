// SPDX-License-Identifier: Apache-2.0

package peer

// The heartbeat: a ping after HeartbeatMS in which one end was not heard or
// did not speak, the end of the session after SilenceMS. A half-open
// connection is therefore noticed within a minute on both ends, whatever TCP
// believes; and an end that only listens, to a long first sync, is not taken
// for dead.
const (
	HeartbeatMS = 15_000
	SilenceMS   = 45_000
)

// StallMS is how long the other end may owe an answer to what it has read: a
// receipt, or the confirmation of a checkpoint. An end that answers pings and
// nothing else is stuck, and a new session is the remedy. The slowest honest
// answer is a kiosk that stores a first checkpoint of maxHeldRows rows, at some
// 2000 rows a second; what a slow link needs does not count (see debt).
const StallMS = 180_000

// UnsentMS is how long a device may have work to send and neither send it nor take
// anything. It is longer than the server's patience with the same (StallMS after the
// status that speaks of the work), so that the server names the device first: what the
// device alone ends is at the server a connection like any other that was cut.
const UnsentMS = 2 * StallMS

// Stalled is the key of the fault that ends such a session, at either end.
const Stalled = "sync.stalled"

// beat watches over the silence of the other end, over its debts, and over work that
// waits on a device and does not move.
type beat struct {
	heardMS int64
	spokeMS int64
	pings   uint64
	pingMS  int64
	waiting bool
	debt    debt
	idle    debt // work waits, and nothing holds it up
}

// debt is what the other end owes an answer to. Its time runs from the answer
// to a ping that was sent after it: that proves the other end has read all of
// it, however slow the link is. Of work that waits it proves that the link has
// carried what was sent before.
type debt struct {
	ping   uint64 // the first ping after it; 0 while nothing is owed
	read   bool   // that ping, or a later one, was answered
	readMS int64
}

type beatDue uint8

const (
	beatNothing beatDue = iota
	beatPing
	beatDead
	beatStalled
)

// hear notes that the other end lives.
func (b *beat) hear(nowMS int64) { b.heardMS = nowMS }

// speak notes that something was sent, if it was.
func (b *beat) speak(nowMS int64, effects []Effect) {
	for _, e := range effects {
		if _, ok := e.(Send); ok {
			b.spokeMS = nowMS
			return
		}
	}
}

// owe notes whether the other end owes an answer, and whether work waits that
// nothing holds up. Debts are noted at ticks: finer than a second does not matter.
func (b *beat) owe(answer, work bool) {
	b.debt.note(answer, b.pings+1)
	b.idle.note(work, b.pings+1)
}

// note begins a debt, or ends it; ping is the next one.
func (d *debt) note(owed bool, ping uint64) {
	switch {
	case !owed:
		*d = debt{}
	case d.ping == 0:
		*d = debt{ping: ping}
	}
}

// paid notes an answer: the time of whatever else is owed begins anew.
func (b *beat) paid() { b.debt = debt{}; b.moved() }

// moved notes that something got done: the time of the work that waits begins anew.
func (b *beat) moved() { b.idle = debt{} }

// unread reports whether the ping after a debt is still to be answered.
func (d *debt) unread() bool { return d.ping != 0 && !d.read }

// over reports whether a debt was read so long ago.
func (d *debt) over(nowMS, limitMS int64) bool {
	d.readMS = min(d.readMS, nowMS)
	return d.read && nowMS-d.readMS >= limitMS
}

// due says what time asks for; work may wait for idleMS. A clock that jumped back
// counts as having just heard.
func (b *beat) due(nowMS, idleMS int64) beatDue {
	b.heardMS, b.spokeMS, b.pingMS = min(b.heardMS, nowMS), min(b.spokeMS, nowMS), min(b.pingMS, nowMS)
	quiet := nowMS-min(b.heardMS, b.spokeMS) >= HeartbeatMS
	unread := b.debt.unread() || b.idle.unread()
	owed, idle := b.debt.over(nowMS, StallMS), b.idle.over(nowMS, idleMS)
	switch {
	case nowMS-b.heardMS >= SilenceMS:
		return beatDead
	case owed || idle:
		return beatStalled
	case (quiet && !b.waiting) || ((quiet || unread) && nowMS-b.pingMS >= HeartbeatMS):
		b.pings++
		b.pingMS, b.waiting = nowMS, true
		return beatPing
	}
	return beatNothing
}

// answered takes a pong, and returns the round trip if it is that of the last
// ping.
func (b *beat) answered(nowMS int64, number uint64) (tripMS int64, ok bool) {
	for _, d := range []*debt{&b.debt, &b.idle} {
		if d.unread() && number >= d.ping && number <= b.pings {
			d.read, d.readMS = true, nowMS
		}
	}
	if !b.waiting || number != b.pings {
		return 0, false
	}
	b.waiting = false
	return nowMS - b.pingMS, true
}
