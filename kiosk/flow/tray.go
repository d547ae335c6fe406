// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"context"
	"time"

	"yuexin/shared/fault"
	"yuexin/shared/sync/record"
)

// Refused is something that this machine handed over and the server refused. What was in it is not on the machine.
type Refused struct {
	Link   record.Link
	Reason *fault.Error // of the server
	MadeMS int64        // by the machine's clock
}

// Tray holds what the server refused until staff settle it.
type Tray interface {
	// Refused returns all of it, oldest first.
	Refused(ctx context.Context) ([]Refused, error)
	// Dismiss settles one of them: it is kept, counted apart, and the reason is in the audit log.
	Dismiss(ctx context.Context, link record.Link, reason string) error
}

// Returned returns what the server refused, nil on a machine without a tray and while nobody of the staff is in.
func (f *Flow) Returned() ([]Refused, error) {
	if f.Tray == nil || f.office.desk == nil {
		return nil, nil
	}
	return f.Tray.Refused(f.ctx)
}

// settleReasons are why staff settle a refusal, text keys: nobody types on this machine what is about a person.
var settleReasons = []string{"kiosk.settle.again", "kiosk.settle.twice", "kiosk.settle.told"}

// SettleReasons returns the text keys of the reasons that staff choose from.
func (f *Flow) SettleReasons() []string { return settleReasons }

// OpenSettle asks staff why a refusal is settled.
func (f *Flow) OpenSettle(r Refused) {
	f.visit.settling = &r
	f.open(Settle)
}

// Settling returns the refusal that is being settled.
func (f *Flow) Settling() Refused {
	if f.visit.settling == nil {
		return Refused{}
	}
	return *f.visit.settling
}

// Settle settles it for one of the reasons, and goes back to the list. It does nothing while nobody of the staff is in.
func (f *Flow) Settle(reason string) error {
	if f.visit.settling == nil || f.office.desk == nil {
		return nil
	}
	printer := f.Texts.Printer("") // the log is read by staff, whatever language the screen has
	if err := f.Tray.Dismiss(f.ctx, f.visit.settling.Link, printer.T(reason)); err != nil {
		return f.fail(err)
	}
	f.visit.settling = nil
	f.Back()
	return nil
}

// Made returns when it was handed in, in the machine's time zone.
func (f *Flow) Made(r Refused) string {
	return f.Printer().DateTime(time.UnixMilli(r.MadeMS).In(f.Now().Location()))
}
