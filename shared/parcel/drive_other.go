// SPDX-License-Identifier: Apache-2.0

//go:build !linux && !windows

package parcel

import (
	"math"
	"os"
	"path/filepath"
)

// Free cannot tell here; a folder that is not there is an error all the same.
func Free(folder string) (int64, error) {
	_, err := os.Stat(folder)
	return math.MaxInt64, err
}

func forget(*os.File) {}

func removable() []string { return nil }

func nameOf(path string) string { return filepath.Base(path) }
