// SPDX-License-Identifier: Apache-2.0

package resident_test

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"yuexin/shared/credit/lending"
	"yuexin/shared/credit/receipt"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/web/resident"
)

// lookup registers a demand and returns its number and lookup code.
func (w *world) lookup(n byte) (number, code string) {
	w.t.Helper()
	page := w.post(w.path(n)+"/NEED", w.form(n)).Body.String()
	found := regexp.MustCompile(`<p class="num">([\d ]+)</p>`).FindAllStringSubmatch(page, -1)
	if len(found) != 2 {
		w.t.Fatalf("the receipt shows %q", found)
	}
	return found[0][1], found[1][1]
}

// makeReceipts makes the records of receipts, which are to be so many.
func (w *world) makeReceipts(want int) {
	w.t.Helper()
	for _, row := range w.demands() {
		made, err := w.config.Receipts.Make(w.t.Context(), row.Header.ID)
		if err != nil {
			w.t.Fatal(err)
		}
		if made {
			want--
		}
	}
	if want != 0 {
		w.t.Errorf("%d records of receipts too few", want)
	}
}

// edit has an officer set a field of a record.
func (w *world) edit(h record.Header, field record.Field, value record.Value) {
	w.t.Helper()
	base := must(w.desk.Base(w.t.Context(), w.scope))
	must(w.desk.Apply(w.t.Context(), record.Act{Name: "test", Scope: w.scope, Base: base, Source: record.Officer, Writes: []record.Write{
		{Op: record.Edit, Header: h, Fields: map[record.Field]record.Value{field: value}},
	}}))
}

// settle has staff set a field of the demand and note that they settled it.
func (w *world) settle(n byte, d record.Header, field record.Field, value record.Value) {
	w.t.Helper()
	base, err := w.desk.Base(w.t.Context(), w.scope)
	if err != nil {
		w.t.Fatal(err)
	}
	note := record.Header{ID: ident.Record{150 + n}, Kind: "settlement", Scope: w.scope, Subject: d.Subject}
	_, err = w.desk.Apply(w.t.Context(), record.Act{Name: "test", Scope: w.scope, Base: base, Source: record.Officer, Writes: []record.Write{
		{Op: record.Edit, Header: d, Fields: map[record.Field]record.Value{field: value}},
		{Op: record.Create, Header: note, Fields: map[record.Field]record.Value{
			"record": record.OfBytes(d.ID.Bytes()), "field": record.OfText(string(field)), "at": record.OfInt(w.clock().UnixMilli()),
		}},
	}})
	if err != nil {
		w.t.Fatal(err)
	}
}

// TestReviewedByCode: number and lookup code show which answers were reviewed and what became of them, and no value; the
// phone's tail shows the state alone, and the code is one of its receipt only.
func TestReviewedByCode(t *testing.T) {
	w := newWorld(t)
	number, code := w.lookup(1)
	early := w.ask(1, number, code) // before the record of the receipt is made
	wantStatus(t, early, 200, number, "待核实")
	if strings.Contains(early.Body.String(), "您填报的") {
		t.Error("without a record something is said of what was filled in")
	}
	w.edit(lending.DemandOf(w.demands()[0]).Header, "applicant_name", record.OfText("陈秀瑛")) // nor does the record wait for its making
	w.makeReceipts(1)
	w.makeReceipts(0)
	wantStatus(t, w.ask(1, number, code), 200, number, "待核实", "您填报的 6 项中，没有哪一项")
	d := lending.DemandOf(w.demands()[0]).Header
	w.settle(1, d, "asked", record.OfInt(7_000_00))
	w.settle(2, d, "phone", record.OfText("19900001234")) // as it was
	w.settle(3, d, "purpose_text", record.OfText("买拖拉机")) // nobody filled it in

	got := w.ask(1, number, strings.ReplaceAll(code, " ", ""))
	wantStatus(t, got, 200, "您填报的 6 项中，2 项经工作人员核对", "希望贷款金额：核对后采用了另一个值", "联系电话：核对后采用了您填的值")
	for _, secret := range []string{"陈秀英", "5万元", "7,000", "19900001234", "拖拉机", "用途说明"} {
		if strings.Contains(got.Body.String(), secret) {
			t.Errorf("number and code show %q", secret)
		}
	}
	if by := w.ask(1, number, "1234"); by.Code != 200 || strings.Contains(by.Body.String(), "您填报的") {
		t.Errorf("the phone's tail shows more than the state: %d", by.Code)
	}
	if by := w.ask(1, number, card(1)); by.Code != 200 || strings.Contains(by.Body.String(), "您填报的") {
		t.Errorf("the card shows more than the state: %d", by.Code)
	}
	other, another := w.lookup(1)
	w.makeReceipts(1)
	if other == number || another == code {
		t.Fatal("two receipts are alike")
	}
	wantStatus(t, w.ask(1, number, another), http.StatusNotFound, "没有查到")
	for range 3 {
		w.ask(1, number, another)
	}
	wantStatus(t, w.ask(1, number, code), http.StatusTooManyRequests, "停一停")
}

// TestSentAgainShowsTheSameCode: a form that comes again gives the receipt of the first time, code and all.
func TestSentAgainShowsTheSameCode(t *testing.T) {
	w := newWorld(t)
	form := w.form(1)
	first, second := w.post(w.path(1)+"/NEED", form).Body.String(), w.post(w.path(1)+"/NEED", form).Body.String()
	num := regexp.MustCompile(`<p class="num">([\d ]+)</p>`)
	if a, b := num.FindAllString(first, -1), num.FindAllString(second, -1); len(a) != 2 || strings.Join(a, "") != strings.Join(b, "") {
		t.Errorf("first %q, then %q", a, b)
	}
}

// TestReceiptsAfterAKill: whatever a process left without a record when it was killed, the next one makes, and then those
// of demands as they come in; one that fails is tried again.
func TestReceiptsAfterAKill(t *testing.T) {
	w := newWorld(t)
	w.register(1, nil)
	ticks := make(chan time.Time)
	c := w.config
	c.Resident = &broken{Store: w.resident, fails: 1}
	w.config.Receipts = resident.NewReceipts(c, func(time.Duration) <-chan time.Time { return ticks })
	w.open()
	w.register(1, nil)
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { w.config.Receipts.Run(ctx) })
	for range 3 { // a failure and two records
		ticks <- w.clock()
	}
	cancel()
	running.Wait()
	if n := len(w.list(receipt.Kind)); n != 2 {
		t.Errorf("%d records of receipts, want 2", n)
	}
	if !strings.Contains(w.log.String(), "not made") {
		t.Error("the failure is not in the log")
	}
}

// broken fails to write some times.
type broken struct {
	record.Store
	fails int
}

func (b *broken) Apply(ctx context.Context, act record.Act) (record.Receipt, error) {
	if b.fails > 0 {
		b.fails--
		return record.Receipt{}, errors.New("disk is full")
	}
	return b.Store.Apply(ctx, act)
}
