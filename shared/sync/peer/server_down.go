// SPDX-License-Identifier: Apache-2.0

package peer

import (
	"maps"
	"slices"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
)

// maxScopes bounds the subscriptions of one device.
const maxScopes = 4096

// maxPages is how many pages of rows one session has in memory or under way:
// the next is read while one is being sent. The other scopes wait their turn.
const maxPages = 2

// SendAhead is how many messages with rows one session hands to its connection
// before it waits to hear that they have left. A slow link therefore slows the
// reading of the store, and cannot fill a queue.
const SendAhead = 4

// outScope is the download of one scope.
type outScope struct {
	view    string
	answers uint64         // the number of the Subscribe
	held    record.Version // durable on the device
	sent    record.Version // rows up to here were loaded to be sent
	placing bool
	queued  bool           // waits for its turn to load
	loading bool           // a LoadChanges is under way
	asked   LoadChanges    // the last one
	closing bool           // a checkpoint was loaded and is not confirmed
	unheard record.Version // its version
	handed  bool           // it was given to the connection
	mending bool           // a LoadRepair is under way
	moved   bool           // the head moved since the last load
}

// outlet is the way of pages from the store to the connection.
type outlet struct {
	turn     []ident.Scope // whose changes are to be loaded, in order
	loads    int           // LoadChanges under way
	pages    []page        // loaded, and not all given to the connection
	draining bool          // the connection has not sent yet what it was given
}

// page is what one LoadChanges or LoadRepair brought.
type page struct {
	of         *outScope
	repair     *wire.Repair // what the rows are, if they mend a scope
	rows       []*wire.Rows
	kept       []*wire.Kept
	checkpoint *wire.Checkpoint
}

func (s *Server) subscribe(m *wire.Subscribe) {
	for _, c := range m.Cursors {
		delete(s.voided, c.Scope)
	}
	if s.off {
		return // a device that is switched off delivers, and gets nothing
	}
	if len(s.following)+len(m.Cursors) > maxScopes {
		s.fail(fault.New(fault.TooLarge, "sync.scopes"), 0)
		return
	}
	for _, c := range m.Cursors {
		s.following[c.Scope] = &outScope{view: c.View, answers: m.Number, placing: true}
		s.do(Place{c})
	}
}

func (s *Server) placed(ev Placed) {
	defer s.judge()
	o := s.following[ev.Cursor.Scope]
	if o == nil || !o.placing {
		return
	}
	for _, expect := range ev.Expect { // before it is told to purge the scope
		s.send(expect)
	}
	if ev.Told {
		s.do(LoadControl{After: s.control})
	}
	if !ev.Granted {
		delete(s.following, ev.Cursor.Scope)
		return
	}
	o.placing = false
	if ev.Reset != nil {
		delete(s.following, ev.Cursor.Scope)
		ev.Reset.Answers = o.answers
		s.send(ev.Reset)
		s.void(ev.Cursor.Scope)
		return
	}
	o.held, o.sent, o.moved = ev.From, ev.From, true
	s.pull(ev.Cursor.Scope, o)
}

// pull queues a scope whose changes are to be loaded, unless that is under way
// or a checkpoint is unconfirmed: a slow device gets fewer and larger steps,
// never a queue.
func (s *Server) pull(scope ident.Scope, o *outScope) {
	if o.placing || o.queued || o.loading || o.closing || !o.moved {
		return
	}
	o.queued = true
	s.outlet.turn = append(s.outlet.turn, scope)
	s.load()
}

// load begins the loads whose turn it is, while there is room for their pages.
func (s *Server) load() {
	t := &s.outlet
	for len(t.turn) > 0 && t.loads+len(t.pages) < maxPages {
		scope := t.turn[0]
		t.turn = t.turn[1:]
		o := s.following[scope]
		if o == nil || !o.queued {
			continue // no longer followed
		}
		o.queued, o.loading, o.moved = false, true, false
		o.asked = LoadChanges{Scope: scope, View: o.view, Since: o.held, After: o.sent}
		t.loads++
		s.do(o.asked)
	}
}

// changed takes a page, if it is still the answer to what was asked.
func (s *Server) changed(ev Changed) {
	s.outlet.loads = max(0, s.outlet.loads-1)
	scope := ev.Asked.Scope
	if o := s.following[scope]; o != nil && o.loading && o.asked == ev.Asked {
		o.loading = false
		o.sent = max(o.sent, ev.To)
		s.outlet.pages = append(s.outlet.pages, page{of: o, rows: ev.Rows, kept: ev.Kept, checkpoint: ev.Checkpoint})
		if ev.Checkpoint != nil {
			o.closing, o.unheard = true, ev.Checkpoint.Cursor.Version
		} else {
			o.moved = true
			s.pull(scope, o)
		}
	}
	s.hand()
	s.load()
}

// hand gives the connection as much as it may hold, unless it still holds what
// it was given.
func (s *Server) hand() {
	t := &s.outlet
	if t.draining {
		return
	}
	sent := 0
	for len(t.pages) > 0 && sent < SendAhead {
		p := &t.pages[0]
		m := p.next(s.following)
		if m == nil {
			t.pages = t.pages[1:]
			continue
		}
		s.send(m)
		sent++
	}
	if sent > 0 {
		t.draining = true
		s.do(Drain{})
	}
}

// next takes the next message off a page; nil when there is none, or when the
// scope is no longer followed.
func (p *page) next(following map[ident.Scope]*outScope) wire.Message {
	switch {
	case following[p.of.asked.Scope] != p.of:
		return nil
	case p.repair != nil:
		m := p.repair
		m.Answers, p.repair = p.of.answers, nil
		return m
	case len(p.rows) > 0:
		m := *p.rows[0] // other sessions may have it as well
		m.Answers, p.rows = p.of.answers, p.rows[1:]
		return &m
	case len(p.kept) > 0:
		m := *p.kept[0]
		m.Answers, p.kept = p.of.answers, p.kept[1:]
		return &m
	case p.checkpoint != nil:
		m := *p.checkpoint
		m.Answers, p.checkpoint, p.of.handed = p.of.answers, nil, true
		return &m
	}
	return nil
}

func (s *Server) drained() {
	s.outlet.draining = false
	s.hand()
	s.load()
}

func (s *Server) have(m *wire.Have) {
	o := s.following[m.Scope]
	if o == nil || !o.handed || m.Version < o.unheard {
		return
	}
	s.paid()
	o.held, o.closing, o.handed = o.unheard, false, false
	s.do(Confirmed{Scope: m.Scope, Version: m.Version})
	s.pull(m.Scope, o)
}

// unconfirmed reports whether the device owes the confirmation of a checkpoint.
func (s *Server) unconfirmed() bool {
	for _, o := range s.following {
		if o.handed {
			return true
		}
	}
	return false
}

func (s *Server) headMoved(scope ident.Scope) {
	if scope != "" {
		if o := s.following[scope]; o != nil {
			o.moved = true
			s.pull(scope, o)
		}
		return
	}
	for _, name := range slices.Sorted(maps.Keys(s.following)) {
		o := s.following[name]
		o.moved = true
		s.pull(name, o)
	}
}
