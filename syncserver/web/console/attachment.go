// SPDX-License-Identifier: Apache-2.0

package console

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"yuexin/shared/credit/subject"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/blob"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/record/review"
)

// unknownFile is the answer for an attachment that is not there, has not arrived, or is
// not the visitor's business.
var unknownFile = fault.New(fault.NotFound, "blob.unknown")

// attachments is what is attached to a demand and to the household and the merchant behind
// it, and how much of it has arrived.
type attachments struct {
	Items   []blob.Item
	Arrived int
	Photos  bool // all are pictures
}

// attachmentsOf returns the attachments of a demand, and of the household and the merchant
// that it names, as far as there are such records for this reader.
func (c *Console) attachmentsOf(ctx context.Context, f *file) (a attachments, err error) {
	a.Photos = true
	for _, id := range []ident.Record{f.row.Header.ID, f.demand.Household, f.demand.Merchant} {
		if id.IsZero() {
			continue
		}
		row, err := f.from.Get(ctx, id)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return a, err
		}
		items, err := blob.Items(ctx, f.from, c.Catalogue, row)
		if err != nil {
			return a, err
		}
		a.Items = append(a.Items, items...)
	}
	a.Arrived = blob.Tally(a.Items)
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

// filesBehind returns the files of a record, and of one that has none those of the
// household it belongs to.
func (c *Console) filesBehind(ctx context.Context, v *visit, row record.Row) ([]review.Attached, error) {
	own, err := c.filesOf(ctx, v, row)
	id := refOf(row, "household")
	if err != nil || len(own) > 0 || id.IsZero() {
		return own, err
	}
	holder, err := c.Store.As(v.user.Login).Get(ctx, id)
	if fault.Is(err, fault.NotFound) || err == nil && holder.Header.Scope != row.Header.Scope {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return c.filesOf(ctx, v, holder)
}

func (c *Console) filesOf(ctx context.Context, v *visit, row record.Row) ([]review.Attached, error) {
	if !c.Catalogue.KeepsFiles(row.Header.Kind) {
		return nil, nil
	}
	past, err := c.Store.As(v.user.Login).History(ctx, row.Header.ID)
	return review.AttachedTo(c.Catalogue, row, past), err
}

// refOf returns the record that a field names, zero for none.
func refOf(row record.Row, field record.Field) (id ident.Record) {
	if b := row.Value(field).Bytes(); len(b) == len(id) {
		copy(id[:], b)
	}
	return id
}

// fileAt is the address of a file: by the page of its record or, for who comes by a
// demand, by the page of that.
func (c *Console) fileAt(f review.Attached, demand string) string {
	at := c.Base + "/records/" + f.Header.ID.String() + "/attachments/"
	if demand != "" {
		at = demand + "/attachments/" + string(f.Header.Kind) + "/"
	}
	at += string(f.Field)
	if !f.Shown {
		at += "?at=" + fileKey(f)
	}
	return at
}

// fileViews puts files into words; demand is as for fileAt.
func (c *Console) fileViews(ctx context.Context, v *visit, files []review.Attached, demand string, names people) ([]fileView, error) {
	var out []fileView
	for _, f := range files {
		arrived, err := blob.Arrived(ctx, c.Store.As(v.user.Login), f.NamedBlob)
		if err != nil {
			return nil, err
		}
		one := fileView{
			Label: fieldLabel(v.print, f.Header.Kind, f.Field, true), At: f.By.Stamp.Time(), Stood: f.Stood,
			Href: c.fileAt(f, demand), Arrived: arrived, Picture: arrived && isPicture(f.MediaType),
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

// onAttachment gives out one attachment of a demand or of whoever is behind it: to whoever
// may know of the demand and sees the field.
func (c *Console) onAttachment(w http.ResponseWriter, r *http.Request, v *visit) error {
	f, err := c.file(r, v)
	if err != nil {
		return err
	}
	of := map[string]ident.Record{string(f.row.Header.Kind): f.row.Header.ID, string(subject.KindHousehold): f.demand.Household, string(subject.KindMerchant): f.demand.Merchant}
	return c.giveFile(w, r, f.from, of[r.PathValue("kind")])
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
		n.gives(it)
	}
	h := w.Header()
	h.Set("Content-Type", it.MediaType)
	if !isPicture(it.MediaType) { // nothing but pictures is opened in the console's own origin
		h.Set("Content-Disposition", "attachment; filename=\""+string(it.Field)+"-"+c.Now().In(zone).Format(time.DateOnly)+".pdf\"")
	}
	_, err = w.Write(plain)
	return err
}
