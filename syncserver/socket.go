// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"

	"yuexin/shared/fault"
)

// Administrators' commands work whether the server runs or not. The store
// admits one process; so while the server runs, a command hands its question
// to it over a socket in the data folder that only the folder's owner can
// open, and otherwise it opens the store itself. Both answer with the same
// functions (operator.go).

const socketName = "admin.sock"

// listenSocket opens the administrators' socket, replacing one that a killed
// server left behind.
func listenSocket(dir string) (net.Listener, error) {
	path := filepath.Join(dir, socketName)
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("remove old socket: %w", err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("listen for administrators: %w", err)
	}
	return l, os.Chmod(path, 0o600)
}

// answer registers one function of the operator under its name.
func answer[A, R any](mux *http.ServeMux, name string, do func(context.Context, A) (R, error)) {
	mux.HandleFunc("POST /"+name, func(w http.ResponseWriter, r *http.Request) {
		var ask A
		err := json.NewDecoder(r.Body).Decode(&ask)
		var result R
		if err == nil {
			err = noteDeed(r.Context(), name, ask)
		}
		if err == nil {
			result, err = do(r.Context(), ask)
		}
		w.Header().Set("Content-Type", "application/json")
		if err != nil {
			f := fault.From(err)
			w.WriteHeader(f.Kind.HTTP())
			_ = json.NewEncoder(w).Encode(socketProblem{Code: f.Kind.Code(), Key: f.Key, Args: f.Args, Field: f.Field, Detail: err.Error()})
			return
		}
		_ = json.NewEncoder(w).Encode(result) // the command has gone: nobody to tell
	})
}

// witnessed notes what is asked for in the audit log, by the user who asks.
func witnessed(app *App, mux http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mux.ServeHTTP(w, r.WithContext(withWitness(r.Context(), app, r.Header.Get(userHeader))))
	})
}

// socketProblem carries a fault between two processes of one administrator.
type socketProblem struct {
	Code   string            `json:"code"`
	Key    string            `json:"key"`
	Args   map[string]string `json:"args,omitempty"`
	Field  string            `json:"field,omitempty"`
	Detail string            `json:"detail,omitempty"`
}

// socketClient asks a running server.
type socketClient struct{ http *http.Client }

// dialSocket returns a client if a server answers on the folder's socket.
func dialSocket(ctx context.Context, dir string) (*socketClient, bool) {
	path := filepath.Join(dir, socketName)
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", path)
	if err != nil {
		return nil, false
	}
	conn.Close()
	return &socketClient{&http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return d.DialContext(ctx, "unix", path) },
	}}}, true
}

// ask calls one function of the running server.
func ask[A, R any](ctx context.Context, c *socketClient, name string, question A) (result R, err error) {
	body, err := json.Marshal(question)
	if err != nil {
		return result, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://admin/"+name, bytes.NewReader(body))
	if err != nil {
		return result, err
	}
	req.Header.Set(userHeader, systemUser())
	resp, err := c.http.Do(req)
	if err != nil {
		return result, fault.New(fault.Unavailable, "server.socket").WithCause(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return result, readProblem(resp.Body)
	}
	if err := json.NewDecoder(resp.Body).Decode(&result); err != nil {
		return result, fmt.Errorf("read the server's answer: %w", err)
	}
	return result, nil
}

func readProblem(r io.Reader) error {
	var p socketProblem
	if err := json.NewDecoder(r).Decode(&p); err != nil {
		return fmt.Errorf("read the server's refusal: %w", err)
	}
	kind, ok := fault.FromCode(p.Code)
	if !ok {
		kind = fault.Internal
	}
	f := fault.New(kind, p.Key).WithField(p.Field).WithCause(errors.New(p.Detail))
	for name, value := range p.Args {
		f = f.With(name, value)
	}
	return f
}
