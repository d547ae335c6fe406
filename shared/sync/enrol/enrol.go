// SPDX-License-Identifier: Apache-2.0

package enrol

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/seal"
)

// DeviceKeys is what a device enrols with. It is made once and kept, durably,
// before Enrol is called: when the answer is lost, the same call with the same
// key and incarnation gets it again.
type DeviceKeys struct {
	Sign   seal.SignPrivate
	Person seal.SignPublic // the own key of the person who enrols; empty: none
	Box    seal.BoxPublic  // what is sealed to the device; empty: none
	Random io.Reader       // nil: crypto/rand
}

func (k DeviceKeys) random() io.Reader {
	if k.Random == nil {
		return rand.Reader
	}
	return k.Random
}

// Enrol uses a ticket: it proves the new key to the server and returns what the
// device now is. program is "name/version". It tries the ticket's servers in
// order until one answers, and takes a minute at most.
//
// client may be nil. If its Transport is an *http.Transport, its dialer and
// proxy are used; how the server is verified is always the ticket's affair, and
// redirects are not followed.
//
// Errors: fault.NotFound "enrol.code.refused" for a code that is wrong, used or
// expired (the server does not say which); fault.RateLimited; fault.NotAllowed
// for a wrong pin or certificate; fault.Unavailable; fault.Canceled;
// fault.Invalid for an unusable ticket.
func Enrol(ctx context.Context, client *http.Client, t Ticket, keys DeviceKeys, program string, inc ident.Incarnation) (Enrolment, error) {
	if err := t.check(); err != nil {
		return Enrolment{}, err
	}
	request, err := NewRequest(keys, t.Code, t.Pin, program, inc)
	if err != nil {
		return Enrolment{}, err
	}
	body, err := json.Marshal(request)
	if err != nil {
		return Enrolment{}, fmt.Errorf("write enrolment: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, wholeTimeout)
	defer cancel()
	transport := newTransport(client, t.Pin)
	defer transport.CloseIdleConnections()
	return tryServers(ctx, transport, t, body)
}

// tryServers goes on to the next server only where none has answered. When all
// fail it reports what most needs a person: a wrong key before a dead line.
func tryServers(ctx context.Context, transport http.RoundTripper, t Ticket, body []byte) (Enrolment, error) {
	var worst error
	for _, server := range t.Servers {
		e, answered, err := post(ctx, transport, server, body)
		if err == nil {
			e.Servers, e.Pin = t.Servers, t.Pin
			return e, nil
		}
		if answered || ctx.Err() != nil {
			return Enrolment{}, err
		}
		if worst == nil || fault.Is(err, fault.NotAllowed) {
			worst = err
		}
	}
	return Enrolment{}, worst
}

// newTransport returns the way to a server that TLSConfig(pin) accepts.
func newTransport(client *http.Client, pin Pin) *http.Transport {
	out := &http.Transport{
		Proxy:       http.ProxyFromEnvironment,
		DialContext: (&net.Dialer{Timeout: dialTimeout}).DialContext,
	}
	if client != nil {
		if given, ok := client.Transport.(*http.Transport); ok {
			out.Proxy = given.Proxy
			if given.DialContext != nil {
				out.DialContext = given.DialContext
			}
		}
	}
	out.TLSClientConfig = TLSConfig(pin)
	out.TLSHandshakeTimeout = tlsTimeout
	out.ResponseHeaderTimeout = answerTimeout
	out.DisableKeepAlives = true // one call, then long silence
	return out
}

// post makes one attempt; answered says that the server has decided.
func post(ctx context.Context, transport http.RoundTripper, server string, body []byte) (e Enrolment, answered bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout+tlsTimeout+answerTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, server+Path, bytes.NewReader(body))
	if err != nil {
		return e, false, fault.New(fault.Invalid, "enrol.address")
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")

	// RoundTrip, not Client.Do: an answer that sends the code elsewhere is not followed.
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return e, false, explain(ctx, err)
	}
	defer resp.Body.Close()
	return readAnswer(ctx, resp)
}

func readAnswer(ctx context.Context, resp *http.Response) (e Enrolment, answered bool, err error) {
	data, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	if err == nil {
		err = ctx.Err() // whoever gave up hears that, whatever came in the same moment
	}
	if err != nil {
		return e, false, explain(ctx, err)
	}
	if len(data) > maxAnswer {
		return e, false, errForeign
	}
	if resp.StatusCode != http.StatusOK {
		var p Problem
		if err := json.Unmarshal(data, &p); err != nil {
			return e, false, errForeign.WithCause(errors.New(http.StatusText(resp.StatusCode)))
		}
		// A server that is starting or overloaded has decided nothing.
		err := p.fault()
		return e, !fault.Is(err, fault.Unavailable), err
	}
	if err := json.Unmarshal(data, &e); err != nil {
		return e, false, errForeign.WithCause(errors.New("the answer is no enrolment"))
	}
	// A later server may send more fields than are known here; they are ignored.
	if err := e.check(); err != nil {
		return Enrolment{}, false, err
	}
	return e, true, nil
}
