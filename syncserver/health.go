// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"net/http"
	"sync"
	"time"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
)

const (
	probeSetting = "server.probe"
	probeWait    = 5 * time.Second // a store that takes longer does not answer
	probeEvery   = 5 * time.Second // however many ask
)

// health knows whether the store can be read and written.
type health struct {
	mu  sync.Mutex // protects all fields below
	at  time.Time  // of the last probe
	err error      // what it found
}

// healthz answers while the store reads and writes. A full disk or a writer
// that died stops writing long before it stops reading, and a server that
// cannot write gives no receipts.
func (s *server) healthz(w http.ResponseWriter, r *http.Request) {
	if err := s.probe(r.Context()); err != nil {
		http.Error(w, "store", http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "ok")
}

// probe reads and writes the store, at most once in a while.
func (s *server) probe(ctx context.Context) error {
	h := &s.health
	h.mu.Lock()
	defer h.mu.Unlock()
	if now := s.Now(); h.at.IsZero() || now.Sub(h.at) >= probeEvery || now.Before(h.at) {
		// Whoever asked may hang up; the answer is for all who ask.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), probeWait)
		defer cancel()
		h.err = s.readAndWrite(ctx)
		h.at = s.Now()
		if h.err != nil {
			s.Log.Error("store does not answer", fault.Attr(h.err))
		}
	}
	return h.err
}

func (s *server) readAndWrite(ctx context.Context) error {
	if _, err := s.Store.Scope(ctx, ident.Ref); err != nil {
		return fmt.Errorf("read the store: %w", err)
	}
	stamp := binary.BigEndian.AppendUint64(nil, uint64(s.Now().UnixMilli()))
	if err := s.Store.SetSetting(ctx, probeSetting, stamp); err != nil {
		return fmt.Errorf("write the store: %w", err)
	}
	return nil
}
