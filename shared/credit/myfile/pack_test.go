// SPDX-License-Identifier: Apache-2.0

package myfile

import (
	"testing"

	"yuexin/shared/fault"
)

// FuzzUnpack: whatever stands behind an opened seal, it is a file or a fault, never more memory than a file may take.
func FuzzUnpack(f *testing.F) {
	good, err := pack(&File{Version: fileVersion, Name: "陈秀英"})
	if err != nil {
		f.Fatal(err)
	}
	newer, err := pack(&File{Version: fileVersion + 1})
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range [][]byte{good, newer, good[:20], {0, 0, 0, 9, 1}, {0xff, 0xff, 0xff, 0xff}} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, plain []byte) {
		file, err := unpack(plain)
		if err == nil && file.Version != fileVersion {
			t.Errorf("read a file of version %d", file.Version)
		}
		if err != nil && !fault.Is(err, fault.Corrupt) && !fault.Is(err, fault.Unsupported) {
			t.Errorf("fault %v", err)
		}
	})
}
