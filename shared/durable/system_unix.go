// SPDX-License-Identifier: Apache-2.0

//go:build !windows

package durable

import (
	"errors"
	"io/fs"
	"syscall"
)

// Full reports whether err says that there is no room: the disk is full or the
// user's quota is used up.
func Full(err error) bool { return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) }

// Mode returns who may read and write a file, as far as its mode tells.
func Mode(info fs.FileInfo) fs.FileMode { return info.Mode().Perm() }
