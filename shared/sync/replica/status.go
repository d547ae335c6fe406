// SPDX-License-Identifier: Apache-2.0

package replica

import (
	"context"
	"time"

	"yuexin/shared/sync/sqlitedb"
	"yuexin/shared/sync/wire"
)

// Status is how the outbox stands, for a line such as "3 waiting, the oldest for
// two hours".
type Status struct {
	Waiting     int       // change sets without a receipt
	Oldest      time.Time // by the device's clock when the oldest of them was made; zero if none
	Age         time.Duration
	Refused     int // in the tray
	Quarantined int // kept by the server for an administrator
	Stranded    int // only a person can bring them to the server, see Stranded
	Attachments int // files that the server does not have yet

	// Got of Total bytes are here of the snapshots that scopes begin with; zeros
	// when no scope is about to begin.
	Got, Total int64
}

// Status counts the outbox; it works on a locked replica as well.
func (r *Replica) Status(ctx context.Context) (Status, error) {
	var s Status
	var oldest int64
	err := r.full.QueryRowContext(ctx, `
		SELECT
			count(*) FILTER (WHERE state = 0),
			coalesce(min(wall_ms) FILTER (WHERE state = 0), 0),
			count(*) FILTER (WHERE state = 2 OR state = 7 AND outcome = 6),
			count(*) FILTER (WHERE state = 3 OR state = 7 AND outcome = 7),
			count(*) FILTER (WHERE state = 7 AND outcome = 0)
		FROM outbox WHERE state IN (0, 2, 3, 7)`).Scan(&s.Waiting, &oldest, &s.Refused, &s.Quarantined, &s.Stranded)
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
		s.Oldest = time.UnixMilli(oldest)
		s.Age = max(0, time.Duration(r.o.Clock().WallMS-oldest)*time.Millisecond)
	}
	return s, nil
}

// Wire returns the part of the status that the server's fleet view shows.
func (s Status) Wire() wire.Status {
	return wire.Status{
		Waiting: uint64(s.Waiting + s.Stranded), OldestMS: s.Age.Milliseconds(), Refused: uint64(s.Refused), BlobsToSend: uint64(s.Attachments),
		Stranded: uint64(s.Stranded),
	}
}
