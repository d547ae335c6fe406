// SPDX-License-Identifier: Apache-2.0

package device

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// FreeDisk returns the bytes that a program may still write below a folder.
func FreeDisk(dir string) (uint64, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(dir, &st); err != nil {
		return 0, fmt.Errorf("ask for the free space: %w", err)
	}
	return st.Bavail * uint64(st.Bsize), nil
}
