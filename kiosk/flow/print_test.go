// SPDX-License-Identifier: Apache-2.0

package flow_test

import (
	"crypto/ed25519"
	"strings"
	"testing"

	"yuexin/kiosk/flow"
	"yuexin/kiosk/flow/flowtest"
	"yuexin/shared/credit/receipt"
	"yuexin/shared/fault"
)

// handIn registers a demand and returns its receipt.
func handIn(t *testing.T, s *flowtest.Stage) flow.Receipt {
	t.Helper()
	scan(t, s, door)
	s.Flow.AcceptPlace()
	s.Flow.Choose(flow.Demand)
	fill(t, s.Flow, wanted)
	if err := s.Flow.HandIn(); err != nil {
		t.Fatal(err)
	}
	at(t, s.Flow, flow.Done)
	return s.Flow.Receipt()
}

// TestReceiptIsSignedBeforeSync: the number is taken and signed on the machine alone; the code on screen and paper says both,
// and verifies with the device's public key.
func TestReceiptIsSignedBeforeSync(t *testing.T) {
	s := stage(t)
	press := s.Connect()
	r := handIn(t, s)
	signed, err := receipt.ParseSigned(r.Signed)
	if err != nil {
		t.Fatal(err)
	}
	public := flowtest.DeviceKey.Public().(ed25519.PublicKey)
	if signed.Number != r.Number || signed.Minute != s.Time.Unix()/60 || !ed25519.Verify(public, signed.Message(), signed.Signature) {
		t.Errorf("%+v does not prove %s", signed, r.Number)
	}
	if len(press.Papers) != 1 || press.Papers[0].Code != r.Signed || press.Papers[0].Number != r.Number {
		t.Errorf("printed %+v", press.Papers)
	}
}

// TestPrintAgainSaysSo: whatever became of the first print, the next says that it is not the first, unless nothing came out of
// a receipt that is counted by number; that is for the press to know.
func TestPrintAgainSaysSo(t *testing.T) {
	s := stage(t)
	press := s.Connect()
	handIn(t, s)
	if mark := press.Papers[0].Mark; mark != "" {
		t.Errorf("the first print says %q", mark)
	}
	if p := s.Flow.Printing(); p.Phase != flow.Busy {
		t.Errorf("while it prints: %+v", p)
	}
	s.Flow.Print() // a shaking hand
	if len(press.Papers) != 1 {
		t.Error("a second print began while the first was going on")
	}
	press.Report(flow.Printing{Phase: flow.Torn, Fault: fault.New(fault.Unavailable, "printer.paper")})
	if p := s.Flow.Printing(); p.Phase != flow.Torn || fault.From(p.Fault).Key != "printer.paper" {
		t.Errorf("without paper: %+v", p)
	}
	s.Flow.Print()
	if mark := press.Papers[1].Mark; !strings.Contains(mark, "补打") || !strings.Contains(mark, "2") {
		t.Errorf("the second print says %q", mark)
	}
	s.Flow.CancelPrint()
	if press.Cancelled != 1 {
		t.Error("it was not given up")
	}
}

// TestRegistrationIsPrinted: a registration has number and code on its paper like a demand, and staff print it again by its
// number, without the code.
func TestRegistrationIsPrinted(t *testing.T) {
	s := stage(t)
	press := s.Connect()
	scan(t, s, door)
	s.Flow.AcceptPlace()
	s.Flow.Choose(flow.Merchant)
	fill(t, s.Flow, map[string]string{
		"name": "富溪茶行", "industry": "tea", "operator_name": "陈秀英", "phone": "13800138000", "agree": "yes", "agree_finance": "no",
	})
	if err := s.Flow.HandIn(); err != nil {
		t.Fatal(err)
	}
	r := s.Flow.Receipt()
	if p := press.Papers[0]; p.Mark != "" || p.Number != r.Number || p.Rows[1][1] != r.Code.String() {
		t.Errorf("the paper of %v: %+v", r, p)
	}
	press.Report(flow.Printing{Phase: flow.Printed})
	s.Flow.Clear()
	enter(t, s)
	if err := s.Flow.PrintAgain(r.Signed); err != nil {
		t.Fatal(err)
	}
	p := press.Papers[1]
	if _, code, err := receipt.ParseText(p.Code); err != nil || code != "" || !strings.Contains(p.Mark, "补打") || p.Number != r.Number {
		t.Errorf("printed again, code %q, %v: %+v", code, err, p)
	}
}

// TestPaperComesOutAfterTheVisit: who goes away while it prints gets their paper; the next visit hears nothing of it.
func TestPaperComesOutAfterTheVisit(t *testing.T) {
	s := stage(t)
	press := s.Connect()
	handIn(t, s)
	s.Flow.Clear()
	if press.Cancelled != 0 {
		t.Error("the print was given up")
	}
	press.Report(flow.Printing{Phase: flow.Printed})
	if p := s.Flow.Printing(); p != (flow.Printing{}) {
		t.Errorf("the next visit hears %+v", p)
	}
}

func TestWhatCannotBeNotedIsNotPrinted(t *testing.T) {
	s := stage(t)
	press := s.Connect()
	press.Err = fault.New(fault.Exhausted, "store.full")
	handIn(t, s)
	if p := s.Flow.Printing(); len(press.Papers) != 0 || p.Phase != flow.Unprinted || p.Fault == nil {
		t.Errorf("%d papers, %+v", len(press.Papers), p)
	}
	press.Err = nil
	s.Flow.Print()
	if len(press.Papers) != 1 || press.Papers[0].Mark != "" {
		t.Errorf("once it can be noted: %+v", press.Papers)
	}
}

func TestStaffPrintAgain(t *testing.T) {
	s := stage(t)
	r := handIn(t, s) // on the screen only
	s.Flow.Clear()
	s.Flow.Open(flow.Reprint)
	at(t, s.Flow, flow.Cadre)
	if err := s.Flow.PrintAgain(string(r.Number)); fault.From(err).Key != "station.staff" {
		t.Errorf("nobody of the staff is in: %v", err)
	}
	enter(t, s)
	if err := s.Flow.PrintAgain("0042 1000 7385"); fault.From(err).Key != "kiosk.reprint.printer" {
		t.Errorf("without a printer: %v", err)
	}
	press := s.Connect()
	s.Flow.Open(flow.Reprint)
	if err := s.Flow.PrintAgain("1"); !fault.Is(err, fault.Invalid) {
		t.Errorf("a wrong number: %v", err)
	}
	for _, text := range []string{string(r.Number), r.Signed} { // typed, scanned
		if err := s.Flow.PrintAgain(text); err != nil {
			t.Fatal(err)
		}
		press.Report(flow.Printing{Phase: flow.Printed})
	}
	copied := strings.TrimSuffix(r.Signed, " "+string(r.Code)) // which the machine does not know any more
	for i, p := range press.Papers {
		if !strings.Contains(p.Mark, "补打") || p.Number != r.Number || p.Code != copied || p.Rows[1][1] != flowtest.Bank {
			t.Errorf("print %d: %+v", i+1, p)
		}
	}
	if len(press.Papers) != 2 {
		t.Errorf("%d papers", len(press.Papers))
	}
}

// TestWithoutAPrinter shows the receipt on the screen only, and nothing says that it was printed.
func TestWithoutAPrinter(t *testing.T) {
	s := stage(t)
	handIn(t, s)
	s.Flow.Print()
	s.Flow.CancelPrint()
	if p := s.Flow.Printing(); p != (flow.Printing{}) {
		t.Errorf("%+v", p)
	}
}
