// SPDX-License-Identifier: Apache-2.0

//go:build !unix && !windows

package dirlock

import "os"

func tryLock(*os.File) (free bool, err error) { return true, nil }
