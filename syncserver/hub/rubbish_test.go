// SPDX-License-Identifier: Apache-2.0

package hub_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"yuexin/shared/sync/client"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/replica"
	"yuexin/shared/sync/replica/envelope"
	"yuexin/shared/sync/wire"
	"yuexin/syncserver/hub"
	"yuexin/syncserver/store"
)

// spoiled is a replica of whose frames a byte is flipped on their way out.
type spoiled struct {
	*replica.Replica
	d    *device
	at   func(size int) int
	bad  string          // always, in frames with a household of this holder
	once map[string]bool // otherwise once for each frame
	hits int
}

func (s *spoiled) NextFrame(ctx context.Context, lane record.Lane, from uint64, maxSets, maxBytes int) (*replica.Frame, error) {
	f, err := s.Replica.NextFrame(ctx, lane, from, maxSets, maxBytes)
	if f == nil || err != nil {
		return f, err
	}
	plain, err := envelope.Open(s.d.w.id.Box, f.Data)
	s.d.w.must(err)
	batch, err := wire.DecodeFrame(plain)
	s.d.w.must(err)
	name := fmt.Sprint(lane, f.From, f.To)
	hit := s.once != nil && !s.once[name] || slices.ContainsFunc(batch.Sets, func(cs record.ChangeSet) bool {
		return s.bad != "" && cs.Writes[0].Fields["holder"].Equal(record.OfText(s.bad))
	})
	if s.once != nil {
		s.once[name] = true
	}
	if hit {
		s.hits++
		f.Data = slices.Clone(f.Data)
		f.Data[s.at(len(f.Data))] ^= 0x55
	}
	return f, nil
}

// syncs settles a device whose frames are spoiled.
func (s *spoiled) syncs(t *testing.T) {
	t.Helper()
	cfg := s.d.config(s.d.w.web.URL)
	cfg.Replica = s
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if err := client.New(cfg).Once(ctx); err != nil {
		t.Fatalf("%v, after %d spoiled frames", err, s.hits)
	}
}

// places are where a byte is flipped: where the envelope says what it is, in the
// frame's head, in its signature, and in its content. (Some bytes of the content say
// nothing: two encodings may mean the same.)
var places = map[string]func(size int) int{
	"envelope":  func(int) int { return 0 },
	"head":      func(int) int { return 40 },
	"signature": func(int) int { return 150 },
	"end":       func(size int) int { return size - 1 },
}

// TestRubbish: what the server cannot read of a device holds up nothing else, in the
// one session in which that is found out. It is in the tray, and can be corrected.
func TestRubbish(t *testing.T) {
	for name, at := range places {
		t.Run(name, func(t *testing.T) {
			s := openSite(t)
			a, b := s.granted(), s.granted()
			want := map[record.Header]string{}
			var bad record.Header
			for _, holder := range []string{"甲", "乙", "坏", "丙", "丁"} {
				if h := a.add(holder); holder == "坏" {
					bad = h
				} else {
					want[h] = holder
				}
			}
			r := &spoiled{Replica: a.replica, d: a, at: at, bad: "坏"}
			r.syncs(t)
			s.inTray(a, bad, want, b)
			hits := r.hits
			r.syncs(t)
			if r.hits != hits {
				t.Error("what was put aside is sent again by itself")
			}
			s.corrected(a, bad, want, b)
		})
	}
}

// inTray wants one change set of a device in its tray, and everything else at the server
// and on the other device.
func (s *site) inTray(a *device, bad record.Header, want map[record.Header]string, b *device) {
	s.t.Helper()
	tray, err := a.replica.Tray(s.t.Context())
	s.must(err)
	if len(tray) != 1 || len(tray[0].Items) != 1 || tray[0].Items[0].Set.Writes[0].Header != bad || tray[0].Items[0].Receipt.Reason != "sync.reject.unread" {
		s.t.Fatalf("tray: %+v, want what could not be read, unsent %+v", tray, a.replica.Unsent())
	}
	if st, err := a.replica.Status(s.t.Context()); err != nil || st.Waiting != 0 || st.Refused != 1 {
		s.t.Errorf("status %+v, %v: want nothing waiting and one refused", st, err)
	}
	s.check(len(want), want, a, b)
}

// corrected wants that what is in the tray can be corrected.
func (s *site) corrected(a *device, bad record.Header, want map[record.Header]string, b *device) {
	s.t.Helper()
	tray, err := a.replica.Tray(s.t.Context())
	s.must(err)
	_, err = a.replica.Resubmit(s.t.Context(), a.session, tray[0].Items[0].Receipt.Link, record.Act{
		Name: "household.register", Scope: village, Source: record.Officer,
		Writes: []record.Write{{Op: record.Create, Header: bad, Fields: map[record.Field]record.Value{"holder": record.OfText("好")}}},
	})
	s.must(err)
	want[bad] = "好"
	s.check(len(want), want, a, b)
	if tray, err := a.replica.Tray(s.t.Context()); err != nil || len(tray) != 0 {
		s.t.Errorf("the tray after the correction: %+v, %v", tray, err)
	}
}

// trap panics where the server handles a frame with a household of this holder.
const trap = "坏 示例陈秀英"

func sprung(data []byte) {
	if bytes.Contains(data, []byte(trap)) {
		panic(trap)
	}
}

// trapped is a store that panics before it commits such a frame, or after.
type trapped struct {
	hub.Store
	after bool
}

func (s trapped) Commit(ctx context.Context, sub store.Submission) (list []record.Receipt, err error) {
	if s.after {
		list, err = s.Store.Commit(ctx, sub)
	}
	for _, cs := range sub.Batch.Sets {
		sprung([]byte(cs.Writes[0].Fields["holder"].Text()))
	}
	if !s.after {
		list, err = s.Store.Commit(ctx, sub)
	}
	return list, err
}

// TestPanickingFrame: a change set over which the server panics, while it opens, proves
// or commits it, ends no session and holds up nothing else. It is in the tray; the log
// has the stack once and nothing of the content.
func TestPanickingFrame(t *testing.T) {
	plants := map[string]func(*hub.Config){
		"opening": func(c *hub.Config) {
			open := c.Open
			c.Open = func(data []byte) ([]byte, error) {
				plain, err := open(data)
				if batch, bad := wire.DecodeFrame(plain); bad == nil {
					for _, cs := range batch.Sets {
						sprung([]byte(cs.Writes[0].Fields["holder"].Text()))
					}
				}
				return plain, err
			}
		},
		"committing": func(c *hub.Config) { c.Store = trapped{Store: c.Store} },
	}
	for name, plant := range plants {
		t.Run(name, func(t *testing.T) {
			s := openSite(t)
			a, b := s.granted(), s.granted()
			want := map[record.Header]string{}
			var bad record.Header
			for _, holder := range []string{"甲", "乙", trap, "丙", "丁"} {
				if h := a.add(holder); holder == trap {
					bad = h
				} else {
					want[h] = holder
				}
			}
			cfg, out := s.config(s.st), &logged{}
			cfg.Metrics, cfg.Log = hub.NewMetrics(), slog.New(slog.NewTextHandler(out, nil))
			plant(&cfg)
			_, url := s.serve(cfg, func() {})
			s.must(a.client(url).Once(t.Context()))
			s.inTray(a, bad, want, b)
			log := out.String()
			if n := strings.Count(log, "stack="); n != 1 || !strings.Contains(log, "sprung") || strings.Contains(log, "示例") {
				t.Errorf("%d stacks are logged: %s", n, log)
			}
			if frames, ended := count(cfg.Metrics.Defective), count(cfg.Metrics.Panics); frames != 3 || ended != 0 {
				t.Errorf("%v frames met a defect, %v sessions ended; want the whole one and twice the change set alone", frames, ended)
			}
			s.corrected(a, bad, want, b)
		})
	}
}

// TestPanicAfterTheCommit: a frame that is in the store is not called unread, whatever
// happened then. Its receipts wait for the next session.
func TestPanicAfterTheCommit(t *testing.T) {
	s := openSite(t)
	a, b := s.granted(), s.granted()
	want := map[record.Header]string{a.add(trap): trap}
	cfg := s.config(s.st)
	cfg.Store = trapped{cfg.Store, true}
	_, url := s.serve(cfg, func() {})
	if err := a.client(url).Once(t.Context()); err == nil {
		t.Error("a sync without its receipt was called done")
	}
	s.check(1, want, a, b)
	if tray, err := a.replica.Tray(t.Context()); err != nil || len(tray) != 0 {
		t.Errorf("the tray has what stands at the server: %+v, %v", tray, err)
	}
}

// TestRubbishOnce: a frame that comes through the second time costs nobody anything.
func TestRubbishOnce(t *testing.T) {
	for name, at := range places {
		t.Run(name, func(t *testing.T) {
			s := openSite(t)
			a, b := s.granted(), s.granted()
			want := map[record.Header]string{}
			for _, holder := range []string{"甲", "乙", "丙"} {
				want[a.add(holder)] = holder
			}
			r := &spoiled{Replica: a.replica, d: a, at: at, once: map[string]bool{}}
			r.syncs(t)
			if r.hits == 0 {
				t.Error("nothing was spoiled: the test shows nothing")
			}
			if tray, err := a.replica.Tray(t.Context()); err != nil || len(tray) != 0 {
				t.Errorf("tray: %+v, %v", tray, err)
			}
			s.check(3, want, a, b)
		})
	}
}
