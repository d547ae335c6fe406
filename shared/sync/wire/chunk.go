// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"fmt"

	"yuexin/shared/sync/record"
)

// ChunkFormat is the layout of a snapshot's chunk.
const ChunkFormat = 1

// maxChunkParts bounds the batches of rows in a chunk: of each, decoding takes up
// to record.MaxFramePlain.
const maxChunkParts = 64

// EncodeChunk returns the records of one chunk of a snapshot: a CBOR array of the
// format and the rows, in as many batches as they need. The error wraps a
// *record.LimitError when they are more than a chunk may hold.
func EncodeChunk(rows []RowDelta) ([]byte, error) {
	parts := CutRows(rows)
	if len(parts) > maxChunkParts {
		return nil, &record.LimitError{What: "chunk", Got: len(parts), Max: maxChunkParts}
	}
	out := record.AppendUint(record.AppendArray(nil, 2), ChunkFormat)
	out = record.AppendArray(out, len(parts))
	for _, part := range parts {
		data, err := EncodeRows(part)
		if err != nil {
			return nil, err
		}
		out = record.AppendBytes(out, data)
	}
	if len(out) > MaxChunkBytes {
		return nil, &record.LimitError{What: "chunk", Got: len(out), Max: MaxChunkBytes}
	}
	return out, nil
}

// DecodeChunk is the inverse of EncodeChunk. What is malformed wraps ErrMalformed,
// what is too large is a *record.LimitError.
func DecodeChunk(data []byte) ([]RowDelta, error) {
	if len(data) > MaxChunkBytes {
		return nil, &record.LimitError{What: "chunk", Got: len(data), Max: MaxChunkBytes}
	}
	r := &reader{b: data}
	r.tuple(2)
	if r.uint() != ChunkFormat {
		r.fail("unknown format")
	}
	var rows []RowDelta
	for range r.array(maxChunkParts) {
		part := r.bytes(MaxRowsBytes)
		if r.err != nil {
			break
		}
		more, err := DecodeRows(part)
		if err != nil {
			return nil, fmt.Errorf("chunk: %w", err)
		}
		rows = append(rows, more...)
	}
	if err := r.end(); err != nil {
		return nil, fmt.Errorf("chunk: %w", err)
	}
	return rows, nil
}
