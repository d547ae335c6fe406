// SPDX-License-Identifier: Apache-2.0

package device

import (
	"context"

	"yuexin/kiosk/device/escpos"
	"yuexin/kiosk/device/escpos/virtual"
	"yuexin/shared/fault"
)

// Printer prints receipts; *escpos.Printer does.
type Printer interface {
	// Status asks how the printer is; see escpos.Printer.Status.
	Status(ctx context.Context) (escpos.Status, error)
	// Print prints a sheet once; see escpos.Printer.Print.
	Print(ctx context.Context, s *escpos.Sheet, progress func(done, of int)) (escpos.Outcome, error)
}

var (
	_ Printer = (*escpos.Printer)(nil)
	_ Printer = (*SimPrinter)(nil)
)

// SimPrinter is a printer without a machine: what it prints is to be looked at in the virtual one.
type SimPrinter struct {
	*virtual.Printer
	Missing bool // nothing is connected
}

// NewSimPrinter returns a printer with a new roll.
func NewSimPrinter(p escpos.Profile) *SimPrinter { return &SimPrinter{Printer: virtual.New(p)} }

// Status implements Printer.
func (p *SimPrinter) Status(context.Context) (escpos.Status, error) {
	if p.Missing {
		return escpos.Status{}, fault.New(fault.Unavailable, "printer.missing").With("port", "sim")
	}
	s := p.State()
	if s.Mute {
		return escpos.Status{Silent: true}, fault.New(fault.Unavailable, "printer.silent")
	}
	return escpos.Status{Cover: s.Cover, PaperEnd: s.Dots <= 0, Error: s.Error}, nil
}

// Print implements Printer. Paper that ends in the middle gives Partial, and the rest is forgotten.
func (p *SimPrinter) Print(ctx context.Context, s *escpos.Sheet, progress func(done, of int)) (escpos.Outcome, error) {
	st, err := p.Status(ctx)
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return escpos.Unprinted, err
	}
	if why := st.Fault(); why != nil {
		return escpos.Unprinted, why
	}
	job, err := s.Compose(p.Profile)
	if err != nil {
		return escpos.Unprinted, err
	}
	if _, err := p.Write(job); err != nil {
		return escpos.Partial, err
	}
	if progress != nil {
		progress(len(job), len(job))
	}
	if p.State().Dots <= 0 {
		return escpos.Partial, fault.New(fault.Unavailable, "printer.paper")
	}
	return escpos.Printed, nil
}
