// SPDX-License-Identifier: Apache-2.0

package transfer

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/blob/blobdir"
	"yuexin/shared/sync/record"
)

// Fetch brings a file to the device, from the byte where an earlier try ended. arrived, if not nil, hears on the goroutine of
// the caller how many bytes of it are here, each time there are more.
// fault.NotFound "blob.unknown" if the server does not have it, or not for this device.
func (c *Client) Fetch(ctx context.Context, scope ident.Scope, a record.Attachment, arrived func(bytes int64)) error {
	if c.cfg.Replica.HasAttachment(a.Digest) {
		return nil
	}
	p, err := c.cfg.Replica.BeginCopy(ctx, scope, a.Digest, int64(a.Size))
	if err != nil {
		return err
	}
	offset, err := p.Offset()
	if err != nil {
		return err
	}
	if offset < p.Size {
		if err := c.get(ctx, p, offset, arrived); err != nil {
			return err
		}
	}
	return c.cfg.Replica.FinishCopy(ctx, p)
}

// get takes a file from an offset on.
func (c *Client) get(ctx context.Context, p *blobdir.Part, offset int64, arrived func(bytes int64)) error {
	ctx, watch := newWatch(ctx)
	defer watch.stop()
	want := http.StatusOK
	resp, err := c.do(ctx, http.MethodGet, p.Digest, func(r *http.Request) {
		if offset > 0 {
			want = http.StatusPartialContent
			r.Header.Set("Range", fmt.Sprintf("bytes=%d-", offset))
		}
	})
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != want {
		return fault.New(fault.Unavailable, "sync.wrong_server")
	}
	var body io.Reader = &limited{ctx: ctx, from: &awake{resp.Body, watch}, limit: c.down, busy: c.cfg.Busy, watch: watch}
	if arrived != nil {
		body = &counted{body, offset, arrived}
	}
	n, err := p.Append(offset, body)
	if err != nil {
		return c.unreachable(ctx, err)
	}
	if offset+n < p.Size {
		return fault.New(fault.Unavailable, "sync.cut")
	}
	return nil
}

// awake lets the watch run while bytes are waited for.
type awake struct {
	from  io.Reader
	watch *watch
}

// Read implements io.Reader.
func (a *awake) Read(p []byte) (int, error) {
	a.watch.wake()
	defer a.watch.sleep()
	return a.from.Read(p)
}

// counted tells how many bytes were read, those before it included.
type counted struct {
	from    io.Reader
	bytes   int64
	arrived func(bytes int64)
}

// Read implements io.Reader.
func (c *counted) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	if n > 0 {
		c.bytes += int64(n)
		c.arrived(c.bytes)
	}
	return n, err
}
