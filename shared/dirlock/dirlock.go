// SPDX-License-Identifier: Apache-2.0

// Package dirlock keeps two processes from working in one data folder. A store
// numbers what it writes from memory; two processes would give a number twice.
package dirlock

import (
	"fmt"
	"os"
)

// Take locks a folder for this process, until the file it returns is closed or
// the process ends, however it ends. Where another process holds the lock, or
// this one does already, free is false. It does not wait. On Windows, which locks
// no folder, it leaves an empty file "lock" there; elsewhere nothing. Systems other
// than these have no such lock: there free is always true.
func Take(dir string) (lock *os.File, free bool, err error) {
	f, err := open(dir)
	if err != nil {
		return nil, false, fmt.Errorf("lock the data folder: %w", err)
	}
	free, err = tryLock(f)
	if err != nil {
		err = fmt.Errorf("lock the data folder: %w", err)
	}
	if !free || err != nil {
		_ = f.Close() // the error that matters is the first
		return nil, false, err
	}
	return f, true, nil
}
