// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Limits of one Audit message, which stays well below the size of a frame.
const (
	MaxAuditEntries = 200
	MaxAuditBytes   = 128 << 10 // of all entries together
	maxAuditEntry   = 64 << 10
)

// Audit carries entries of the device's audit log, as package audit chains them.
// Device to server; one is under way at a time.
type Audit struct {
	Log    ident.Incarnation
	First  uint64   // number of the first entry
	Before Digest   // hash of the chain at First−1
	Bodies [][]byte // entries, consecutive
}

// TrailEnd is how far a log is receipted. A server that has less of it than it once
// said, or something else there, was restored from a backup.
type TrailEnd struct {
	Log     ident.Incarnation
	Through uint64
	Chain   Digest // the device's hash there
}

// AuditReceipt answers Audit, after the entries are on the server's disk, or Proof,
// where the server does not have its TrailEnd.
type AuditReceipt struct {
	Log     ident.Incarnation
	Through uint64 // the server has every entry up to this
	Chain   Digest // its hash there

	// Fork says that the server has other entries after Through: the device was
	// copied or restored. It goes on in a new log, where it writes those of its own
	// again.
	Fork bool

	// Own is where the server's own log stands, and OwnChain its hash there: the
	// device remembers it in its log. Zero from servers that do not tell.
	Own      uint64
	OwnChain Digest
}

func (*Audit) kind() Kind        { return KindAudit }
func (*AuditReceipt) kind() Kind { return KindAuditReceipt }

func (m *Audit) fields(c *codec) {
	c.exact(1, m.Log[:])
	number(c, 2, &m.First)
	c.exact(3, m.Before[:])
	list(c, 4, &m.Bodies, MaxAuditEntries, func(c *codec, b *[]byte) {
		if c.writing {
			c.within("bytes", len(*b), maxAuditEntry)
			c.b = record.AppendBytes(c.b, *b)
			return
		}
		*b = c.bytes(maxAuditEntry)
	})
}

func (m *AuditReceipt) fields(c *codec) {
	c.exact(1, m.Log[:])
	number(c, 2, &m.Through)
	c.exact(3, m.Chain[:])
	c.truth(4, &m.Fork)
	number(c, 5, &m.Own)
	c.exact(6, m.OwnChain[:])
}
