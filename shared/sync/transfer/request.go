// SPDX-License-Identifier: Apache-2.0

package transfer

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"

	"yuexin/shared/fault"
	"yuexin/shared/sync/blob"
)

// maxProblem bounds what is read of a refusal.
const maxProblem = 4 << 10

// do sends one signed request about a file and returns the answer if it is a good one.
// A device whose clock is off hears the server's time in the refusal and asks once more.
// prepare sets headers and body; it is called for each try and may be nil.
func (c *Client) do(ctx context.Context, method string, digest blob.Digest, prepare func(*http.Request)) (*http.Response, error) {
	for again := false; ; again = true {
		r, err := c.request(ctx, method, digest, prepare)
		if err != nil {
			return nil, err
		}
		resp, err := c.http.Do(r)
		if err != nil {
			return nil, c.unreachable(ctx, err)
		}
		if resp.StatusCode < 300 {
			return resp, nil
		}
		err = refusal(resp)
		resp.Body.Close()
		if again || r.ContentLength > 0 || !fault.Is(err, fault.Unauthenticated) || !c.learn(resp) {
			return nil, err
		}
	}
}

func (c *Client) request(ctx context.Context, method string, digest blob.Digest, prepare func(*http.Request)) (*http.Request, error) {
	name := blob.Path + hex.EncodeToString(digest[:])
	url := c.cfg.URL + name
	if method == http.MethodPost {
		url = c.cfg.URL + blob.Path
	}
	r, err := http.NewRequestWithContext(ctx, method, url, nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Tus-Resumable", tusVersion)
	if prepare != nil {
		prepare(r)
	}
	q := blob.Request{
		Device: c.cfg.Device, Method: method, Path: name, AtMS: c.serverNow(),
		Offset: r.Header.Get("Upload-Offset"), Length: r.Header.Get("Upload-Length"),
	}
	return r, q.Sign(r.Header, c.cfg.Replica.SignRequest)
}

// serverNow returns the server's time as well as it is known.
func (c *Client) serverNow() int64 {
	ms, _ := c.cfg.Replica.ServerNow()
	c.mu.Lock()
	defer c.mu.Unlock()
	return ms + c.behind
}

// learn takes the server's time from a refusal; false if it does not say it, or if that
// is what the device thought.
func (c *Client) learn(resp *http.Response) bool {
	at, err := strconv.ParseInt(resp.Header.Get(blob.HeaderTime), 10, 64)
	if err != nil {
		return false
	}
	now, _ := c.cfg.Replica.ServerNow()
	c.mu.Lock()
	defer c.mu.Unlock()
	off := at - now - c.behind
	c.behind = at - now
	return max(off, -off) > blob.Fresh.Milliseconds()/2
}

// refusal reads why the server would not.
func refusal(resp *http.Response) error {
	var p struct {
		Code string            `json:"code"`
		Key  string            `json:"key"`
		Args map[string]string `json:"args"`
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxProblem))
	if err == nil && json.Unmarshal(data, &p) == nil {
		if kind, ok := fault.FromCode(p.Code); ok {
			f := fault.New(kind, p.Key)
			for name, value := range p.Args {
				f = f.With(name, value)
			}
			return f
		}
	}
	return fault.New(meaningOf(resp.StatusCode), "")
}

// meaningOf gives a status without words its meaning: of an answer to HEAD, of tusd
// itself, of a proxy.
func meaningOf(status int) fault.Kind {
	switch status {
	case http.StatusConflict: // tus: the upload is at another offset
		return fault.Stale
	case http.StatusLocked, http.StatusBadGateway, http.StatusGatewayTimeout, http.StatusInternalServerError:
		return fault.Unavailable
	}
	for _, k := range fault.Kinds() {
		if k.HTTP() == status {
			return k
		}
	}
	return fault.Unavailable
}

// unreachable gives an error of the link its meaning.
func (c *Client) unreachable(ctx context.Context, err error) error {
	var known *fault.Error
	switch {
	case errors.As(err, &known):
		return known
	case ctx.Err() != nil && errors.Is(context.Cause(ctx), errStalled):
		return fault.New(fault.Unavailable, "sync.cut").WithCause(errStalled)
	case ctx.Err() != nil:
		return ctx.Err()
	}
	return fault.New(fault.Unavailable, "sync.no_link").WithCause(err)
}
