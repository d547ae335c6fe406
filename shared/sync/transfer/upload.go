// SPDX-License-Identifier: Apache-2.0

package transfer

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"io"
	"net/http"
	"strconv"

	"yuexin/shared/fault"
	"yuexin/shared/sync/blob"
	"yuexin/shared/sync/replica"
)

// tusVersion is the version of the tus protocol spoken here.
const tusVersion = "1.0.0"

// turns is how often one file is taken up within a round, when the server turns out to
// be elsewhere than it said.
const turns = 4

// send uploads a file from where the server is, and notes that it has it once it says
// so.
func (c *Client) send(ctx context.Context, g replica.Outgoing) error {
	for range turns {
		offset, err := c.offset(ctx, g)
		if err == nil && offset < g.Size {
			if g.Sent { // it was lost there
				if err := c.cfg.Replica.SentAttachment(ctx, g.Digest, false); err != nil {
					return err
				}
				g.Sent = false
			}
			offset, err = c.patch(ctx, g, offset)
		}
		switch {
		case fault.Is(err, fault.Stale): // somebody else sent some of it meanwhile
		case fault.Is(err, fault.Corrupt):
			if err := c.intact(g); err != nil {
				return err
			}
		case err != nil:
			return err
		case offset >= g.Size:
			return c.cfg.Replica.SentAttachment(ctx, g.Digest, true)
		}
	}
	return fault.New(fault.Unavailable, "blob.offset")
}

// offset asks how much of a file the server has, and announces a file of which it has
// nothing.
func (c *Client) offset(ctx context.Context, g replica.Outgoing) (int64, error) {
	resp, err := c.do(ctx, http.MethodHead, g.Digest, nil)
	if err == nil {
		resp.Body.Close()
		return offsetOf(resp)
	}
	if !fault.Is(err, fault.NotFound) {
		return 0, err
	}
	resp, err = c.do(ctx, http.MethodPost, g.Digest, func(r *http.Request) {
		r.Header.Set("Upload-Length", strconv.FormatInt(g.Size, 10))
		r.Header.Set("Upload-Metadata", "digest "+base64.StdEncoding.EncodeToString([]byte(hex.EncodeToString(g.Digest[:]))))
	})
	if err != nil {
		return 0, err
	}
	return 0, resp.Body.Close()
}

// patch sends a file from an offset on and returns where the server then is.
func (c *Client) patch(ctx context.Context, g replica.Outgoing, offset int64) (int64, error) {
	f, err := c.cfg.Replica.OpenSealed(g.Digest)
	if err != nil {
		return 0, err
	}
	defer f.Close() // it is only read
	if _, err := f.Seek(offset, io.SeekStart); err != nil {
		return 0, err
	}
	c.set(func(s *State) { s.Sent, s.Size = offset, g.Size })
	ctx, watch := newWatch(ctx)
	defer watch.stop()
	body := &limited{
		ctx: ctx, from: io.LimitReader(f, g.Size-offset), limit: c.up, busy: c.cfg.Busy, watch: watch,
		took: func(n int) { c.set(func(s *State) { s.Sent += int64(n) }) },
	}
	resp, err := c.do(ctx, http.MethodPatch, g.Digest, func(r *http.Request) {
		r.Header.Set("Content-Type", "application/offset+octet-stream")
		r.Header.Set("Upload-Offset", strconv.FormatInt(offset, 10))
		r.Body, r.ContentLength = io.NopCloser(body), g.Size-offset
	})
	if err != nil {
		return 0, err
	}
	resp.Body.Close()
	return offsetOf(resp)
}

func offsetOf(resp *http.Response) (int64, error) {
	n, err := strconv.ParseInt(resp.Header.Get("Upload-Offset"), 10, 64)
	if err != nil || n < 0 {
		return 0, fault.New(fault.Unavailable, "sync.wrong_server").WithCause(err)
	}
	return n, nil
}

// intact looks whether a file that the server found to be another is damaged here:
// fault.Corrupt "blob.damaged" if it is.
func (c *Client) intact(g replica.Outgoing) error {
	f, err := c.cfg.Replica.OpenSealed(g.Digest)
	if err != nil {
		return err
	}
	defer f.Close() // it is only read
	data, err := io.ReadAll(io.LimitReader(f, g.Size+1))
	if err != nil {
		return err
	}
	if blob.Sum(data) != g.Digest {
		return fault.New(fault.Corrupt, "blob.damaged")
	}
	return nil
}
