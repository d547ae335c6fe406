// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"yuexin/agent/flow"
	"yuexin/assets"
	"yuexin/shared/exchange"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/recordtest"
)

// rowsOf is a list of n households without identity numbers, every fifth of which has the name of another.
func rowsOf(n int) []byte {
	var out strings.Builder
	out.WriteString("户主姓名,组,门牌号,家庭人口,联系电话,耕地面积（亩）,年收入（万元）\n")
	for i := range n {
		fmt.Fprintf(&out, "陈%s,%d组,%d号,%d,%d,%d.5,%d\n", string(rune(0x4E00+i%5000)), i%12+1, i/12+1, i%7+1, 13800000000+i, i%9, i%30+1)
	}
	return []byte(out.String())
}

func (l *laptop) table(desk *flow.Desk, data []byte) (*exchange.Table, exchange.Plan) {
	l.t.Helper()
	words, err := exchange.LoadWords(assets.Folder("exchange"))
	if err != nil {
		l.t.Fatal(err)
	}
	kind, err := words.NewKind("household", desk.Book.Forms, desk.Book.Catalogue, desk.Print)
	if err != nil {
		l.t.Fatal(err)
	}
	book, err := exchange.Open("富溪村.csv", data)
	if err != nil {
		l.t.Fatal(err)
	}
	layouts, err := kind.Layouts(book, "")
	if err != nil {
		l.t.Fatal(err)
	}
	o := exchange.Options{Villages: []exchange.Village{{Scope: l.scope, Code: "441284105203"}}, Today: time.Now()}
	return &exchange.Table{Kind: kind, Book: book, Layouts: layouts}, exchange.Plan{Options: o, GoodRows: true, Update: true, Now: time.Now(), Random: rand.Reader}
}

// TestImportOnALaptop: on a real replica an import that ended early is continued after the laptop was locked, nothing is
// doubled, and all of it is taken back before it was ever sent.
func TestImportOnALaptop(t *testing.T) {
	const n = 180
	ctx, l := t.Context(), newLaptop(t)
	session := flow.NewSession(l, time.Now)
	if err := session.Unlock(ctx, passphrase); err != nil {
		t.Fatal(err)
	}
	table, plan := l.table(session.Desk(), rowsOf(n))
	if _, err := table.Write(ctx, &recordtest.Off{Store: session.Desk().Store, Acts: 2}, plan); !errors.Is(err, recordtest.ErrOff) {
		t.Fatal(err)
	}
	session.Lock()
	if err := session.Unlock(ctx, passphrase); err != nil {
		t.Fatal(err)
	}
	store := session.Desk().Store
	table, plan = l.table(session.Desk(), rowsOf(n))
	r, err := table.Write(ctx, store, plan)
	if err != nil {
		t.Fatal(err)
	}
	got := r.Counts()
	if got[exchange.Known] != 100 || got[exchange.Added] != n-100 {
		t.Errorf("counts %v", got)
	}
	count := func() int {
		rows, err := store.List(ctx, record.Query{Kind: "household", Limit: 10 * n})
		if err != nil {
			t.Fatal(err)
		}
		return len(rows)
	}
	if count() != n {
		t.Fatalf("%d households", count())
	}
	past, err := session.Desk().Imports(ctx)
	if err != nil || len(past) != 1 || past[0].Rows != n || past[0].State != exchange.Finished {
		t.Fatalf("past %+v, %v", past, err)
	}
	undone, err := session.Desk().UndoImport(ctx, past[0].ID, false, nil)
	if err != nil || undone.Rows != n || len(undone.Left) != 0 || count() != 0 {
		t.Errorf("undone %+v, %d households are left, %v", undone, count(), err)
	}
}

// BenchmarkImport writes a list of 50,000 households on a real replica.
func BenchmarkImport(b *testing.B) {
	data := rowsOf(50_000)
	for b.Loop() {
		l := newLaptop(b)
		session := flow.NewSession(l, time.Now)
		if err := session.Unlock(b.Context(), passphrase); err != nil {
			b.Fatal(err)
		}
		table, plan := l.table(session.Desk(), data)
		r, err := table.Write(b.Context(), session.Desk().Store, plan)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(r.Counts()[exchange.Added]), "rows")
	}
}
