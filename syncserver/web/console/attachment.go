// SPDX-License-Identifier: Apache-2.0

package console

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/blob"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/record/review"
)

// unknownFile is the answer for an attachment that is not there, has not arrived, or is
// not the visitor's business.
var unknownFile = fault.New(fault.NotFound, "blob.unknown")

// attachments is what is attached to a record and how much of it has arrived.
type attachments struct {
	Items   []blob.Item
	Arrived int
	Photos  bool // all are pictures
}

// attachmentsOf returns the attachments of another record, none if there is no such
// record for this reader.
func (c *Console) attachmentsOf(ctx context.Context, from record.Store, id ident.Record) (a attachments, err error) {
	if id.IsZero() {
		return a, nil
	}
	row, err := from.Get(ctx, id)
	if fault.Is(err, fault.NotFound) {
		return a, nil
	}
	if err != nil {
		return a, err
	}
	if a.Items, err = blob.Items(ctx, from, c.Catalogue, row); err != nil {
		return a, err
	}
	a.Arrived, a.Photos = blob.Tally(a.Items), true
	for _, it := range a.Items {
		a.Photos = a.Photos && isPicture(it.MediaType)
	}
	return a, nil
}

func isPicture(mediaType string) bool { return mediaType == "image/jpeg" || mediaType == "image/png" }

// Picture reports whether an item is shown in the page.
func (a attachments) Picture(it blob.Item) bool { return it.Arrived && isPicture(it.MediaType) }

// Label names the place that an item is attached to.
func (f *frame) Label(it blob.Item) string {
	return fieldLabel(f.print, it.Header.Kind, it.Field, true)
}

// fileView is an attachment as the pages of disputes and of a record show it.
type fileView struct {
	Label   string
	Person  string // who attached it
	At      time.Time
	Stood   bool // another file has its place now
	Href    string
	Arrived bool
	Picture bool
}

// filesBehind returns the files of a record, and of a kind that keeps none those of the
// household it belongs to.
func (c *Console) filesBehind(ctx context.Context, v *visit, row record.Row) ([]review.Attached, error) {
	from := c.Store.As(v.user.Login)
	holder := row
	if id := refOf(row, "household"); !id.IsZero() {
		var err error
		if holder, err = from.Get(ctx, id); fault.Is(err, fault.NotFound) || err == nil && holder.Header.Scope != row.Header.Scope {
			return nil, nil
		} else if err != nil {
			return nil, err
		}
	}
	kind, known := c.Catalogue.Kind(holder.Header.Kind)
	if !known || !slices.ContainsFunc(kind.Fields, func(f record.FieldDef) bool { return f.Format == record.FormatBlob && !holder.Value(f.Name).IsNone() }) {
		return nil, nil
	}
	past, err := from.History(ctx, holder.Header.ID)
	return review.AttachedTo(c.Catalogue, holder, past), err
}

// refOf returns the record that a field names, zero for none.
func refOf(row record.Row, field record.Field) (id ident.Record) {
	if b := row.Value(field).Bytes(); len(b) == len(id) {
		copy(id[:], b)
	}
	return id
}

// recordAt is the address of the page of the record that the files are of.
func (c *Console) recordAt(files []review.Attached) string {
	if len(files) == 0 {
		return ""
	}
	return c.Base + "/records/" + files[0].Header.ID.String()
}

// fileViews puts files into words; at is the address below which they are opened.
func (c *Console) fileViews(ctx context.Context, v *visit, files []review.Attached, at string, names people) ([]fileView, error) {
	var out []fileView
	for _, f := range files {
		arrived, err := blob.Arrived(ctx, c.Store.As(v.user.Login), f.NamedBlob)
		if err != nil {
			return nil, err
		}
		one := fileView{
			Label: fieldLabel(v.print, f.Header.Kind, f.Field, true), At: f.By.Stamp.Time(), Stood: f.Stood,
			Href: at + "/attachments/" + string(f.Field), Arrived: arrived, Picture: arrived && isPicture(f.MediaType),
		}
		if !f.Shown {
			one.Href += "?at=" + fileKey(f)
		}
		if one.Person, err = names.of(ctx, f.By.Actor); err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	return out, nil
}

// fileKey names a file in an address that is not what its field shows.
func fileKey(f review.Attached) string { return fmt.Sprintf("%x", f.Digest[:8]) }

// onAttachment gives out one attachment of the household behind a demand: to whoever may
// know of the demand and sees the field.
func (c *Console) onAttachment(w http.ResponseWriter, r *http.Request, v *visit) error {
	f, err := c.file(r, v)
	if err != nil {
		return err
	}
	return c.giveFile(w, r, f.from, f.demand.Household)
}

// onRecordFile gives out one attachment of a record, to whoever may open its page.
func (c *Console) onRecordFile(w http.ResponseWriter, r *http.Request, v *visit) error {
	row, err := c.record(r, v)
	if err != nil {
		return err
	}
	return c.giveFile(w, r, c.Store.As(v.user.Login), row.Header.ID)
}

// giveFile finds the attachment that the address names: the one that a field shows, one
// that stands beside it, or one that stood there.
func (c *Console) giveFile(w http.ResponseWriter, r *http.Request, from record.Store, id ident.Record) error {
	if id.IsZero() || c.Attachment == nil {
		return unknownFile
	}
	ctx, at := r.Context(), r.URL.Query().Get("at")
	row, err := from.Get(ctx, id)
	if fault.Is(err, fault.NotFound) {
		return unknownFile
	}
	var past []record.Past
	if err == nil && at != "" {
		past, err = from.History(ctx, id)
	}
	if err != nil {
		return err
	}
	for _, f := range review.AttachedTo(c.Catalogue, row, past) {
		if string(f.Field) != r.PathValue("field") || f.Shown != (at == "") || !f.Shown && fileKey(f) != at {
			continue
		}
		arrived, err := blob.Arrived(ctx, from, f.NamedBlob)
		if err != nil {
			return err
		}
		if arrived {
			return c.giveAttachment(w, f.NamedBlob)
		}
	}
	return unknownFile
}

func (c *Console) giveAttachment(w http.ResponseWriter, it record.NamedBlob) error {
	plain, err := c.Attachment(it.Attachment)
	if fault.Is(err, fault.NotFound) {
		return unknownFile
	}
	if err != nil {
		return err
	}
	if n, ok := w.(*notedWriter); ok {
		n.what = "attachment"
	}
	h := w.Header()
	h.Set("Content-Type", it.MediaType)
	if !isPicture(it.MediaType) { // nothing but pictures is opened in the console's own origin
		h.Set("Content-Disposition", "attachment; filename=\""+string(it.Field)+"-"+c.Now().In(zone).Format(time.DateOnly)+".pdf\"")
	}
	_, err = w.Write(plain)
	return err
}
