// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// The limits of what stands in messages; PROTOCOL.md repeats them.
const (
	MaxMarks    = 8  // of a cursor
	MaxLaneEnds = 16 // of a cursor

	maxText      = 1024 // bytes of a message key, an argument, a program name
	maxRules     = 8192 // bytes of a device's rules: 400 forms
	maxArguments = 32
	maxKey       = 512 // bytes of a public key in any profile
	maxRanges    = 16384
	maxVersions  = 65536 // of one receipt range
	maxOutcomes  = record.MaxWrites * record.MaxFields
	maxCursors   = 4096
	maxEntries   = 4096
	maxLineage   = 1024
	maxBuckets   = 256
)

// newMessage returns an empty message of a kind, nil for an unknown one.
func newMessage(kind uint64) Message {
	if kind >= uint64(len(makers)) || makers[kind] == nil {
		return nil
	}
	return makers[kind]()
}

// makers is indexed by Kind.
var makers = [...]func() Message{
	KindHello:      func() Message { return new(Hello) },
	KindChallenge:  func() Message { return new(Challenge) },
	KindProof:      func() Message { return new(Proof) },
	KindWelcome:    func() Message { return new(Welcome) },
	KindFrame:      func() Message { return new(Frame) },
	KindReceipts:   func() Message { return new(Receipts) },
	KindExpect:     func() Message { return new(Expect) },
	KindLaneClosed: func() Message { return new(LaneClosed) },
	KindSubscribe:  func() Message { return new(Subscribe) },
	KindRows:       func() Message { return new(Rows) },
	KindCheckpoint: func() Message { return new(Checkpoint) },
	KindHave:       func() Message { return new(Have) },
	KindReset:      func() Message { return new(Reset) },
	KindControl:    func() Message { return new(Control) },
	KindControlAck: func() Message { return new(ControlAck) },
	KindPing:       func() Message { return new(Ping) },
	KindPong:       func() Message { return new(Pong) },
	KindStatus:     func() Message { return new(Status) },
	KindFault:      func() Message { return new(Fault) },
	KindBuckets:    func() Message { return new(Buckets) },
	KindRepair:     func() Message { return new(Repair) },
	KindAsk:        func() Message { return new(Ask) },
	KindWant:       func() Message { return new(Want) },
	KindSnapshot:   func() Message { return new(Snapshot) },
	KindPiece:      func() Message { return new(Piece) },
	KindKept:       func() Message { return new(Kept) },

	KindAudit:        func() Message { return new(Audit) },
	KindAuditReceipt: func() Message { return new(AuditReceipt) },
}

func (m *Hello) fields(c *codec) {
	number(c, 1, &m.Min)
	number(c, 2, &m.Max)
	c.exact(3, m.Device[:])
	c.exact(4, m.Incarnation[:])
	c.exact(5, m.Nonce[:])
	text(c, 6, &m.Program, maxText)
}

func (m *Challenge) fields(c *codec) {
	number(c, 1, &m.Protocol)
	c.exact(2, m.Server[:])
	c.exact(3, m.Nonce[:])
	c.signed(4, &m.TimeMS)
}

func (m *Proof) fields(c *codec) {
	c.blob(1, &m.Signature, maxSignature)
	c.clock(2, &m.Reading)
	c.signed(3, &m.RoundTripMS)
	number(c, 4, &m.Control)
	number(c, 5, &m.Mark)
	c.exact(6, m.Trail.Log[:])
	number(c, 7, &m.Trail.Through)
	c.exact(8, m.Trail.Chain[:])
}

func (m *Welcome) fields(c *codec) {
	c.signed(1, &m.TimeMS)
	number(c, 2, &m.Catalogue)
	number(c, 3, &m.Window)
}

func (m *Frame) fields(c *codec) { c.blob(1, &m.Data, record.MaxFrameBytes) }

func (m *Receipts) fields(c *codec) {
	c.lane(1, &m.Lane)
	list(c, 2, &m.Ranges, maxRanges, objectItem)
	number(c, 3, &m.Through)
	c.exact(4, m.Chain[:])
	number(c, 5, &m.Epoch)
	c.truth(6, &m.Asked)
}

func (m *ReceiptRange) fields(c *codec) {
	number(c, 1, &m.From)
	number(c, 2, &m.To)
	number(c, 3, &m.Outcome)
	number(c, 4, &m.Version)
	list(c, 5, &m.Versions, maxVersions, numberItem)
	optional(c, 6, &m.Detail)
}

func (m *ReceiptDetail) fields(c *codec) {
	text(c, 1, &m.Reason, maxText)
	c.arguments(2, &m.Args)
	c.exact(3, m.Record[:])
	text(c, 4, &m.Field, record.MaxName)
	list(c, 5, &m.Fields, maxOutcomes, objectItem)
	c.truth(6, &m.Chained)
	number(c, 7, &m.First)
	c.truth(8, &m.Decided)
}

func (m *FieldOutcome) fields(c *codec) {
	c.exact(1, m.Record[:])
	text(c, 2, &m.Field, record.MaxName)
	number(c, 3, &m.Outcome)
}

func (m *Expect) fields(c *codec) {
	c.lane(1, &m.Lane)
	number(c, 2, &m.Number)
	c.exact(3, m.Chain[:])
}

func (m *LaneClosed) fields(c *codec) {
	c.lane(1, &m.Lane)
	number(c, 2, &m.Last)
	c.exact(3, m.Chain[:])
	number(c, 4, &m.Reason)
}

func (m *Cursor) fields(c *codec) {
	text(c, 1, &m.Scope, maxScope)
	text(c, 2, &m.View, record.MaxName)
	number(c, 3, &m.ViewVersion)
	number(c, 4, &m.Version)
	c.exact(5, m.LogHash[:])
	list(c, 6, &m.Marks, MaxMarks, objectItem)
	list(c, 7, &m.Lanes, MaxLaneEnds, objectItem)
	optional(c, 8, &m.Held)
}

func (m *HeldSnapshot) fields(c *codec) {
	c.exact(1, m.ID[:])
	number(c, 2, &m.Chunk)
	number(c, 3, &m.Offset)
}

func (m *Mark) fields(c *codec) {
	number(c, 1, &m.Version)
	c.exact(2, m.LogHash[:])
}

func (m *LaneEnd) fields(c *codec) {
	c.exact(1, m.Incarnation[:])
	number(c, 2, &m.Number)
	c.exact(3, m.Chain[:])
	number(c, 4, &m.Version)
}

func (m *Subscribe) fields(c *codec) {
	list(c, 1, &m.Cursors, maxCursors, objectItem)
	number(c, 2, &m.Number)
}

func (m *Rows) fields(c *codec) {
	text(c, 1, &m.Scope, maxScope)
	c.blob(2, &m.Data, MaxRowsBytes)
	number(c, 3, &m.Answers)
}

func (m *Checkpoint) fields(c *codec) {
	if c.at(1, !m.Cursor.isZero()) {
		c.object(m.Cursor.fields)
	}
	stampField(c, 2, &m.Floor)
	c.exact(3, m.Digest[:])
	number(c, 4, &m.Watermark)
	number(c, 5, &m.Rows)
	number(c, 6, &m.Since)
	number(c, 7, &m.Answers)
}

func (m *Have) fields(c *codec) {
	text(c, 1, &m.Scope, maxScope)
	number(c, 2, &m.Version)
}

func (m *Reset) fields(c *codec) {
	text(c, 1, &m.Scope, maxScope)
	number(c, 2, &m.Epoch)
	number(c, 3, &m.From)
	list(c, 4, &m.Lineage, maxLineage, objectItem)
	number(c, 5, &m.Answers)
}

func (m *LineageForking) fields(c *codec) {
	number(c, 1, &m.Epoch)
	number(c, 2, &m.From)
}

func (m *Control) fields(c *codec) { list(c, 1, &m.Entries, maxEntries, objectItem) }

func (m *ControlEntry) fields(c *codec) {
	number(c, 1, &m.Number)
	number(c, 2, &m.Op)
	text(c, 3, &m.Scope, maxScope)
	text(c, 4, &m.View, record.MaxName)
	number(c, 5, &m.Version)
	c.exact(6, m.Login[:])
	c.exact(7, m.Actor[:])
	text(c, 8, &m.Role, record.MaxName)
	text(c, 9, &m.Name, maxText)
	c.blob(10, &m.Key, maxKey)
	number(c, 11, &m.Mark)
}

func (m *ControlAck) fields(c *codec) {
	number(c, 1, &m.Number)
	c.blob(2, &m.Signature, maxSignature)
}

func (m *Ping) fields(c *codec) { number(c, 1, &m.Number) }

func (m *Pong) fields(c *codec) {
	number(c, 1, &m.Number)
	c.signed(2, &m.TimeMS)
}

func (m *Status) fields(c *codec) {
	number(c, 1, &m.Waiting)
	c.signed(2, &m.OldestMS)
	number(c, 3, &m.Refused)
	number(c, 4, &m.DiskFreeMB)
	c.truth(5, &m.PaperOut)
	c.truth(6, &m.ClockWrong)
	number(c, 7, &m.BlobsToSend)
	number(c, 8, &m.Stranded)
	text(c, 9, &m.Rules, maxRules)
}

func (m *Fault) fields(c *codec) {
	text(c, 1, &m.Code, maxText)
	text(c, 2, &m.Key, maxText)
	c.arguments(3, &m.Args)
	c.signed(4, &m.RetryMS)
	c.truth(5, &m.Final)
	number(c, 6, &m.Frame)
}

func (m *Buckets) fields(c *codec) {
	text(c, 1, &m.Scope, maxScope)
	number(c, 2, &m.Version)
	list(c, 3, &m.Sums, maxBuckets, func(c *codec, s *Sum) { c.exactItem(s[:]) })
}

func (m *Repair) fields(c *codec) {
	text(c, 1, &m.Scope, maxScope)
	number(c, 2, &m.Version)
	list(c, 3, &m.Buckets, maxBuckets, numberItem)
	rowList(c, 4, m)
	number(c, 5, &m.Answers)
}

func (m *Want) fields(c *codec) {
	text(c, 1, &m.Scope, maxScope)
	list(c, 2, &m.IDs, MaxRows, func(c *codec, id *ident.Record) { c.exactItem(id[:]) })
	number(c, 3, &m.Answers)
}

func (m *Kept) fields(c *codec) {
	c.lane(1, &m.Lane)
	number(c, 2, &m.First)
	number(c, 3, &m.Last)
	c.exact(4, m.Chain[:])
	number(c, 5, &m.Version)
	c.blob(6, &m.Data, record.MaxFrameBytes)
	number(c, 7, &m.Answers)
}

func (m *Snapshot) fields(c *codec) {
	c.exact(1, m.ID[:])
	optional(c, 2, &m.Checkpoint)
	list(c, 3, &m.Sizes, MaxChunks, sizeItem)
	number(c, 4, &m.Chunk)
	number(c, 5, &m.Offset)
}

// sizeItem writes or reads the size of a chunk, which is never empty.
func sizeItem(c *codec, p *uint64) {
	numberItem(c, p)
	if c.err == nil && (*p == 0 || *p > MaxChunkBytes) {
		c.limit("chunk", *p, MaxChunkBytes)
	}
}

func (m *Piece) fields(c *codec) {
	text(c, 1, &m.Scope, maxScope)
	c.exact(2, m.ID[:])
	number(c, 3, &m.Chunk)
	number(c, 4, &m.Offset)
	c.blob(5, &m.Data, MaxPieceBytes)
}

// optional writes or reads a part of a message that may be missing.
func optional[T any, P fielded[T]](c *codec, key uint64, p **T) {
	if !c.at(key, *p != nil) {
		return
	}
	if !c.writing {
		*p = new(T)
	}
	c.object(P(*p).fields)
}

func (m *Ask) fields(c *codec) {
	c.lane(1, &m.Lane)
	number(c, 2, &m.From)
	number(c, 3, &m.To)
}

// fielded is a struct that lists its fields for a codec.
type fielded[T any] interface {
	*T
	fields(*codec)
}

// objectItem writes or reads an item of a list that is a map.
func objectItem[T any, P fielded[T]](c *codec, p *T) { c.object(P(p).fields) }
