// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package station

func bootID() (id [16]byte, ok bool) { return id, false }

func bootTime() (ms int64, ok bool) { return 0, false }
