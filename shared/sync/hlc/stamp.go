// SPDX-License-Identifier: Apache-2.0

package hlc

import (
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"
)

// Limits of a stamp. The wall has 47 bits so that a stamp also fits a positive
// 64-bit integer, the widest type SQLite and PostgreSQL sort.
const (
	MaxWallMS  = 1<<47 - 1 // in the year 6429
	MaxLogical = 1<<16 - 1

	logicalBits = 16
	binarySize  = 8
)

// Max is the greatest stamp, the only one without a successor.
const Max Stamp = MaxWallMS<<logicalBits | MaxLogical

// ErrFormat is returned for text or bytes that are no stamp.
var ErrFormat = errors.New("hlc: not a stamp")

// Stamp is a wall time in Unix milliseconds with a counter, packed so that the
// order of the integers is the order of the stamps. The zero Stamp is smaller than
// every stamp a clock gives and stands for "none".
type Stamp uint64

// New packs a stamp. A wall before 1970 becomes 0 and one beyond MaxWallMS becomes
// MaxWallMS: a wrong clock must not stop anybody's work.
func New(wallMS int64, logical uint16) Stamp {
	return Stamp(min(max(wallMS, 0), MaxWallMS))<<logicalBits | Stamp(logical)
}

// WallMS returns the wall time in Unix milliseconds.
func (s Stamp) WallMS() int64 { return int64(s >> logicalBits) }

// Logical returns the counter.
func (s Stamp) Logical() uint16 { return uint16(s & MaxLogical) }

// IsZero reports whether s is "none".
func (s Stamp) IsZero() bool { return s == 0 }

// Time returns the wall time in UTC, for display only.
func (s Stamp) Time() time.Time { return time.UnixMilli(s.WallMS()).UTC() }

// Next returns the smallest stamp greater than s; a full counter carries into the
// wall. Max returns itself.
func (s Stamp) Next() Stamp {
	if s >= Max {
		return Max
	}
	return s + 1
}

// After returns the smallest stamp that is at least s and greater than every
// stamp in saw. It is how the server makes the effective stamp of a change set from
// its bounded stamp, the bases it saw and the lane's previous effective stamp.
func After(s Stamp, saw ...Stamp) Stamp {
	for _, seen := range saw {
		if s <= seen {
			s = seen.Next()
		}
	}
	return s
}

const timeLayout = "2006-01-02T15:04:05.000Z"

// String returns the text form, 2026-03-05T08:30:00.123Z/00042: UTC, then the
// counter as five digits. All text forms have one length and sort as the stamps do.
func (s Stamp) String() string {
	return fmt.Sprintf("%s/%05d", s.Time().Format(timeLayout), s.Logical())
}

// Parse reads the exact form String prints; anything else is ErrFormat.
func Parse(text string) (Stamp, error) {
	const size = len(timeLayout) + 1 + 5
	if len(text) != size || text[len(timeLayout)] != '/' {
		return 0, fmt.Errorf("%w: want a text of %d bytes such as %s", ErrFormat, size, New(0, 0))
	}
	wall, err := time.Parse(timeLayout, text[:len(timeLayout)])
	if err != nil {
		return 0, fmt.Errorf("%w: time part: %w", ErrFormat, err)
	}
	logical, err := strconv.ParseUint(text[len(timeLayout)+1:], 10, logicalBits)
	if err != nil {
		return 0, fmt.Errorf("%w: counter part: %w", ErrFormat, err)
	}
	if ms := wall.UnixMilli(); ms < 0 || ms > MaxWallMS {
		return 0, fmt.Errorf("%w: year out of range", ErrFormat)
	}
	s := New(wall.UnixMilli(), uint16(logical))
	if s.String() != text { // package time reads a comma as a point
		return 0, fmt.Errorf("%w: not in the form %s", ErrFormat, timeLayout)
	}
	return s, nil
}

// MarshalText returns the text form.
func (s Stamp) MarshalText() ([]byte, error) {
	if s > Max {
		return nil, fmt.Errorf("%w: beyond the last stamp", ErrFormat)
	}
	return []byte(s.String()), nil
}

// UnmarshalText reads the text form and leaves s alone when it returns ErrFormat.
func (s *Stamp) UnmarshalText(text []byte) error {
	parsed, err := Parse(string(text))
	if err != nil {
		return err
	}
	*s = parsed
	return nil
}

// AppendBinary appends the 8-byte big-endian form, which sorts as the stamps do.
func (s Stamp) AppendBinary(dst []byte) ([]byte, error) {
	if s > Max {
		return dst, fmt.Errorf("%w: beyond the last stamp", ErrFormat)
	}
	return binary.BigEndian.AppendUint64(dst, uint64(s)), nil
}

// MarshalBinary returns the 8-byte form.
func (s Stamp) MarshalBinary() ([]byte, error) {
	return s.AppendBinary(make([]byte, 0, binarySize))
}

// UnmarshalBinary reads the 8-byte form and leaves s alone when it returns ErrFormat.
func (s *Stamp) UnmarshalBinary(data []byte) error {
	if len(data) != binarySize {
		return fmt.Errorf("%w: want %d bytes, got %d", ErrFormat, binarySize, len(data))
	}
	parsed := Stamp(binary.BigEndian.Uint64(data))
	if parsed > Max {
		return fmt.Errorf("%w: beyond the last stamp", ErrFormat)
	}
	*s = parsed
	return nil
}

// LogValue prints the text form in logs.
func (s Stamp) LogValue() slog.Value { return slog.StringValue(s.String()) }
