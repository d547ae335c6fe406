// SPDX-License-Identifier: Apache-2.0

package central_test

import (
	"os"
	"path/filepath"
	"testing"

	"yuexin/shared/fault"
	"yuexin/syncserver/store"
	"yuexin/syncserver/store/central"
	"yuexin/syncserver/store/storetest"
)

// FuzzDamagedFolder: a folder that somebody hands over as a backup may hold any
// bytes. It opens and verifies, with breaches or without, or is fault.Corrupt; a
// damaged page never ends the program.
func FuzzDamagedFolder(f *testing.F) {
	s := storetest.NewSetup(f)
	st := mustOpen(f, s)
	fill(f, st)
	mustClose(f, st)
	whole := map[string][]byte{}
	for _, name := range []string{central.DataFile, central.KeyFile, central.MasterFile} {
		data, err := os.ReadFile(filepath.Join(s.Dir, name))
		if err != nil {
			f.Fatal(err)
		}
		whole[name] = data
	}
	f.Add(false, uint32(0), []byte("SQLite format 3\x00"))
	f.Add(false, uint32(8192+20), []byte{0xff, 0xff, 0xff, 0xff})
	f.Add(false, uint32(5*8192), make([]byte, 8192))
	f.Add(false, uint32(9*8192+4000), []byte("\xa5\xa5\xa5\xa5"))
	f.Add(true, uint32(100), []byte{13, 0, 0})
	f.Add(true, uint32(0), []byte("no database"))
	f.Fuzz(func(t *testing.T, keys bool, at uint32, bytes []byte) {
		damaged := s
		damaged.Dir = t.TempDir()
		for name, data := range whole {
			if (name == central.KeyFile) == keys && name != central.MasterFile {
				data = append([]byte(nil), data...)
				copy(data[int(at)%len(data):], bytes)
			}
			if err := os.WriteFile(filepath.Join(damaged.Dir, name), data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		st, err := central.Open(t.Context(), options(damaged))
		if err != nil {
			if !fault.Is(err, fault.Corrupt) {
				t.Errorf("refused with %v, which does not say that it is damaged", err)
			}
			return
		}
		_ = st.Verify(t.Context(), func(store.Breach) {}) // an error says what cannot be read
		_ = st.Close()                                    // a damaged file may not close in good order
	})
}
