// SPDX-License-Identifier: Apache-2.0

package demo

import "syscall"

// apart starts a process outside the console's group.
func apart() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP}
}
