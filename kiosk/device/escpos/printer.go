// SPDX-License-Identifier: Apache-2.0

package escpos

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"yuexin/shared/fault"
)

// Outcome is what became of a job.
type Outcome int

// The outcomes, from nothing to all.
const (
	Unprinted Outcome = iota // nothing was sent
	Partial                  // some of it may have come out, and the rest may still come
	Sent                     // all of it was taken; this printer does not say whether it came out
	Printed                  // the printer says that all of it came out
)

// Patience is how long a printer is waited for. Zero values are the usual ones.
type Patience struct {
	Answer time.Duration // for the answer to a question; 500 ms: Epson's printers answer within some milliseconds
	Stall  time.Duration // for it to take the next bytes; 8 s: a head that cools down pauses for seconds
	Finish time.Duration // for the end after the last byte; 20 s: a receipt of 30 cm takes 3 s at 100 mm/s
}

func (p Patience) orUsual() Patience {
	usual := Patience{Answer: 500 * time.Millisecond, Stall: 8 * time.Second, Finish: 20 * time.Second}
	for _, d := range []struct{ own, usual *time.Duration }{{&p.Answer, &usual.Answer}, {&p.Stall, &usual.Stall}, {&p.Finish, &usual.Finish}} {
		if *d.own == 0 {
			*d.own = *d.usual
		}
	}
	return p
}

// Printer is a printer at an address. Each call opens the line anew, so that one that was unplugged works again. It is not
// safe for concurrent use.
type Printer struct {
	Profile  Profile
	Address  Address
	Patience Patience
}

// Status asks the printer how it is. Where nobody answers (a one-way line, a profile without Status) it is the zero Status
// once the line opens. Errors are those of Address.Open, and "printer.silent" where a printer that answers does not.
func (p *Printer) Status(ctx context.Context) (Status, error) {
	l, err := p.open(ctx)
	if err != nil {
		return Status{}, err
	}
	defer l.close()
	return p.status(l)
}

func (p *Printer) status(l *line) (Status, error) {
	if p.Address.OneWay() || !p.Profile.Status {
		return Status{}, nil
	}
	s := l.ask()
	if err := l.ctx.Err(); err != nil {
		return s, err
	}
	if s.Silent {
		return s, fault.New(fault.Unavailable, "printer.silent")
	}
	return s, nil
}

// Print prints a sheet. progress, which may be nil, hears how many bytes of how many were taken. The error is nil for Sent and
// Printed; otherwise it says why: those of Open, Status and Compose before anything is sent, then those of Status.Fault,
// Unavailable "printer.stalled" where the printer takes nothing more or does not come to an end, and the context's.
// Nothing is printed a second time by Print itself.
func (p *Printer) Print(ctx context.Context, s *Sheet, progress func(done, of int)) (Outcome, error) {
	job, err := s.Compose(p.Profile)
	if err != nil {
		return Unprinted, err
	}
	l, err := p.open(ctx)
	if err != nil {
		return Unprinted, err
	}
	defer l.close()
	st, err := p.status(l)
	if err != nil {
		return Unprinted, err
	}
	if why := st.Fault(); why != nil {
		return Unprinted, why
	}
	if p.confirms() {
		job = append(job, gs, 'r', 1)
	}
	if taken, err := l.send(job, progress); err != nil {
		return p.broken(l, taken, err)
	}
	if !p.confirms() {
		return Sent, nil
	}
	return p.finish(l)
}

func (p *Printer) confirms() bool { return p.Profile.Confirm && !p.Address.OneWay() }

// broken ends a job of which not all was taken.
func (p *Printer) broken(l *line, taken int, err error) (Outcome, error) {
	out := Partial
	if taken == 0 {
		out = Unprinted
	}
	if l.ctx.Err() == nil && p.Profile.Status && !p.Address.OneWay() {
		if why := l.ask().Fault(); why != nil {
			err = why.WithCause(err)
		}
	}
	l.forget()
	return out, l.meaning(err)
}

// finish waits until the printer says that it is done, and looks after it meanwhile: one that is out of paper never says so
// by itself.
func (p *Printer) finish(l *line) (Outcome, error) {
	for waited := time.Duration(0); waited < l.patience.Finish; waited += l.patience.Answer {
		b, err := l.answer(isDone)
		if err == nil {
			s := Status{}
			s.note(askPaper, b&0x0C<<3) // bits 2 and 3: paper end, which few printers say here
			if s.PaperEnd {
				return p.broken(l, 1, s.Fault())
			}
			return Printed, nil
		}
		if !errors.Is(err, os.ErrDeadlineExceeded) || l.ctx.Err() != nil {
			return p.broken(l, 1, err)
		}
		if p.Profile.Status {
			s, done := l.askUnlessDone()
			if done {
				return Printed, nil
			}
			if why := s.Fault(); why != nil {
				return p.broken(l, 1, why)
			}
		}
	}
	return p.broken(l, 1, os.ErrDeadlineExceeded)
}

// line is an open port in the service of one call.
type line struct {
	Port
	ctx      context.Context
	patience Patience
	stop     func() bool
}

func (p *Printer) open(ctx context.Context) (*line, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	port, err := p.Address.Open(ctx)
	if err != nil {
		return nil, err
	}
	l := &line{Port: port, ctx: ctx, patience: p.Patience.orUsual()}
	l.stop = context.AfterFunc(ctx, func() { l.SetDeadline(past) })
	return l, nil
}

// past is a deadline that has passed.
var past = time.Unix(1, 0)

func (l *line) close() {
	l.stop()
	_ = l.Close() // what was written is judged by then
}

// within sets a deadline; a context that ended keeps its own.
func (l *line) within(d time.Duration) {
	l.SetDeadline(time.Now().Add(d)) // deadlines are the operating system's
	if l.ctx.Err() != nil {
		l.SetDeadline(past)
	}
}

// chunk is how much is written at once: so finely can a job be broken off and its progress be told.
const chunk = 512

// send writes a job and returns how much of it was taken.
func (l *line) send(job []byte, progress func(done, of int)) (taken int, err error) {
	for taken < len(job) {
		l.within(l.patience.Stall)
		n, err := l.Write(job[taken:min(taken+chunk, len(job))])
		taken += n
		if err != nil {
			return taken, fmt.Errorf("write to the printer: %w", err)
		}
		if progress != nil {
			progress(taken, len(job))
		}
	}
	return taken, l.ctx.Err()
}

// ask asks all questions. One that gets no answer ends the asking.
func (l *line) ask() Status {
	s, _ := l.askUnlessDone()
	return s
}

// askUnlessDone asks all questions and notices when the answer to GS r comes in between.
func (l *line) askUnlessDone() (s Status, done bool) {
	for question := byte(askPrinter); question <= askPaper; question++ {
		l.within(l.patience.Answer)
		if _, err := l.Write([]byte{dle, eot, question}); err != nil {
			return Status{Silent: true}, done
		}
		b, err := l.answer(func(b byte) bool {
			done = done || isDone(b)
			return isAnswer(b)
		})
		if err != nil {
			return Status{Silent: true}, done
		}
		s.note(question, b)
	}
	return s, done
}

// mostNoise is how many bytes nobody asked for are passed over before an answer.
const mostNoise = 256

// answer reads until a byte is one of a sort.
func (l *line) answer(wanted func(byte) bool) (byte, error) {
	l.within(l.patience.Answer)
	var b [1]byte
	for range mostNoise {
		n, err := l.Read(b[:])
		if err != nil {
			return 0, fmt.Errorf("read from the printer: %w", err)
		}
		if n == 1 && wanted(b[0]) {
			return b[0], nil
		}
	}
	return 0, os.ErrDeadlineExceeded
}

// forget asks the printer to drop what it has not printed, whether or not it can: then the rest does not come out before what
// is printed next. It is the last that is said on a line.
func (l *line) forget() {
	l.stop()
	l.SetDeadline(time.Now().Add(l.patience.Answer))
	_, _ = l.Write([]byte{dle, enq, 2, dle, dc4, 8, 1, 3, 20, 1, 6, 2, 8}) // a printer that takes nothing does not take this
}

// meaning says why something ended.
func (l *line) meaning(err error) error {
	var known *fault.Error
	switch {
	case l.ctx.Err() != nil:
		return l.ctx.Err()
	case errors.As(err, &known):
		return err
	case errors.Is(err, os.ErrDeadlineExceeded):
		return fault.New(fault.Unavailable, "printer.stalled").WithCause(err)
	}
	return fault.New(fault.Unavailable, "printer.gone").WithCause(err)
}
