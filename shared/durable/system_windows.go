// SPDX-License-Identifier: Apache-2.0

package durable

import (
	"errors"
	"io/fs"

	"golang.org/x/sys/windows"
)

// Full reports whether err says that there is no room: the disk is full.
func Full(err error) bool {
	return errors.Is(err, windows.ERROR_DISK_FULL) || errors.Is(err, windows.ERROR_HANDLE_DISK_FULL)
}

// Mode returns who may read and write a file, as far as its mode tells: nothing here, where access lists say it, which a file
// has from its folder.
func Mode(fs.FileInfo) fs.FileMode { return 0 }
