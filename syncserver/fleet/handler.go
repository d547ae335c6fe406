// SPDX-License-Identifier: Apache-2.0

package fleet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"time"

	"yuexin/shared/fault"
	"yuexin/shared/sync/enrol"
	"yuexin/syncserver/access"
	"yuexin/syncserver/store"
)

// Time limits of one request.
const (
	readWait  = 15 * time.Second
	storeWait = 10 * time.Second
)

// ServeHTTP answers enrol.Path.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// A recorder in a test has no deadline; a server's connection always has.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(readWait))
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")

	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
		return
	}
	answer, err := s.enrol(r)
	if err != nil {
		s.refuse(w, err)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(answer) // a device that has gone asks again
}

func (s *Service) enrol(r *http.Request) ([]byte, error) {
	address := access.Address(r.RemoteAddr)
	if wait := s.requests.Allow(address); wait > 0 {
		return nil, later(wait)
	}
	request, err := read(r)
	if err != nil {
		return nil, err
	}
	// From here on it is a guess until proved otherwise.
	if wait := s.wrong.Try(address); wait > 0 {
		return nil, later(wait)
	}
	answer, err := s.judge(r, request)
	if !guessed(err) {
		s.wrong.Undo(address)
	}
	return answer, err
}

func guessed(err error) bool {
	return err != nil && !fault.KindOf(err).Retry() && !fault.Is(err, fault.Internal)
}

func read(r *http.Request) (*enrol.Request, error) {
	if r.Header.Get("Origin") != "" { // devices are no browsers
		return nil, fault.New(fault.NotAllowed, "enrol.request")
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return nil, fault.New(fault.Unsupported, "enrol.request")
	}
	return enrol.ReadRequest(r.Body)
}

// judge does the same work whether the code exists or not.
func (s *Service) judge(r *http.Request, request *enrol.Request) ([]byte, error) {
	if err := request.Verify(); err != nil {
		return nil, err
	}
	if !s.ownPin(r, request.Pin) {
		s.cfg.Log.Warn("a device saw another certificate than this server's: somebody may stand between")
		return nil, fault.New(fault.NotAllowed, "enrol.pin")
	}
	// A line that breaks now must not break the use of the code half-way: the
	// device asks again and is told the same.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(r.Context()), storeWait)
	defer cancel()
	return s.answer(ctx, request)
}

// ownPin says whether the device saw this server's certificate. Without a pin it
// verified by public roots, or there is no TLS up to here: on loopback, or
// behind a proxy that ends it.
func (s *Service) ownPin(r *http.Request, pin enrol.Pin) bool {
	if pin.IsZero() {
		return r.TLS == nil || s.cfg.PublicCA()
	}
	return pin.Equal(s.cfg.Pin())
}

// answer redeems the code, or repeats the answer of a device that did not get
// it: the request is signed by the same key for the same incarnation.
func (s *Service) answer(ctx context.Context, request *enrol.Request) ([]byte, error) {
	select {
	case s.redeem <- struct{}{}:
		defer func() { <-s.redeem }()
	case <-ctx.Done():
		return nil, fmt.Errorf("wait to redeem: %w", ctx.Err())
	}
	now := s.cfg.Now()
	key := answerKey(request)
	if answer, found := s.answers.get(key, now); found {
		return answer, nil
	}
	// What may fail for other reasons than the code comes before its use.
	e, err := s.server(ctx)
	if err != nil {
		return nil, err
	}
	redeemed, err := s.redeemed(ctx, request, now)
	if err != nil {
		return nil, err
	}
	describe(&e, redeemed)
	answer, err := json.Marshal(e)
	if err != nil {
		return nil, fmt.Errorf("write enrolment: %w", err)
	}
	s.answers.put(key, answer, now)
	s.cfg.Log.Info("device enrolled", "device", redeemed.Device.String(), "program", request.Program,
		"role", string(redeemed.Login.Role))
	return answer, nil
}

// redeemed uses the code: as one for a new device, or else for this one.
func (s *Service) redeemed(ctx context.Context, request *enrol.Request, now time.Time) (store.Redeemed, error) {
	device := store.NewDevice{
		Public: request.Public.Encode(), Incarnation: request.Incarnation, Program: request.Program,
	}
	if !request.Person.IsZero() {
		device.Person = request.Person.Encode()
	}
	if !request.Box.IsZero() {
		device.Box = request.Box.Encode()
	}
	for _, public := range [][]byte{nil, device.Public} {
		hash, err := s.cfg.Identity.codeHash(request.Code, public)
		if err != nil {
			return store.Redeemed{}, err
		}
		redeemed, err := s.cfg.Store.Redeem(ctx, hash, device, now)
		if err == nil {
			return redeemed, nil
		}
		if !fault.Is(err, fault.NotFound) && !fault.Is(err, fault.Gone) {
			return store.Redeemed{}, fmt.Errorf("redeem code: %w", err)
		}
	}
	return store.Redeemed{}, fault.New(fault.NotFound, "enrol.code.refused")
}

// server fills in what every device gets.
func (s *Service) server(ctx context.Context) (e enrol.Enrolment, err error) {
	e.Server, e.SyncPath, e.TimeMS = s.cfg.Identity.Device, s.cfg.SyncPath, s.cfg.Now().UnixMilli()
	if e.ServerSign, err = s.cfg.Identity.Sign.Public(); err != nil {
		return e, fmt.Errorf("server key: %w", err)
	}
	if e.ServerBox, err = s.cfg.Identity.Box.Public(); err != nil {
		return e, fmt.Errorf("server key: %w", err)
	}
	e.Keys, err = s.cfg.Admins(ctx)
	return e, err
}

// describe fills in what is this device's.
func describe(e *enrol.Enrolment, d store.Redeemed) {
	e.Device, e.ShortID, e.Name = d.Device, d.ShortID, d.Name
	e.Control, e.Catalogue = d.Control, d.Catalogue
	e.Login = enrol.Login{
		ID: d.Login.ID, Actor: d.Login.Actor, Display: d.Display,
		Role: d.Login.Role, Scopes: slices.Clone(d.Login.Scopes),
	}
	for _, g := range d.Grants {
		e.Grants = append(e.Grants, enrol.Grant{Scope: g.Scope, View: g.View})
	}
}

// refuse writes a problem. Only faults of enrolment are told; the rest is for
// the log.
func (s *Service) refuse(w http.ResponseWriter, err error) {
	f := fault.From(err)
	kind := fault.KindOf(err)
	if kind == fault.Internal {
		s.cfg.Log.Error("enrolment failed", fault.Attr(err))
	}
	p := enrol.Problem{Code: kind.Code(), Key: f.Key, Args: f.Args}
	if wait, ok := errors.AsType[*waitError](err); ok {
		p.RetryMS = wait.wait.Milliseconds()
		w.Header().Set("Retry-After", strconv.FormatInt(access.Seconds(wait.wait), 10))
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(kind.HTTP())
	_ = json.NewEncoder(w).Encode(p) // a device that has gone asks again
}

// waitError is a refusal with the time to come back.
type waitError struct {
	reason *fault.Error
	wait   time.Duration
}

// Error and Unwrap are those of the reason.
func (e *waitError) Error() string { return e.reason.Error() }
func (e *waitError) Unwrap() error { return e.reason }

func later(wait time.Duration) error {
	return &waitError{access.TooSoon("enrol.wait", wait), wait}
}
