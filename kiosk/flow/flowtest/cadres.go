// SPDX-License-Identifier: Apache-2.0

package flowtest

import (
	"context"

	"yuexin/kiosk/flow"
	"yuexin/shared/credit/lending"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/money"
	"yuexin/shared/sync/record"
)

// Passphrase is that of the first cadre on stage, and Cadre their name; the others are of the second one.
const (
	Passphrase       = "村里的一句口令"
	Cadre            = "李村长"
	SecondPassphrase = "村里的另一句口令"
	SecondCadre      = "王委员"
)

// The cadres on stage, in the directory.
var (
	cadreActor  = ident.Actor{3}
	secondActor = ident.Actor{4}
)

// Cadres is the staff's part of the kiosk on stage, with two cadres.
type Cadres struct {
	None bool // nobody was added to this machine
	Slow bool // Answer says when a try is answered
	Open bool // the part is open

	desks map[string]flow.Desk // by passphrase
	tries []func()             // that were not answered
}

// Any implements flow.Cadres.
func (c *Cadres) Any(context.Context) (bool, error) { return !c.None, nil }

// Enter implements flow.Cadres.
func (c *Cadres) Enter(passphrase string, report func(*flow.Desk, error)) {
	c.tries = append(c.tries, func() {
		desk, known := c.desks[passphrase]
		if c.None || !known {
			report(nil, fault.New(fault.Unauthenticated, "replica.passphrase"))
			return
		}
		c.Open = true
		report(&desk, nil)
	})
	if !c.Slow {
		c.Answer()
	}
}

// Answer answers the oldest try that was not answered.
func (c *Cadres) Answer() {
	answer := c.tries[0]
	c.tries = c.tries[1:]
	answer()
}

// Close implements flow.Cadres.
func (c *Cadres) Close() { c.Open = false }

// Enter lets the first cadre in.
func (s *Stage) Enter() error { return s.EnterAs(Passphrase) }

// EnterAs lets in whoever's passphrase it is.
func (s *Stage) EnterAs(passphrase string) error {
	s.Flow.OpenOffice()
	return s.Flow.LogIn(passphrase)
}

// AddHousehold adds a household of the village 富溪, as a server would have sent it.
func (s *Stage) AddHousehold(head, group string) error {
	_, err := s.put(Scope(Fuxi), "household", map[record.Field]record.Value{
		"head_name": record.OfText(head), "group_no": record.OfText(group), "population": record.OfInt(3),
	})
	return err
}

// AddDemand adds a demand of the village 富溪 that nobody has looked at, as a server would have sent it.
func (s *Stage) AddDemand(applicant string, asked money.Fen) error {
	number, err := s.number()
	if err != nil {
		return err
	}
	id, err := s.put(Scope(Fuxi), lending.KindDemand, map[record.Field]record.Value{
		"applicant_name": record.OfText(applicant), "asked": record.OfInt(int64(asked)), "phone": record.OfText("13800138000"),
		"receipt_no": record.OfText(string(number)),
	})
	if err != nil {
		return err
	}
	_, err = s.put(Scope(Fuxi), lending.KindMove, map[record.Field]record.Value{
		"demand": record.OfBytes(id.Bytes()), "to": record.OfText(string(lending.Unverified)), "at": record.OfInt(s.Time.UnixMilli()),
		"role": record.OfText(string(flow.Role)), "policy": record.OfInt(1),
	})
	return err
}
