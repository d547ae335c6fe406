// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"yuexin/shared/fault"
	"yuexin/syncserver/access"
)

// proxied says whether a reverse proxy stands before the server: one is named,
// or the public address is https while the server itself speaks plain HTTP.
func (s *server) proxied() bool {
	return len(s.proxies) > 0 || s.plain && s.public.Secure
}

// loopbackOnly hides what it serves from other machines.
func loopbackOnly(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !access.FromHere(r) {
			http.NotFound(w, r)
			return
		}
		h.ServeHTTP(w, r)
	})
}

func (s *server) metricsHandler() http.Handler {
	return promhttp.HandlerFor(s.metrics, promhttp.HandlerOpts{})
}

// serveMetrics serves the metrics at an address of their own, for whoever can
// reach it.
func (s *server) serveMetrics() error {
	l, err := net.Listen("tcp", s.cfg.MetricsListen)
	if err != nil {
		return fault.New(fault.Unavailable, "server.busy").With("address", s.cfg.MetricsListen).WithCause(err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", s.metricsHandler())
	srv := &http.Server{Handler: mux, ErrorLog: errorLog(s.Log), ReadHeaderTimeout: 10 * time.Second}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = srv.Serve(l) // ends with Close
	}()
	s.closers = append(s.closers, func() error {
		err := srv.Close()
		<-done
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		return err
	})
	s.metricsAt = l.Addr().String()
	return nil
}
