// SPDX-License-Identifier: Apache-2.0

package wire_test

import (
	"errors"
	"testing"

	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
)

func TestAuditLimits(t *testing.T) {
	var limit *record.LimitError
	for what, m := range map[string]wire.Message{
		"too many entries": &wire.Audit{Bodies: make([][]byte, wire.MaxAuditEntries+1)},
		"a long entry":     &wire.Audit{Bodies: [][]byte{make([]byte, 65<<10)}},
	} {
		if _, err := wire.Encode(m); !errors.As(err, &limit) {
			t.Errorf("%s: %v", what, err)
		}
	}
}
