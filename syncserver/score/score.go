// SPDX-License-Identifier: Apache-2.0

// Package score scores whole regions at the server, village by village, and tries out another card beside the one that counts.
//
// A village that somebody changed is not counted anew either: whose records changed since is asked of the store, what they came to
// then is made again from history and taken off, and what they come to now is put on.
//
// What a household comes to is not kept: it takes some microseconds to make it again, and a copy would have to be erased with the
// household. What is kept is the count of a village, with how far its records had come: a village that nobody changed is not read
// again, which is also how a run that was cut off goes on. Decisions keep their own result, package exposure.
package score

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"yuexin/shared/credit/scoring"
	"yuexin/shared/durable"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Village is what the households of one village come to.
type Village struct {
	Scope   ident.Scope    `json:"scope"`
	Seen    record.Version `json:"seen"` // how far its records had come
	N       int            `json:"n"`
	Steps   map[string]int `json:"steps"`   // how many are on each step of the first ladder
	Granted int64          `json:"granted"` // fen: limits together
	Sure    int64          `json:"sure"`    // percent of confidence, together
	Dispute int            `json:"dispute"` // how many have something in dispute
	Moved   bool           `json:"moved"`   // somebody wrote while it was counted: it may say more than Seen

	Trial *scoring.Trial `json:"-"` // nil without a rival
}

// Run is one card on one day.
type Run struct {
	Card  *scoring.Card
	Rival *scoring.Card // tried out beside it; nil: none
	Day   string
	Store record.Store
	Named int // how many households whose step changes are named, in each village

	// Catalogue and Changes let villages that were counted before be brought up to date, as in Was. Optional: without them all is
	// counted anew.
	Catalogue *record.Catalogue
	// Changes tells whose records changed in a scope after a version, and up to which version that is all.
	Changes func(ctx context.Context, scope ident.Scope, since record.Version) ([]ident.Subject, record.Version, error)
	Was     map[ident.Scope]Village // as they were counted by this Key
}

// Key names what a run's counts are by: another card, rival or day counts anew.
func (r Run) Key() string {
	digest := r.Card.Digest()
	key := hex.EncodeToString(digest[:8]) + " " + r.Day
	if r.Catalogue != nil { // what stood then is made again under its policies
		key += fmt.Sprintf(" %d", r.Catalogue.Version())
	}
	return key
}

// Village scores one village.
func (r Run) Village(ctx context.Context, scope ident.Scope) (Village, error) {
	v := Village{Scope: scope, Steps: map[string]int{}}
	base, err := r.Store.Base(ctx, scope)
	if err != nil {
		return v, err
	}
	v.Seen = base.Version
	var rival *scoring.Scorer
	if r.Rival != nil {
		rival, v.Trial = r.Rival.Scorer(), &scoring.Trial{Most: r.Named}
	}
	err = r.Card.Scorer().Each(ctx, r.Store, scope, r.Day, func(root record.Row, beside []record.Row, res *scoring.Result) error {
		v.add(res, 1)
		if rival == nil {
			return nil
		}
		after, err := rival.Score(root, beside, r.Day)
		if err == nil {
			v.Trial.Add(r.Card.Ladders[0], res, after)
		}
		return err
	})
	if err != nil {
		return v, err
	}
	after, err := r.Store.Base(ctx, scope)
	v.Moved = after.Version != v.Seen
	return v, err
}

// add puts a result on, or with -1 takes it off.
func (v *Village) add(r *scoring.Result, sign int) {
	v.N += sign
	if v.Steps[r.Grade()] += sign; v.Steps[r.Grade()] == 0 {
		delete(v.Steps, r.Grade())
	}
	v.Granted += int64(sign) * r.Granted()
	v.Sure += int64(sign) * int64(r.Confidence)
	if len(r.Disputed) > 0 {
		v.Dispute += sign
	}
}

// workers is how many villages are scored at once: as many as a small server has cores.
const workers = 2

// All scores villages. keep gets each as it is done, one at a time. Cancelling ctx ends it between two pages of records; what was kept stays.
func (r Run) All(ctx context.Context, villages []ident.Scope, keep func(Village)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	next := make(chan ident.Scope)
	var mu sync.Mutex // guards keep and errs
	var errs []error
	var work sync.WaitGroup
	for range workers {
		work.Go(func() {
			for scope := range next {
				v, err := r.next(ctx, scope)
				mu.Lock()
				if err == nil {
					keep(v)
				} else {
					errs = append(errs, fmt.Errorf("score %s: %w", scope, err))
					cancel()
				}
				mu.Unlock()
			}
		})
	}
	for _, scope := range villages {
		select {
		case next <- scope:
		case <-ctx.Done():
		}
	}
	close(next)
	work.Wait()
	return errors.Join(append(errs, ctx.Err())...)
}

// Kept is what is kept of the last run, in a file beside the records: counts of villages, no household.
type Kept struct {
	file string

	Run      string                  `json:"run"` // its Key
	Villages map[ident.Scope]Village `json:"villages"`
}

// Open reads what was kept in a folder. What cannot be read is made again.
func Open(dir string) (*Kept, error) {
	k := &Kept{file: filepath.Join(dir, "scores.json"), Villages: map[ident.Scope]Village{}}
	data, err := os.ReadFile(k.file)
	if errors.Is(err, fs.ErrNotExist) {
		return k, nil
	}
	if err != nil {
		return k, fmt.Errorf("read the counts of scores: %w", err)
	}
	if json.Unmarshal(data, k) != nil || k.Villages == nil {
		k.Run, k.Villages = "", map[ident.Scope]Village{}
	}
	return k, nil
}

// Waiting returns the villages, of some, that have to be scored for a run: those that changed since they were, or never were.
func (k *Kept) Waiting(ctx context.Context, r Run, villages []ident.Scope) ([]ident.Scope, error) {
	if k.Run != r.Key() {
		k.Run, k.Villages = r.Key(), map[ident.Scope]Village{}
	}
	var out []ident.Scope
	for _, scope := range villages {
		base, err := r.Store.Base(ctx, scope)
		if err != nil {
			return nil, err
		}
		if have, there := k.Villages[scope]; !there || have.Seen != base.Version {
			out = append(out, scope)
		}
	}
	return out, nil
}

// Keep writes down what was counted.
func (k *Kept) Keep(villages ...Village) error {
	for _, v := range villages {
		k.Villages[v.Scope] = v
	}
	data, err := json.Marshal(k)
	if err != nil {
		return fmt.Errorf("write the counts of scores: %w", err)
	}
	return durable.Replace(k.file, data, 0o600)
}
