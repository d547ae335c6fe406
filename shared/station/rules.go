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
	"time"

	"yuexin/assets"
	"yuexin/shared/credit/rulebook"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// rulesFile holds the editions that this device has taken. They are in force from
// the start of the program on that finds them here: nobody who has a form open works
// on under other rules than they began with.
const rulesFile = "rules.json"

// Standing is what a device makes of an edition.
type Standing string

// The standings of an edition.
const (
	InForce  Standing = "in force"
	Taken    Standing = "taken"    // in force from the next start of the program on
	Waiting  Standing = "waiting"  // its moment has not come
	NotHere  Standing = "not here" // the stage leaves this device out
	Replaced Standing = "replaced" // there is a newer one, or the program brings one as new
	Refused  Standing = "refused"  // no known administrator signed it, or it does not fit
)

// Rule is an edition that was published, with what this device makes of it.
type Rule struct {
	rulebook.Edition
	Standing Standing
	Due      time.Time // when it is taken; zero unless Waiting
	Fault    error     // why it is refused
}

// loadBook reads the rules of the program and those that were taken since. Rules
// that do not fit any more, because another program was installed, are left out: a
// device always works.
func (s *Station) loadBook() (err error) {
	policies, formFiles := assets.Folder("policies"), assets.Folder("forms")
	taken, err := s.takenEditions()
	if err == nil {
		s.Book, err = rulebook.Load(policies, formFiles, taken...)
	}
	if err == nil {
		return nil
	}
	s.Log.Error("the rules that were taken are not used", fault.Attr(err))
	s.Book, err = rulebook.Load(policies, formFiles)
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

// TakeRules looks at what was published, takes what is due on this device, and
// returns all of it, newest first. What no administrator signed whom the device
// knows from its enrolment is refused, and so is what does not fit the rest.
func (s *Station) TakeRules(ctx context.Context, now time.Time) ([]Rule, error) {
	rows, err := s.Store().List(ctx, record.Query{Kind: rulebook.Kind, Scope: ident.Ref, Newest: true, Limit: 1000})
	if err != nil {
		return nil, err
	}
	held := []ident.Scope{}
	for _, c := range s.Replica.Cursors() {
		held = append(held, c.Scope)
	}
	before, err := s.takenEditions()
	if err != nil {
		before = nil // what cannot be read is replaced
	}
	rules, due := make([]Rule, len(rows)), slices.Clone(before)
	for i, row := range rows {
		rules[i] = s.judgeRule(rulebook.EditionOf(row), held, now)
		if rules[i].Standing == Taken && !slices.ContainsFunc(before, rules[i].same) {
			due = append(due, rules[i].Edition)
		}
	}
	if len(due) == len(before) {
		return rules, nil
	}
	if _, err := rulebook.Load(assets.Folder("policies"), assets.Folder("forms"), due...); err != nil {
		refuseAll(rules, before, err)
		s.Log.Error("published rules do not fit and are not taken", fault.Attr(err))
		return rules, nil
	}
	if s.ReadOnly {
		return rules, nil
	}
	return rules, s.writeJSON(rulesFile, due)
}

// judgeRule says what becomes of one edition, by itself.
func (s *Station) judgeRule(e rulebook.Edition, held []ident.Scope, now time.Time) Rule {
	r := Rule{Edition: e, Standing: Taken}
	if !s.signed(e) {
		r.Standing, r.Fault = Refused, fault.New(fault.NotAllowed, "rules.unsigned").With("version", fmt.Sprint(e.Version))
		s.Log.Error("published rules are not signed by a known administrator", "what", e.What, "version", e.Version)
		return r
	}
	switch have := s.Book.Version(e.What, e.Name); {
	case e.Version < have:
		r.Standing = Replaced
		return r
	case e.Version == have:
		r.Standing = InForce
		return r
	}
	ms, here := e.Due(s.Enrolment.Device, held)
	switch due := time.UnixMilli(ms); {
	case !here:
		r.Standing = NotHere
	case due.After(now):
		r.Standing, r.Due = Waiting, due
	}
	return r
}

func (s *Station) signed(e rulebook.Edition) bool {
	for _, admin := range s.Enrolment.Admins {
		if admin.ID().String() == e.By && admin.Sign.Verify(rulebook.Context, e.SignedBytes(), e.Signature) == nil {
			return e.Check() == nil
		}
	}
	return false
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
