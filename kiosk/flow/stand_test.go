// SPDX-License-Identifier: Apache-2.0

package flow_test

import (
	"testing"
	"time"

	"yuexin/kiosk/flow"
	"yuexin/kiosk/flow/flowtest"
	"yuexin/shared/credit/receipt"
	"yuexin/shared/fault"
	"yuexin/shared/sync/record"
)

// handedIn hands a demand in, lets its person go, and returns the receipt they took.
func handedIn(t *testing.T, s *flowtest.Stage) flow.Receipt {
	t.Helper()
	defer s.Flow.Clear()
	return handIn(t, s)
}

// TestReviewedByCode: number and code of a receipt show which of its holder's answers staff have reviewed, and nothing that
// others filled in; the number alone, or with another receipt's code, shows none of it.
func TestReviewedByCode(t *testing.T) {
	s := stage(t)
	f := s.Flow
	mine, other := handedIn(t, s), handedIn(t, s)
	if mine.Code == other.Code || mine.Number == other.Number {
		t.Fatalf("two receipts are %v and %v", mine, other)
	}
	for _, settled := range []struct {
		number receipt.Number
		field  record.Field
	}{{mine.Number, "asked"}, {mine.Number, "asked"}, {mine.Number, "purpose_text"}, {other.Number, "phone"}} { // purpose_text nobody filled in
		if err := s.Settle(string(settled.number), settled.field); err != nil {
			t.Fatal(err)
		}
	}
	ask := func(text string) error {
		f.Clear()
		f.Open(flow.Ask)
		return f.AskState(text)
	}
	if err := ask(string(mine.Number)); err != nil {
		t.Fatal(err)
	}
	if _, shown := f.Reviewed(); shown || !f.AsksProof() {
		t.Error("the number alone shows what was reviewed, or the code is not asked for")
	}
	f.OpenProof()
	if err := f.EnterProof(other.Code.String()); fault.From(err).Key != "kiosk.proof.wrong" {
		t.Errorf("another receipt's code: %v", err)
	}
	at(t, f, flow.Proof)
	if err := f.EnterProof(mine.Code.String()); err != nil {
		t.Fatal(err)
	}
	at(t, f, flow.Stand)
	got, shown := f.Reviewed()
	if !shown || got.Entered < 4 || len(got.Fields) != 1 || got.Fields[0].Field != "asked" || got.Fields[0].AtMS != s.Time.UnixMilli() {
		t.Errorf("the holder learns %+v, %v", got, shown)
	}
	if err := ask(receipt.Text(mine.Number, mine.Code)); err != nil { // the picture code
		t.Fatal(err)
	}
	if got, shown := f.Reviewed(); !shown || len(got.Fields) != 1 {
		t.Errorf("by the picture code: %+v, %v", got, shown)
	}
	if err := ask(receipt.Text(mine.Number, other.Code)); fault.From(err).Key != "kiosk.proof.wrong" || f.Route() != flow.Ask {
		t.Errorf("number and another's code: %v", err)
	}
}

// TestRegistrationHasAReceipt: whoever registered a household without asking for a loan can ask as well; the number alone
// shows that it is registered.
func TestRegistrationHasAReceipt(t *testing.T) {
	s := stage(t)
	f := s.Flow
	scan(t, s, door)
	f.AcceptPlace()
	f.Choose(flow.Household)
	fill(t, f, household)
	if err := f.HandIn(); err != nil {
		t.Fatal(err)
	}
	r := f.Receipt()
	f.Clear()
	f.Open(flow.Ask)
	if err := f.AskState(receipt.Text(r.Number, r.Code)); err != nil {
		t.Fatal(err)
	}
	if _, key := f.Stand(); key != "kiosk.stand.registered" {
		t.Errorf("the word is %s", key)
	}
	if got, shown := f.Reviewed(); !shown || got.Entered < 5 || len(got.Fields) != 0 {
		t.Errorf("the holder learns %+v, %v", got, shown)
	}
}

// TestCodeGuessesAreSlowed: after three wrong codes a number waits, longer each time, also for the right one and in another
// visit; other numbers do not, until the machine has had its share.
func TestCodeGuessesAreSlowed(t *testing.T) {
	s := stage(t)
	f := s.Flow
	mine, other := handedIn(t, s), handedIn(t, s)
	try := func(r flow.Receipt, code receipt.Code) string {
		f.Clear()
		f.Open(flow.Ask)
		if err := f.AskState(receipt.Text(r.Number, code)); err != nil {
			return fault.From(err).Key
		}
		return ""
	}
	wrong := receipt.Code("00000000")
	for i, want := range []string{"kiosk.proof.wrong", "kiosk.proof.wrong", "kiosk.proof.wrong", "kiosk.proof.wrong", "kiosk.proof.slow"} {
		if got := try(mine, wrong); got != want {
			t.Fatalf("guess %d: %q, want %q", i+1, got, want)
		}
	}
	if got := try(mine, mine.Code); got != "kiosk.proof.slow" {
		t.Errorf("the right code too early: %q", got)
	}
	if got := try(other, other.Code); got != "" {
		t.Errorf("another receipt meanwhile: %q", got)
	}
	s.Pass(10 * time.Second)
	if got := try(mine, mine.Code); got != "" {
		t.Errorf("after the wait: %q", got)
	}
	for range 4 { // with the four above the machine has had eight
		try(other, wrong)
	}
	s.Pass(time.Minute)
	try(mine, wrong)
	if got := try(mine, mine.Code); got != "kiosk.proof.slow" {
		t.Errorf("the machine after nine wrong guesses: %q", got)
	}
}
