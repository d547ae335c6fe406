// SPDX-License-Identifier: Apache-2.0

package record

import (
	"fmt"
	"unicode/utf8"

	"yuexin/shared/ident"
)

// The hard limits of the contract. What exceeds one is refused with a
// message; it never crashes anything.
const (
	MaxName       = 64        // bytes of a kind, field or act name
	MaxValueSize  = 64 << 10  // bytes of one value
	MaxSetItems   = 1000      // items of one set
	MaxFields     = 256       // fields of one write
	MaxWrites     = 256       // writes of one act
	MaxBlobs      = 64        // attachments of one act
	MaxHeads      = 64        // heads of one field
	MaxActSize    = 192 << 10 // bytes of all values of one act
	MaxFrameSets  = 500       // change sets of one frame
	MaxFrameBytes = 256 << 10 // encoded bytes of one frame
	MaxFramePlain = 4 << 20   // bytes of one frame after decompression
)

// LimitError says which limit an act exceeds.
type LimitError struct {
	What string // "value", "fields", …
	Got  int
	Max  int
}

// Error says which limit was exceeded and by how much.
func (e *LimitError) Error() string {
	return fmt.Sprintf("%s: %d exceeds the limit of %d", e.What, e.Got, e.Max)
}

// Check reports whether the act is well formed and within limits: writes of
// the act's own scope, known operations, names and sizes in bounds, texts in
// UTF-8. It does
// not look at the catalogue or at what stands in a store.
func (a Act) Check() error {
	if err := a.checkCounts(); err != nil {
		return err
	}
	size := 0
	for i, w := range a.Writes {
		n, err := w.check(a.Scope)
		if err != nil {
			return fmt.Errorf("write %d: %w", i, err)
		}
		size += n
	}
	return within("act", size, MaxActSize)
}

func (a Act) checkCounts() error {
	if a.Name == "" || !utf8.ValidString(a.Name) {
		return fmt.Errorf("act without a name")
	}
	if err := within("name", len(a.Name), MaxName); err != nil {
		return err
	}
	if len(a.Writes) == 0 {
		return fmt.Errorf("act without a write")
	}
	if err := within("writes", len(a.Writes), MaxWrites); err != nil {
		return err
	}
	return within("blobs", len(a.Blobs), MaxBlobs)
}

func (w Write) check(scope ident.Scope) (size int, err error) {
	switch {
	case w.Op < Create || w.Op > Discard:
		return 0, fmt.Errorf("operation %d is not known", w.Op)
	case w.Header.ID == (ident.Record{}) && w.Op != Discard:
		return 0, fmt.Errorf("record without an id")
	case w.Header.Scope != scope:
		return 0, fmt.Errorf("record of another scope")
	case !Field(w.Header.Kind).wellFormed():
		return 0, fmt.Errorf("record without a valid kind")
	}
	if err := within("fields", len(w.Fields), MaxFields); err != nil {
		return 0, err
	}
	for name, v := range w.Fields {
		if !name.wellFormed() {
			return 0, fmt.Errorf("field without a valid name")
		}
		if err := within("value", v.Size(), MaxValueSize); err != nil {
			return 0, fmt.Errorf("field %s: %w", name, err)
		}
		if err := within("set", len(v.set), MaxSetItems); err != nil {
			return 0, fmt.Errorf("field %s: %w", name, err)
		}
		if !v.valid() {
			return 0, fmt.Errorf("field %s: text is not UTF-8", name)
		}
		size += len(name) + v.Size()
	}
	rest, err := w.checkRest()
	return size + rest, err
}

// checkRest checks what a resolution and a write to a disputed field carry.
func (w Write) checkRest() (size int, err error) {
	if err := within("fields", max(len(w.Seen), len(w.InDispute)), MaxFields); err != nil {
		return 0, err
	}
	for name, heads := range w.Seen {
		if !name.wellFormed() {
			return 0, fmt.Errorf("field without a valid name")
		}
		if err := within("heads", len(heads), MaxHeads); err != nil {
			return 0, fmt.Errorf("field %s: %w", name, err)
		}
		size += len(name) + 8*len(heads)
	}
	for _, name := range w.InDispute {
		if !name.wellFormed() {
			return 0, fmt.Errorf("field without a valid name")
		}
		size += len(name)
	}
	return size, nil
}

// wellFormed reports whether f can be a name at all; unknown names are
// carried, whatever they are.
func (f Field) wellFormed() bool {
	return f != "" && len(f) <= MaxName && utf8.ValidString(string(f))
}

func within(what string, got, limit int) error {
	if got > limit {
		return &LimitError{What: what, Got: got, Max: limit}
	}
	return nil
}
