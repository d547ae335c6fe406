// SPDX-License-Identifier: Apache-2.0

package parcel

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"yuexin/shared/durable"
	"yuexin/shared/fault"
)

// half ends the name of a file that is being written.
const half = ".half"

// spare is what a device should have beyond the file: its file system writes tables too.
const spare = 1 << 20

// Write makes a file in a folder, by what fill writes. Nobody finds it half written: it gets its name once it is on the
// device and was read back from there. need is about how large it will be, 0 if that is not known.
//
// Faults: Conflict if the name is taken, TooLarge with the room that is there and needed, NotFound for a folder that is not
// there, NotAllowed for one that cannot be written to, Corrupt if what the device gives back is not what was written. After
// any of them no part of the file is left.
func Write(folder, name string, need int64, fill func(io.Writer) error) (err error) {
	path := filepath.Join(folder, name)
	if err := room(folder, need); err != nil {
		return err
	}
	if _, err := os.Lstat(path); err == nil {
		return fault.New(fault.Conflict, "parcel.taken").With("file", name)
	}
	defer func() {
		if err != nil {
			_ = durable.Remove(path + half) // what kept it from being written says more
			err = meaning(err, folder, need)
		}
	}()
	sum, err := fillFile(path+half, fill)
	if err != nil {
		return err
	}
	if err := readBack(path+half, sum); err != nil {
		return err
	}
	if err := durable.Rename(path+half, path); err != nil {
		_ = durable.Remove(path) // it may have the name, and would lose it with the power
		return err
	}
	return nil
}

func fillFile(path string, fill func(io.Writer) error) ([]byte, error) {
	f, err := durable.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	sum := sha256.New()
	err = fill(io.MultiWriter(f, sum))
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return nil, err
	}
	return sum.Sum(nil), nil
}

// readBack compares what the device holds with what was written.
func readBack(path string, want []byte) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	forget(f) // what the machine remembers of it says nothing about the device
	var sum hash.Hash = sha256.New()
	_, err = io.Copy(sum, f)
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if !bytes.Equal(sum.Sum(nil), want) {
		return fault.New(fault.Corrupt, "parcel.unread")
	}
	return nil
}

func room(folder string, need int64) error {
	free, err := Free(folder)
	if err != nil {
		return meaning(err, folder, need)
	}
	if need > 0 && free < need+spare {
		return full(free, need)
	}
	return nil
}

func full(free, need int64) error {
	return fault.New(fault.TooLarge, "parcel.full").With("free", megabytes(free)).With("need", megabytes(need+spare))
}

// megabytes prints a size, a started one as a whole one.
func megabytes(n int64) string { return strconv.FormatInt((n+(1<<20)-1)>>20, 10) }

// meaning is the fault of an error of the file system.
func meaning(err error, folder string, need int64) error {
	if _, known := errors.AsType[*fault.Error](err); known {
		return err
	}
	switch {
	case errors.Is(err, syscall.ENOSPC):
		free, _ := Free(folder) // 0 is a fair answer too
		return full(free, need)
	case errors.Is(err, fs.ErrNotExist):
		return fault.New(fault.NotFound, "parcel.folder").WithCause(err)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return fault.New(fault.NotAllowed, "parcel.denied").WithCause(err)
	}
	return err
}
