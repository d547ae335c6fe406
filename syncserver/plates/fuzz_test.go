// SPDX-License-Identifier: Apache-2.0

package plates_test

import (
	"os"
	"path/filepath"
	"testing"

	"yuexin/shared/fault"
	"yuexin/syncserver/plates"
)

// FuzzOpenJournal: a journal opens or is fault.Corrupt, and once it has opened it
// opens again as it then stands.
func FuzzOpenJournal(f *testing.F) {
	f.Add([]byte(""))
	f.Add([]byte("{}\n{}"))
	f.Add([]byte("{\"village\":\"unit:a\",\"form\":\"plate\",\"codes\":[\"X\"]}\n"))
	f.Add([]byte("\n\n[1]\n"))
	path := filepath.Join(f.TempDir(), "journal")
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := plates.OpenJournal(path); err != nil {
			if !fault.Is(err, fault.Corrupt) {
				t.Errorf("refused with %v", err)
			}
			return
		}
		if _, err := plates.OpenJournal(path); err != nil {
			t.Errorf("it opens once and not again: %v", err)
		}
	})
}
