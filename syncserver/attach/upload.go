// SPDX-License-Identifier: Apache-2.0

package attach

import (
	"context"
	"encoding/hex"
	"io"

	"github.com/tus/tusd/v2/pkg/handler"

	"yuexin/shared/fault"
	"yuexin/shared/sync/blob"
	"yuexin/shared/sync/blob/blobdir"
	"yuexin/syncserver/store"
)

// begin decides whether a device may send a file, and gives the upload the digest as
// its name: whoever sends the file goes on where anybody left off, and it cannot be
// here twice.
func (s *Service) begin(hook handler.HookEvent) (handler.HTTPResponse, handler.FileInfoChanges, error) {
	ctx := hook.Context
	device, _ := ctx.Value(deviceKey{}).(store.Device)
	if hook.Upload.Size > s.Policy().MaxSealed() {
		return handler.HTTPResponse{}, handler.FileInfoChanges{}, handler.ErrMaxSizeExceeded
	}
	digest, err := parseDigest(hook.Upload.MetaData[metaDigest])
	if err == nil && (hook.Upload.SizeIsDeferred || hook.Upload.Size < 1) {
		err = fault.New(fault.Invalid, "blob.size")
	}
	if err == nil {
		err = s.Store.BeginBlob(ctx, store.Blob{
			Digest: digest, Size: hook.Upload.Size, Device: device.ID, Begun: s.Now(),
		}, s.Policy().OpenBytes)
	}
	return handler.HTTPResponse{}, handler.FileInfoChanges{ID: hex.EncodeToString(digest[:])}, s.tusError(ctx, err)
}

// uploads is tusd's data store: parts of files in the folder.
type uploads struct{ s *Service }

// NewUpload implements handler.DataStore. begin has noted the file.
func (u uploads) NewUpload(ctx context.Context, info handler.FileInfo) (handler.Upload, error) {
	digest, err := parseDigest(info.ID)
	if err != nil {
		return nil, u.s.tusError(ctx, err)
	}
	if u.s.Dir.Has(digest) { // its row was lost with what came after a backup
		return &upload{s: u.s, digest: digest, size: info.Size}, u.s.tusError(ctx, u.s.arrive(ctx, digest))
	}
	p, err := u.s.Dir.Begin(digest, info.Size)
	return &upload{s: u.s, digest: digest, size: info.Size, part: p}, u.s.tusError(ctx, err)
}

// GetUpload implements handler.DataStore. A part that has all its bytes is finished
// first: a server that was killed before it could check them has not yet said that
// they are here.
func (u uploads) GetUpload(ctx context.Context, id string) (handler.Upload, error) {
	digest, err := parseDigest(id)
	if err != nil {
		return nil, handler.ErrNotFound
	}
	known, err := u.s.Store.Blob(ctx, digest)
	if err != nil {
		return nil, u.s.tusError(ctx, err)
	}
	up := &upload{s: u.s, digest: digest, size: known.Size}
	if u.s.Dir.Has(digest) {
		if known.Arrived.IsZero() {
			err = u.s.arrive(ctx, digest)
		}
		return up, u.s.tusError(ctx, err)
	}
	// A file that is known and not here comes again from its first byte.
	if up.part, err = u.s.Dir.Begin(digest, known.Size); err != nil {
		return nil, u.s.tusError(ctx, err)
	}
	offset, err := up.part.Offset()
	if err == nil && offset == known.Size {
		if err = up.finish(ctx); fault.Is(err, fault.Corrupt) {
			up.part, err = u.s.Dir.Begin(digest, known.Size)
		}
	}
	return up, u.s.tusError(ctx, err)
}

// upload is one file on its way.
type upload struct {
	s      *Service
	digest blob.Digest
	size   int64
	part   *blobdir.Part // nil once the file is whole
}

// GetInfo implements handler.Upload.
func (u *upload) GetInfo(ctx context.Context) (handler.FileInfo, error) {
	info := handler.FileInfo{ID: hex.EncodeToString(u.digest[:]), Size: u.size, Offset: u.size}
	if u.part == nil {
		return info, nil
	}
	var err error
	info.Offset, err = u.part.Offset()
	return info, u.s.tusError(ctx, err)
}

// WriteChunk implements handler.Upload.
func (u *upload) WriteChunk(ctx context.Context, offset int64, src io.Reader) (int64, error) {
	if u.part == nil {
		return 0, handler.ErrMismatchOffset
	}
	u.s.locks.begun(hex.EncodeToString(u.digest[:]))
	n, err := u.part.Append(offset, src)
	return n, u.s.tusError(ctx, err)
}

// GetReader implements handler.Upload; tusd asks for it only to give the file out,
// which it does not here.
func (u *upload) GetReader(context.Context) (io.ReadCloser, error) {
	return nil, handler.ErrNotImplemented
}

// FinishUpload implements handler.Upload: the device hears that the file is here only
// once it is.
func (u *upload) FinishUpload(ctx context.Context) error {
	return u.s.tusError(ctx, u.finish(ctx))
}

func (u *upload) finish(ctx context.Context) error {
	if u.part == nil {
		return nil
	}
	if err := u.part.Finish(); err != nil {
		return err
	}
	u.part = nil
	return u.s.arrive(ctx, u.digest)
}

// arrive notes that a file is in the folder, and where it was waited for: a device
// that hears of it and pulls finds the arrival.
func (s *Service) arrive(ctx context.Context, digest blob.Digest) error {
	if err := s.Dir.Settle(); err != nil {
		return err
	}
	if err := s.Store.EndBlob(ctx, digest, s.Now()); err != nil {
		return err
	}
	s.announce(ctx)
	return nil
}
