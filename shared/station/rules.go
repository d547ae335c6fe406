// SPDX-License-Identifier: Apache-2.0

package station

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"yuexin/assets"
	"yuexin/shared/credit/rulebook"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// rulesFile holds the editions that this device has taken, those of keys among them. They
// are in force once PutInForce was called where nobody has a form open, or else from the
// next start of the program on: nobody works on under other rules than they began with.
const rulesFile = "rules.json"

// Standing is what a device makes of an edition.
type Standing string

// The standings of an edition.
const (
	InForce  Standing = "in force"
	Taken    Standing = "taken"                // in force as soon as nobody has a form open
	Waiting  Standing = "waiting"              // its moment has not come
	Unstood  Standing = "waiting for a second" // nobody but its signer stands for it: it does not count, and is not taken
	NotHere  Standing = "not here"             // the stage leaves this device out
	Replaced Standing = "replaced"             // there is a newer one, or the program brings one as new
	Stopped  Standing = "stopped"              // its stage was ended
	Refused  Standing = "refused"              // no known administrator signed it, or it does not fit
)

// Rule is an edition that was published, with what this device makes of it.
type Rule struct {
	rulebook.Edition
	Standing Standing
	Due      time.Time // when it is taken; zero unless Waiting
	Fault    error     // why it is refused
}

// ruleState is how a station stands with its rules.
type ruleState struct {
	book atomic.Pointer[rulebook.Book] // in force

	mu    sync.Mutex  // held while rules are taken or put in force
	taken atomic.Bool // some were taken that are not in force
}

// Book returns the rules in force. Work that was begun goes on with the book that it
// began with.
func (s *Station) Book() *rulebook.Book { return s.rules.book.Load() }

// SetBook makes a book the rules in force, for a station that has no folder.
func (s *Station) SetBook(b *rulebook.Book) { s.rules.book.Store(b) }

// loadBook reads the rules of the program and those that were taken since. Rules
// that do not fit any more, because another program was installed, are left out: a
// device always works.
func (s *Station) loadBook() error {
	policies, formFiles, cards := assets.Folder("policies"), assets.Folder("forms"), assets.Folder("scorecards")
	taken, err := s.takenEditions()
	var book *rulebook.Book
	if err == nil {
		book, err = rulebook.Load(policies, formFiles, cards, taken...)
	}
	if err != nil {
		s.Log.Error("the rules that were taken are not used", fault.Attr(err))
		book, err = rulebook.Load(policies, formFiles, cards)
	}
	if err == nil {
		s.SetBook(book)
	}
	return err
}

func (s *Station) takenEditions() (list []rulebook.Edition, err error) {
	data, err := os.ReadFile(s.path(rulesFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &list)
	}
	if err != nil {
		return nil, fmt.Errorf("read the rules that were taken: %w", err)
	}
	return list, nil
}

// RulesWait reports whether rules were taken that PutInForce would put in force.
func (s *Station) RulesWait() bool { return s.rules.taken.Load() }

// PutInForce makes the rules that were taken the ones in force, and reports whether there
// were any. Call it where nobody has a form open; whoever works on takes Book, Store and
// Viewer anew.
func (s *Station) PutInForce() (bool, error) {
	s.rules.mu.Lock()
	defer s.rules.mu.Unlock()
	if !s.rules.taken.Swap(false) {
		return false, nil
	}
	if err := s.loadBook(); err != nil {
		return false, err
	}
	if s.Replica != nil {
		s.Replica.SetRules(s.Book().Catalogue, s.Book().Access)
	}
	s.Log.Info("published rules are in force")
	return true, nil
}

// published returns the editions that arrived, newest first.
func (s *Station) published(ctx context.Context) ([]rulebook.Edition, error) {
	rows, err := s.Store().List(ctx, record.Query{Kind: rulebook.Kind, Scope: ident.Ref, Newest: true, Limit: 1000})
	if err != nil {
		return nil, err
	}
	list := make([]rulebook.Edition, len(rows))
	for i, row := range rows {
		list[i] = rulebook.EditionOf(row)
	}
	return list, nil
}

// ring returns whose signatures count here: those of the enrolment, and who followed.
func (s *Station) ring(taken []rulebook.Edition) rulebook.Ring {
	e := s.Enrolment
	base := rulebook.Ring{Version: e.KeysVersion, Admins: e.Admins}
	copy(base.Digest[:], e.KeysDigest)
	return base.FollowAll(taken)
}

// TakeRules looks at what was published, takes what is due on this device, and
// returns all of it, newest first. What none of the administrators signed whom the device
// knows, from its enrolment or from one another, is refused, and so is what does not fit
// the rest. What it takes is in force after PutInForce.
func (s *Station) TakeRules(ctx context.Context, now time.Time) ([]Rule, error) {
	s.rules.mu.Lock()
	defer s.rules.mu.Unlock()
	all, err := s.published(ctx)
	if err != nil {
		return nil, err
	}
	before, err := s.takenEditions()
	if err != nil {
		before = nil // what cannot be read is replaced
	}
	j := judge{all: all, device: s.Enrolment.Device, have: s.Book().Version, now: now}
	for _, c := range s.Replica.Cursors() {
		j.held = append(j.held, c.Scope)
	}
	oldest := slices.Clone(all)
	slices.Reverse(oldest) // of two lists that could follow, the one that came first
	j.ring = s.ring(before).FollowAll(oldest)
	rules, due := make([]Rule, len(all)), slices.Clone(before)
	for i, e := range all {
		rules[i] = j.rule(e)
		if rules[i].Standing == Refused {
			s.Log.Error("published rules are refused", "what", e.What, "version", e.Version, "by", e.By)
		}
		if r := rules[i]; (r.Standing == Taken || r.What == rulebook.OfKeys && r.Standing != Refused) && !slices.ContainsFunc(before, r.same) {
			due = append(due, r.Edition)
		}
	}
	if len(due) > len(before) {
		if _, err := rulebook.Load(assets.Folder("policies"), assets.Folder("forms"), assets.Folder("scorecards"), due...); err != nil {
			refuseAll(rules, before, err)
			s.Log.Error("published rules do not fit and are not taken", fault.Attr(err))
			due = slices.DeleteFunc(due, func(e rulebook.Edition) bool { // who may sign does not hang on it
				return e.What != rulebook.OfKeys && !slices.ContainsFunc(before, Rule{Edition: e}.same)
			})
		}
	}
	return rules, s.keepRules(ctx, j.ring, before, due)
}

// keepRules writes down what was taken, and makes the administrators of the ring those
// who can recover a passphrase.
func (s *Station) keepRules(ctx context.Context, ring rulebook.Ring, before, due []rulebook.Edition) error {
	if s.ReadOnly {
		return nil
	}
	if len(due) > len(before) {
		if err := s.writeJSON(rulesFile, due); err != nil {
			return err
		}
	}
	if slices.ContainsFunc(due, func(e rulebook.Edition) bool {
		return e.What != rulebook.OfKeys && e.Version > s.Book().Version(e.What, e.Name)
	}) {
		s.rules.taken.Store(true)
	}
	if ring.Version == 0 {
		return nil // nobody came or went since the enrolment
	}
	return s.Replica.SetAdmins(ctx, ring.Admins)
}

// FollowRules takes what is due, at once and whenever records changed or time passed,
// until ctx ends. after is time.After outside of tests.
func (s *Station) FollowRules(ctx context.Context, now func() time.Time, after func(time.Duration) <-chan time.Time) {
	changes := s.Replica.Watch(ctx)
	for ctx.Err() == nil {
		if _, err := s.TakeRules(ctx, now()); err != nil && ctx.Err() == nil {
			s.Log.Error("look at published rules", fault.Attr(err))
		}
		due := after(ruleEvery)
		select {
		case <-ctx.Done():
			return
		case <-due:
			continue
		case <-changes:
		}
		for settled := after(ruleHeap); settled != nil; {
			select {
			case <-ctx.Done():
				return
			case <-changes:
			case <-settled:
				settled = nil
			}
		}
	}
}

// How often published rules are looked at: their moment may have come, and changes come
// in heaps.
const (
	ruleEvery = time.Minute
	ruleHeap  = 2 * time.Second
)

// judge says what becomes of editions on a device.
type judge struct {
	all    []rulebook.Edition
	ring   rulebook.Ring
	device ident.Device
	held   []ident.Scope
	have   func(what, name string) uint32 // the version in force
	now    time.Time
}

// rule says what becomes of one edition, by itself.
func (j *judge) rule(e rulebook.Edition) Rule {
	r := Rule{Edition: e, Standing: Taken}
	switch e.What {
	case rulebook.OfKeys:
		r.Standing, r.Fault = j.keys(e)
		return r
	case rulebook.OfStage:
		r.Standing, r.Fault = j.stage(e)
		return r
	}
	if r.Fault = j.ring.Signed(e); r.Fault != nil {
		r.Standing = Refused
		return r
	}
	switch have := j.have(e.What, e.Name); {
	case e.Version < have:
		r.Standing = Replaced
		return r
	case e.NeedsSecond() && !e.Seconded(j.signed()):
		r.Standing = Unstood
		return r
	case e.Version == have:
		r.Standing = InForce
		return r
	}
	stage := e.StageOf(j.signed())
	ms, here := e.Due(stage, j.device, j.held)
	switch due := time.UnixMilli(ms); {
	case stage.Percent == 0:
		r.Standing = Stopped
	case !here:
		r.Standing = NotHere
	case due.After(j.now):
		r.Standing, r.Due = Waiting, due
	}
	return r
}

// signed returns the editions that count.
func (j *judge) signed() []rulebook.Edition {
	return slices.DeleteFunc(slices.Clone(j.all), func(e rulebook.Edition) bool { return j.ring.Signed(e) != nil })
}

// keys says where an edition of keys stands, of which the ring has followed what follows.
func (j *judge) keys(e rulebook.Edition) (Standing, error) {
	switch {
	case e.Version == j.ring.Version && e.Digest() == j.ring.Digest:
		return InForce, nil
	case e.Version < j.ring.Version:
		return Replaced, nil
	}
	_, err := j.ring.Follow(e)
	return Refused, err
}

// stage says where a stage of another edition stands.
func (j *judge) stage(e rulebook.Edition) (Standing, error) {
	if err := j.ring.Signed(e); err != nil {
		return Refused, err
	}
	newer := func(other rulebook.Edition) bool {
		return other.What == e.What && other.Name == e.Name && other.Content == e.Content && other.Version > e.Version && j.ring.Signed(other) == nil
	}
	if slices.ContainsFunc(j.all, newer) {
		return Replaced, nil
	}
	return InForce, nil
}

func (r Rule) same(e rulebook.Edition) bool {
	return e.What == r.What && e.Name == r.Name && e.Version == r.Version
}

// refuseAll marks what would have been taken and does not fit together.
func refuseAll(rules []Rule, before []rulebook.Edition, err error) {
	for i := range rules {
		if r := &rules[i]; r.Standing == Taken && !slices.ContainsFunc(before, r.same) {
			r.Standing, r.Fault = Refused, fault.New(fault.Invalid, "rules.unfit").WithCause(err)
		}
	}
}
