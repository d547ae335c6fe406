// SPDX-License-Identifier: Apache-2.0

package wire_test

import (
	"yuexin/shared/ident"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/replica/envelope"
	"yuexin/shared/sync/wire"
)

// filled returns 16 bytes that count up from first.
func filled(first byte) (b [16]byte) {
	for i := range b {
		b[i] = first + byte(i)
	}
	return b
}

func filled32(first byte) (b [32]byte) {
	for i := range b {
		b[i] = first + byte(i)
	}
	return b
}

const sampleScope = ident.Scope("unit:06cpmkg80w9q3v5t7x1z2b4d6f")

var sampleLane = record.Lane{Incarnation: ident.Incarnation(filled(0x10)), Scope: sampleScope}

// sampleSet is the change set of the examples: a household is registered.
func sampleSet() record.ChangeSet {
	return record.ChangeSet{
		Link:      record.Link{Lane: sampleLane, Number: 1},
		Actor:     ident.Actor(filled(0x20)),
		Login:     ident.Login(filled(0x30)),
		Catalogue: 1,
		Reading:   hlc.Reading{WallMS: 1780000000000, BootID: filled(0x40), MonoMS: 90000},
		Floor:     hlc.New(1779999000000, 3),
		Act: record.Act{
			Name: "household.register", Scope: sampleScope, Source: record.Officer,
			Base: record.Base{Version: record.At(1, 17)},
			Writes: []record.Write{{
				Op: record.Create,
				Header: record.Header{
					ID: ident.Record(filled(0x50)), Kind: "household", Scope: sampleScope, Subject: ident.Subject(filled(0x60)),
				},
				Fields: map[record.Field]record.Value{
					"name": record.OfText("示例"), "area": record.OfInt(350), "party": record.OfBool(false),
					"crops": record.OfSet("rice", "citrus"), "card": record.OfBytes([]byte{1, 2, 3}), "phone": {},
				},
			}},
		},
	}
}

// sampleRare is a change set with everything that most do not have.
func sampleRare() record.ChangeSet {
	cs := sampleSet()
	cs.Link.Number = 2
	cs.Name, cs.Base.Number, cs.Replaces = "household.settle", 1, 1
	cs.Origin = &record.Link{Lane: record.Lane{Incarnation: ident.Incarnation(filled(0x70)), Scope: sampleScope}, Number: 9}
	cs.Blobs = []record.Blob{{Digest: filled32(0x80), Size: 2048, MediaType: "image/jpeg"}}
	cs.PersonSignature = []byte{0xAA, 0xBB}
	header := cs.Writes[0].Header
	cs.Writes = []record.Write{
		{
			Op: record.Resolve, Header: header,
			Fields: map[record.Field]record.Value{"name": record.OfText("示例甲")},
			Seen:   map[record.Field][]record.Version{"name": {record.At(1, 4), record.At(1, 9)}},
		},
		{
			Op: record.Edit, Header: header,
			Fields:    map[record.Field]record.Value{"area": record.OfInt(-1)},
			InDispute: []record.Field{"area"},
		},
	}
	return cs
}

func sampleBatch() *wire.Batch {
	b, err := wire.NewBatch(sampleLane, 1, wire.LaneStart(sampleLane), filled(0x90), []record.ChangeSet{sampleSet(), sampleRare()})
	if err != nil {
		panic(err)
	}
	b.Signature = []byte{0xC0, 0xC1, 0xC2, 0xC3}
	return b
}

// sampleSalted is the same two change sets as the server hands them to a device to
// keep: each with a salt of its own.
func sampleSalted() *wire.Batch {
	salts := [][16]byte{filled(0x91), filled(0x92)}
	b, err := wire.NewSalted(sampleLane, 1, wire.LaneStart(sampleLane), salts, []record.ChangeSet{sampleSet(), sampleRare()})
	if err != nil {
		panic(err)
	}
	b.Signature = []byte{0xC4, 0xC5}
	return b
}

func sampleRows() []wire.RowDelta {
	winner := record.Head{
		Value: record.OfText("示例"), Version: record.At(1, 18), Stamp: hlc.New(1780000000000, 0),
		Source: record.Officer, Actor: ident.Actor(filled(0x20)), Merge: record.Review,
	}
	other := winner
	other.Value, other.Version, other.Actor, other.Blind = record.OfText("示例甲"), record.At(1, 19), ident.Actor(filled(0x21)), true
	area := winner
	area.Value, area.Merge = record.OfInt(350), record.Latest
	return []wire.RowDelta{{
		Header: sampleSet().Writes[0].Header,
		Fields: []wire.FieldDelta{
			{Field: "area", State: record.FieldState{Value: area.Value, Version: record.At(1, 18), Winner: area}},
			{Field: "name", State: record.FieldState{
				Value: winner.Value, Version: record.At(1, 19), Winner: winner, Disputed: true, Aside: []record.Head{other},
			}},
		},
	}}
}

// samples returns one message of every kind with every field set.
func samples() []wire.Message {
	cursor := wire.Cursor{Scope: sampleScope, View: "officer", ViewVersion: 1, Version: record.At(1, 19), LogHash: filled32(0xA0)}
	placed := cursor
	placed.Marks = []wire.Mark{{Version: record.At(1, 12), LogHash: filled32(0xA1)}}
	placed.Lanes = []wire.LaneEnd{{Incarnation: sampleLane.Incarnation, Number: 2, Chain: filled32(0xC0), Version: record.At(1, 21)}}
	device := ident.Device(filled(0x01))
	frame, err := wire.EncodeFrame(sampleBatch())
	if err != nil {
		panic(err)
	}
	salted, err := wire.EncodeFrame(sampleSalted())
	if err != nil {
		panic(err)
	}
	rows, err := wire.EncodeRows(sampleRows())
	if err != nil {
		panic(err)
	}
	return []wire.Message{
		&wire.Hello{Min: 1, Max: 1, Device: device, Incarnation: sampleLane.Incarnation, Nonce: filled32(0xB0), Program: "agent/0.1.0"},
		&wire.Challenge{Protocol: 1, Server: ident.Device(filled(0x02)), Nonce: filled32(0xB1), TimeMS: 1780000000000},
		&wire.Proof{Signature: []byte{1, 2, 3}, Reading: sampleSet().Reading, RoundTripMS: 40, Control: 3, Mark: 1 << 60,
			Trail: wire.TrailEnd{Log: ident.Incarnation{0x70, 0x71}, Through: 12, Chain: filled32(0x80)}},
		&wire.Welcome{TimeMS: 1780000000050, Catalogue: 1, Window: 4},
		&wire.Frame{Data: envelope.Wrap(frame)},
		&wire.Receipts{
			Lane: sampleLane, Through: 3, Chain: filled32(0xC0), Epoch: 1, Asked: true,
			Ranges: []wire.ReceiptRange{
				{From: 1, To: 2, Outcome: record.Accepted, Versions: []record.Version{record.At(1, 18), record.At(1, 21)}},
				{From: 3, To: 3, Outcome: record.Rejected, Version: record.At(1, 22), Detail: &wire.ReceiptDetail{
					Reason: "store.unknown_record", Args: map[string]string{"kind": "household"}, Record: ident.Record(filled(0x50)),
					Field: "name", Chained: true, First: 2, Decided: true,
					Fields: []wire.FieldOutcome{{Record: ident.Record(filled(0x50)), Field: "name", Outcome: record.InReview}},
				}},
			},
		},
		&wire.Expect{Lane: sampleLane, Number: 2, Chain: filled32(0xC1)},
		&wire.LaneClosed{Lane: sampleLane, Last: 2, Chain: filled32(0xC2), Reason: wire.CloseFork},
		&wire.Subscribe{Cursors: []wire.Cursor{placed, {Scope: ident.Ref, Held: &wire.HeldSnapshot{ID: filled(0xF0), Chunk: 1, Offset: 100}}}, Number: 1},
		&wire.Rows{Scope: sampleScope, Data: rows, Answers: 1},
		&wire.Checkpoint{Cursor: cursor, Floor: hlc.New(1780000000000, 1), Digest: filled(0xD0), Watermark: record.At(1, 10), Rows: 1, Since: record.At(1, 12), Answers: 1},
		&wire.Have{Scope: sampleScope, Version: record.At(1, 19)},
		&wire.Reset{Scope: sampleScope, Epoch: 2, From: record.At(1, 10), Lineage: []wire.LineageForking{{Epoch: 2, From: record.At(1, 10)}}, Answers: 1},
		&wire.Control{Entries: []wire.ControlEntry{
			{Number: 4, Op: wire.ControlGrant, Scope: sampleScope, View: "officer", Version: record.At(1, 5), Mark: 1 << 61},
			{
				Number: 5, Op: wire.ControlLogin, Scope: "ref", Login: ident.Login(filled(0x30)), Actor: ident.Actor(filled(0x20)),
				Role: "officer", Name: "示例", Key: []byte{9, 9},
			},
		}},
		&wire.ControlAck{Number: 5, Signature: []byte{4, 5, 6}},
		&wire.Ping{Number: 7},
		&wire.Pong{Number: 7, TimeMS: 1780000000100},
		&wire.Status{Waiting: 3, OldestMS: 7200000, Refused: 1, DiskFreeMB: 2048, PaperOut: true, ClockWrong: true, BlobsToSend: 2, Stranded: 1, Rules: "catalogue 2"},
		&wire.Fault{Code: "denied", Key: "hub.device_off", Args: map[string]string{"device": "1"}, RetryMS: 60000, Final: true, Frame: 7},
		&wire.Buckets{Scope: sampleScope, Version: record.At(1, 19), Sums: []wire.Sum{filled(0xE0), {}}},
		&wire.Repair{Scope: sampleScope, Version: record.At(1, 19), Buckets: []uint8{0, 0x37}, List: []wire.Listed{{ID: ident.Record(filled(0x50)), Mark: sampleMark()}}, Answers: 1},
		&wire.Want{Scope: sampleScope, IDs: []ident.Record{ident.Record(filled(0x50))}, Answers: 1},
		&wire.Ask{Lane: sampleLane, From: 2, To: 3},
		&wire.Snapshot{
			ID: filled(0xF0), Sizes: []uint64{uint64(len(sampleChunk())), 300}, Chunk: 1, Offset: 100,
			Checkpoint: &wire.Checkpoint{Cursor: cursor, Floor: hlc.New(1780000000000, 1), Digest: filled(0xD0), Watermark: record.At(1, 10), Rows: 1, Answers: 1},
		},
		&wire.Piece{Scope: sampleScope, ID: filled(0xF0), Chunk: 1, Offset: 100, Data: []byte{1, 2, 3}},
		&wire.Audit{
			Log: ident.Incarnation(filled(0x70)), First: 3, Before: filled32(0x80),
			Bodies: [][]byte{[]byte(`{"n":3,"at":1780000000000,"deed":"read"}`), []byte(`{"n":4,"at":1780000000009,"deed":"print"}`)},
		},
		&wire.AuditReceipt{Log: ident.Incarnation(filled(0x70)), Through: 4, Chain: filled32(0x90), Fork: true, Own: 9, OwnChain: filled32(0xA0)},
		&wire.Kept{Lane: sampleLane, First: 1, Last: 2, Chain: filled32(0xC3), Version: record.At(1, 22), Data: envelope.Wrap(salted), Answers: 1},
	}
}

// sampleChunk is a chunk of a snapshot with the sample rows.
func sampleChunk() []byte {
	data, err := wire.EncodeChunk(sampleRows())
	if err != nil {
		panic(err)
	}
	return data
}

func sampleMark() wire.RowMark {
	row := sampleRows()[0]
	return wire.RowSum(&row).Mark()
}
