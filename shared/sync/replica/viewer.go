// SPDX-License-Identifier: Apache-2.0

package replica

import (
	"context"

	"yuexin/shared/sync/audit"
	"yuexin/shared/sync/blob"
	"yuexin/shared/sync/record"
)

// Viewer shows one login what is somebody's data and does not come out of the store of
// records: files and the tray. What it shows is in the audit log before it returns.
type Viewer struct {
	r *Replica
	w audit.Watcher
}

// ViewerAs returns the viewer of one login. program names the program in the entries.
func (r *Replica) ViewerAs(s Session, program string, policy *audit.Policy) *Viewer {
	return &Viewer{r, r.watcher(s, program, policy)}
}

// File returns the file that a field names: fault.NotFound "blob.absent" if it is not
// on this device, fault.Corrupt if it was damaged here.
func (v *Viewer) File(ctx context.Context, n record.NamedBlob) ([]byte, error) {
	sealed, err := v.r.blobs.Read(n.Digest)
	if err != nil {
		return nil, err
	}
	plain, err := blob.Open(n.Attachment, sealed)
	if err == nil {
		err = v.w.Shown(ctx, audit.Read, n.Header, []record.Field{n.Field})
	}
	if err == nil {
		err = v.r.usedFile(ctx, n.Digest)
	}
	if err != nil {
		return nil, err
	}
	return plain, nil
}

// Tray is Replica.Tray for somebody who reads what was written.
func (v *Viewer) Tray(ctx context.Context) ([]Group, error) {
	groups, err := v.r.Tray(ctx)
	if err != nil {
		return nil, err
	}
	ctx, page := audit.Open(ctx)
	for _, g := range groups {
		for _, it := range g.Items {
			for _, w := range it.Set.Writes {
				if err := v.w.Shown(ctx, audit.Read, w.Header, w.FieldNames()); err != nil {
					return nil, err
				}
			}
		}
	}
	if err := page.Note(ctx); err != nil {
		return nil, err
	}
	return groups, nil
}
