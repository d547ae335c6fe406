// SPDX-License-Identifier: Apache-2.0

package hub_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/client"
	"yuexin/shared/sync/peer"
	"yuexin/shared/sync/wire"
	"yuexin/syncserver/hub"
	"yuexin/syncserver/store"
)

// talk is one session without a network: both machines, the device's disk and
// the server's port, and two queues of events.
type talk struct {
	t                  testing.TB
	device             *peer.Device
	server             *peer.Server
	disk               *client.Disk
	port               *hub.Port
	toDevice, toServer []peer.Event
	state              peer.State
	ends               []peer.End // of either end
}

func (w *world) talk(d *device, cfg hub.Config) *talk {
	w.t.Helper()
	k := &talk{
		t: w.t, device: peer.NewDevice(), server: peer.NewServer(),
		disk: client.NewDisk(d.config("")), port: hub.NewPort(cfg),
	}
	start, err := k.disk.Start(w.t.Context())
	w.must(err)
	k.toDevice = []peer.Event{start}
	k.toServer = []peer.Event{peer.Accepted{Server: cfg.Server, Catalogue: cfg.Catalogue}}
	return k
}

// run lets everything happen that waits, and returns how the device stands.
func (k *talk) run() peer.State {
	k.t.Helper()
	for len(k.toDevice)+len(k.toServer) > 0 {
		events := k.toServer
		k.toServer = nil
		for _, ev := range events {
			k.onServer(ev)
		}
		events = k.toDevice
		k.toDevice = nil
		for _, ev := range events {
			k.onDevice(ev)
		}
	}
	return k.state
}

func (k *talk) onServer(ev peer.Event) {
	for _, eff := range k.server.Step(time.Now().UnixMilli(), ev) {
		switch e := eff.(type) {
		case peer.Send:
			k.toDevice = append(k.toDevice, peer.Received(e))
		case peer.End:
			k.ends = append(k.ends, e)
		default:
			answer := k.port.Do(k.t.Context(), eff)
			if answer != nil {
				k.toServer = append(k.toServer, answer)
			}
			if c, ok := answer.(peer.Committed); ok { // what the hub learns from the store's Watch
				k.toServer = append(k.toServer, peer.HeadMoved{Scope: c.Lane.Scope})
			}
		}
	}
}

func (k *talk) onDevice(ev peer.Event) {
	k.t.Helper()
	for _, eff := range k.device.Step(reading().MonoMS, ev) {
		switch e := eff.(type) {
		case peer.Send:
			k.toServer = append(k.toServer, peer.Received(e))
		case peer.Progress:
			k.state = e.State
		case peer.End:
			k.ends = append(k.ends, e)
		default:
			answer, err := k.disk.Do(k.t.Context(), eff)
			if err != nil {
				k.t.Fatal(err)
			}
			if answer != nil {
				k.toDevice = append(k.toDevice, answer)
			}
		}
	}
}

// A whole session runs without a network or a goroutine, over the code that
// runs with them.
func TestSessionWithoutNetwork(t *testing.T) {
	w := open(t)
	a, b := w.device(), w.device()
	if !w.talk(a, w.config()).run().Settled {
		t.Fatal("an empty device does not settle")
	}
	h := a.add("示例陈秀英")
	for _, d := range []*device{a, b} {
		if !w.talk(d, w.config()).run().Settled {
			t.Fatal("a session does not settle")
		}
	}
	if got := b.text(h, "holder"); got != "示例陈秀英" {
		t.Errorf("arrived as %q", got)
	}
}

// weak is a store that fails in one way.
type weak struct {
	hub.Store
	grants, device error
}

func (s *weak) Grants(ctx context.Context, d ident.Device) ([]store.Grant, error) {
	if s.grants != nil {
		return nil, s.grants
	}
	return s.Store.Grants(ctx, d)
}

func (s *weak) Device(ctx context.Context, d ident.Device) (store.Device, error) {
	if s.device != nil {
		return store.Device{}, s.device
	}
	return s.Store.Device(ctx, d)
}

// A store that cannot answer for a moment takes no right from anybody: the
// device is asked to come back.
func TestTroubleIsNotLossOfRights(t *testing.T) {
	w := open(t)
	busy := errors.New("database is locked")
	cfg := w.config()
	st := &weak{Store: w.st}
	cfg.Store = st
	comesBack := func(k *talk) {
		t.Helper()
		if len(k.ends) != 2 || k.ends[1].RetryMS == 0 || k.ends[1].Fault == nil {
			t.Fatalf("ended as %+v, want both ends, and the device asked to come back", k.ends)
		}
	}

	st.grants = busy
	k := w.talk(w.device(), cfg)
	k.run()
	comesBack(k)

	st.grants = nil
	k = w.talk(w.device(), cfg)
	k.run()
	st.device = busy
	k.toServer = append(k.toServer, k.port.Nudged(t.Context()))
	k.run()
	comesBack(k)
}

// A port answers only what it is asked, and an unknown device is not a fault
// of the store.
func TestPortKnowsNoStranger(t *testing.T) {
	w := open(t)
	port := hub.NewPort(w.config())
	if ev, ok := port.Do(t.Context(), peer.Lookup{Device: ident.Device{9}}).(peer.Known); !ok || ev.Found {
		t.Errorf("got %+v", ev)
	}
	cfg := w.config()
	cfg.Store = &weak{Store: w.st, device: fault.New(fault.Unavailable, "")}
	ev := hub.NewPort(cfg).Do(t.Context(), peer.Lookup{Device: ident.Device{9}})
	if f, ok := ev.(peer.Failed); !ok || f.RetryMS == 0 {
		t.Errorf("got %+v", ev)
	}
	if ev := port.Do(t.Context(), peer.NoteStatus{Status: wire.Status{}}); ev != nil {
		t.Errorf("a status before the proof gives %+v", ev)
	}
}
