// SPDX-License-Identifier: Apache-2.0

package dirlock

import (
	"errors"
	"os"
	"path/filepath"

	"golang.org/x/sys/windows"
)

// open opens a file in the folder: a folder itself cannot be locked.
func open(dir string) (*os.File, error) {
	return os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
}

// tryLock locks a file for this process; the system unlocks it however the
// process ends.
func tryLock(f *os.File) (free bool, err error) {
	const how = windows.LOCKFILE_EXCLUSIVE_LOCK | windows.LOCKFILE_FAIL_IMMEDIATELY
	err = windows.LockFileEx(windows.Handle(f.Fd()), how, 0, 1, 0, &windows.Overlapped{})
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return false, nil
	}
	return err == nil, err
}
