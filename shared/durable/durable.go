// SPDX-License-Identifier: Apache-2.0

// Package durable writes files that are whole and on the disk, name included, when
// the call returns, and that nobody ever finds half written.
package durable

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Create writes a new file. One that is there already stays as it is and gives
// fs.ErrExist, also when another process makes it at the same moment.
func Create(path string, data []byte, mode fs.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*") // made with mode 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if err := write(f, data, mode); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil { // unlike a rename it does not replace
		return err
	}
	return SyncFolder(filepath.Dir(path))
}

// Export writes a new file to where a person takes it away, such as a USB stick, whose
// file system has no links: after a crash part of it may be there. A file that is
// there already stays and gives fs.ErrExist; a call that fails leaves none.
func Export(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = SyncFolder(filepath.Dir(path))
	}
	if err != nil {
		_ = os.Remove(path) // what kept it from being written says more
	}
	return err
}

// Replace writes a file anew, or makes it. After a crash either the old content is
// there or the new one, and perhaps a file of the same name and ".new"; a call that
// fails leaves none. It is for files that one process at a time writes.
func Replace(path string, data []byte, mode fs.FileMode) error {
	temp := path + ".new"
	f, err := os.OpenFile(temp, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if err := write(f, data, mode); err != nil {
		_ = os.Remove(temp) // what kept it from being written says more
		return err
	}
	if err := Rename(temp, path); err != nil {
		_ = os.Remove(temp) // the rename's error says more
		return err
	}
	return nil
}

func write(f *os.File, data []byte, mode fs.FileMode) error {
	if _, err := f.Write(data); err != nil {
		return errors.Join(err, f.Close())
	}
	return errors.Join(f.Chmod(mode), f.Sync(), f.Close())
}

// ReplaceShared is Replace for files that several processes may write at the same
// moment: one of them is the last.
func ReplaceShared(path string, data []byte, mode fs.FileMode) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	if err := write(f, data, mode); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	if err := Rename(f.Name(), path); err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// Rename gives a file or folder, whose content is on the disk, another name beside
// the one it has. A file that has that name is replaced.
func Rename(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return err
	}
	return SyncFolder(filepath.Dir(to))
}

// Copy copies a file, which need not fit into memory, to a new one that only its
// owner may read. A file that is there already stays and gives fs.ErrExist.
func Copy(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close() // it was only read
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Sync(), out.Close(), SyncFolder(filepath.Dir(to)))
}
