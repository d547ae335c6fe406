// SPDX-License-Identifier: Apache-2.0

package audit_test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"iter"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/audit"
	"yuexin/shared/sync/record"
)

var aLog = audit.Log{Device: ident.Device{1}, ID: ident.Incarnation{2}}

// prove is the keyed proof of the tests.
func prove(r audit.Row) []byte {
	mac := hmac.New(sha256.New, []byte("key"))
	mac.Write(aLog.Sealed(r))
	return mac.Sum(nil)[:16]
}

// write returns a log of n entries.
func write(t *testing.T, n int) []audit.Row {
	t.Helper()
	var rows []audit.Row
	s := aLog.Start()
	for i := range n {
		rows = append(rows, row(t, s, entry(uint64(i+1))))
		s = audit.State{Next: s.Next + 1, Chain: rows[i].Hash}
	}
	return rows
}

func entry(number uint64) audit.Entry {
	return audit.Entry{
		Number: number, AtMS: 1_795_000_000_000 + int64(number), Actor: ident.Actor{3}, Deed: audit.Read, What: "agent.person",
		Touched: []audit.Touch{{Kind: "household", Scope: "unit:here", Record: ident.Record{byte(number)}, Fields: []record.Field{"phone"}}},
	}
}

func row(t *testing.T, at audit.State, e audit.Entry) audit.Row {
	t.Helper()
	body, err := e.Encode()
	if err != nil {
		t.Fatal(err)
	}
	r := audit.Row{Number: at.Next, Body: body, Hash: aLog.Follow(at, body).Chain}
	r.Proof = prove(r)
	return r
}

func each(rows []audit.Row) iter.Seq2[audit.Row, error] {
	return func(yield func(audit.Row, error) bool) {
		for _, r := range rows {
			if !yield(r, nil) {
				return
			}
		}
	}
}

// rehash writes the chain of rows anew, as somebody does who knows how it is made
// and does not have the key.
func rehash(rows []audit.Row) {
	s := aLog.Start()
	for i := range rows {
		s = aLog.Follow(audit.State{Next: rows[i].Number, Chain: s.Chain}, rows[i].Body)
		rows[i].Hash = s.Chain
	}
}

// renumber gives the rows numbers without gaps.
func renumber(rows []audit.Row) []audit.Row {
	for i := range rows {
		rows[i].Number = uint64(i + 1)
	}
	return rows
}

func TestVerifyNamesTheRow(t *testing.T) {
	forged := func(n uint64) audit.Row {
		e := entry(n)
		e.What = "agent.nothing"
		body, _ := e.Encode()
		return audit.Row{Number: n, Body: body}
	}
	for _, tc := range []struct {
		name   string
		breaks func([]audit.Row) []audit.Row
		keyed  []audit.Finding // with the key
		bare   []audit.Finding // by the chain alone
	}{
		{"nothing", func(r []audit.Row) []audit.Row { return r }, nil, nil},
		{
			"a bit of an entry flipped", func(r []audit.Row) []audit.Row {
				r[4].Body = bytes.Replace(r[4].Body, []byte("phone"), []byte("phona"), 1)
				return r
			},
			[]audit.Finding{{audit.Changed, 5, 5}}, []audit.Finding{{audit.Changed, 5, 5}},
		},
		{
			"a hash flipped", func(r []audit.Row) []audit.Row { r[4].Hash[0] ^= 1; return r },
			[]audit.Finding{{audit.Changed, 5, 5}}, []audit.Finding{{audit.Changed, 5, 5}},
		},
		{
			"no entry any more", func(r []audit.Row) []audit.Row { r[4].Body = []byte("gone"); return r },
			[]audit.Finding{{audit.Changed, 5, 5}}, []audit.Finding{{audit.Changed, 5, 5}},
		},
		{
			"the first changed", func(r []audit.Row) []audit.Row { r[0].Hash[3] ^= 8; return r },
			[]audit.Finding{{audit.Changed, 1, 1}}, []audit.Finding{{audit.Changed, 1, 1}},
		},
		{
			"rows dropped", func(r []audit.Row) []audit.Row { return slices.Delete(r, 4, 6) },
			[]audit.Finding{{audit.Removed, 5, 6}}, []audit.Finding{{audit.Removed, 5, 6}},
		},
		{
			"a row dropped and the others moved up", func(r []audit.Row) []audit.Row { return renumber(slices.Delete(r, 4, 5)) },
			[]audit.Finding{{audit.Removed, 5, 5}, {audit.Truncated, 10, 10}}, []audit.Finding{{audit.Removed, 5, 5}, {audit.Truncated, 10, 10}},
		},
		{
			"two rows swapped", func(r []audit.Row) []audit.Row { r[4], r[6] = r[6], r[4]; return renumber(r) },
			[]audit.Finding{{audit.Reordered, 5, 7}, {audit.Reordered, 7, 5}}, []audit.Finding{{audit.Reordered, 5, 7}, {audit.Reordered, 7, 5}},
		},
		{
			"a row inserted and the others moved down", func(r []audit.Row) []audit.Row { return renumber(slices.Insert(r, 4, forged(5))) },
			[]audit.Finding{{audit.Inserted, 5, 5}}, []audit.Finding{{audit.Inserted, 5, 5}},
		},
		{
			"the tail cut", func(r []audit.Row) []audit.Row { return r[:8] },
			[]audit.Finding{{audit.Truncated, 9, 10}}, []audit.Finding{{audit.Truncated, 9, 10}},
		},
		{
			"a row added behind the end", func(r []audit.Row) []audit.Row { r = append(r, forged(11)); rehash(r); return r },
			[]audit.Finding{{audit.Inserted, 11, 11}}, nil, // without the key only a head tells
		},
		{
			"a row changed and all written anew from there", func(r []audit.Row) []audit.Row { r[4] = forged(5); rehash(r); return r },
			[]audit.Finding{
				{audit.Changed, 5, 5}, {audit.Changed, 6, 6}, {audit.Changed, 7, 7}, {audit.Changed, 8, 8}, {audit.Changed, 9, 9}, {audit.Changed, 10, 10},
			}, nil,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			check := audit.Check{From: aLog.Start(), Last: 10}
			got, _, err := aLog.Verify(check, each(tc.breaks(write(t, 10))))
			if diff := cmp.Diff(tc.bare, got); diff != "" || err != nil {
				t.Errorf("by the chain alone (-want +got):\n%s%v", diff, err)
			}
			check.Proven = func(r audit.Row) bool { return hmac.Equal(r.Proof, prove(r)) }
			got, _, err = aLog.Verify(check, each(tc.breaks(write(t, 10))))
			if diff := cmp.Diff(tc.keyed, got); diff != "" || err != nil {
				t.Errorf("with the key (-want +got):\n%s%v", diff, err)
			}
		})
	}
}

// TestHeads is what signed heads add for those who do not trust the keeper of the
// key: a log written anew and a log cut off do not agree with them.
func TestHeads(t *testing.T) {
	rows := write(t, 10)
	heads := []audit.Head{{Number: 8, Hash: rows[7].Hash}, {Number: 3, Hash: rows[2].Hash}}
	check := audit.Check{From: aLog.Start(), Last: 10, Heads: heads}
	if got, state, err := aLog.Verify(check, each(rows)); len(got) > 0 || err != nil || state.Next != 11 {
		t.Errorf("a good log: %v, next %d, %v", got, state.Next, err)
	}

	anew := write(t, 10)
	anew[4].Body = bytes.Replace(anew[4].Body, []byte("phone"), []byte("phona"), 1)
	rehash(anew)
	got, _, _ := aLog.Verify(check, each(anew))
	if diff := cmp.Diff([]audit.Finding{{audit.Rewritten, 4, 8}}, got); diff != "" {
		t.Errorf("written anew with everything the keeper has (-want +got):\n%s", diff)
	}

	check.Last = 6 // the cutter corrected where the log says that it ends
	got, _, _ = aLog.Verify(check, each(rows[:6]))
	if diff := cmp.Diff([]audit.Finding{{audit.Truncated, 7, 8}}, got); diff != "" {
		t.Errorf("cut off (-want +got):\n%s", diff)
	}
}

// TestVerifyFromTheMiddle checks a log whose beginning lies in a file.
func TestVerifyFromTheMiddle(t *testing.T) {
	rows := write(t, 10)
	check := audit.Check{From: audit.State{Next: 5, Chain: rows[3].Hash}, Last: 10}
	if got, _, err := aLog.Verify(check, each(rows[4:])); len(got) > 0 || err != nil {
		t.Errorf("%v, %v", got, err)
	}
	if got, _, _ := aLog.Verify(check, each(rows[5:])); len(got) != 1 || got[0] != (audit.Finding{Flaw: audit.Removed, From: 5, To: 5}) {
		t.Errorf("without its first row: %v", got)
	}
}

func TestHeadText(t *testing.T) {
	h := audit.Head{Number: 7, Hash: audit.Digest{1, 2}, AtMS: 9, Signature: []byte{4}}
	got, err := audit.ParseHead(" " + h.String() + "\n")
	if diff := cmp.Diff(h, got); diff != "" || err != nil {
		t.Errorf("(-want +got):\n%s%v", diff, err)
	}
	for _, text := range []string{"", "yxaudit1.", "yxaudit1.e30", h.String()[1:]} {
		if _, err := audit.ParseHead(text); !fault.Is(err, fault.Invalid) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// FuzzEntry: what is read as an entry is written as it was read.
func FuzzEntry(f *testing.F) {
	body, _ := entry(3).Encode()
	f.Add(body)
	f.Add([]byte(`{"n":1,"at":2,"deed":"act","clocks":{"wall":1,"boot":"AA==","mono":3}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		e, err := audit.Parse(body)
		if err != nil {
			return
		}
		again, err := e.Encode()
		if fault.Is(err, fault.TooLarge) { // JSON escapes what arrived bare
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		back, err := audit.Parse(again)
		if diff := cmp.Diff(e, back); diff != "" || err != nil {
			t.Errorf("(-read +read again):\n%s%v", diff, err)
		}
	})
}
