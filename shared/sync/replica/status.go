// SPDX-License-Identifier: Apache-2.0

package replica

import (
	"context"
	"time"

	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/sqlitedb"
	"yuexin/shared/sync/wire"
)

// Status is how the outbox stands, for a line such as "3 waiting, the oldest for
// two hours".
type Status struct {
	Waiting     int           // change sets without a receipt
	Oldest      time.Time     // Age ago, by the device's clock as it goes now; zero if none waits
	Age         time.Duration // of the oldest of them; 0 where no clock can tell
	Refused     int           // in the tray
	Broken      int           // made here, and not readable any more; never sent
	Dismissed   int           // broken or refused, and put aside by a person: see Dismiss
	Quarantined int           // kept by the server for an administrator
	Stranded    int           // only a person can bring them to the server, see Stranded
	Attachments int           // files that the server does not have yet

	// Got of Total bytes are here of the snapshots that scopes begin with; zeros
	// when no scope is about to begin.
	Got, Total int64
}

// Status counts the outbox; it works on a locked replica as well.
func (r *Replica) Status(ctx context.Context) (Status, error) {
	var s Status
	var oldest hlc.Stamp
	err := r.full.QueryRowContext(ctx, `
		SELECT
			count(*) FILTER (WHERE state = 0),
			coalesce(min(stamp) FILTER (WHERE state = 0), 0),
			count(*) FILTER (WHERE dismissed = 0 AND (state IN (2, 8) OR state = 7 AND outcome = 6)),
			count(*) FILTER (WHERE state = 3 OR state = 7 AND outcome = 7),
			count(*) FILTER (WHERE state = 7 AND outcome = 0),
			count(*) FILTER (WHERE state = 9 AND dismissed = 0),
			count(*) FILTER (WHERE dismissed = 1 AND (state = 9 OR state = 7 AND outcome = 6))
		FROM outbox WHERE state IN (0, 2, 3, 7, 8, 9)`).Scan(&s.Waiting, &oldest, &s.Refused, &s.Quarantined, &s.Stranded, &s.Broken, &s.Dismissed)
	if err == nil {
		err = r.full.QueryRowContext(ctx, "SELECT count(*) FROM attachments WHERE own = 1 AND sent = 0").Scan(&s.Attachments)
	}
	if err != nil {
		return Status{}, sqlitedb.Fault(err)
	}
	err = r.full.QueryRowContext(ctx, "SELECT coalesce(sum(got), 0), coalesce(sum(total), 0) FROM snapshots").Scan(&s.Got, &s.Total)
	if err != nil {
		return Status{}, sqlitedb.Fault(err)
	}
	if s.Waiting > 0 {
		reading := r.o.Clock()
		s.Age = r.age(reading, oldest)
		s.Oldest = time.UnixMilli(reading.WallMS).Add(-s.Age)
	}
	return s, nil
}

// maxAge is what nothing waits for: a clock was wrong, then or now.
const maxAge = 5 * 365 * 24 * time.Hour

// age tells for how long the oldest change set has waited: by the clock that nobody can
// set, for one of this boot, and otherwise by the server's time as well as the device
// knew it then and knows it now.
func (r *Replica) age(now hlc.Reading, oldest hlc.Stamp) time.Duration {
	r.mu.RLock()
	defer r.mu.RUnlock()
	ms := r.nowMS(now) - oldest.WallMS()
	for _, c := range r.outbox.changes {
		if c.state == waiting && c.stamp == oldest && c.set.Reading.BootID == now.BootID {
			ms = now.MonoMS - c.set.Reading.MonoMS
		}
	}
	if age := time.Duration(ms) * time.Millisecond; ms > 0 && ms < maxAge.Milliseconds() {
		return age
	}
	return 0
}

// Wire returns the part of the status that the server's fleet view shows.
func (s Status) Wire() wire.Status {
	return wire.Status{
		Waiting: uint64(s.Waiting + s.Stranded), OldestMS: s.Age.Milliseconds(), Refused: uint64(s.Refused), BlobsToSend: uint64(s.Attachments),
		Stranded: uint64(s.Stranded),
	}
}
