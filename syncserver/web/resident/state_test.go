// SPDX-License-Identifier: Apache-2.0

package resident_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"yuexin/shared/credit/doorplate"
	"yuexin/shared/credit/lending"
	"yuexin/shared/credit/receipt"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/web/resident"
)

func (w *world) ask(n byte, number, proof string) *httptest.ResponseRecorder {
	return w.post(w.path(n)+"/STATE", url.Values{"number": {number}, "proof": {proof}})
}

// unused is a receipt number with a right check digit that nobody has.
func unused(serial uint64) string {
	n := must(receipt.NewNumberer(77, []byte("another key for tests")))
	return must(n.At(serial)).String()
}

func TestStateWithEveryProof(t *testing.T) {
	w := newWorld(t)
	number := w.register(1, nil)
	for name, proof := range map[string]string{
		"tail": "1234", "wide tail": "１２３４", "whole phone": "199 0000 1234", "card": card(1), "card without a space": strings.ReplaceAll(card(1), " ", ""),
	} {
		t.Run(name, func(t *testing.T) {
			got := w.ask(1, strings.ReplaceAll(number, " ", ""), proof)
			wantStatus(t, got, 200, number, "待核实", "会在 3 天内和您核实", "2026年11月22日 20:30")
			for _, private := range []string{"陈秀英", "5万元", "19900001234"} {
				if strings.Contains(got.Body.String(), private) {
					t.Errorf("the state shows %q", private)
				}
			}
		})
	}
}

func TestStateWithoutAPhone(t *testing.T) {
	w := newWorld(t)
	number := w.register(1, func(f url.Values) { f.Set("contact", "village"); f.Set("phone", "") })
	wantStatus(t, w.ask(1, number, card(1)), 200, "待核实")
	wantStatus(t, w.ask(1, number, "0000"), http.StatusNotFound, "没有查到")
}

func TestStateMoves(t *testing.T) {
	w := newWorld(t)
	number := w.register(1, nil)
	w.pass(26 * time.Hour)
	d := lending.DemandOf(w.demands()[0])
	by := lending.Author{Role: "desk", Source: record.Authoritative, NowMS: w.clock().UnixMilli(), Random: w.config.Random}
	moves := must(lending.Moves(t.Context(), w.desk, d.Header))
	act := must(w.config.Lending().Move(by, d, w.config.Lending().Fold(moves), lending.Request{To: lending.Registered}))
	if _, err := w.desk.Apply(t.Context(), act); err != nil {
		t.Fatal(err)
	}
	wantStatus(t, w.ask(1, number, "1234"), 200, "已登记", "2026年11月23日 22:30", "办理经过", "待核实", "2026年11月22日 20:30")
}

func TestQuestionRefusals(t *testing.T) {
	w := newWorld(t)
	number := w.register(1, nil)
	wrongDigit := "1" + number[1:]
	for _, tt := range []struct{ name, number, proof, want string }{
		{"no number", "", "1234", "还没有填回执编号"},
		{"short", number[:12], "1234", "应为 12 位，现在是 10 位"},
		{"wrong digit", wrongDigit, "1234", "有一位不对"},
		{"letters", "ABC", "1234", "有一位不对"},
		{"no proof", number, "", "还没有填手机号后四位"},
		{"three digits", number, "123", "这不是四位数字"},
		{"the code on the plate", number, doorplate.CodeOf(handle(1)).String(), "这是门牌上的短码"},
		{"wrong code", number, "AAAA-AAAB", "这不是四位数字"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			wantStatus(t, w.ask(1, tt.number, tt.proof), http.StatusBadRequest, tt.want)
		})
	}
	// None of them was a guess.
	wantStatus(t, w.ask(1, number, "1234"), 200)
}

// slow reads take longer when there is something to read, as a disk does.
type slow struct {
	resident.Reader
	w *world
}

func (s slow) List(ctx context.Context, q record.Query) ([]record.Row, error) {
	rows, err := s.Reader.List(ctx, q)
	s.w.pass(time.Duration(1+40*len(rows)) * time.Millisecond)
	return rows, err
}

// No such receipt, a wrong tail and a wrong card are one answer, byte by byte,
// and take one time.
func TestNoExistenceOracle(t *testing.T) {
	w := newWorld(t)
	w.config.Desk = slow{w.desk, w}
	w.open()
	number, free := w.register(1, nil), unused(5)
	type answer struct {
		status int
		body   string
		took   time.Duration
	}
	try := func(number, proof string) answer {
		start := w.clock()
		got := w.ask(1, number, proof)
		body := strings.ReplaceAll(got.Body.String(), number, "NUMBER")
		return answer{got.Code, body, w.clock().Sub(start).Truncate(100 * time.Millisecond)}
	}
	want := try(free, "1234")
	if want.status != http.StatusNotFound || want.took != 400*time.Millisecond {
		t.Fatalf("got status %d after %v", want.status, want.took)
	}
	for name, got := range map[string]answer{
		"wrong tail": try(number, "4321"), "wrong card": try(number, card(9)),
		"no such receipt, card": try(free, card(1)),
	} {
		if got != want {
			t.Errorf("%s: got %+v\nwant %+v", name, got, want)
		}
	}
	start := w.clock()
	wantStatus(t, w.ask(1, number, "1234"), 200)
	if took := w.clock().Sub(start).Truncate(100 * time.Millisecond); took != want.took {
		t.Errorf("the right answer took %v, want %v", took, want.took)
	}
}

// Guessing the tail of one receipt soon stands still, known receipt or not, and
// its owner too must wait: whether a guess was right is not told early.
func TestGuessingSlowsDown(t *testing.T) {
	for _, known := range []bool{true, false} {
		t.Run(strconv.FormatBool(known), func(t *testing.T) {
			w := newWorld(t)
			number := unused(5)
			if known {
				number = w.register(1, nil)
			}
			tries := 0
			for end := w.clock().Add(24 * time.Hour); w.clock().Before(end); {
				got := w.ask(1, number, strconv.Itoa(2000+tries))
				if got.Code == http.StatusNotFound {
					tries++
					continue
				}
				wantStatus(t, got, http.StatusTooManyRequests, "试的次数太多")
				seconds, err := strconv.Atoi(got.Header().Get("Retry-After"))
				if err != nil || seconds < 1 || seconds > 3600 {
					t.Fatalf("got Retry-After %q", got.Header().Get("Retry-After"))
				}
				wantStatus(t, w.ask(1, number, "1234"), http.StatusTooManyRequests)
				w.pass(time.Duration(seconds) * time.Second)
			}
			if tries < 20 || tries > 40 {
				t.Errorf("got %d guesses in a day, want about 35", tries)
			}
		})
	}
}

// Whoever tries many receipt numbers is slowed by plate, and by address when
// they walk from plate to plate.
func TestEnumerationSlowsDown(t *testing.T) {
	w := newWorld(t)
	for n := byte(2); n < 40; n++ {
		w.plate(n, "三组", strconv.Itoa(int(n)), "issued", ident.Record{})
	}
	count := func(plate func(i int) byte, from func(i int) string) (free int) {
		for i := range 60 {
			form := url.Values{"number": {unused(uint64(free + 100))}, "proof": {"1234"}}
			r := postRequest(w.path(plate(i))+"/STATE", form)
			r.RemoteAddr = from(i)
			if w.do(r).Code == http.StatusNotFound {
				free++
			}
		}
		return free
	}
	one := func(int) byte { return 1 }
	if got, want := count(one, func(i int) string { return "198.51.100." + strconv.Itoa(i) + ":1" }), 9; got != want {
		t.Errorf("one plate, many addresses: got %d guesses at once, want %d", got, want)
	}
	w.open()
	many := func(i int) byte { return byte(2 + i%38) }
	if got, want := count(many, func(int) string { return address }), 17; got != want {
		t.Errorf("one address, many plates: got %d guesses at once, want %d", got, want)
	}
	w.open()
	subscriber := func(i int) string { return "[2001:db8:1:2::" + strconv.Itoa(i+1) + "]:1" }
	if got, want := count(many, subscriber), 17; got != want {
		t.Errorf("one IPv6 subscriber, many plates: got %d guesses at once, want %d", got, want)
	}
}

// A right answer does not buy more guesses at other receipts.
func TestRightAnswerForgivesOnlyItself(t *testing.T) {
	w := newWorld(t)
	number := w.register(1, nil)
	wrong := 0
	for i := range 30 {
		if w.ask(1, unused(uint64(i)), "1234").Code == http.StatusNotFound {
			wrong++
		}
		w.ask(1, number, "1234")
	}
	if wrong != 9 {
		t.Errorf("got %d wrong guesses at once, want 9", wrong)
	}
}
