// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"io/fs"
	"os"

	"yuexin/shared/durable"
	"yuexin/shared/fault"
)

// shelf keeps what people corrected about the columns of tables, in a file of the laptop. Titles of columns are nobody's
// data, so it is not sealed.
type shelf struct{ path string }

// Mappings returns what was kept.
func (s shelf) Mappings() ([]byte, error) {
	data, err := os.ReadFile(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.New(fault.NotFound, "").WithCause(err)
	}
	return data, err
}

// KeepMappings keeps it.
func (s shelf) KeepMappings(data []byte) error { return durable.Replace(s.path, data, 0o600) }
