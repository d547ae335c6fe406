// SPDX-License-Identifier: Apache-2.0

package device

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"sync"

	"yuexin/kiosk/device/escpos"
	"yuexin/kiosk/flow"
	"yuexin/shared/credit/lending"
	"yuexin/shared/credit/receipt"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/audit"
)

// Press prints receipts for the flow, one at a time, counts them and has each noted in the audit log. It is safe for concurrent
// use.
type Press struct {
	Printer Printer
	Copies  *Copies
	Note    func(audit.Entry) error // adds an entry to the log of the machine, durable when it returns
	OnUI    func(func())            // runs something on the goroutine of the flow
	Log     *slog.Logger

	ctx  context.Context
	work sync.WaitGroup

	line  sync.Mutex // held while the printer is spoken to
	mu    sync.Mutex // protects what is below
	fault *fault.Error
}

// Open begins; ctx ends all prints. Close waits for them.
func (p *Press) Open(ctx context.Context) { p.ctx = ctx }

// Close waits until nothing is printed any more.
func (p *Press) Close() { p.work.Wait() }

var _ flow.Press = (*Press)(nil)

// What prints are noted as.
const (
	whatReceipt = "kiosk.receipt"       // one begins; About is the number and which print it is
	whatEnded   = "kiosk.receipt.ended" // one did not surely come out; Reason says what became of it
)

// Copy implements flow.Press. A receipt with a record is printed again, for staff.
func (p *Press) Copy(n receipt.Number, of ident.Record) (int, error) {
	times, err := p.Copies.Take(n, of.IsZero())
	if err != nil {
		return 0, err
	}
	e := audit.Entry{Deed: audit.Print, What: whatReceipt, About: string(n) + " " + strconv.Itoa(times)}
	if !of.IsZero() {
		e.Touched = []audit.Touch{{Kind: lending.KindDemand, Record: of}}
	}
	if err := p.Note(e); err != nil {
		return 0, errors.Join(err, p.Copies.Back(n))
	}
	return times, nil
}

// ended notes what did not surely come out, and takes the count back of what surely did not.
func (p *Press) ended(n receipt.Number, out escpos.Outcome) {
	reason := map[escpos.Outcome]string{escpos.Unprinted: "unprinted", escpos.Partial: "partial", escpos.Sent: "sent"}[out]
	if n == "" || reason == "" {
		return
	}
	err := p.Note(audit.Entry{Deed: audit.Print, What: whatEnded, About: string(n), Reason: reason})
	if out == escpos.Unprinted {
		err = errors.Join(err, p.Copies.Back(n))
	}
	if err != nil {
		p.Log.Error("note how a print ended", fault.Attr(err))
	}
}

// step is by how many percent progress is told.
const step = 10

// Print implements flow.Press.
func (p *Press) Print(paper flow.Paper, report func(flow.Printing)) (cancel func()) {
	ctx, cancel := context.WithCancel(p.ctx)
	p.work.Go(func() {
		defer cancel()
		p.line.Lock()
		told := 0
		out, err := p.Printer.Print(ctx, Receipt(paper), func(done, of int) {
			if percent := done * 100 / of; percent >= told+step {
				told = percent
				p.OnUI(func() { report(flow.Printing{Phase: flow.Busy, Percent: percent}) })
			}
		})
		p.line.Unlock()
		p.ended(paper.Number, out)
		p.hear(err)
		p.OnUI(func() { report(printing(ctx, out, err)) })
	})
	return cancel
}

// printing says for the flow how a print ended. One that was given up has no fault.
func printing(ctx context.Context, out escpos.Outcome, err error) flow.Printing {
	if ctx.Err() != nil {
		err = nil
	}
	phase := map[escpos.Outcome]flow.Phase{
		escpos.Unprinted: flow.Unprinted, escpos.Partial: flow.Torn, escpos.Sent: flow.Sent, escpos.Printed: flow.Printed,
	}[out]
	return flow.Printing{Phase: phase, Fault: err}
}

// Look asks the printer how it is; while something is printed it does nothing.
func (p *Press) Look(ctx context.Context) {
	if !p.line.TryLock() {
		return
	}
	defer p.line.Unlock()
	st, err := p.Printer.Status(ctx)
	if ctx.Err() != nil {
		return
	}
	if why := st.Fault(); err == nil && why != nil {
		err = why
	}
	p.hear(err)
}

// hear remembers what is wrong with the printer.
func (p *Press) hear(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fault = nil
	if err != nil && !errors.Is(err, context.Canceled) {
		p.fault = fault.From(err)
	}
}

// Fault returns what was wrong with the printer when it was heard of last, nil if nothing was.
func (p *Press) Fault() *fault.Error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.fault
}

// HasPaper implements Paper: a receipt can be printed, as far as is known.
func (p *Press) HasPaper() bool { return p.Fault() == nil }
