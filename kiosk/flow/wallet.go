// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"fmt"

	"yuexin/shared/credit/consent"
	"yuexin/shared/credit/myfile"
	"yuexin/shared/credit/plain"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Permit is in words whom the holder of a file gave what.
type Permit struct {
	plain.Permit
	Sends bool // it was taken back here, and the server does not know yet
}

// Used is in words who saw something of the file.
type Used struct {
	When, Who, What string
	After           bool // the holder had taken their consent back by then
	Refused         bool // it was not shown
}

// given is what the holder of the open file consented to: as the file has it, and with what was taken back on this machine since.
func (f *Flow) given(m *mine) (consent.Given, error) {
	scope := m.sheet.Header.Scope
	ends, err := f.Store.List(f.ctx, record.Query{Kind: consent.KindEnd, Scope: scope, Subject: m.file.Subject})
	if err != nil {
		return consent.Given{}, fmt.Errorf("read what was taken back: %w", err)
	}
	return m.file.Given(scope, ends), nil
}

// OpenWallet shows whom the holder of the open file gave what, and who looked.
func (f *Flow) OpenWallet() {
	if m := f.visit.mine; m != nil && m.file != nil && f.route == File {
		f.open(Wallet)
	}
}

// Wallet returns what the page of that shows.
func (f *Flow) Wallet() (permits []Permit, uses []Used) {
	m := f.visit.mine
	if m == nil || m.file == nil {
		return nil, nil
	}
	given, err := f.given(m)
	if err != nil {
		f.visit.problem = fault.From(err)
		return nil, nil
	}
	for _, c := range given.Consents {
		permits = append(permits, f.permit(m, c, given))
	}
	for _, u := range m.file.Uses {
		uses = append(uses, f.used(u))
	}
	return permits, uses
}

func (f *Flow) permit(m *mine, c consent.Consent, given consent.Given) Permit {
	one := Permit{Permit: f.words().Permit(c, given, f.orgName(c.Recipient), f.Now())}
	if _, ended := given.Ended(c); ended {
		for _, a := range m.file.Agreed {
			one.Sends = one.Sends || a.ID == c.Header.ID && a.EndedMS == 0
		}
	}
	return one
}

func (f *Flow) used(u consent.Use) Used {
	by, what, when := f.words().Use(u, f.orgName(u.Org))
	return Used{When: when, Who: by, What: what, After: u.After, Refused: u.Refused}
}

// orgName returns the name of an organisation, and a word for one that this machine does not know.
func (f *Flow) orgName(org ident.Org) string {
	if !org.IsZero() {
		if row, err := f.Store.Get(f.ctx, ident.Record(org)); err == nil && row.Text("name") != "" {
			return row.Text("name")
		}
	}
	return f.Printer().T("consent.wallet.somebody")
}

// AskTakeBack asks whether a consent is to be taken back.
func (f *Flow) AskTakeBack(p Permit) {
	if m := f.visit.mine; m != nil && m.file != nil && p.Holds && f.route == Wallet {
		m.permit = p.ID
		f.open(TakeBack)
	}
}

// TakingBack returns the consent that is asked about.
func (f *Flow) TakingBack() Permit {
	permits, _ := f.Wallet()
	for _, p := range permits {
		if p.ID == f.visit.mine.permit {
			return p
		}
	}
	return Permit{}
}

// HandInWithdrawal takes the consent back: one act, durable when it returns, with a receipt. From then on it holds nowhere that
// has heard of it, and everywhere once this machine was online. Faults are shown by the flow as well.
func (f *Flow) HandInWithdrawal() error {
	m := f.visit.mine
	if m == nil || m.file == nil || f.route != TakeBack {
		return nil
	}
	r, err := f.handInWithdrawal(m)
	if err != nil {
		return f.fail(err)
	}
	f.finish(r)
	return nil
}

func (f *Flow) handInWithdrawal(m *mine) (Receipt, error) {
	given, err := f.given(m)
	if err != nil {
		return Receipt{}, err
	}
	now, scope := f.Now(), m.sheet.Header.Scope
	for _, c := range given.Consents {
		if c.Header.ID != m.permit || !given.Holds(c, now) {
			continue
		}
		base, err := f.Store.Base(f.ctx, scope)
		if err != nil {
			return Receipt{}, fmt.Errorf("read where the village stands: %w", err)
		}
		id, err := f.newID()
		if err != nil {
			return Receipt{}, err
		}
		number, code, err := f.numbered()
		if err != nil {
			return Receipt{}, err
		}
		c.Sample = f.Sample()
		act := record.Act{
			Name: "consent.withdraw", Scope: scope, Base: base, Source: f.Book.Access.Source(Role),
			Writes: []record.Write{c.End(id, now.UnixMilli(), consent.Tap)},
		}
		if err := f.addReceipt(&act, c.Header, number, code, nil); err != nil {
			return Receipt{}, err
		}
		if _, err := f.Store.Apply(f.ctx, act); err != nil {
			return Receipt{}, fmt.Errorf("take a consent back: %w", err)
		}
		return f.numberedReceipt(Withdrawal, number, code, now, "kiosk.takeback.next", "org", f.orgName(c.Recipient)), nil
	}
	return Receipt{}, fault.New(fault.Stale, "kiosk.takeback.gone")
}

// note says what stands beside a value that the holder objects to, "" for nothing.
func (f *Flow) note(file *myfile.File, part myfile.Part, it myfile.Item) string {
	if said, noted := myfile.Notes(file.Said)[myfile.Place{Record: part.Record, Field: it.Field}]; noted {
		return f.Book.MyFile.Note(f.Printer(), said, f.Now())
	}
	return ""
}
