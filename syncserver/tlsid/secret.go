// SPDX-License-Identifier: Apache-2.0

package tlsid

import (
	"fmt"
	"os"
	"path/filepath"

	"yuexin/shared/durable"
	"yuexin/shared/fault"
)

// maxSecret is the largest file that is read, in bytes.
const maxSecret = 1 << 20

// ReadSecret returns the content of a file with a secret. It refuses with
// fault.NotAllowed "tlsid.mode" a file that anybody outside its owner and group
// may read or write, or that its group may write. A missing file is
// fs.ErrNotExist.
func ReadSecret(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("key file: %w", err)
	}
	const forbidden = 0o027 // group may read: that is how ACME clients share keys
	if mode := durable.Mode(info); mode&forbidden != 0 {
		return nil, fault.New(fault.NotAllowed, "tlsid.mode").
			With("file", path).With("mode", fmt.Sprintf("%04o", mode))
	}
	if !info.Mode().IsRegular() || info.Size() > maxSecret {
		return nil, fault.New(fault.Invalid, "tlsid.file").With("file", path)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("key file: %w", err)
	}
	return data, nil
}

// CreateSecret writes a new file with mode 0600, making its folder with 0700 if
// need be. When it returns nil the file is whole and on disk. A file that is
// already there stays as it is and gives fs.ErrExist, also when another process
// makes it at the same moment.
func CreateSecret(path string, data []byte) error {
	dir := filepath.Dir(path)
	if err := durable.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("key folder: %w", err)
	}
	if err := durable.Create(path, data, 0o600); err != nil {
		return fmt.Errorf("write key file: %w", err)
	}
	return nil
}
