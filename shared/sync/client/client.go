// SPDX-License-Identifier: Apache-2.0

// Package client is the device's end of sync over a websocket: it connects,
// runs peer.Device around the replica, and connects again, for ever. Nobody
// waits for it: what a person does is durable in the replica before the
// client hears of it.
package client

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/peer"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/replica"
	"yuexin/shared/sync/wire"
)

// Replica is what the client needs of the device's store. All methods are
// safe for concurrent use and durable when they return.
type Replica interface {
	// Unsent returns every lane with change sets that have no receipt.
	Unsent() []peer.Unsent
	// Outbox adds to Unsent what is to be shown again.
	Outbox() []peer.Unsent
	// NextFrame returns the signed frame of a lane that begins at number
	// from, in its envelope; nil when nothing waits from there.
	NextFrame(ctx context.Context, lane record.Lane, from uint64, maxSets, maxBytes int) (*replica.Frame, error)
	// ApplyReceipts notes what became of change sets.
	ApplyReceipts(ctx context.Context, m *wire.Receipts) (reopened bool, err error)
	// Aside returns what is quarantined, as runs of numbers.
	Aside(ctx context.Context) ([]peer.Unsent, error)
	// Expect takes note of where the server stands in a lane.
	Expect(ctx context.Context, m *wire.Expect) error
	// CloseLane issues the lane's unreceipted work again in a new one.
	CloseLane(ctx context.Context, m *wire.LaneClosed) error
	// PutAside keeps a change set that the server cannot read for its author to
	// see, and issues what follows it in its lane again in a new one.
	PutAside(ctx context.Context, lane record.Lane, number uint64) error
	// Cursors returns the cursors of all granted scopes.
	Cursors() []wire.Cursor
	// ApplyCheckpoint applies rows and cursor at once, and keeps the boxes that
	// came with them; intact says whether the digest of what is now held is the
	// server's.
	ApplyCheckpoint(ctx context.Context, rows []wire.RowDelta, cp *wire.Checkpoint, kept ...*wire.Kept) (intact bool, err error)
	// Buckets returns what is held of a scope as sums, nil if they cannot be
	// told; CompareList which records of the server's list are lacking or other
	// ones; ApplyRepair brings them in.
	Buckets(scope ident.Scope) (record.Version, *wire.BucketSums, error)
	CompareList(m *wire.Repair) (*peer.Wanted, error)
	ApplyRepair(ctx context.Context, w *peer.Wanted, rows []wire.RowDelta, cp *wire.Checkpoint, kept ...*wire.Kept) (intact bool, err error)
	// Offers returns the boxes that wait to be offered back, Offer one of them.
	Offers(ctx context.Context) ([]peer.Offer, error)
	Offer(ctx context.Context, o peer.Offer) ([]byte, error)
	// BeginSnapshot notes what pieces of a first sync follow, KeepPiece keeps one,
	// and ApplySnapshot makes all of them the state of their scope.
	BeginSnapshot(ctx context.Context, m *wire.Snapshot) error
	KeepPiece(ctx context.Context, m *wire.Piece) error
	ApplySnapshot(ctx context.Context, id wire.SnapshotID, kept ...*wire.Kept) (intact bool, err error)
	// Flush makes the checkpoints applied so far durable.
	Flush(ctx context.Context) error
	// ResetScope gives up the cursor of a scope, never its outbox.
	ResetScope(ctx context.Context, scope ident.Scope, reset *wire.Reset) error
	// ApplyControl applies control entries and returns what to acknowledge.
	ApplyControl(ctx context.Context, entries []wire.ControlEntry) ([]wire.ControlAck, error)
	// Purges returns the signed confirmations of all revocations.
	Purges(ctx context.Context) ([]wire.ControlAck, error)
	// AuditEnd returns how far the audit log is receipted.
	AuditEnd(ctx context.Context) (wire.TrailEnd, error)
	// Control returns the number of the last control entry applied.
	Control(ctx context.Context) (wire.ControlEnd, error)
	// SwitchedOff reports whether the server has switched this device off.
	SwitchedOff(ctx context.Context) (bool, error)
	// Status returns how the outbox stands.
	Status(ctx context.Context) (replica.Status, error)
	// Incarnation returns the current incarnation of this device's store.
	Incarnation() ident.Incarnation
	// Watch tells of changes to what is visible, local ones included.
	Watch(ctx context.Context) <-chan ident.Record
	// SetOffset takes the server's time as a session saw it.
	SetOffset(ctx context.Context, serverMS, roundTripMS int64) error
	// AuditPart returns entries of the audit log that have no receipt, nil if none
	// wait; AuditReceipted takes note of what the server has.
	AuditPart(ctx context.Context) (*wire.Audit, error)
	AuditReceipted(ctx context.Context, m *wire.AuditReceipt) error
	// Prove signs what opens a session with the device's key.
	Prove(message []byte) (signature []byte, err error)
}

// Config is what a Client is made of.
type Config struct {
	URL     string // wss://host:port/v1/sync
	TLS     *tls.Config
	Replica Replica
	Device  ident.Device
	Program string // "agent/0.1.0"

	Reading func() hlc.Reading
	Random  func() float64 // in [0, 1), for the pauses
	Nonce   func() [32]byte
	Log     *slog.Logger

	// Extra adds to the status what only the program knows: paper, disk.
	// It may be nil.
	Extra func(*wire.Status)
}

// Limits of one connection.
const (
	dialTimeout = 20 * time.Second
	writeWait   = peer.SilenceMS * time.Millisecond // a slower link is dead for the server as well
	maxMessage  = 8 << 20                           // rows of a first sync come in messages of about 1 MB
)

// State is what people see of sync.
type State struct {
	Online  bool // a session is open
	Settled bool // nothing waits in either direction
	Sending bool
	Pulling bool
	Got, Of uint64       // bytes of the snapshots that scopes begin with
	Fault   *fault.Error // why the last attempt ended; nil while online
	Since   time.Time    // of the last session that settled; zero: never
	Next    time.Time    // of the next attempt while offline
}

// Client keeps a device in sync.
type Client struct {
	cfg    Config
	dialer websocket.Dialer
	kick   chan struct{}

	dialTimeout, writeWait time.Duration // as above; tests are less patient

	mu      sync.Mutex // protects state and watchers
	state   State
	changed chan struct{} // closed and replaced when state changes
}

// New returns a client; Run or Once makes it work.
func New(cfg Config) *Client {
	return &Client{
		cfg: cfg,
		dialer: websocket.Dialer{
			TLSClientConfig: cfg.TLS, HandshakeTimeout: dialTimeout, Proxy: http.ProxyFromEnvironment,
			ReadBufferSize: 16 << 10, WriteBufferSize: 16 << 10,
		},
		kick: make(chan struct{}, 1), changed: make(chan struct{}),
		dialTimeout: dialTimeout, writeWait: writeWait,
	}
}

// State returns how sync stands, and a channel that is closed when that
// changes.
func (c *Client) State() (State, <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state, c.changed
}

func (c *Client) set(change func(*State)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	before := c.state
	change(&c.state)
	if before != c.state {
		close(c.changed)
		c.changed = make(chan struct{})
	}
}

// Kick asks for an attempt now instead of after the pause.
func (c *Client) Kick() {
	select {
	case c.kick <- struct{}{}:
	default:
	}
}

// Run keeps a session open until ctx ends; after each end it pauses with
// jitter and connects again. It returns only when ctx is done.
func (c *Client) Run(ctx context.Context) {
	var retry peer.Retry
	for ctx.Err() == nil {
		s := c.session()
		end := s.run(ctx, nil)
		if s.opened {
			retry.Reset()
		}
		if end.Fault != nil && end.Fault.Key == peer.Stalled {
			c.cfg.Log.Warn("the link lives and nothing that waits gets done", "device", c.cfg.Device.String(), "since", s.done)
		}
		pause := time.Duration(retry.Next(c.cfg.Random(), end.RetryMS)) * time.Millisecond
		c.set(func(st *State) {
			st.Online, st.Settled, st.Sending, st.Pulling, st.Got, st.Of = false, false, false, false, 0, 0
			st.Fault, st.Next = end.Fault, time.Now().Add(pause)
		})
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-c.kick:
		case <-ctx.Done():
		}
		timer.Stop()
	}
}

// Once connects, sends all that waits, takes all that is new, and ends: nil
// when everything settled, and only then. It tries once. A link that breaks
// before is fault.Unavailable; a device that is switched off delivers what it
// has, which takes it no further: fault.NotAllowed.
func (c *Client) Once(ctx context.Context) error {
	s := c.session()
	work, enough := context.WithCancel(ctx)
	defer enough()
	settled := false
	end := s.run(work, func(st peer.State) {
		if st.Settled {
			settled = true
			enough()
		}
	})
	c.set(func(st *State) { st.Online, st.Fault = false, end.Fault })
	switch {
	case settled:
		return nil
	case end.Fault != nil:
		return end.Fault
	default:
		return context.Cause(ctx)
	}
}
