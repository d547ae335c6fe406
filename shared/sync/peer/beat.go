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

// Stalled is the key of the fault that ends such a session, at either end.
const Stalled = "sync.stalled"

// beat watches over the silence of the other end, and over its debts.
type beat struct {
	heardMS int64
	spokeMS int64
	pings   uint64
	pingMS  int64
	waiting bool
	debt    debt
}

// debt is what the other end owes an answer to. Its time runs from the answer
// to a ping that was sent after it: that proves the other end has read all of
// it, however slow the link is.
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

// owe notes whether the other end owes an answer. Debts are noted at ticks:
// finer than a second does not matter.
func (b *beat) owe(owed bool) {
	switch {
	case !owed:
		b.paid()
	case b.debt.ping == 0:
		b.debt = debt{ping: b.pings + 1}
	}
}

// paid notes an answer: the time of whatever else is owed begins anew.
func (b *beat) paid() { b.debt = debt{} }

// due says what time asks for. A clock that jumped back counts as having just
// heard.
func (b *beat) due(nowMS int64) beatDue {
	b.heardMS, b.spokeMS = min(b.heardMS, nowMS), min(b.spokeMS, nowMS)
	b.pingMS, b.debt.readMS = min(b.pingMS, nowMS), min(b.debt.readMS, nowMS)
	quiet := nowMS-min(b.heardMS, b.spokeMS) >= HeartbeatMS
	unread := b.debt.ping != 0 && !b.debt.read
	switch {
	case nowMS-b.heardMS >= SilenceMS:
		return beatDead
	case b.debt.read && nowMS-b.debt.readMS >= StallMS:
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
	if b.debt.ping != 0 && !b.debt.read && number >= b.debt.ping && number <= b.pings {
		b.debt.read, b.debt.readMS = true, nowMS
	}
	if !b.waiting || number != b.pings {
		return 0, false
	}
	b.waiting = false
	return nowMS - b.pingMS, true
}
