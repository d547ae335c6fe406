// SPDX-License-Identifier: Apache-2.0

package consent_test

import (
	"context"
	"testing"

	"yuexin/shared/credit/consent"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// rows are what a store holds.
type rows map[ident.Record]record.Row

func (r rows) Get(_ context.Context, id ident.Record) (record.Row, error) {
	row, found := r[id]
	if !found {
		return row, fault.New(fault.NotFound, "record.missing")
	}
	return row, nil
}

// TestRule: a withdrawal ends a consent of the same person in the same scope, one that stands or that comes with it, and nothing
// else.
func TestRule(t *testing.T) {
	c := consent.Consent{Header: record.Header{ID: ident.Record{1}, Kind: consent.Kind, Scope: "unit:a", Subject: ident.Subject{1}}}
	there := rows{c.Header.ID: {Header: c.Header}, {2}: {Header: record.Header{ID: ident.Record{2}, Kind: "household", Scope: "unit:a", Subject: ident.Subject{1}}}}
	for _, tt := range []struct {
		name   string
		change func(*record.Write)
		in     rows
		beside []record.Write
		ok     bool
	}{
		{"one that stands", nil, there, nil, true},
		{"one that comes with it", nil, rows{}, []record.Write{{Op: record.Create, Header: c.Header}}, true},
		{"of somebody else", func(w *record.Write) { w.Header.Subject = ident.Subject{2} }, there, nil, false},
		{"in another scope", func(w *record.Write) { w.Header.Scope = "unit:b" }, there, nil, false},
		{"that is none", func(w *record.Write) { w.Fields["consent"] = record.OfBytes(ident.Record{2}.Bytes()) }, there, nil, false},
		{"that is not there", nil, rows{}, nil, false},
		{"unnamed", func(w *record.Write) { delete(w.Fields, "consent") }, there, nil, false},
	} {
		end := c.End(ident.Record{9}, 5, consent.Told)
		if tt.change != nil {
			tt.change(&end)
		}
		f, h, err := consent.Rule(t.Context(), tt.in, &record.ChangeSet{Act: record.Act{Writes: append(tt.beside, end)}})
		if err != nil || (f == nil) != tt.ok || f != nil && (f.Key != "consent.end.whose" || h.ID != end.Header.ID) {
			t.Errorf("%s: %v, %v", tt.name, f, err)
		}
	}
}
