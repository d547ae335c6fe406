// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"bytes"
	"context"
	"encoding/hex"
	"image"
	_ "image/jpeg" // what may be attached
	_ "image/png"
	"io"

	"golang.org/x/image/draw"

	"yuexin/shared/credit/sheet"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/audit"
	"yuexin/shared/sync/blob"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/record/review"
)

// Files is where the attachments of a laptop lie, and how they come there.
type Files interface {
	// Attach seals a file and keeps it for an act that names it: fault.TooLarge or
	// fault.Unsupported for one that the policy does not take.
	Attach(plain []byte) (record.Attachment, error)
	// Has reports whether a file is on this laptop.
	Has(a record.Attachment) bool
	// Open returns a file; fault.NotFound if it is not on this laptop.
	Open(ctx context.Context, n record.NamedBlob) ([]byte, error)
	// Fetch brings a file to this laptop.
	Fetch(ctx context.Context, header record.Header, a record.Attachment, arrived func(bytes int64)) error
}

// FileLine is a place for an attachment on a record, and what is there.
type FileLine struct {
	Field record.Field
	Label string
	State string // in words; "" where nothing is attached

	Named   bool // something is attached
	Arrived bool // the server has it
	Here    bool // this laptop has it
	Picture bool // it can be looked at

	By    string // who attached it and when, where that is told
	Stood bool   // another file has its place now

	blob record.NamedBlob
}

// Digest tells files apart; the zero one where nothing is attached.
func (l FileLine) Digest() blob.Digest { return l.blob.Digest }

// FileList is the attachments of a record.
type FileList struct {
	Lines []FileLine
	Count string // "3 个附件已到 2 个"; "" while nothing is attached

	header record.Header
	base   record.Base
}

// files returns the attachments of a record, in the order of the catalogue; none for a
// kind that has no place for them.
func (d *Desk) files(ctx context.Context, row record.Row) (FileList, error) {
	list := FileList{header: row.Header}
	items, err := blob.Items(ctx, d.Store, d.Book.Catalogue, row)
	if err != nil {
		return list, err
	}
	named := make(map[record.Field]blob.Item, len(items))
	for _, it := range items {
		named[it.Field] = it
	}
	kind, _ := d.Book.Catalogue.Kind(row.Header.Kind)
	for _, f := range kind.Fields {
		if f.Format == record.FormatBlob && (named[f.Name].Size > 0 || !sheet.IsPlace(f.Name)) { // a sheet comes back by its code
			list.Lines = append(list.Lines, d.fileLine(row.Header.Kind, f.Name, named[f.Name]))
		}
	}
	if len(items) > 0 {
		key := "blob.count"
		if !pdf(items) {
			key = "blob.count.photos"
		}
		list.Count = d.T(key, "all", n(len(items)), "n", n(blob.Tally(items)))
	}
	if len(list.Lines) > 0 {
		list.base, err = d.Store.Base(ctx, row.Header.Scope)
	}
	return list, err
}

func pdf(items []blob.Item) bool {
	for _, it := range items {
		if !picture(it.MediaType) {
			return true
		}
	}
	return false
}

func picture(mediaType string) bool { return mediaType == "image/jpeg" || mediaType == "image/png" }

func (d *Desk) fileLine(kind record.Kind, field record.Field, it blob.Item) FileLine {
	l := FileLine{Field: field, Label: d.FieldName(kind, field)}
	if it.Size == 0 {
		return l
	}
	l.Named, l.Arrived, l.blob = true, it.Arrived, it.NamedBlob
	l.Here, l.Picture = d.Files.Has(it.Attachment), picture(it.MediaType)
	switch {
	case l.Arrived:
		l.State = d.T("blob.state.here")
	case l.Here:
		l.State = d.T("blob.state.waits")
	default:
		l.State = d.T("blob.state.away")
	}
	return l
}

// filesBehind returns the header and the files of a record, and of one that has none
// those of the household it belongs to.
func (d *Desk) filesBehind(ctx context.Context, row record.Row) (record.Header, []review.Attached, error) {
	header, files, err := d.filesOf(ctx, row)
	id := recordOf(row.Value("household"))
	if err != nil || len(files) > 0 || id.IsZero() {
		return header, files, err
	}
	holder, err := d.Store.Get(ctx, id)
	if fault.Is(err, fault.NotFound) || err == nil && holder.Header.Scope != row.Header.Scope {
		return header, nil, nil
	}
	if err != nil {
		return header, nil, err
	}
	return d.filesOf(ctx, holder)
}

func (d *Desk) filesOf(ctx context.Context, row record.Row) (record.Header, []review.Attached, error) {
	if !d.Book.Catalogue.KeepsFiles(row.Header.Kind) {
		return row.Header, nil, nil
	}
	past, err := d.Store.History(ctx, row.Header.ID)
	return row.Header, review.AttachedTo(d.Book.Catalogue, row, past), err
}

func recordOf(v record.Value) (id ident.Record) {
	if b := v.Bytes(); len(b) == len(id) {
		copy(id[:], b)
	}
	return id
}

// fileLines returns files of one record as lines that tell whose they are.
func (d *Desk) fileLines(ctx context.Context, header record.Header, files []review.Attached) (FileList, error) {
	list := FileList{header: header}
	for _, f := range files {
		arrived, err := blob.Arrived(ctx, d.Store, f.NamedBlob)
		if err != nil {
			return list, err
		}
		l := d.fileLine(header.Kind, f.Field, blob.Item{NamedBlob: f.NamedBlob, Arrived: arrived})
		l.By, l.Stood = d.Who(ctx, f.By.Actor, f.By.Source)+" · "+d.moment(f.By), f.Stood
		list.Lines = append(list.Lines, l)
	}
	return list, nil
}

// Attach reads a file and puts it into a place of the record, as one act on what was
// seen when the list was made. What stood there stays in the history.
func (d *Desk) Attach(ctx context.Context, list FileList, field record.Field, from io.Reader) error {
	plain, err := io.ReadAll(io.LimitReader(from, d.Book.Attachments.MaxBytes+1))
	if err != nil {
		return fault.New(fault.Invalid, "blob.type").WithCause(err)
	}
	a, err := d.Files.Attach(plain)
	if err != nil {
		return err
	}
	_, err = d.Store.Apply(ctx, record.Act{
		Name: "attachment.add", Scope: list.header.Scope, Base: list.base, Source: d.Book.Access.Source(d.Role),
		Writes: []record.Write{{Op: record.Edit, Header: list.header, Fields: map[record.Field]record.Value{field: a.Value()}}},
	})
	return err
}

// Record returns whose attachments these are.
func (l FileList) Record() ident.Record { return l.header.ID }

// fetchStep is the least percentage points between two reports of a download.
const fetchStep = 5

// Fetch brings the file of a line to this laptop. It ends early when ctx does; what
// had arrived until then stays, and the next try goes on behind it. percent hears on the goroutine of the caller how much is
// here, in steps that are worth a look.
func (d *Desk) Fetch(ctx context.Context, list FileList, line FileLine, percent func(int)) error {
	last, size := 0, max(1, int64(line.blob.Size))
	return d.Files.Fetch(ctx, list.header, line.blob.Attachment, func(bytes int64) {
		if now := int(min(100, 100*bytes/size)); now >= last+fetchStep || now == 100 && last < 100 {
			last = now
			percent(now)
		}
	})
}

// mostPixels bounds pictures that are drawn; a phone's photo has 12 million.
const mostPixels = 64 << 20

// Picture returns the picture of a line, once the audit log has it, no larger than a number of pixels either way.
func (d *Desk) Picture(ctx context.Context, line FileLine, most int) (image.Image, error) {
	plain, err := d.Files.Open(audit.Doing(ctx, audit.Read, "agent.attachment"), line.blob)
	if err != nil {
		return nil, err
	}
	if size, _, err := image.DecodeConfig(bytes.NewReader(plain)); err != nil || size.Width*size.Height > mostPixels {
		return nil, fault.New(fault.Corrupt, "blob.damaged").WithCause(err)
	}
	full, _, err := image.Decode(bytes.NewReader(plain))
	if err != nil {
		return nil, fault.New(fault.Corrupt, "blob.damaged").WithCause(err)
	}
	return shrink(full, most), nil
}

// shrink scales a picture down so that it fits into a square.
func shrink(full image.Image, most int) image.Image {
	size := full.Bounds().Size()
	long := max(size.X, size.Y)
	if long <= most {
		return full
	}
	small := image.NewRGBA(image.Rect(0, 0, max(1, size.X*most/long), max(1, size.Y*most/long)))
	draw.ApproxBiLinear.Scale(small, small.Bounds(), full, full.Bounds(), draw.Src, nil)
	return small
}

// Take keeps a file that answers a question of the form, and returns the answer. It is named by the act that saves the form.
func (e *Entry) Take(from io.Reader) (answer string, err error) {
	plain, err := io.ReadAll(io.LimitReader(from, e.desk.Book.Attachments.MaxBytes+1))
	if err != nil {
		return "", fault.New(fault.Invalid, "blob.type").WithCause(err)
	}
	a, err := e.desk.Files.Attach(plain)
	if err != nil {
		return "", err
	}
	return hex.EncodeToString(a.Value().Bytes()), nil
}

// attachmentOf reads what Take returned.
func attachmentOf(answer string) (record.Attachment, error) {
	b, err := hex.DecodeString(answer)
	if err != nil {
		return record.Attachment{}, err
	}
	return record.ParseAttachment(record.OfBytes(b))
}
