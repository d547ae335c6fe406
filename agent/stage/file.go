// SPDX-License-Identifier: Apache-2.0

package stage

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"time"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/blob"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/record"
)

// Files are the attachments of the stage: some are on the laptop, some at the server.
type Files struct {
	stage *Stage
	plain map[[32]byte][]byte // here
	away  map[[32]byte][]byte // at the server
	Cut   bool                // the server cannot be reached
	Slow  bool                // a download goes on until it is cancelled
}

// Attach keeps a file as a laptop does, by the same policy.
func (f *Files) Attach(plain []byte) (record.Attachment, error) {
	mediaType, err := f.stage.book.Attachments.Take(plain)
	if err != nil {
		return record.Attachment{}, err
	}
	_, a, err := blob.Seal(f.stage, plain, mediaType)
	f.plain[a.Digest] = plain
	return a, err
}

// Has reports whether a file is here.
func (f *Files) Has(a record.Attachment) bool { return f.plain[a.Digest] != nil }

// Open returns a file.
func (f *Files) Open(_ context.Context, n record.NamedBlob) ([]byte, error) {
	if plain := f.plain[n.Digest]; plain != nil {
		return plain, nil
	}
	return nil, fault.New(fault.NotFound, "blob.absent")
}

// Fetch brings a file from the server.
func (f *Files) Fetch(ctx context.Context, _ record.Header, a record.Attachment, arrived func(bytes int64)) error {
	if f.Slow {
		arrived((int64(a.Size)*2 + 4) / 5)
		<-ctx.Done()
		return ctx.Err()
	}
	if f.Cut {
		return fault.New(fault.Unavailable, "sync.no_link")
	}
	f.plain[a.Digest] = f.away[a.Digest]
	arrived(int64(a.Size))
	return nil
}

// Door is a picture of a door, as a phone takes it.
func Door(wall color.Color) []byte {
	img := image.NewRGBA(image.Rect(0, 0, 640, 480))
	fill := func(r image.Rectangle, c color.Color) {
		draw.Draw(img, r, image.NewUniform(c), image.Point{}, draw.Src)
	}
	fill(img.Bounds(), wall)
	fill(image.Rect(220, 120, 420, 480), color.RGBA{0x7A, 0x3B, 0x2E, 0xFF})
	fill(image.Rect(235, 140, 405, 300), color.RGBA{0x8F, 0x4A, 0x3A, 0xFF})
	fill(image.Rect(450, 200, 560, 260), color.RGBA{0x1E, 0x5A, 0x96, 0xFF}) // the plate
	var b bytes.Buffer
	must(0, jpeg.Encode(&b, img, nil))
	return b.Bytes()
}

// photos gives 陈秀英 three attachments: one that arrived and is here, one that arrived
// from a colleague's laptop and is not, and one that waits.
func (s *Stage) photos() {
	header := s.header(101, "household", Fuxi)
	row := must(s.Desk.Store.Get(context.Background(), header.ID))
	for i, field := range []record.Field{"photo", "photo_work", "signature"} {
		a := must(s.Files.Attach(Door(color.RGBA{uint8(0xB0 + 20*i), 0xC8, 0xB4, 0xFF})))
		by := Other
		if field == "signature" {
			by = Me
		}
		s.version = s.version.Next()
		head := record.Head{
			Value: a.Value(), Version: s.version, Lane: id[ident.Incarnation](2), Number: s.version.Seq(),
			Source: record.Officer, Actor: by, Merge: record.Latest, Stamp: hlc.New(Now.Add(-26*time.Hour).UnixMilli(), 0),
		}
		row.Fields[field] = record.FieldState{Value: head.Value, Version: s.version, Winner: head}
		if field == "photo_work" {
			s.Files.away[a.Digest] = s.Files.plain[a.Digest]
			delete(s.Files.plain, a.Digest)
		}
		if field != "signature" {
			w := blob.Arrival(Fuxi, a.Digest, a.Size, Now.UnixMilli()).Writes[0]
			s.put(w.Header, Desk, record.Authoritative, time.Hour, w.Fields)
		}
	}
	s.Memory.Show(row)
}
