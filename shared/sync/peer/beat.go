// SPDX-License-Identifier: Apache-2.0

package peer

// beat watches over the silence of the other end.
type beat struct {
	heardMS int64
	pings   uint64
	pingMS  int64
	waiting bool
}

type beatDue uint8

const (
	beatNothing beatDue = iota
	beatPing
	beatDead
)

// hear notes that the other end lives.
func (b *beat) hear(nowMS int64) { b.heardMS = nowMS }

// due says what the silence asks for. A clock that jumped back counts as
// having just heard.
func (b *beat) due(nowMS int64) beatDue {
	if nowMS < b.heardMS {
		b.heardMS = nowMS
	}
	silent := nowMS - b.heardMS
	switch {
	case silent >= SilenceMS:
		return beatDead
	case silent >= HeartbeatMS && (!b.waiting || nowMS-b.pingMS >= HeartbeatMS || nowMS < b.pingMS):
		b.pings++
		b.pingMS, b.waiting = nowMS, true
		return beatPing
	}
	return beatNothing
}

// answered returns the round trip of the ping with the given number.
func (b *beat) answered(nowMS int64, number uint64) (tripMS int64, ok bool) {
	if !b.waiting || number != b.pings {
		return 0, false
	}
	b.waiting = false
	return nowMS - b.pingMS, true
}
