// SPDX-License-Identifier: Apache-2.0

package parcel

import (
	"os"

	"golang.org/x/sys/windows"
)

// Free returns how many bytes a user may still write to a folder's file system.
func Free(folder string) (int64, error) {
	name, err := windows.UTF16PtrFromString(folder)
	if err != nil {
		return 0, err
	}
	var free uint64
	if err := windows.GetDiskFreeSpaceEx(name, &free, nil, nil); err != nil {
		return 0, &os.PathError{Op: "free space", Path: folder, Err: err}
	}
	return int64(free), nil
}

func forget(*os.File) {}

// removable returns the letters of removable drives.
func removable() []string {
	letters, err := windows.GetLogicalDrives()
	if err != nil {
		return nil
	}
	var out []string
	for i := range 26 {
		path := string(rune('A'+i)) + `:\`
		name, err := windows.UTF16PtrFromString(path)
		if err == nil && letters&(1<<i) != 0 && windows.GetDriveType(name) == windows.DRIVE_REMOVABLE {
			out = append(out, path)
		}
	}
	return out
}

func nameOf(path string) string { return path[:2] }
