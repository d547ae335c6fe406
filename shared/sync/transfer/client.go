// SPDX-License-Identifier: Apache-2.0

package transfer

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/blob"
	"yuexin/shared/sync/blob/blobdir"
	"yuexin/shared/sync/peer"
	"yuexin/shared/sync/replica"
)

// Replica is what the client needs of the device's store; replica.Replica has it.
type Replica interface {
	// Outgoing returns the files to upload, in order.
	Outgoing(ctx context.Context) ([]replica.Outgoing, error)
	// Unbacked returns those that have arrived and no backup of the server holds yet.
	Unbacked(ctx context.Context) ([]replica.Outgoing, error)
	// OpenSealed opens the bytes of one of them.
	OpenSealed(digest blob.Digest) (io.ReadSeekCloser, error)
	// SentAttachment notes whether the server has all of a file.
	SentAttachment(ctx context.Context, digest blob.Digest, sent bool) error
	// SettleAttachments lets go of what need not be kept.
	SettleAttachments(ctx context.Context, cache int64) error

	// HasAttachment reports whether a file is here; BeginCopy and FinishCopy bring
	// one here.
	HasAttachment(digest blob.Digest) bool
	BeginCopy(ctx context.Context, scope ident.Scope, digest blob.Digest, size int64) (*blobdir.Part, error)
	FinishCopy(ctx context.Context, p *blobdir.Part) error

	// SignRequest signs for blob.SignPurpose with the device's key.
	SignRequest(message []byte) ([]byte, error)
	// ServerNow returns the server's time as well as the device knows it.
	ServerNow() (ms int64, measured bool)
	// Watch tells of changes, receipts and sent files included.
	Watch(ctx context.Context) <-chan ident.Record
}

// Config is what a Client is made of. All fields but Busy are needed.
type Config struct {
	URL     string // of the server: https://host:port
	TLS     *tls.Config
	Replica Replica
	Device  ident.Device
	Policy  func() *blob.Policy // the one in force; a round keeps the rates it began with
	Random  func() float64      // in [0, 1), for the pauses

	// Busy reports whether records are on their way; files wait for them. nil: they
	// never are.
	Busy func() bool

	Log *slog.Logger
}

// How the client waits.
const (
	stallAfter = time.Minute            // without a byte a request is given up
	busyPause  = 50 * time.Millisecond  // between two looks at whether records are on their way
	heap       = 500 * time.Millisecond // changes come in heaps when a checkpoint arrives
	askAgain   = time.Minute            // between two questions after a file that was sent and not confirmed
	idleRound  = 30 * time.Minute       // without any change
	keepAsking = 30 * time.Minute       // between two questions after a file that has arrived and is in no backup
)

// chunk is how many bytes are sent or taken at a time: at the policy's rate some ten
// times a second.
const chunk = 16 << 10

// State is what people see of attachments on their way.
type State struct {
	Paused  bool
	Sending bool
	Done    int          // files of this round that the server has
	All     int          // files of this round
	Sent    int64        // bytes of the file under way that the server has
	Size    int64        // of the file under way
	Fault   *fault.Error // why the last round ended; nil if it ended well
}

// Client moves files. Its methods may be called concurrently.
type Client struct {
	cfg      Config
	http     *http.Client
	up, down *rate.Limiter
	kick     chan struct{}

	mu      sync.Mutex // guards all fields below
	state   State
	changed chan struct{}             // closed and replaced when state changes
	stop    context.CancelFunc        // ends the round under way; nil without one
	behind  int64                     // ms by which the server's clock is ahead of ServerNow, as a refusal said
	asked   map[blob.Digest]time.Time // when the server was last asked after a file that it had
}

// New returns a client; Run or Once makes it work.
func New(cfg Config) *Client {
	transport := &http.Transport{
		TLSClientConfig: cfg.TLS, Proxy: http.ProxyFromEnvironment,
		TLSHandshakeTimeout: 20 * time.Second, ResponseHeaderTimeout: stallAfter,
		MaxIdleConnsPerHost: 1, IdleConnTimeout: time.Minute, DisableCompression: true,
		WriteBufferSize: chunk, // so that the limit limits what is on the wire
	}
	policy := cfg.Policy()
	limiter := func(perSecond int64) *rate.Limiter { return rate.NewLimiter(rate.Limit(perSecond), chunk) }
	return &Client{
		cfg: cfg, http: &http.Client{Transport: transport},
		up: limiter(policy.UpRate), down: limiter(policy.DownRate),
		kick: make(chan struct{}, 1), changed: make(chan struct{}), asked: map[blob.Digest]time.Time{},
	}
}

// State returns how uploading stands, and a channel that is closed when that changes.
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

// Pause stops uploading, in the middle of a file if need be, or lets it go on. Nothing
// is lost by it: files wait, and go on at the byte where they were.
func (c *Client) Pause(pause bool) {
	c.set(func(s *State) { s.Paused = pause })
	c.mu.Lock()
	stop := c.stop
	c.mu.Unlock()
	if pause && stop != nil {
		stop()
	}
	c.Kick()
}

// Kick asks for a round now.
func (c *Client) Kick() {
	select {
	case c.kick <- struct{}{}:
	default:
	}
}

// Run uploads what waits, whenever something does, until ctx ends.
func (c *Client) Run(ctx context.Context) {
	defer c.http.CloseIdleConnections()
	changes := c.cfg.Replica.Watch(ctx)
	var retry peer.Retry
	for ctx.Err() == nil {
		wait, heap := idleRound, heap
		if s, _ := c.State(); !s.Paused {
			if err := c.round(ctx, askAgain); err != nil && ctx.Err() == nil {
				wait = time.Duration(retry.Next(c.cfg.Random(), 0)) * time.Millisecond
				heap = wait // what changes here does not mend the link
			} else {
				retry.Reset()
			}
		}
		c.rest(ctx, changes, wait, heap)
	}
}

// rest waits for a reason to look again: some time, a wish, or a change, of which all
// that come within a heap are one.
func (c *Client) rest(ctx context.Context, changes <-chan ident.Record, wait, heap time.Duration) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for changed := false; ; {
		select {
		case <-timer.C:
			return
		case <-c.kick:
			return
		case _, ok := <-changes:
			if !ok {
				return // ctx ended
			}
			if !changed {
				changed = true
				timer.Reset(heap)
			}
		case <-ctx.Done():
			return
		}
	}
}

// Once uploads everything that waits and ends. It tries once; what fails is the error,
// and everything else was tried all the same.
func (c *Client) Once(ctx context.Context) error {
	defer c.http.CloseIdleConnections()
	return c.round(ctx, 0)
}

// round uploads what waits. Of what was sent already it asks again only what it has not
// asked after for some time.
func (c *Client) round(ctx context.Context, again time.Duration) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	c.mu.Lock()
	c.stop = stop
	c.mu.Unlock()
	policy := c.cfg.Policy()
	c.up.SetLimit(rate.Limit(policy.UpRate))
	c.down.SetLimit(rate.Limit(policy.DownRate))
	list, err := c.due(ctx, again)
	if err == nil && len(list) > 0 {
		c.set(func(s *State) { s.Sending, s.Done, s.All, s.Fault = true, 0, len(list), nil })
		err = c.sendAll(ctx, list)
	}
	if err == nil {
		err = c.mend(ctx, again > 0)
	}
	if paused, _ := c.State(); paused.Paused && errors.Is(err, context.Canceled) {
		err = nil // as somebody wished
	}
	c.set(func(s *State) { s.Sending, s.Sent, s.Size, s.Fault = false, 0, 0, fault.From(err) })
	if settled := c.cfg.Replica.SettleAttachments(ctx, policy.CacheBytes); err == nil && ctx.Err() == nil {
		err = settled
	}
	return err
}

// mend asks after the files that have arrived and that no backup holds, and sends again
// what the server lost since: its disk, or a folder that was put back without its files.
// With patience it asks after none that it asked after lately.
func (c *Client) mend(ctx context.Context, patient bool) error {
	list, err := c.cfg.Replica.Unbacked(ctx)
	if err != nil {
		return err
	}
	for _, g := range list {
		c.mu.Lock()
		fresh := patient && time.Since(c.asked[g.Digest]) < keepAsking
		c.mu.Unlock()
		if fresh {
			continue
		}
		if err := c.send(ctx, g); err != nil {
			return err
		}
		c.mu.Lock()
		c.asked[g.Digest] = time.Now()
		c.mu.Unlock()
	}
	return nil
}

// due returns the files of a round.
func (c *Client) due(ctx context.Context, again time.Duration) ([]replica.Outgoing, error) {
	list, err := c.cfg.Replica.Outgoing(ctx)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	var out []replica.Outgoing
	for _, g := range list {
		if !g.Sent || time.Since(c.asked[g.Digest]) >= again {
			out = append(out, g)
		}
	}
	return out, nil
}

// sendAll uploads files in order. A link or a server that fails ends it; a file that
// the server refuses holds up no other.
func (c *Client) sendAll(ctx context.Context, list []replica.Outgoing) error {
	var first error
	for _, g := range list {
		err := c.send(ctx, g)
		if err == nil {
			c.mu.Lock()
			c.asked[g.Digest] = time.Now()
			c.mu.Unlock()
			c.set(func(s *State) { s.Done++ })
			continue
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		c.cfg.Log.Warn("an attachment was not uploaded", fault.Attr(err))
		if first == nil {
			first = err
		}
		if kind := fault.KindOf(err); kind == fault.Unavailable || kind == fault.Unauthenticated || kind == fault.Exhausted {
			return first
		}
	}
	return first
}
