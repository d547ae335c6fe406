// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"fmt"
	"strconv"
	"time"

	"yuexin/shared/credit/receipt"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
)

// Press prints receipts.
type Press interface {
	// Copy counts a print of a receipt and notes it in the audit log, both on the disk when it returns: 1 for its first.
	Copy(n receipt.Number, record ident.Record) (copy int, err error)
	// Print begins to print and returns at once. report hears how it goes, on the goroutine of the flow, until it
	// hears a phase that has Ended. cancel gives up; it may be called at any time, more than once.
	Print(p Paper, report func(Printing)) (cancel func())
}

// Phase is how far a print is.
type Phase int

// The phases.
const (
	NoPrint   Phase = iota // nothing was printed in this visit
	Busy                   // it is being printed
	Printed                // the printer says that it came out
	Sent                   // the printer has it and does not say whether it came out
	Unprinted              // nothing came out
	Torn                   // a part may have come out
)

// Ended says whether nothing more comes.
func (p Phase) Ended() bool { return p > Busy }

// Printing is how a print goes.
type Printing struct {
	Phase   Phase
	Percent int   // of Busy
	Fault   error // of Unprinted and Torn; nil for one that was given up
}

// Paper is what is printed, in the language of who gets it.
type Paper struct {
	Title, Mark string // Mark says that it is printed again; "" for the first
	Number      receipt.Number
	Label       string      // of Number
	Code        string      // content of the QR code, "" for none
	Rows        [][2]string // label and value
	Notes       []string
	Large       bool
	Sample      string // says that it is sample data, "" for real data
}

// job is a print of this visit.
type job struct {
	Printing
	paper  Paper
	cancel func()
}

// Printing returns how the print of this visit goes.
func (f *Flow) Printing() Printing {
	if f.visit.print == nil {
		return Printing{}
	}
	return f.visit.print.Printing
}

// Print prints the receipt of this visit. It does nothing without a printer, without a receipt and while one is being printed.
// What is printed a second time says so, whatever became of the first.
func (f *Flow) Print() {
	r := f.visit.receipt
	if f.route != Done || r.At == 0 {
		return
	}
	f.print(r, ident.Record{})
}

func (f *Flow) print(r Receipt, of ident.Record) {
	if f.Press == nil || f.Printing().Phase == Busy {
		return
	}
	copy, err := f.Press.Copy(r.Number, of)
	if err != nil { // what cannot be noted is not printed
		f.visit.print = &job{Printing: Printing{Phase: Unprinted, Fault: err}}
		f.tell()
		return
	}
	j := &job{paper: f.paper(r, copy)}
	j.Phase = Busy
	f.visit.print = j
	f.tell()
	j.cancel = f.Press.Print(j.paper, func(p Printing) { f.heard(j, p) })
}

// heard takes in how a print goes. The person may have gone meanwhile; the paper comes out all the same.
func (f *Flow) heard(j *job, p Printing) {
	j.Printing = p
	if f.visit.print == j {
		f.changed()
	}
}

// CancelPrint gives the print of this visit up.
func (f *Flow) CancelPrint() {
	if j := f.visit.print; j != nil && j.Phase == Busy && j.cancel != nil {
		j.cancel()
	}
}

// paper words a receipt.
func (f *Flow) paper(r Receipt, copy int) Paper {
	p := f.Printer()
	s := Paper{Title: p.T("kiosk.slip.receipt"), Number: r.Number, Label: p.T("kiosk.done.number"), Code: r.Signed, Large: f.manner.Elder}
	if copy > 1 {
		s.Mark = p.T("kiosk.slip.again", "n", strconv.Itoa(copy))
	}
	if r.Sample {
		s.Sample = p.T("kiosk.slip.sample")
	}
	row := func(key, value string) {
		if value != "" {
			s.Rows = append(s.Rows, [2]string{p.T(key), value})
		}
	}
	if r.Task != "" {
		row("kiosk.slip.what", p.T("kiosk.slip.what."+string(r.Task)))
	}
	row("kiosk.slip.code", r.Code.String())
	row("kiosk.slip.place", r.Place)
	row("kiosk.slip.bank", r.Bank)
	row("kiosk.slip.helped", r.Helped)
	row("kiosk.slip.time", p.DateTime(r.Time().In(f.Now().Location())))
	if copy > 1 {
		row("kiosk.slip.printed", p.DateTime(f.Now()))
	}
	if r.Next != "" {
		s.Notes = append(s.Notes, p.T(r.Next, r.Pairs...))
	}
	keep := "kiosk.slip.keep"
	if r.Code == "" {
		keep = "kiosk.slip.keep.copy"
	}
	s.Notes = append(s.Notes, p.T(keep), p.T("kiosk.fraud"))
	return s
}

// PrintAgain prints a receipt once more, for staff. It is made of what the machine may read: number, bank, and when it was
// handed in. Faults: those of AskState, Unavailable "kiosk.reprint.printer" without a printer, and NotAllowed "station.staff"
// while nobody of the staff is in.
func (f *Flow) PrintAgain(text string) error {
	if f.office.desk == nil {
		return f.fail(fault.New(fault.NotAllowed, "station.staff"))
	}
	if f.Press == nil {
		return f.fail(fault.New(fault.Unavailable, "kiosk.reprint.printer"))
	}
	number, _, err := receipt.ParseText(text)
	if err != nil {
		return f.fail(err)
	}
	st := stand{number: number}
	if err := f.find(&st); err != nil {
		return f.fail(err)
	}
	r, row := Receipt{Number: number}, st.row
	if !st.demand.Header.ID.IsZero() {
		r.Task, row = Demand, st.demand
		r.Helped = f.roleName(f.Printer(), row.Text("assist_role")) // the name is not on the machine
	}
	if row.Header.ID.IsZero() {
		return f.fail(fault.New(fault.NotFound, "kiosk.ask.none").WithField("number"))
	}
	r.At, r.Sample = row.Fields["receipt_no"].Winner.Stamp.WallMS(), row.Bool("sample")
	r.Signed = f.signed(number, "", time.UnixMilli(r.At))
	var bank ident.Record
	copy(bank[:], row.Value("recipient").Bytes())
	if !bank.IsZero() {
		found, err := f.Store.Get(f.ctx, bank)
		if err != nil {
			return f.fail(fmt.Errorf("read the bank's name: %w", err))
		}
		r.Bank = found.Text("name")
	}
	f.visit.problem = nil
	f.print(r, row.Header.ID)
	return nil
}
