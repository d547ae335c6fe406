// SPDX-License-Identifier: Apache-2.0

package durable

import (
	"errors"
	"os"
)

func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
