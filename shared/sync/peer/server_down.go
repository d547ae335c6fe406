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
	scope   ident.Scope
	view    string
	answers uint64         // the number of the Subscribe
	held    record.Version // durable on the device
	sent    record.Version // rows up to here were loaded to be sent
	began   record.Version // where it stood when the first page of those was loaded
	placing bool
	queued  bool           // waits for its turn to load
	loading bool           // a load is under way
	asked   Effect         // the last one
	first   *outSnapshot   // what has to be sent before changes; nil for nothing
	closing bool           // a checkpoint was loaded and is not confirmed, or the scope is under repair
	unheard record.Version // its version
	handed  bool           // it, or the list of a repair, was given to the connection
	mending mending        // how far its repair is
	moved   bool           // the head moved since the last load
}

// outlet is the way of pages from the store to the connection.
type outlet struct {
	turn     []ident.Scope // whose changes are to be loaded, in order
	loads    int           // loads under way
	pages    []page        // loaded, and not all given to the connection
	draining bool          // the connection has not sent yet what it was given
}

// page is what one load brought.
type page struct {
	of       *outScope
	messages []wire.Message
	closes   bool // with the last of them the device has a checkpoint to confirm, or a list to answer
}

// pageOf returns a page of rows, which boxes and a checkpoint may close.
func pageOf(of *outScope, rows []*wire.Rows, kept []*wire.Kept, checkpoint *wire.Checkpoint) page {
	p := page{of: of, closes: checkpoint != nil}
	for _, m := range rows {
		p.messages = append(p.messages, m)
	}
	for _, m := range kept {
		p.messages = append(p.messages, m)
	}
	if checkpoint != nil {
		p.messages = append(p.messages, checkpoint)
	}
	return p
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
		s.following[c.Scope] = &outScope{scope: c.Scope, view: c.View, answers: m.Number, placing: true}
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
	if ev.From == 0 && ev.Cursor.Held != nil {
		o.first = &outSnapshot{held: *ev.Cursor.Held}
	}
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
		o.asked = LoadChanges{Scope: scope, View: o.view, Since: o.held, After: o.sent, Began: o.began}
		if o.first != nil {
			o.asked = o.first.load(scope, o.view)
		}
		t.loads++
		s.do(o.asked)
	}
}

// changed takes a page, if it is still the answer to what was asked.
func (s *Server) changed(ev Changed) {
	if o := s.answers(ev.Asked.Scope, ev.Asked); o != nil {
		o.sent = max(o.sent, ev.To)
		s.outlet.pages = append(s.outlet.pages, pageOf(o, ev.Rows, ev.Kept, ev.Checkpoint))
		if ev.Checkpoint != nil {
			o.closing, o.unheard, o.began = true, ev.Checkpoint.Cursor.Version, 0
		} else {
			o.began = ev.Began
			s.more(o)
		}
	}
	s.hand()
	s.load()
}

// answers returns the scope whose load a store has answered; nil if that is no
// longer what is asked.
func (s *Server) answers(scope ident.Scope, asked Effect) *outScope {
	s.outlet.loads = max(0, s.outlet.loads-1)
	o := s.following[scope]
	if o == nil || !o.loading || o.asked != asked {
		return nil
	}
	o.loading = false
	return o
}

// more queues the next load of a scope of which not all was loaded.
func (s *Server) more(o *outScope) {
	o.moved = true
	s.pull(o.scope, o)
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
	if following[p.of.scope] != p.of || len(p.messages) == 0 {
		return nil
	}
	m := answering(p.messages[0], p.of.answers)
	p.messages = p.messages[1:]
	if len(p.messages) == 0 && p.closes {
		p.of.handed = true
	}
	return m
}

// answering returns a message that says which Subscribe it answers. Other sessions
// may have the same one: it is copied.
func answering(m wire.Message, number uint64) wire.Message {
	switch m := m.(type) {
	case *wire.Rows:
		out := *m
		out.Answers = number
		return &out
	case *wire.Checkpoint:
		out := *m
		out.Answers = number
		return &out
	case *wire.Repair:
		out := *m
		out.Answers = number
		return &out
	case *wire.Kept:
		out := *m
		out.Answers = number
		return &out
	case *wire.Snapshot:
		out := *m
		out.Checkpoint = answering(m.Checkpoint, number).(*wire.Checkpoint)
		return &out
	}
	return m // a piece belongs to the snapshot that was said to follow
}

func (s *Server) drained() {
	s.outlet.draining = false
	s.hand()
	s.load()
}

func (s *Server) have(m *wire.Have) {
	o := s.following[m.Scope]
	if o == nil || !o.handed || o.mending != whole || m.Version < o.unheard {
		return
	}
	s.paid()
	o.held, o.closing, o.handed = o.unheard, false, false
	s.do(Confirmed{Scope: m.Scope, Version: m.Version})
	s.pull(m.Scope, o)
}

// unconfirmed reports whether the device owes the confirmation of a checkpoint, or the
// answer to a list.
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
