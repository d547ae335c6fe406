// SPDX-License-Identifier: Apache-2.0

package central

import (
	"context"
	"encoding/json"
	"fmt"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
)

// detail is what a receipt says beyond outcome and version, as JSON in table
// receipt. It names records and fields, never values.
type detail struct {
	Reason  string            `json:"reason,omitempty"`
	Args    map[string]string `json:"args,omitempty"`
	Record  *header           `json:"record,omitempty"`
	Field   record.Field      `json:"field,omitempty"`
	Fields  []fieldOutcome    `json:"fields,omitempty"`
	Chained bool              `json:"chained,omitempty"`
	First   uint64            `json:"first,omitempty"`
	Decided bool              `json:"decided,omitempty"`
}

type fieldOutcome struct {
	Record  header         `json:"record"`
	Field   record.Field   `json:"field"`
	Outcome record.Outcome `json:"outcome"`
}

// header is record.Header without the scope, which is the lane's.
type header struct {
	ID      ident.Record  `json:"id"`
	Kind    record.Kind   `json:"kind"`
	Subject ident.Subject `json:"subject"`
}

func headerOf(h record.Header) header { return header{h.ID, h.Kind, h.Subject} }

func (h header) in(scope ident.Scope) record.Header {
	return record.Header{ID: h.ID, Kind: h.Kind, Scope: scope, Subject: h.Subject}
}

func detailOf(r record.Receipt) detail {
	d := detail{Reason: r.Reason, Args: r.Args, Field: r.Field, Chained: r.Chained, First: r.First, Decided: r.Decided}
	if r.Record != (record.Header{}) {
		h := headerOf(r.Record)
		d.Record = &h
	}
	for _, f := range r.Fields {
		d.Fields = append(d.Fields, fieldOutcome{headerOf(f.Record), f.Field, f.Outcome})
	}
	return d
}

func (d detail) fill(r *record.Receipt) {
	scope := r.Link.Lane.Scope
	r.Reason, r.Args, r.Field = d.Reason, d.Args, d.Field
	r.Chained, r.First, r.Decided = d.Chained, d.First, d.Decided
	if d.Record != nil {
		r.Record = d.Record.in(scope)
	}
	for _, f := range d.Fields {
		r.Fields = append(r.Fields, record.FieldOutcome{Record: f.Record.in(scope), Field: f.Field, Outcome: f.Outcome})
	}
}

// saveReceipts writes receipts of consecutive numbers, those that are just
// accepted, with consecutive versions, as runs.
func saveReceipts(c *conn, lid int64, list []record.Receipt) error {
	for i := 0; i < len(list); {
		r, n := list[i], 1
		for r.Outcome == record.Accepted && i+n < len(list) && list[i+n].Outcome == record.Accepted && list[i+n].Version == r.Version+record.Version(n) {
			n++
		}
		text := []byte{}
		if r.Outcome != record.Accepted {
			var err error
			if text, err = json.Marshal(detailOf(r)); err != nil {
				return err
			}
		}
		_, err := c.Exec(`INSERT INTO receipt (lid, first, count, outcome, version, detail) VALUES (?, ?, ?, ?, ?, ?)`,
			lid, int64(r.Link.Number), int64(n), int64(r.Outcome), int64(r.Version), string(text))
		if err != nil {
			return fmt.Errorf("save receipt: %w", err)
		}
		i += n
	}
	return nil
}

// replaceReceipt puts a receipt in the place of one that stands alone.
func replaceReceipt(c *conn, at place, r record.Receipt) error {
	text, err := json.Marshal(detailOf(r))
	if err != nil {
		return err
	}
	_, err = c.Exec(`UPDATE receipt SET outcome = ?, version = ?, detail = ? WHERE lid = ? AND first = ?`,
		int64(r.Outcome), int64(r.Version), string(text), at.lid, int64(at.number))
	if err != nil {
		return fmt.Errorf("replace receipt: %w", err)
	}
	return nil
}

// discard turns the receipt of a rejected change set into discarded.
func (in *intake) discard(number uint64) error {
	for i := range in.list {
		if r := &in.list[i]; r.Link.Number == number && r.Outcome == record.Rejected {
			r.Outcome = record.Discarded
		}
	}
	_, err := in.t.c.Exec(`UPDATE receipt SET outcome = ? WHERE lid = ? AND first = ? AND outcome = ?`,
		int64(record.Discarded), in.ln.lid, int64(number), int64(record.Rejected))
	return err
}

// Receipts implements store.Sync.
func (s *Store) Receipts(ctx context.Context, l record.Lane, from, to uint64) (list []record.Receipt, err error) {
	err = s.pool.read(ctx, func(c *conn) error {
		ln, err := laneOf(c, l)
		if err != nil {
			return err
		}
		if ln == nil || from == 0 || to < from || to >= ln.Next {
			return fault.New(fault.NotFound, "")
		}
		list, err = receipts(c, l, ln.lid, from, to)
		return err
	})
	return list, err
}

// Answer implements store.Sync.
func (s *Store) Answer(ctx context.Context, device ident.Device, l record.Lane, from, to uint64) (list []record.Receipt, chain wire.Digest, err error) {
	err = s.pool.read(ctx, func(c *conn) error {
		ln, err := laneOf(c, l)
		if err != nil || ln == nil || ln.device != device || from == 0 || to < from || to >= ln.Next {
			return err
		}
		if list, err = receipts(c, l, ln.lid, from, min(to, from+record.MaxFrameSets-1)); err != nil || len(list) == 0 {
			return err
		}
		chain, err = chainAt(c, ln.lid, wire.LaneStart(l), list[len(list)-1].Link.Number)
		return err
	})
	return list, chain, err
}

func receipts(c *conn, l record.Lane, lid int64, from, to uint64) (list []record.Receipt, err error) {
	err = c.query(func(r row) error {
		first, count, text := r.uint(0), r.uint(1), r.text(4)
		var d detail
		if text != "" {
			if err := json.Unmarshal([]byte(text), &d); err != nil {
				return fmt.Errorf("read receipt: %w", err)
			}
		}
		for n := max(first, from); n < first+count && n <= to; n++ {
			one := record.Receipt{Link: record.Link{Lane: l, Number: n}, Outcome: record.Outcome(r.int(2))}
			if one.Outcome.Applied() {
				one.Version = record.Version(r.uint(3) + n - first)
			}
			d.fill(&one)
			list = append(list, one)
		}
		return nil
	}, `
		SELECT first, count, outcome, version, detail
		FROM receipt
		WHERE lid = ?1 AND first >= (SELECT max(first) FROM receipt WHERE lid = ?1 AND first <= ?2) AND first <= ?3
		ORDER BY first`, lid, int64(from), int64(to))
	return list, err
}
