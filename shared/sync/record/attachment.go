// SPDX-License-Identifier: Apache-2.0

package record

import (
	"encoding/binary"
	"errors"
	"strings"
)

// Attachment is the value of a field of FormatBlob: a file that travels beside
// the record, sealed by the device that took it, and the key that opens it. The
// key is in the value alone, so that whoever may read the field may read the file,
// and whatever destroys the value (a subject's key, a purge, a kiosk that hands in
// and forgets) makes the file unreadable wherever it lies.
type Attachment struct {
	Blob
	Key []byte // the file's own key, as package seal encodes it
}

// Limits of an attachment's value.
const (
	maxBlobKey   = 64
	maxMediaType = 128
)

// attachmentForm is the first byte of every attachment's value.
const attachmentForm = 1

// attachmentHead is the part of the value before the key: form, digest, size and
// the length of the key.
const attachmentHead = 1 + 32 + 8 + 1

var errAttachment = errors.New("value is not an attachment")

// Value returns the value that ParseAttachment reads back: form (1), digest (32),
// size (8, big-endian), length of the key (1), key, media type.
func (a Attachment) Value() Value {
	b := make([]byte, 0, attachmentHead+len(a.Key)+len(a.MediaType))
	b = append(append(b, attachmentForm), a.Digest[:]...)
	b = binary.BigEndian.AppendUint64(b, a.Size)
	b = append(append(b, byte(len(a.Key))), a.Key...)
	return OfBytes(append(b, a.MediaType...))
}

// ParseAttachment reads an attachment from the value of a field of FormatBlob.
func ParseAttachment(v Value) (Attachment, error) {
	b := v.Bytes()
	if len(b) < attachmentHead || b[0] != attachmentForm {
		return Attachment{}, errAttachment
	}
	key := int(b[attachmentHead-1])
	if key == 0 || key > maxBlobKey || len(b) < attachmentHead+key {
		return Attachment{}, errAttachment
	}
	a := Attachment{
		Blob: Blob{Digest: [32]byte(b[1:33]), Size: binary.BigEndian.Uint64(b[33:41]), MediaType: string(b[attachmentHead+key:])},
		Key:  b[attachmentHead : attachmentHead+key],
	}
	if a.Size == 0 || a.Size > 1<<40 || !validMediaType(a.MediaType) {
		return Attachment{}, errAttachment
	}
	return a, nil
}

// validMediaType reports whether s has the form type/subtype, without parameters.
func validMediaType(s string) bool {
	first, second, found := strings.Cut(s, "/")
	const letters = "abcdefghijklmnopqrstuvwxyz0123456789.+-"
	return found && first != "" && second != "" && len(s) <= maxMediaType &&
		strings.Trim(first, letters) == "" && strings.Trim(second, letters) == ""
}

// NamedBlob is an attachment with the field that names it.
type NamedBlob struct {
	Header Header
	Field  Field
	Attachment
}

// Blobs returns the attachments that writes name, in the order of writes and
// fields. What is no attachment is left out; a store refuses it.
func (c *Catalogue) Blobs(writes []Write) []NamedBlob {
	var out []NamedBlob
	for i := range writes {
		w := &writes[i]
		kind, known := c.kinds[w.Header.Kind]
		if !known {
			continue
		}
		for _, f := range kind.blobs {
			if a, err := ParseAttachment(w.Fields[f]); err == nil {
				out = append(out, NamedBlob{w.Header, f, a})
			}
		}
	}
	return out
}

// BlobsOf returns the attachments that a record shows, in the order of the
// catalogue.
func (c *Catalogue) BlobsOf(r Row) []NamedBlob {
	values := make(map[Field]Value, len(r.Fields))
	for f, s := range r.Fields {
		values[f] = s.Value
	}
	return c.Blobs([]Write{{Header: r.Header, Fields: values}})
}

// KeepsFiles reports whether records of a kind have fields for attachments.
func (c *Catalogue) KeepsFiles(k Kind) bool {
	kind, known := c.kinds[k]
	return known && len(kind.blobs) > 0
}
