// SPDX-License-Identifier: Apache-2.0

package hub

import (
	"context"
	"sync/atomic"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/peer"
	"yuexin/shared/sync/wire"
)

// troubleMS is how long a device is asked to stay away when the store could
// not answer: it is not the device's fault, and asking again at once helps
// neither.
const troubleMS = 5 * peer.RetryFirstMS

// Port carries out over the central store what the machine of one session asks
// of its server. It has no goroutine and no network, so that a simulator
// drives the very code that runs over a websocket. Make one per session.
type Port struct {
	cfg     Config
	changes *changes
	defects *defects
	grown   func(ident.Device) // tells the other sessions of a device that its control log grew; nil if there are none

	public []byte                 // the device's key; set by Check, before any frame is read
	called atomic.Pointer[string] // the device's name, for the log
	opened atomic.Pointer[peer.Opened]
}

// NewPort returns the port of one session. Of cfg it needs all but the limits
// of the connection. A Hub's own ports share what was read for one another.
func NewPort(cfg Config) *Port {
	cfg = cfg.withDefaults()
	return &Port{cfg: cfg, changes: newChanges(cfg), defects: new(defects)}
}

// Do carries out one effect and returns the event that answers it, or nil if
// none does. Where the store cannot answer, that is peer.Failed: a device is
// never told a falsehood because a disk was busy. A session may have several
// effects under way at once, each Opened and Check finished before the next.
func (p *Port) Do(ctx context.Context, eff peer.Effect) peer.Event {
	switch e := eff.(type) {
	case peer.Lookup:
		return p.lookup(ctx, e.Device)
	case peer.Check:
		p.public = e.Public
		return peer.Checked{Valid: p.cfg.Verify(e.Public, "yuexin session", e.Bytes, e.Signature)}
	case peer.Opened:
		p.open(e)
		return p.seen(ctx, wire.Status{})
	case peer.Commit:
		return p.commit(ctx, e)
	case peer.Answer:
		return p.answer(ctx, e.Ask)
	case peer.LoadControl:
		return p.control(ctx, e.After)
	case peer.AckControl:
		return p.acked(ctx, *e.Ack, e.Mark)
	case peer.Place:
		return p.place(ctx, e.Cursor)
	case peer.LoadChanges:
		return p.load(ctx, e)
	case peer.LoadSnapshot:
		return p.snapshot(ctx, e)
	case peer.LoadPiece:
		return p.piece(ctx, e)
	case peer.LoadList:
		return p.list(ctx, e)
	case peer.LoadWanted:
		return p.wanted(ctx, e)
	case peer.CheckTrail:
		return p.checkTrail(ctx, e.End)
	case peer.TakeTrail:
		return p.takeTrail(ctx, e.Part)
	case peer.Drain:
		return peer.Drained{} // without a connection everything leaves at once
	case peer.NoteStatus:
		return p.seen(ctx, e.Status)
	case peer.Confirmed:
		p.cfg.Metrics.Checkpoints.Inc()
	}
	return nil
}

// Nudged returns the event for a device whose control log grew, or that was
// switched off or on.
func (p *Port) Nudged(ctx context.Context) peer.Event {
	device, _ := p.device()
	d, err := p.cfg.Store.Device(ctx, device)
	if err != nil {
		return p.failed(ctx, "device cannot be looked up", err)
	}
	return peer.ControlMoved{Off: d.Off}
}

// device returns the device's id once it has proved itself.
func (p *Port) device() (ident.Device, bool) {
	if o := p.opened.Load(); o != nil {
		return o.Device, true
	}
	return ident.Device{}, false
}

// name returns the device's name, "" before it said who it is.
func (p *Port) name() string {
	if name := p.called.Load(); name != nil {
		return *name
	}
	return ""
}

// failed ends the session because the store could not answer; nil when it is
// the session that has ended.
func (p *Port) failed(ctx context.Context, what string, err error) peer.Event {
	if ctx.Err() != nil {
		return nil
	}
	p.cfg.Log.Error("the store could not answer", "what", what, fault.Attr(err))
	return peer.Failed{Fault: abroad(err), RetryMS: troubleMS}
}

// abroad is what a device is told of a fault of the server. "The disk is full"
// would be taken for the device's own, and for work that is not saved.
func abroad(err error) *fault.Error {
	if fault.Is(err, fault.Exhausted) {
		return fault.New(fault.Unavailable, "sync.store.full").WithCause(err)
	}
	return fault.From(err)
}

func (p *Port) lookup(ctx context.Context, id ident.Device) peer.Event {
	d, err := p.cfg.Store.Device(ctx, id)
	switch {
	case fault.Is(err, fault.NotFound):
		return peer.Known{}
	case err != nil:
		return p.failed(ctx, "device cannot be looked up", err)
	}
	p.called.Store(&d.Name)
	return peer.Known{Found: true, Off: d.Off, Public: d.Public}
}

// open notes whose session it is. It may be called again with the same.
func (p *Port) open(e peer.Opened) { p.opened.CompareAndSwap(nil, &e) }

// seen is noted also of a device that has left meanwhile.
func (p *Port) seen(ctx context.Context, status wire.Status) peer.Event {
	o := p.opened.Load()
	if o == nil {
		return nil
	}
	return p.noted(ctx, p.cfg.Store.Seen(context.WithoutCancel(ctx), o.Device, o.Incarnation, o.Program, status, p.cfg.Now()))
}

// noted reports store work whose result no machine waits for.
func (p *Port) noted(ctx context.Context, err error) peer.Event {
	if err != nil && ctx.Err() == nil {
		p.cfg.Log.Error("a note about a device was not kept", fault.Attr(err))
	}
	return nil
}

// acked notes what a device has applied of its control log. If the store was
// restored, what it says anew is sent at once. A device confirms a revocation once in a
// session: where that cannot be noted, it says it again in the next one.
func (p *Port) acked(ctx context.Context, ack wire.ControlAck, mark uint64) peer.Event {
	device, _ := p.device()
	kept := context.WithoutCancel(ctx) // a confirmation counts also if the device hangs up after it
	behind, err := p.cfg.Store.CatchUp(kept, device, wire.ControlEnd{Number: ack.Number, Mark: mark}, p.cfg.Now())
	behind = behind && err == nil
	if behind {
		p.grew(device)
	}
	if err == nil {
		err = p.cfg.Store.AckControl(kept, device, ack, p.cfg.Now())
	}
	if kind := fault.KindOf(err); kind == fault.Exhausted || kind == fault.Unavailable {
		if d, unread := p.cfg.Store.Device(kept, device); unread != nil || d.Pending > 0 {
			return p.failed(ctx, "a confirmation was not kept", err)
		}
	}
	if behind {
		return p.Nudged(ctx)
	}
	return p.noted(ctx, err)
}

// grew tells the sessions of copies of a device what this one was told.
func (p *Port) grew(device ident.Device) {
	if p.grown != nil {
		p.grown(device)
	}
}

func (p *Port) control(ctx context.Context, after uint64) peer.Event {
	device, _ := p.device()
	entries, err := p.cfg.Store.Control(ctx, device, after)
	if err != nil {
		return p.failed(ctx, "control log cannot be read", err)
	}
	return peer.ControlLoaded{Entries: entries}
}
