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
	f, err := temporary(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer func() { _ = Remove(f.Name()) }() // what kept it from being written says more
	if err := write(f, data, mode); err != nil {
		return err
	}
	if err := link(f.Name(), path); err != nil { // unlike a rename it does not replace
		return err
	}
	if err := SyncFolder(filepath.Dir(path)); err != nil {
		_ = Remove(path) // nobody may find it, work by it, and lose it with the power
		return err
	}
	return nil
}

// Export writes a new file to where a person takes it away, such as a USB stick, whose
// file system has no links: after a crash part of it may be there. A file that is
// there already stays and gives fs.ErrExist; a call that fails leaves none.
func Export(path string, data []byte) error {
	f, err := OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = SyncFolder(filepath.Dir(path))
	}
	if err != nil {
		_ = Remove(path) // what kept it from being written says more
	}
	return err
}

// Replace writes a file anew, or makes it. After a crash either the old content is
// there or the new one, and perhaps a file of the same name and ".new"; a call that
// fails leaves none. It is for files that one process at a time writes.
func Replace(path string, data []byte, mode fs.FileMode) error {
	temp := path + ".new"
	f, err := OpenFile(temp, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if err := write(f, data, mode); err != nil {
		_ = Remove(temp) // what kept it from being written says more
		return err
	}
	if err := Rename(temp, path); err != nil {
		_ = Remove(temp) // the rename's error says more
		return err
	}
	return nil
}

func write(f *File, data []byte, mode fs.FileMode) error {
	if _, err := f.Write(data); err != nil {
		return errors.Join(err, f.Close())
	}
	return errors.Join(f.f.Chmod(mode), f.Sync(), f.Close())
}

// ReplaceShared is Replace for files that several processes may write at the same
// moment: one of them is the last.
func ReplaceShared(path string, data []byte, mode fs.FileMode) error {
	f, err := temporary(filepath.Dir(path))
	if err != nil {
		return err
	}
	if err := write(f, data, mode); err != nil {
		return errors.Join(err, Remove(f.Name()))
	}
	if err := Rename(f.Name(), path); err != nil {
		return errors.Join(err, Remove(f.Name()))
	}
	return nil
}

// Rename gives a file or folder, whose content is on the disk, another name beside
// the one it has. A file that has that name is replaced.
func Rename(from, to string) error {
	if err := rename(from, to); err != nil {
		return err
	}
	return SyncFolder(filepath.Dir(to))
}

// AppendLine adds a line to a file that only its owner may read, or makes it. A call that
// fails leaves the file as it was; after a crash a part of the line may be there, or
// zeros for it, and the next one begins on a line of its own.
func AppendLine(path string, line []byte) error {
	f, err := OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	size, err := f.Size()
	var last [1]byte
	if err == nil && size > 0 {
		_, err = f.f.ReadAt(last[:], size-1)
	}
	text := append(append([]byte{}, line...), '\n')
	if size > 0 && last[0] != '\n' {
		text = append([]byte{'\n'}, text...)
	}
	if err == nil {
		_, err = f.Write(text)
	}
	if err == nil {
		err = errors.Join(f.Sync(), SyncFolder(filepath.Dir(path)))
	}
	if err != nil {
		_ = f.Truncate(size) // what kept it from being written says more
	}
	return errors.Join(err, f.Close())
}

// Copy copies a file, which need not fit into memory, to a new one that only its
// owner may read. A file that is there already stays and gives fs.ErrExist; after a
// crash part of the new one may be there.
func Copy(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close() // it was only read
	out, err := OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Sync(), out.Close(), SyncFolder(filepath.Dir(to)))
}
