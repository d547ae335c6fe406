// SPDX-License-Identifier: Apache-2.0

package stage

import (
	"bytes"

	"yuexin/shared/fault"
)

// Shelf keeps mappings of columns in memory.
type Shelf struct{ kept []byte }

// Mappings returns what was kept.
func (s *Shelf) Mappings() ([]byte, error) {
	if s.kept == nil {
		return nil, fault.New(fault.NotFound, "record.missing")
	}
	return bytes.Clone(s.kept), nil
}

// KeepMappings keeps it.
func (s *Shelf) KeepMappings(data []byte) error {
	s.kept = bytes.Clone(data)
	return nil
}
