// SPDX-License-Identifier: Apache-2.0

package station

import (
	"context"
	"fmt"
	"os"
	"time"

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
	f, err := os.Open(s.Dir) // the folder itself: nothing is left behind
	if err != nil {
		return fmt.Errorf("lock the data folder: %w", err)
	}
	deadline := time.Now().Add(lockWait)
	for {
		free, err := tryLock(f)
		if err != nil {
			_ = f.Close() // the error that matters is the first
			return fmt.Errorf("lock the data folder: %w", err)
		}
		if free {
			s.lock = f
			return nil
		}
		if time.Now().After(deadline) || ctx.Err() != nil {
			_ = f.Close()
			return fault.New(fault.Conflict, "station.busy")
		}
		time.Sleep(lockStep)
	}
}
