// SPDX-License-Identifier: Apache-2.0

// Package idle says when a laptop that nobody touches is locked: other people's data stand on its screen in an office, on
// a kitchen table, in a car. It has no clock: whoever uses it tells the time.
package idle

import (
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// Policy is one published version of the rule.
type Policy struct {
	Edition uint32 `json:"version"`
	Minutes int64  `json:"minutes"`      // without a touch, until the laptop locks
	Seconds int64  `json:"warn_seconds"` // of them, in which it says so before
}

// The bounds of a rule: what is shorter locks between two questions of a form, what is longer protects nobody.
const (
	minMinutes = 2
	maxMinutes = 60
)

// Parse reads a rule from its JSON form.
func Parse(r io.Reader) (*Policy, error) {
	p := new(Policy)
	dec := json.NewDecoder(r)
	dec.DisallowUnknownFields()
	if err := dec.Decode(p); err != nil {
		return nil, fmt.Errorf("read idle policy: %w", err)
	}
	switch {
	case p.Edition == 0:
		return nil, fmt.Errorf("idle policy: version is missing")
	case p.Minutes < minMinutes || p.Minutes > maxMinutes:
		return nil, fmt.Errorf("idle policy version %d: minutes is %d, not %d to %d", p.Edition, p.Minutes, minMinutes, maxMinutes)
	case p.Seconds < 0 || p.Seconds >= 60*p.Minutes:
		return nil, fmt.Errorf("idle policy version %d: warn_seconds is %d, not less than the minutes", p.Edition, p.Seconds)
	}
	return p, nil
}

// Version returns the version of the rule.
func (p *Policy) Version() uint32 { return p.Edition }

// State is what is to be done.
type State int

// The states.
const (
	Calm State = iota
	Warn       // say that the laptop will lock
	Lock
)

// Watch follows how long nobody has touched a laptop. The zero Watch has seen nobody: touch it first.
type Watch struct{ last time.Time }

// Touch notes that somebody is there.
func (w *Watch) Touch(now time.Time) { w.last = now }

// At tells what is to be done at a moment, and how long until the laptop locks. A clock that was set back counts as a
// touch: nobody can tell how long it was.
func (w *Watch) At(now time.Time, p *Policy) (State, time.Duration) {
	if now.Before(w.last) {
		w.last = now
	}
	left := time.Duration(p.Minutes)*time.Minute - now.Sub(w.last)
	switch {
	case left <= 0:
		return Lock, 0
	case left <= time.Duration(p.Seconds)*time.Second:
		return Warn, left
	}
	return Calm, left
}
