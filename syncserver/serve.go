// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"yuexin/shared/credit/alarm"
	"yuexin/shared/credit/doorplate"
	"yuexin/shared/credit/myfile"
	"yuexin/shared/credit/plate"
	"yuexin/shared/credit/rulebook"
	"yuexin/shared/credit/scoring"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/blob"
	"yuexin/shared/sync/enrol"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/replica/envelope"
	"yuexin/syncserver/access"
	"yuexin/syncserver/attach"
	"yuexin/syncserver/desk"
	"yuexin/syncserver/fleet"
	"yuexin/syncserver/hub"
	"yuexin/syncserver/plates"
	"yuexin/syncserver/tlsid"
	"yuexin/syncserver/web/console"
	"yuexin/syncserver/web/resident"
)

// ServeConfig says where and how the server is reached.
type ServeConfig struct {
	Listen            string   // "127.0.0.1:8443"
	PublicURL         string   // what plates and tickets carry; "" for that of the last time
	Force             bool     // PublicURL takes the place of another
	Names             []string // of the own certificate
	CertFile, KeyFile string   // instead of the own certificate
	TrustedProxies    []string // networks whose X-Forwarded-For is believed
	MetricsListen     string   // "127.0.0.1:9090": where /metrics is, instead of on Listen
	Profile           string   // "127.0.0.1:6060": where /debug/pprof is, on this machine only; "" for nowhere
	LAN               bool     // plain HTTP beyond loopback: sample data, residents' pages only
	Contact           resident.Contact
	Proof             ProofConfig
}

// drainWait bounds the orderly end.
const drainWait = 20 * time.Second

// server is an App that is reachable.
type server struct {
	*App
	cfg      ServeConfig
	listener net.Listener
	plain    bool
	public   doorplate.Base
	servers  []string           // what tickets name
	cert     *tlsid.Certificate // nil on plain HTTP
	hub      *hub.Hub
	fleet    *fleet.Service
	attach   *attach.Service
	metrics  *prometheus.Registry
	proxies  access.Proxies
	health   health
	scans    chan alarm.Scan // from the residents' page to the alarms
	pages    atomic.Pointer[console.Console]
	receipts *resident.Receipts

	metricsAt string // address of the metrics' own listener, "" without one
	profileAt string // and of the profiles'

	http    *http.Server
	closers []func() error
}

// listen opens the address and puts the parts together.
func listen(ctx context.Context, app *App, cfg ServeConfig) (*server, error) {
	s := &server{App: app, cfg: cfg, metrics: prometheus.NewRegistry(), scans: make(chan alarm.Scan, scansWaiting)}
	var err error
	if s.proxies, err = access.ParseProxies(cfg.TrustedProxies); err != nil {
		return nil, err
	}
	if err := s.open(); err != nil {
		return nil, err
	}
	if err := s.settlePublic(ctx); err != nil {
		return nil, errors.Join(err, s.listener.Close())
	}
	if err := s.assemble(ctx); err != nil {
		return nil, errors.Join(err, s.listener.Close())
	}
	return s, nil
}

// open listens. Plain HTTP is for loopback, and for residents' pages of
// sample data on the LAN; everything else is TLS.
func (s *server) open() (err error) {
	host, _, err := net.SplitHostPort(s.cfg.Listen)
	if err != nil {
		return fault.New(fault.Invalid, "server.listen").With("address", s.cfg.Listen)
	}
	s.plain = loopback(host) || s.cfg.LAN
	if s.cfg.LAN && !s.Sample {
		return fault.New(fault.NotAllowed, "server.lan")
	}
	if !s.plain {
		s.cert, err = tlsid.Open(tlsid.Config{
			Dir: s.keys(), Names: append(s.cfg.Names, host), CertFile: s.cfg.CertFile, KeyFile: s.cfg.KeyFile,
			Now: s.Now, Log: s.Log,
		})
		if err != nil {
			return err
		}
	}
	if s.listener, err = net.Listen("tcp", s.cfg.Listen); err != nil {
		return fault.New(fault.Unavailable, "server.busy").With("address", s.cfg.Listen).WithCause(err)
	}
	return nil
}

// settlePublic decides which address plates carry, and keeps one that was
// asked for.
func (s *server) settlePublic(ctx context.Context) error {
	public, err := s.publicURL(ctx, s.cfg.PublicURL, s.cfg.Force)
	if err != nil {
		return err
	}
	if s.cfg.PublicURL != "" {
		if err := s.keepPublicURL(ctx, public); err != nil {
			return err
		}
	}
	if public == "" {
		public = s.address()
	}
	s.public, err = doorplate.ParseBase(public)
	return err
}

func (s *server) assemble(ctx context.Context) (err error) {
	metrics := hub.NewMetrics()
	err = errors.Join(
		metrics.Register(s.metrics), s.writer.Register(s.metrics), s.metrics.Register(overview{s}),
		s.metrics.Register(collectors.NewGoCollector()), s.metrics.Register(collectors.NewProcessCollector(collectors.ProcessCollectorOpts{})),
	)
	if err != nil {
		return err
	}
	s.hub = hub.New(hub.Config{
		Store: s.Store, Server: s.Identity.Device, Catalogue: s.Book().Catalogue.Version(),
		View: s.Book().ViewOf, Open: s.openEnvelope, Verify: fleet.Verify, Boxes: s.Identity,
		Now: s.Now, Log: s.Log, Metrics: metrics,
	})
	machine, err := net.InterfaceAddrs()
	if err != nil {
		return fmt.Errorf("addresses of this machine: %w", err)
	}
	s.servers = s.reachedAt(machine)
	s.fleet, err = fleet.New(fleet.Config{
		Store: s.Store, Sessions: s.hub, Identity: s.Identity,
		Servers: s.servers, SyncPath: syncPath,
		Pin: s.pin, PublicCA: func() bool { return s.cert != nil && s.cert.Public() },
		Admins: s.keysNow,
		Now:    s.Now, Random: s.Random, Log: s.Log,
	})
	if err != nil {
		return err
	}
	s.attach, err = attach.New(attach.Config{
		Store: s.Store, Dir: s.blobs(), Desk: s.desk(), Policy: func() *blob.Policy { return s.Book().Attachments },
		Catalogue: func() *record.Catalogue { return s.Book().Catalogue },
		View:      func(name string) (record.View, bool) { return s.Book().ViewOf(name) }, Verify: fleet.Verify, Now: s.Now, Log: s.Log,
	})
	if err != nil {
		return err
	}
	s.renewed = s.renew
	handler, err := s.routes(ctx)
	if err != nil {
		return err
	}
	s.http = &http.Server{
		Handler: guarded(s.Log, s.proxies.Wrap(handler)), ErrorLog: errorLog(s.Log), ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10,
	}
	return nil
}

// renew lets what serves go by the rules that are in force now.
func (s *server) renew(before *rulebook.Book) {
	now := s.Book()
	s.hub.SetRules(now.Catalogue.Version(), now.ViewOf, now.Access.Version() != before.Access.Version())
	old := s.pages.Load()
	s.pages.Store(old.Under(consoleRules(now)))
	_ = old.Close() // it waits for nothing that can fail
}

const syncPath = "/v1/sync"

func (s *server) pin() enrol.Pin {
	if s.cert == nil {
		return enrol.Pin{}
	}
	return s.cert.Pin()
}

func (s *server) openEnvelope(data []byte) ([]byte, error) {
	return envelope.Open(s.Identity.Box, data)
}

// routes is the map of everything that answers.
func (s *server) routes(ctx context.Context) (http.Handler, error) {
	mux := http.NewServeMux()
	residents, err := s.residents(ctx)
	if err != nil {
		return nil, err
	}
	mux.Handle("/D/", residents)
	mux.Handle("/d/", residents)
	mux.HandleFunc("GET /healthz", s.healthz)
	if !s.cfg.LAN {
		return mux, s.rest(mux)
	}
	rest := http.NewServeMux() // nothing else leaves this machine in clear
	mux.Handle("/", loopbackOnly(rest))
	return mux, s.rest(rest)
}

// rest adds what is for devices, staff and operators.
func (s *server) rest(mux *http.ServeMux) error {
	console, err := s.console()
	if err != nil {
		return err
	}
	mux.Handle(syncPath, s.hub)
	mux.Handle(enrol.Path, s.fleet)
	mux.Handle(blob.Path, s.attach)
	mux.Handle(consolePath+"/", console)
	mux.Handle("GET /{$}", http.RedirectHandler(consolePath+"/", http.StatusSeeOther))
	if s.cfg.Profile != "" {
		if err := s.serveProfile(); err != nil {
			return err
		}
	}
	if s.cfg.MetricsListen != "" {
		return s.serveMetrics()
	}
	if !s.proxied() { // to a proxy on this machine everybody is from this machine
		mux.Handle("GET /metrics", loopbackOnly(s.metricsHandler()))
	}
	return nil
}

// run serves until ctx ends, then drains: devices are told to come back, what
// is being committed is finished.
func (s *server) run(ctx context.Context) error {
	if err := s.remember(ctx); err != nil {
		return errors.Join(err, s.drain())
	}
	operators, err := s.serveOperators()
	if err != nil {
		return err
	}
	defer operators()
	failed := make(chan error, 1)
	go func() { failed <- s.serveHTTP() }()
	routing, stopRouting := context.WithCancel(ctx)
	var beside sync.WaitGroup
	beside.Go(func() {
		desk.Router{Desk: s.office(), Log: s.Log, After: time.After}.Run(routing, s.Store.Watch(routing))
	})
	beside.Go(func() {
		desk.Revoker{Desk: s.office(), Log: s.Log, After: time.After}.Run(routing, s.Store.Watch(routing))
	})
	beside.Go(func() {
		card := func(day string) *scoring.Card { return s.Book().Card(householdCard, day) }
		desk.Granter{Desk: s.office(), Card: card, Log: s.Log, After: time.After}.Run(routing, s.Store.Watch(routing))
	})
	beside.Go(func() { operator{App: s.App, fleet: s.fleet}.whole().Run(routing, s.Store.Watch(routing)) })
	beside.Go(func() {
		rules := func() myfile.Rules { return s.Book().Files() }
		limits := operator{App: s.App, fleet: s.fleet}.whole().Limits
		desk.Filer{Desk: s.office(), Rules: rules, Uses: s.uses, Limits: limits, Log: s.Log, After: time.After}.Run(routing, s.Store.Watch(routing))
	})
	beside.Go(func() {
		keeper := func() (plates.Keeper, error) { return s.keeper(ident.Actor{}) }
		policy := func() *plate.Policy { return s.Book().Plates }
		desk.Plater{Desk: s.office(), Keeper: keeper, Policy: policy, Log: s.Log, After: time.After}.Run(routing, s.Store.Watch(routing))
	})
	beside.Go(func() {
		policy := func() *alarm.Policy { return s.Book().Alarms }
		desk.Guard{
			Desk: s.office(), Policy: policy, Meter: alarm.NewMeter(), Scans: s.scans, Log: s.Log, After: time.After,
		}.Run(routing, s.Store.Watch(routing))
	})
	beside.Go(func() { s.attach.Run(routing, s.Store.Watch(routing), time.After) })
	beside.Go(func() { s.keepSigning(routing) })
	beside.Go(func() { s.receipts.Run(routing) })
	defer func() { stopRouting(); beside.Wait() }()
	s.Log.Info("serving", "address", s.address(), "public", s.public.String(), "devices", s.servers)
	if len(s.servers) == 0 {
		s.Log.Warn("no address for devices: set --public-url or --name")
	}
	select {
	case err = <-failed:
	case <-ctx.Done():
	}
	return errors.Join(err, s.drain())
}

func (s *server) serveHTTP() error {
	var err error
	if s.plain {
		err = s.http.Serve(s.listener)
	} else {
		err = s.http.Serve(tls.NewListener(s.listener, s.cert.TLSConfig()))
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return fmt.Errorf("serve: %w", err)
}

func (s *server) drain() error {
	ctx, cancel := context.WithTimeout(context.Background(), drainWait)
	defer cancel()
	err := errors.Join(s.hub.Close(ctx), s.http.Shutdown(ctx))
	for _, closer := range s.closers {
		err = errors.Join(err, closer())
	}
	return err
}
