// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"net"
	"net/http"
	"net/http/pprof"
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
func (s *server) serveMetrics() (err error) {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", s.metricsHandler())
	s.metricsAt, err = s.serveBeside(s.cfg.MetricsListen, mux)
	return err
}

// serveProfile serves profiles of the running program to this machine: what is in its memory is nobody else's business.
func (s *server) serveProfile() (err error) {
	if host, _, err := net.SplitHostPort(s.cfg.Profile); err != nil || !loopback(host) {
		return fault.New(fault.NotAllowed, "server.profile").With("address", s.cfg.Profile)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	s.profileAt, err = s.serveBeside(s.cfg.Profile, loopbackOnly(mux))
	return err
}

// serveBeside serves at an address of its own until the server ends, and returns the address.
func (s *server) serveBeside(address string, handler http.Handler) (string, error) {
	l, err := net.Listen("tcp", address)
	if err != nil {
		return "", fault.New(fault.Unavailable, "server.busy").With("address", address).WithCause(err)
	}
	srv := &http.Server{Handler: handler, ErrorLog: errorLog(s.Log), ReadHeaderTimeout: 10 * time.Second}
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
	return l.Addr().String(), nil
}
