// SPDX-License-Identifier: Apache-2.0

package desk

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"time"

	"yuexin/shared/credit/consent"
	"yuexin/shared/credit/myfile"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Filer decides which file card of a household lives, and keeps the file that it opens up to date. It works behind the writes of
// others: what it does depends on what stands in the village alone, so that it may be killed, run twice, or be late.
type Filer struct {
	Desk  Desk
	Rules func() myfile.Rules // those in force
	// Uses returns who saw something of the people of a village, by subject; nil where nobody keeps a log.
	Uses func(ctx context.Context, scope ident.Scope, of []ident.Subject) (map[ident.Subject][]consent.Use, error)
	// Limits returns what the households of a village may ask for after whole-village credit, by household; nil where there is none.
	Limits func(ctx context.Context, scope ident.Scope) (map[ident.Record]*myfile.Limit, error)
	Log    *slog.Logger
	// After is time.After, or the clock of a test.
	After func(time.Duration) <-chan time.Time
}

// Again is how often all villages are looked at: who saw something changes nothing in a village.
const Again = 6 * time.Hour

// Run keeps the files of all villages, then those of each village that changes, and of all of them Again, until heads is closed.
// The empty scope means: look at all of them. What failed is tried again.
func (f Filer) Run(ctx context.Context, heads <-chan ident.Scope) {
	round{what: "file cards", log: f.Log, after: f.After, all: f.villages, village: f.Village, again: Again}.run(ctx, heads)
}

// villages returns those in which a card was ever asked for.
func (f Filer) villages(ctx context.Context) (map[ident.Scope]bool, error) {
	out := map[ident.Scope]bool{}
	return out, f.Desk.each(ctx, record.Query{Kind: myfile.KindRequest}, func(row record.Row) { out[row.Header.Scope] = true })
}

// Village settles the cards of one village: of each household the card that was asked for last lives, its sheet holds what stands
// in the village now, and every other card is dead. A card that cannot be settled holds up no other.
func (f Filer) Village(ctx context.Context, scope ident.Scope) error {
	var asked []record.Row
	err := f.Desk.each(ctx, record.Query{Kind: myfile.KindRequest, Scope: scope}, func(row record.Row) { asked = append(asked, row) })
	if err != nil || len(asked) == 0 {
		return err
	}
	sheets := map[ident.Record]myfile.Sheet{}
	err = f.Desk.each(ctx, record.Query{Kind: myfile.KindSheet, Scope: scope}, func(row record.Row) { sheets[row.Header.ID] = myfile.SheetOf(row) })
	if err != nil {
		return err
	}
	requests := myfile.Requests(asked)
	living := myfile.Living(requests)
	about, err := f.about(ctx, scope, living)
	if err != nil {
		return err
	}
	var uses map[ident.Subject][]consent.Use
	if f.Uses != nil {
		if uses, err = f.Uses(ctx, scope, slices.Collect(maps.Keys(about))); err != nil {
			return err
		}
	}
	var limits map[ident.Record]*myfile.Limit
	if f.Limits != nil {
		if limits, err = f.Limits(ctx, scope); err != nil {
			return err
		}
	}
	var errs []error
	for _, r := range requests {
		if r.Why == myfile.Stop {
			continue
		}
		h := header(r)
		sheet, there := sheets[h.ID]
		var rows []record.Row // none: the card is dead
		if living[r.Header.Subject].Header.ID == r.Header.ID {
			rows = about[r.Header.Subject]
		}
		errs = append(errs, f.card(ctx, r, h, sheet, there, rows, uses[r.Header.Subject], limits[r.Of]))
	}
	return errors.Join(errs...)
}

// about reads all records of the subjects whose cards live, by subject.
func (f Filer) about(ctx context.Context, scope ident.Scope, living map[ident.Subject]myfile.Request) (map[ident.Subject][]record.Row, error) {
	out := map[ident.Subject][]record.Row{}
	for _, kind := range f.Rules().Kinds() {
		err := f.Desk.each(ctx, record.Query{Kind: kind, Scope: scope}, func(row record.Row) {
			if _, card := living[row.Header.Subject]; card {
				out[row.Header.Subject] = append(out[row.Header.Subject], row)
			}
		})
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// card puts one sheet where it belongs. rows are all records of whose card lives; a household that is deleted has no card.
func (f Filer) card(ctx context.Context, r myfile.Request, h record.Header, s myfile.Sheet, there bool, rows []record.Row, uses []consent.Use, limit *myfile.Limit) error {
	next := myfile.Sheet{Header: h, Card: r.Card, State: myfile.Dead, Sample: r.Sample}
	root := slices.IndexFunc(rows, func(row record.Row) bool { return row.Header.ID == r.Of })
	if root < 0 {
		if there && s.State == myfile.Dead {
			return nil
		}
		return f.put(ctx, "filecard.end", next, there)
	}
	file := f.Rules().Make(rows[root], rows, uses, f.Desk.Now().In(zone))
	file.Limit = limit
	digest, err := file.Digest()
	if err != nil || there && s.State == myfile.Lives && bytes.Equal(s.Digest, digest) {
		return err
	}
	next.State, next.Wrapped, next.Digest = myfile.Lives, r.Lock.Wrapped, digest
	if next.Sealed, err = r.Lock.Seal(f.Desk.Random, file, h); err != nil {
		return err
	}
	return f.put(ctx, "filecard.file", next, there)
}

// header is where the sheet of a request stands. It follows from the request, so that however often this runs there is one.
func header(r myfile.Request) record.Header {
	id := r.Header.ID
	id[len(id)-1] ^= 1
	return record.Header{ID: id, Kind: myfile.KindSheet, Scope: r.Header.Scope, Subject: r.Header.Subject}
}

func (f Filer) put(ctx context.Context, act string, s myfile.Sheet, there bool) error {
	op := record.Create
	if there {
		op = record.Edit
	}
	return f.Desk.apply(ctx, act, s.Header.Scope, s.Write(op))
}
