// SPDX-License-Identifier: Apache-2.0

package lending

import (
	"fmt"
	"io"
	"strings"

	"yuexin/shared/credit/consent"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/money"
	"yuexin/shared/sync/record"
)

// Author is who acts, with the clock and randomness for new ids.
type Author struct {
	Role   record.Role
	Source record.Source
	Base   record.Base // what they saw of the scope; see record.Store
	NowMS  int64       // ms since 1970 UTC
	Random io.Reader
}

func (a Author) id() (ident.Record, error) {
	id, err := ident.New[ident.Record](a.NowMS, a.Random)
	if err != nil {
		return id, fmt.Errorf("make a record id: %w", err)
	}
	return id, nil
}

// Request is what somebody wants to do with a demand.
type Request struct {
	To      Status
	Reason  string
	Amount  money.Fen   // for intent, credited, disbursed
	Officer ident.Actor // for assigned
	Bank    ident.Org   // for assigned
}

// NewDemand returns the one act that registers a demand: consent, demand and first move, all or nothing, and the demand as
// it will stand. d.Header.Scope must be set; id and subject are made where they are zero, so that a draft may keep its
// own. c is a consent from consent.Policy.Give; its recipient becomes that of the demand. The faults are those of
// Policy.Check, and NotAllowed "demand.move.role" for a role that registers nothing.
func (p *Policy) NewDemand(by Author, d Demand, c consent.Consent) (record.Act, Demand, error) {
	starts := p.Next("", by.Role)
	if len(starts) == 0 {
		return record.Act{}, d, fault.New(fault.NotAllowed, "demand.move.role").WithField("to").With("to", string(Registered))
	}
	d.Recipient, c.Sample = c.Recipient, d.Sample
	if err := p.Check(d); err != nil {
		return record.Act{}, d, err
	}
	if err := d.name(by); err != nil {
		return record.Act{}, d, err
	}
	c.Header = record.Header{Kind: consent.Kind, Scope: d.Header.Scope, Subject: d.Header.Subject}
	m := p.newMove(by, d, "", starts[0].To)
	var err error
	if c.Header.ID, err = by.id(); err != nil {
		return record.Act{}, d, err
	}
	if m.Header.ID, err = by.id(); err != nil {
		return record.Act{}, d, err
	}
	d.Consent = c.Header.ID
	create := record.Write{Op: record.Create, Header: d.Header, Fields: d.Fields()}
	return by.act("demand.register", d, c.Create(), create, m.write()), d, nil
}

// name gives the demand the ids it lacks.
func (d *Demand) name(by Author) (err error) {
	d.Header.Kind = KindDemand
	if d.Header.ID.IsZero() {
		if d.Header.ID, err = by.id(); err != nil {
			return err
		}
	}
	if d.Header.Subject.IsZero() {
		if d.Header.Subject, err = ident.New[ident.Subject](by.NowMS, by.Random); err != nil {
			return fmt.Errorf("make a subject id: %w", err)
		}
	}
	return nil
}

// Move returns the act by which a demand moves on from the state its author sees. Faults: Invalid "demand.move." and
// illegal, reason, amount, amount_extra, over, assign; NotAllowed "demand.move.role".
func (p *Policy) Move(by Author, d Demand, s State, r Request) (record.Act, error) {
	m := p.newMove(by, d, s.Status, r.To)
	m.Reason, m.Amount, m.Officer, m.Bank = strings.TrimSpace(r.Reason), r.Amount, r.Officer, r.Bank
	if f := p.legal(m); f != nil {
		return record.Act{}, f
	}
	if f := fits(m, s); f != nil {
		return record.Act{}, f
	}
	id, err := by.id()
	if err != nil {
		return record.Act{}, err
	}
	m.Header.ID = id
	return by.act("demand."+string(r.To), d, m.write()), nil
}

func (p *Policy) newMove(by Author, d Demand, from, to Status) Move {
	key, _ := p.Sentence(to)
	return Move{
		Header: record.Header{Kind: KindMove, Scope: d.Header.Scope, Subject: d.Header.Subject},
		Demand: d.Header.ID,
		From:   from, To: to,
		At: by.NowMS, Role: by.Role, Policy: p.version, Sentence: key, Sample: d.Sample,
	}
}

func (a Author) act(name string, d Demand, writes ...record.Write) record.Act {
	return record.Act{Name: name, Scope: d.Header.Scope, Base: a.Base, Source: a.Source, Writes: writes}
}
