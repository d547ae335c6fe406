// SPDX-License-Identifier: Apache-2.0

package resident

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"time"

	"yuexin/shared/credit/consent"
	"yuexin/shared/credit/lending"
	"yuexin/shared/credit/receipt"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Receipts makes the records by which receipts of this page are known (package
// receipt), behind the page. The code of each is stretched, which is meant to take a
// processor a tenth of a second and 64 MB; nobody who hands in a form waits for that,
// nor does anybody behind them. The page knows the codes of its receipts without the
// record; a kiosk knows them once the record has come to it. Which record is lacking
// stands in the store alone: the process may be killed at any time.
type Receipts struct {
	c     Config
	after func(time.Duration) <-chan time.Time

	wake chan struct{} // something waits
	mu   sync.Mutex    // protects waiting
	// waiting are demands without a record, oldest first.
	waiting []ident.Record
}

const (
	// receiptRest lies between two records, so that the pages keep nearly all of
	// the processors while many demands come in.
	receiptRest = time.Second
	// receiptRetry is when what failed is tried again.
	receiptRetry = time.Minute
	// receiptsSince is how far back a start looks for records that are lacking.
	receiptsSince = 30 * 24 * time.Hour
)

// NewReceipts returns the maker of the records for the page of c; Run does the work.
// after is time.After, or the clock of a test.
func NewReceipts(c Config, after func(time.Duration) <-chan time.Time) *Receipts {
	return &Receipts{c: c, after: after, wake: make(chan struct{}, 1)}
}

// later notes that a demand has a receipt without a record.
func (r *Receipts) later(demand ident.Record) {
	r.mu.Lock()
	r.waiting = append(r.waiting, demand)
	r.mu.Unlock()
	select {
	case r.wake <- struct{}{}:
	default:
	}
}

// next takes the oldest of those that wait.
func (r *Receipts) next() (demand ident.Record, any bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.waiting) == 0 {
		r.waiting = nil
		return demand, false
	}
	demand, r.waiting = r.waiting[0], r.waiting[1:]
	return demand, true
}

// Run makes the records that are lacking, then those of demands as they come in, until
// ctx ends.
func (r *Receipts) Run(ctx context.Context) {
	for !r.look(ctx) {
		if !r.rest(ctx, receiptRetry) {
			return
		}
	}
	for {
		demand, any := r.next()
		if !any {
			select {
			case <-r.wake:
				continue
			case <-ctx.Done():
				return
			}
		}
		made, err := r.Make(ctx, demand)
		pause := receiptRest
		if err != nil && ctx.Err() == nil {
			r.c.Log.ErrorContext(ctx, "record of a receipt not made", fault.Attr(err))
			r.later(demand)
			pause = receiptRetry
		}
		if (made || err != nil) && !r.rest(ctx, pause) {
			return
		}
	}
}

func (r *Receipts) rest(ctx context.Context, d time.Duration) bool {
	select {
	case <-r.after(d):
		return true
	case <-ctx.Done():
		return false
	}
}

// look finds the demands of this page that a killed process left without a record.
func (r *Receipts) look(ctx context.Context) bool {
	since := binary.BigEndian.AppendUint64(nil, uint64(r.c.Now().Add(-receiptsSince).UnixMilli())<<16) // ids begin with their time
	q := record.Query{
		Kind: lending.KindDemand, After: ident.Record(append(since, make([]byte, ident.Size-len(since))...)),
		Where: []record.Term{{Field: "channel", Value: record.OfText(channel)}},
	}
	for row, err := range record.Each(ctx, r.c.Desk, q) {
		if err != nil {
			r.c.Log.ErrorContext(ctx, "receipts without a record not found", fault.Attr(err))
			return false
		}
		r.later(row.Header.ID)
	}
	return true
}

// Make makes the record of a demand's receipt and reports whether it did: not if there
// is one, and not for a demand that was erased.
func (r *Receipts) Make(ctx context.Context, demand ident.Record) (made bool, err error) {
	row, err := r.c.Desk.Get(ctx, demand)
	if fault.Is(err, fault.NotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read the demand: %w", err)
	}
	d := lending.DemandOf(row)
	have, err := r.c.Desk.List(ctx, receipt.Query(d.Receipt))
	if err != nil {
		return false, fmt.Errorf("look for a receipt: %w", err)
	}
	if len(have) > 0 {
		return false, nil
	}
	asked, err := r.asked(ctx, row, d.Consent)
	if err != nil {
		return false, err
	}
	base, err := r.c.Resident.Base(ctx, d.Header.Scope)
	if err != nil {
		return false, fmt.Errorf("read where the scope stands: %w", err)
	}
	id, err := ident.New[ident.Record](r.c.Now().UnixMilli(), r.c.Random)
	if err != nil {
		return false, err
	}
	h := record.Header{ID: id, Scope: d.Header.Scope, Subject: d.Header.Subject}
	entered := receipt.EnteredBy([]record.Write{asked}, lending.KindDemand)
	act := record.Act{Name: "receipt.make", Scope: h.Scope, Base: base, Source: record.SelfDeclared, Writes: []record.Write{
		receipt.Create(h, d.Receipt, codeOf(r.c.Key, demand), entered, d.Sample),
	}}
	if _, err := r.c.Resident.Apply(ctx, act); err != nil {
		return false, fmt.Errorf("make the record of a receipt: %w", err)
	}
	return true, nil
}

// asked returns the write that made a demand: what its fields held at the version of
// the consent, which was given in the same act and never changes.
func (r *Receipts) asked(ctx context.Context, row record.Row, given ident.Record) (record.Write, error) {
	consented, err := r.c.Desk.Get(ctx, given)
	if err == nil && consented.Header.Kind != consent.Kind {
		err = errors.New("the demand names no consent")
	}
	if err != nil {
		return record.Write{}, fmt.Errorf("read the consent: %w", err)
	}
	past, err := r.c.Desk.History(ctx, row.Header.ID)
	if err != nil {
		return record.Write{}, fmt.Errorf("read the past of the demand: %w", err)
	}
	w := record.Write{Header: row.Header, Fields: map[record.Field]record.Value{}}
	for name, state := range row.Fields {
		past = append(past, record.Past{Field: name, Head: state.Winner})
		for _, head := range state.Aside {
			past = append(past, record.Past{Field: name, Head: head})
		}
	}
	for _, p := range past {
		if p.Version == consented.Version {
			w.Fields[p.Field] = p.Value
		}
	}
	return w, nil
}

// codeOf is the lookup code of a demand's receipt. It is kept nowhere: the page
// makes it again when the same form is sent again.
func codeOf(key []byte, demand ident.Record) receipt.Code {
	return receipt.CodeFrom(key, demand.Bytes())
}
