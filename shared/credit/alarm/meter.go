// SPDX-License-Identifier: Apache-2.0

package alarm

import (
	"container/list"
	"strconv"
	"sync"
	"time"

	"yuexin/shared/ident"
)

// maxCount bounds how often something may have to happen, and with it what the meter remembers of one source.
const maxCount = 500

// maxSources bounds what the meter remembers; whoever was quiet longest is forgotten first.
const maxSources = 20_000

// Scan is something that happened at the page behind a plate: Forged, Serial (a plate was opened), Replay or VoidScans.
type Scan struct {
	Kind   Kind
	Source string       // a mark of whoever did it, not an address
	Thing  string       // of Serial the plate, of Replay the form, of VoidScans the plate; "" of Forged
	Plate  ident.Record // of VoidScans and Replay, where the alarm stands
	At     time.Time
}

// Meter counts scans and says when they are an alarm: once, until its window has gone by. It is safe for concurrent use and
// keeps nothing on disk: a server that starts anew begins to count.
type Meter struct {
	mu   sync.Mutex
	seen map[string]*list.Element // guarded by mu; values are *counted
	last *list.List               // guarded by mu; the quietest in front
}

type counted struct {
	key    string
	times  map[string]time.Time // of each different thing
	next   int                  // names things that all count
	silent time.Time            // no alarm before
}

// NewMeter returns a meter that has seen nothing.
func NewMeter() *Meter { return &Meter{seen: map[string]*list.Element{}, last: list.New()} }

// Note counts a scan, and returns how often such happened when that is an alarm, 0 otherwise. Different plates count for Serial;
// all else counts each time: tokens by their source, the same form by source and form, a void plate by the plate.
func (m *Meter) Note(p *Policy, s Scan) int {
	burst := p.burst(s.Kind)
	if burst.Count == 0 {
		return 0
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	c := m.ofLocked(s)
	if s.Kind == Serial {
		c.times[s.Thing] = s.At
	} else {
		c.next++
		c.times[strconv.Itoa(c.next)] = s.At
	}
	window := time.Duration(burst.Minutes) * time.Minute
	for thing, at := range c.times {
		if s.At.Sub(at) > window {
			delete(c.times, thing)
		}
	}
	n := len(c.times)
	if n > maxCount {
		c.times = map[string]time.Time{}
	}
	if n < burst.Count || s.At.Before(c.silent) {
		return 0
	}
	c.silent = s.At.Add(window)
	return n
}

// ofLocked returns what was counted of whoever did s, or begins it.
func (m *Meter) ofLocked(s Scan) *counted {
	key := string(s.Kind) + " "
	switch s.Kind {
	case VoidScans:
		key += s.Thing
	case Replay:
		key += s.Source + " " + s.Thing
	default:
		key += s.Source
	}
	if e, known := m.seen[key]; known {
		m.last.MoveToBack(e)
		return e.Value.(*counted)
	}
	if len(m.seen) >= maxSources {
		oldest := m.last.Front()
		delete(m.seen, oldest.Value.(*counted).key)
		m.last.Remove(oldest)
	}
	c := &counted{key: key, times: map[string]time.Time{}}
	m.seen[key] = m.last.PushBack(c)
	return c
}
