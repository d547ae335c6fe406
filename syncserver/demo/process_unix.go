// SPDX-License-Identifier: Apache-2.0

//go:build !windows

package demo

import "syscall"

// apart starts a process outside the terminal's group.
func apart() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
