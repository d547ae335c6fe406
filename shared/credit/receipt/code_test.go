// SPDX-License-Identifier: Apache-2.0

package receipt_test

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"time"

	"yuexin/shared/credit/receipt"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

const made receipt.Number = "000420001467"

func TestCodeText(t *testing.T) {
	c, err := receipt.NewCode(rand.NewChaCha8([32]byte{1}))
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{receipt.Text(made, c), made.String() + "　" + c.String(), string(made) + string(c)} {
		if n, got, err := receipt.ParseText(text); err != nil || n != made || got != c {
			t.Errorf("%q reads as %s %s, %v", text, n, got, err)
		}
	}
	if n, got, err := receipt.ParseText(made.String()); err != nil || n != made || got != "" {
		t.Errorf("the number alone reads as %s %s, %v", n, got, err)
	}
	for _, text := range []string{"", "1234567", "123456789", "1234567a"} {
		if got, err := receipt.ParseCode(text); err == nil {
			t.Errorf("%q reads as the code %s", text, got)
		}
	}
	secret := bytes.Repeat([]byte{3}, receipt.MinKey)
	if a, b := receipt.CodeFrom(secret, []byte("a")), receipt.CodeFrom(secret, []byte("b")); a == b || a != receipt.CodeFrom(secret, []byte("a")) || len(a) != 8 {
		t.Errorf("codes of a secret: %s, %s", a, b)
	}
}

// TestHold: only number and code together open a receipt, and its record says nothing of what was filled in without them.
func TestHold(t *testing.T) {
	phone := receipt.Entered{Kind: "demand", Record: ident.Record{1}, Field: "phone"}
	w := receipt.Create(record.Header{ID: ident.Record{9}}, made, "12345678", []receipt.Entered{phone}, false)
	row := record.Row{Header: w.Header, Fields: map[record.Field]record.FieldState{}}
	for f, v := range w.Fields {
		row.Fields[f] = record.FieldState{Value: v}
		for _, plain := range []string{"phone", "demand", "12345678"} {
			if bytes.Contains(v.Bytes(), []byte(plain)) {
				t.Errorf("%s shows %q", f, plain)
			}
		}
	}
	held, right := receipt.Hold(row, made, "12345678")
	if !right || held.Len() != 1 || !held.Entered(phone) {
		t.Errorf("the holder: %v, %d", right, held.Len())
	}
	for _, other := range []receipt.Entered{{"demand", ident.Record{2}, "phone"}, {"demand", ident.Record{1}, "asked"}, {"household", ident.Record{1}, "phone"}} {
		if held.Entered(other) {
			t.Errorf("%v counts as filled in", other)
		}
	}
	for _, tc := range []struct {
		row record.Row
		n   receipt.Number
		c   receipt.Code
	}{{row, made, "12345679"}, {row, "000420001470", "12345678"}, {record.Row{}, made, "12345678"}, {row, made, ""}} {
		if _, right := receipt.Hold(tc.row, tc.n, tc.c); right {
			t.Errorf("number %s and code %q open it", tc.n, tc.c)
		}
	}
}

// TestBecame: what the holder said first is compared with what counts, also when others replaced it before the review.
func TestBecame(t *testing.T) {
	head := func(version record.Version, source record.Source, v int64) record.Head {
		return record.Head{Version: version, Source: source, Value: record.OfInt(v)}
	}
	for _, tc := range []struct {
		name string
		now  record.FieldState
		past []record.Past
		want receipt.Became
	}{
		{"another value", record.FieldState{Value: record.OfInt(2), Winner: head(7, record.Officer, 2)}, []record.Past{{Field: "debt", Head: head(1, record.SelfDeclared, 1)}}, receipt.Other},
		{"theirs after all", record.FieldState{Value: record.OfInt(1), Winner: head(7, record.Officer, 1)}, []record.Past{{Field: "debt", Head: head(1, record.SelfDeclared, 1)}}, receipt.Kept},
		{"theirs stands beside", record.FieldState{Value: record.OfInt(2), Winner: head(7, record.Officer, 2), Aside: []record.Head{head(1, record.SelfDeclared, 1)}}, nil, receipt.Open},
		{"in dispute again", record.FieldState{Value: record.OfInt(2), Winner: head(7, record.Officer, 2), Disputed: true}, []record.Past{{Field: "debt", Head: head(1, record.SelfDeclared, 1)}}, receipt.Open},
		{"of another field", record.FieldState{Value: record.OfInt(2), Winner: head(7, record.Officer, 2)}, []record.Past{{Field: "phone", Head: head(1, record.SelfDeclared, 2)}}, receipt.Other},
	} {
		t.Run(tc.name, func(t *testing.T) {
			row := record.Row{Fields: map[record.Field]record.FieldState{"debt": tc.now}}
			if got := receipt.BecameOf(row, tc.past, "debt"); got != tc.want {
				t.Errorf("it became %d, want %d", got, tc.want)
			}
		})
	}
}

// TestPatience: the waits after wrong guesses.
func TestPatience(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for wrong, want := range map[int]time.Duration{
		0: 0, 3: 0, 4: 10 * time.Second, 5: 20 * time.Second, 8: 160 * time.Second, 12: 2560 * time.Second, 13: time.Hour, 1000: time.Hour,
	} {
		var trial receipt.Trial
		for range wrong {
			trial.Begin(now)
		}
		if got := trial.Remaining(receipt.GuessReceipt, now); got != want {
			t.Errorf("after %d: %v, want %v", wrong, got, want)
		}
		if got := trial.Remaining(receipt.GuessReceipt, now.Add(24*time.Hour)); got != 0 {
			t.Errorf("a day after %d: %v", wrong, got)
		}
	}
}
