// SPDX-License-Identifier: Apache-2.0

package sqlitedb

import "syscall"

// diskFull reports whether the operating system said that there is no room:
// the disk is full or the user's quota is used up.
func diskFull(e syscall.Errno) bool { return e == syscall.ENOSPC || e == syscall.EDQUOT }
