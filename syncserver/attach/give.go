// SPDX-License-Identifier: Apache-2.0

package attach

import (
	"context"
	"encoding/hex"
	"net/http"
	"strings"
	"time"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/audit"
	"yuexin/shared/sync/blob"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/store"
)

// unknown answers for a file that is not here and for one that is not for the asker:
// the two must not be told apart.
var unknown = fault.New(fault.NotFound, "blob.unknown")

// give sends a device the sealed bytes of a file, from the byte it asks for, once the
// audit log says so: which person opens it there stands in the log of the device.
func (s *Service) give(w http.ResponseWriter, r *http.Request, device store.Device) error {
	digest, err := parseDigest(strings.TrimPrefix(r.URL.Path, blob.Path))
	if err != nil {
		return unknown
	}
	shown, err := s.shown(r.Context(), device, digest)
	if err != nil {
		return err
	}
	if shown == nil {
		return unknown
	}
	f, err := s.Dir.Open(digest)
	if fault.Is(err, fault.NotFound) {
		return unknown
	}
	if err != nil {
		return err
	}
	defer f.Close() // it was only read
	given := audit.Entry{Deed: audit.Read, What: "attach", Device: device.ID, About: hex.EncodeToString(digest[:]), Touched: shown}
	if err := s.Store.Note(r.Context(), given); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Cache-Control", "no-store")
	http.ServeContent(w, r, "", time.Time{}, f)
	return nil
}

// shown returns the fields that name the file and that the device's view holds; none if
// it is not for the device.
func (s *Service) shown(ctx context.Context, device store.Device, digest blob.Digest) (out []audit.Touch, err error) {
	if device.Off {
		return nil, nil
	}
	names, err := s.Store.BlobNames(ctx, digest)
	if err != nil || len(names) == 0 {
		return nil, err
	}
	grants, err := s.Store.Grants(ctx, device.ID)
	if err != nil {
		return nil, err
	}
	views := make(map[ident.Scope]record.View, len(grants))
	for _, g := range grants {
		if view, ok := s.View(g.View); ok {
			views[g.Scope] = view
		}
	}
	for _, n := range names {
		view, granted := views[n.Header.Scope]
		def, _ := s.Catalogue().Field(n.Header.Kind, n.Field)
		if granted && n.Version > 0 && view.Holds(n.Header.Kind, def.Class) {
			h := n.Header
			out = append(out, audit.Touch{Kind: h.Kind, Scope: h.Scope, Subject: h.Subject, Record: h.ID, Fields: []record.Field{n.Field}})
		}
	}
	return out[:min(len(out), audit.MaxTouched)], nil
}

// Open returns the file that an attachment names, for somebody who was found to see
// the field. fault.NotFound if it has not arrived; fault.Unsupported if what is inside
// is not of the type that the field says.
func (s *Service) Open(a record.Attachment) ([]byte, error) {
	sealed, err := s.Dir.Read(a.Digest)
	if err != nil {
		return nil, err
	}
	plain, err := blob.Open(a, sealed)
	if err != nil {
		return nil, err
	}
	if blob.MediaTypeOf(plain) != a.MediaType {
		return nil, fault.New(fault.Unsupported, "blob.type")
	}
	return plain, nil
}
