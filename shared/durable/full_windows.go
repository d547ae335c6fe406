// SPDX-License-Identifier: Apache-2.0

package durable

import (
	"errors"

	"golang.org/x/sys/windows"
)

// Full reports whether err says that there is no room: the disk is full.
func Full(err error) bool {
	return errors.Is(err, windows.ERROR_DISK_FULL) || errors.Is(err, windows.ERROR_HANDLE_DISK_FULL)
}
