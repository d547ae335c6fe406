// SPDX-License-Identifier: Apache-2.0

package blob

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"

	"yuexin/shared/fault"
	"yuexin/shared/sync/record"
)

// Policy says which files are taken and what they may use. It is immutable.
type Policy struct {
	Edition    uint32   `json:"version"`
	MaxBytes   int64    `json:"max_bytes"`   // of one file
	MediaTypes []string `json:"media_types"` // of those that magic knows

	// Bandwidth of one device, in bytes a second.
	UpRate   int64 `json:"up_bytes_per_second"`
	DownRate int64 `json:"down_bytes_per_second"`

	// CacheBytes is what a laptop keeps of files that the server has.
	CacheBytes int64 `json:"cache_bytes"`

	// OpenBytes is what the server keeps of one device that no change set names
	// yet, and UnnamedDays for how long: the change set may come another way.
	OpenBytes   int64 `json:"device_open_bytes"`
	UnnamedDays int   `json:"unnamed_days"`
}

// overhead bounds what sealing adds to a file.
const overhead = 1 << 10

// hardMax is the largest file that any policy may allow: files are sealed and
// opened whole, in memory.
const hardMax = 32 << 20

// Version is the number of this edition of the policy.
func (p *Policy) Version() uint32 { return p.Edition }

// ParsePolicy reads a policy from its JSON form and checks it whole.
func ParsePolicy(r io.Reader) (*Policy, error) {
	p := new(Policy)
	dec := json.NewDecoder(r)
	dec.DisallowUnknownFields()
	if err := dec.Decode(p); err != nil {
		return nil, fmt.Errorf("read attachment policy: %w", err)
	}
	if p.Edition == 0 || p.MaxBytes < 1 || p.MaxBytes > hardMax || p.UpRate < 1 || p.DownRate < 1 ||
		p.CacheBytes < 0 || p.OpenBytes < p.MaxBytes || p.UnnamedDays < 1 || len(p.MediaTypes) == 0 {
		return nil, fmt.Errorf("attachment policy version %d: a figure is missing or out of bounds", p.Edition)
	}
	for _, t := range p.MediaTypes {
		if !slices.ContainsFunc(magic, func(m magicNumber) bool { return m.mediaType == t }) {
			return nil, fmt.Errorf("attachment policy version %d: media type %q cannot be told", p.Edition, t)
		}
	}
	return p, nil
}

// MaxSealed is the most that one sealed file may have, in bytes.
func (p *Policy) MaxSealed() int64 { return p.MaxBytes + overhead }

// magicNumber is how files of a media type begin.
type magicNumber struct {
	mediaType string
	first     []byte
}

var magic = []magicNumber{
	{"image/jpeg", []byte("\xff\xd8\xff")},
	{"image/png", []byte("\x89PNG\r\n\x1a\n")},
	{"application/pdf", []byte("%PDF-")},
}

// MediaTypeOf tells what a file is by how it begins, never by its name; "" if it is
// none of the types that there are.
func MediaTypeOf(plain []byte) string {
	for _, m := range magic {
		if bytes.HasPrefix(plain, m.first) {
			return m.mediaType
		}
	}
	return ""
}

// Take returns the media type of a file that may be attached: fault.TooLarge for one
// that is too large, fault.Unsupported for one of another type, or an empty one.
func (p *Policy) Take(plain []byte) (mediaType string, err error) {
	if int64(len(plain)) > p.MaxBytes {
		return "", fault.New(fault.TooLarge, "blob.large").With("max", megabytes(p.MaxBytes))
	}
	mediaType = MediaTypeOf(plain)
	if !slices.Contains(p.MediaTypes, mediaType) {
		return "", fault.New(fault.Unsupported, "blob.type")
	}
	return mediaType, nil
}

// Admits reports whether an attachment is within the policy by what it says of
// itself.
func (p *Policy) Admits(a record.Attachment) error {
	switch {
	case a.Size > uint64(p.MaxSealed()):
		return fault.New(fault.TooLarge, "blob.large").With("max", megabytes(p.MaxBytes))
	case !slices.Contains(p.MediaTypes, a.MediaType):
		return fault.New(fault.Unsupported, "blob.type")
	}
	return nil
}

func megabytes(n int64) string { return strconv.FormatInt(n>>20, 10) + " MB" }
