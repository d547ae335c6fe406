// SPDX-License-Identifier: Apache-2.0

package station

import "os"

// syncFolder waits until a renaming in the folder is on the disk.
func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}
