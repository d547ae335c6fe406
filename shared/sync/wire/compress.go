// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"fmt"
	"math"
	"sync"

	"github.com/klauspost/compress/zstd"

	"yuexin/shared/sync/record"
)

// The compression ids. Numbers are never reused.
const (
	compressNone = 0
	compressZstd = 1 // RFC 8878, one frame, window of at most maxWindow
)

// maxWindow bounds what either end keeps in memory per stream.
const maxWindow = 256 << 10

// zipper makes the one encoder and decoder of the process: both hand out
// their working memory per call and may be used by many goroutines.
var zipper = sync.OnceValue(func() (z struct {
	enc *zstd.Encoder
	dec *zstd.Decoder
}) {
	z.enc = must(zstd.NewWriter(nil,
		zstd.WithEncoderLevel(zstd.SpeedDefault), zstd.WithWindowSize(maxWindow),
		zstd.WithEncoderCRC(false), zstd.WithLowerEncoderMem(true)))
	z.dec = must(zstd.NewReader(nil,
		zstd.WithDecoderConcurrency(0), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxWindow),
		zstd.WithDecoderMaxMemory(record.MaxFramePlain), zstd.WithDecodeAllCapLimit(true)))
	return z
})

// must is for options that are constants of this file.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// compress returns what is shorter: plain itself or its compression.
func compress(plain []byte) (id uint64, out []byte) {
	out = zipper().enc.EncodeAll(plain, make([]byte, 0, len(plain)/2+64))
	if len(out) >= len(plain) {
		return compressNone, plain
	}
	return compressZstd, out
}

// expand undoes compress. size is what the sender says the content has; more
// than record.MaxFramePlain is refused before anything is allocated, and so is
// content of another size.
func expand(id uint64, size uint64, data []byte) ([]byte, error) {
	if size > record.MaxFramePlain {
		return nil, &record.LimitError{What: "content", Got: int(min(size, math.MaxInt)), Max: record.MaxFramePlain}
	}
	plain := data
	switch id {
	case compressNone:
	case compressZstd:
		var err error
		if plain, err = zipper().dec.DecodeAll(data, make([]byte, 0, size)); err != nil {
			return nil, fmt.Errorf("%w: zstd: %w", ErrMalformed, err)
		}
	default:
		return nil, fmt.Errorf("%w: unknown compression", ErrMalformed)
	}
	if uint64(len(plain)) != size {
		return nil, fmt.Errorf("%w: content is not of the size declared", ErrMalformed)
	}
	return plain, nil
}
