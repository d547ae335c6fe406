// SPDX-License-Identifier: Apache-2.0

package console

import (
	"context"
	"net/http"
	"time"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/blob"
)

// unknownFile is the answer for an attachment that is not there, has not arrived, or is
// not the visitor's business.
var unknownFile = fault.New(fault.NotFound, "blob.unknown")

// attachments is what is attached to the household and the merchant behind a demand, and
// how much of it has arrived.
type attachments struct {
	Items   []blob.Item
	Arrived int
	Photos  bool // all are pictures
}

// attachmentsOf returns the attachments of the household and the merchant that a demand
// names, as far as there are such records for this reader.
func (c *Console) attachmentsOf(ctx context.Context, f *file) (a attachments, err error) {
	a.Photos = true
	for _, id := range []ident.Record{f.demand.Household, f.demand.Merchant} {
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

// onAttachment gives out one attachment of whoever is behind a demand: to whoever may
// know of the demand and sees the field.
func (c *Console) onAttachment(w http.ResponseWriter, r *http.Request, v *visit) error {
	f, err := c.file(r, v)
	if err != nil {
		return err
	}
	list, err := c.attachmentsOf(r.Context(), f)
	if err != nil {
		return err
	}
	for _, it := range list.Items {
		if string(it.Header.Kind) == r.PathValue("kind") && string(it.Field) == r.PathValue("field") && it.Arrived && c.Attachment != nil {
			return c.giveAttachment(w, it)
		}
	}
	return unknownFile
}

func (c *Console) giveAttachment(w http.ResponseWriter, it blob.Item) error {
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
