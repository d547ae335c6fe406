// SPDX-License-Identifier: Apache-2.0

package access

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
)

// Console writes text messages where whoever tries the program out sees them. It is for sample data: with real data whoever
// reads the output could be anybody.
type Console struct {
	Words func(code string) string // the message

	mu  sync.Mutex // protects Out
	Out io.Writer
}

// Text implements Texter.
func (c *Console) Text(_ context.Context, to ident.Mobile, code string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, err := fmt.Fprintf(c.Out, "SMS %s: %s\n", to.String(), c.Words(code))
	return err
}

// Gateway sends text messages through the HTTP interface of a provider. What it sends is written in a file, so that any
// provider that takes one request for one message will do.
type Gateway struct {
	// URL takes the message. https, or http on this machine.
	URL string `json:"url"`
	// Method is POST where it is empty.
	Method string `json:"method"`
	// Headers are sent with it, such as Content-Type and Authorization. ${NAME} stands for an environment variable, so that no
	// secret stands in the file.
	Headers map[string]string `json:"headers"`
	// Body is what is sent: {phone}, {code} and {message} stand for what they say, escaped for Encoding.
	Body string `json:"body"`
	// Encoding is json, form, or plain for no escapes.
	Encoding string `json:"encoding"`
	// Success is what the answer contains if the message was taken; "" where a status of 2xx says so.
	Success string `json:"success"`

	Words  func(code string) string `json:"-"`
	Client *http.Client             `json:"-"` // nil: one that waits 10 s and follows no redirect
}

// OpenGateway reads a gateway from its file. Faults, all Invalid: "access.gateway.file" with {file} and {why}.
func OpenGateway(file string, words func(code string) string) (*Gateway, error) {
	refuse := func(why string) error {
		return fault.New(fault.Invalid, "access.gateway.file").With("file", file).With("why", why)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, refuse(err.Error())
	}
	g := &Gateway{Words: words}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(g); err != nil {
		return nil, refuse(err.Error())
	}
	if g.Method == "" {
		g.Method = http.MethodPost
	}
	if g.Encoding == "" {
		g.Encoding = "json"
	}
	at, err := url.Parse(g.URL)
	switch {
	case err != nil || !safe(at):
		return nil, refuse("url: https, or http on this machine")
	case g.Encoding != "json" && g.Encoding != "form" && g.Encoding != "plain":
		return nil, refuse("encoding: json, form or plain")
	case !strings.Contains(g.Body+g.URL, "{phone}") || !strings.Contains(g.Body+g.URL, "{code}") && !strings.Contains(g.Body+g.URL, "{message}"):
		return nil, refuse("body: {phone} and {code} or {message}")
	}
	for name, value := range g.Headers {
		g.Headers[name] = os.Expand(value, os.Getenv)
	}
	return g, nil
}

// safe reports whether secrets may be sent to an address.
func safe(at *url.URL) bool {
	host := at.Hostname()
	return at.Scheme == "https" && host != "" || at.Scheme == "http" && (host == "localhost" || parseSender(host).IsLoopback())
}

// maxReply is as much of a gateway's answer as is read.
const maxReply = 64 << 10

// Text implements Texter. The error says neither the phone nor the code.
func (g *Gateway) Text(ctx context.Context, to ident.Mobile, code string) error {
	escape := map[string]func(string) string{"json": jsonText, "form": url.QueryEscape, "plain": func(s string) string { return s }}[g.Encoding]
	fill := func(text string, escape func(string) string) string {
		return strings.NewReplacer("{phone}", escape(to.String()), "{code}", escape(code), "{message}", escape(g.Words(code))).Replace(text)
	}
	r, err := http.NewRequestWithContext(ctx, g.Method, fill(g.URL, url.QueryEscape), strings.NewReader(fill(g.Body, escape)))
	if err != nil {
		return fmt.Errorf("text gateway: its address is none")
	}
	for name, value := range g.Headers {
		r.Header.Set(name, value)
	}
	client := g.Client
	if client == nil {
		client = &http.Client{Timeout: 10 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	}
	answer, err := client.Do(r)
	if err != nil {
		if inner, ok := err.(*url.Error); ok {
			err = inner.Err // without the address, in which the phone may stand
		}
		return fmt.Errorf("text gateway: %w", err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxReply))
	switch {
	case err != nil:
		return fmt.Errorf("text gateway: read its answer: %w", err)
	case answer.StatusCode/100 != 2:
		return fmt.Errorf("text gateway: status %d", answer.StatusCode)
	case !bytes.Contains(body, []byte(g.Success)):
		return fmt.Errorf("text gateway: it did not take the message")
	}
	return nil
}

// jsonText is a text as it stands between the quotes of JSON.
func jsonText(s string) string {
	quoted, err := json.Marshal(s)
	if err != nil { // cannot happen: it is a string
		return ""
	}
	return string(quoted[1 : len(quoted)-1])
}
