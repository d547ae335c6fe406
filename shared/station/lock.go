// SPDX-License-Identifier: Apache-2.0

package station

import (
	"context"
	"time"

	"yuexin/shared/dirlock"
	"yuexin/shared/fault"
)

// Waits for another process that is about to end, such as a sync in a script.
const (
	lockWait = 3 * time.Second
	lockStep = 50 * time.Millisecond
)

// takeLock makes this process the only one that writes in the folder, until
// Close: a replica numbers its change sets from memory, so that two processes
// would give a number twice. Reading needs no lock. Where another process works
// on after some seconds it returns fault.Conflict.
func (s *Station) takeLock(ctx context.Context) error {
	deadline := time.Now().Add(lockWait)
	for {
		lock, free, err := dirlock.Take(s.Dir)
		if err != nil {
			return err
		}
		if free {
			s.lock = lock
			return nil
		}
		if time.Now().After(deadline) || ctx.Err() != nil {
			return fault.New(fault.Conflict, "station.busy")
		}
		time.Sleep(lockStep)
	}
}
