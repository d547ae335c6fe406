// SPDX-License-Identifier: Apache-2.0

package sample

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"time"

	"yuexin/shared/credit/consent"
	"yuexin/shared/credit/doorplate"
	"yuexin/shared/credit/lending"
	"yuexin/shared/credit/receipt"
	"yuexin/shared/ident"
	"yuexin/shared/money"
	"yuexin/shared/sync/record"
)

// demandShare is how many households in a thousand ask for a loan.
const demandShare = 150

// resident is the role that registers from a phone.
const (
	resident record.Role = "resident"
	desk     record.Role = "desk"
)

// ends are the states in which demands are left, with their weights.
var (
	ends       = []lending.Status{"unverified", "registered", "assigned", "contacted", "visited", "intent", "credited", "disbursed", "declined", "withdrawn"}
	endWeights = []int{15, 14, 14, 12, 10, 8, 8, 10, 6, 3}
)

// reasons are why demands are not granted.
var reasons = []string{"现有负债较多，暂不符合条件", "联系不上申请人", "用途不符合贷款政策", "资料未补齐"}

// asked is a demand on its way.
type asked struct {
	demand lending.Demand
	role   record.Role // who registers it
	act    record.Act
	state  lending.State
	way    []lending.Request // moves still to make
	at     time.Time
}

// firstDevice is the device number of the first village's receipts, far from those of enrolled devices.
const firstDevice = 50_000

// numberer makes the receipt numbers of a village.
func (v *village) numberer() (*receipt.Numberer, error) {
	key := sha256.Sum256(binary.BigEndian.AppendUint64([]byte("yuexin sample receipts"), v.plan.Seed))
	return receipt.NewNumberer(firstDevice+v.index%(receipt.FirstServer-firstDevice), key[:])
}

// ask makes the demand of a household: who asks, for what, and how far it will get.
func (v *village) ask(number receipt.Number, applicant lending.Demand, trade string, median float64) (*asked, error) {
	d := v.dice
	end := ends[d.weighted(endWeights...)]
	a := &asked{demand: applicant, role: desk, at: v.plan.ago(d.between(1, 60))}
	m := &a.demand
	m.Receipt, m.Sample = number, true
	m.Asked = money.Fen(d.around(median, 0.7, 10_000, 1_000_000)/1000) * 1000 * 100
	m.TermMonths = int64(pick(d, []int{6, 12, 12, 24, 36}))
	m.Purpose = purposeOf(d, trade)
	m.Contact = lending.ContactOwn
	if m.Phone.IsZero() {
		m.Contact = lending.ContactVillage
	}
	if end == lending.Unverified || !m.Plate.IsZero() && d.chance(450) {
		a.role, m.Channel, m.Via = resident, "phone", "plate"
	} else {
		m.Channel, m.Via = pick(d, []string{"agent", "console"}), pick(d, []string{"card", "code", "picked"})
	}
	if m.Plate.IsZero() && m.Via != "none" {
		m.Via = "none"
	}
	a.way = v.way(a, end)
	return a, v.register(a)
}

func purposeOf(d *dice, trade string) string {
	switch {
	case trade == "planting" || trade == "breeding" || trade == "business" || trade == "processing":
		if d.chance(700) {
			return trade
		}
	}
	return pick(d, []string{"equipment", "housing", "education", "living", "business"})
}

// register makes the first act. Its ids are replaced, since they must not depend on the clock; nothing refers to the
// move, and the consent's is kept in step with the demand.
func (v *village) register(a *asked) error {
	given, err := v.plan.Consent.Give(consent.Consent{
		Recipient: v.bank, Purpose: "loan_demand", Given: consent.TypedName, Giver: a.demand.Applicant, Sample: true,
	}, a.at)
	if err != nil {
		return err
	}
	a.demand.Header.Scope, a.demand.Header.ID = v.Scope, newID[ident.Record](v.dice)
	a.act, a.demand, err = v.plan.Lending.NewDemand(v.author(a.role, a.at), a.demand, given)
	if err != nil {
		return fmt.Errorf("register a demand: %w", err)
	}
	a.state.Status = lending.Registered
	if a.role == resident {
		a.state.Status = lending.Unverified
	}
	return nil
}

func (v *village) author(role record.Role, at time.Time) lending.Author {
	return lending.Author{Role: role, NowMS: at.UnixMilli(), Random: v.dice.source}
}

// way plans the moves from registration to the end.
func (v *village) way(a *asked, end lending.Status) []lending.Request {
	d := v.dice
	var way []lending.Request
	if a.role == resident && end != lending.Unverified {
		way = append(way, lending.Request{To: lending.Registered})
	}
	if !v.posted || end == lending.Unverified || end == lending.Registered {
		return way
	}
	way = append(way, lending.Request{To: lending.Assigned, Officer: v.officer, Bank: v.bank})
	intended := portion(a.demand.Asked, d.between(60, 100))
	credited := portion(intended, d.between(70, 100))
	steps := []lending.Request{
		{To: lending.Contacted}, {To: lending.Visited}, {To: lending.Intent, Amount: intended},
		{To: lending.Credited, Amount: credited}, {To: lending.Disbursed, Amount: portion(credited, pick(d, []int{50, 100, 100}))},
	}
	if end == lending.Declined || end == lending.Withdrawn {
		last := lending.Request{To: end}
		if end == lending.Declined {
			last.Reason = pick(d, reasons)
		}
		return append(append(way, steps[:d.between(0, 2)]...), last)
	}
	if end == lending.Assigned {
		return way
	}
	for _, s := range steps {
		if way = append(way, s); s.To == end {
			break
		}
	}
	return way
}

// portion returns so many per cent, rounded down to thousands of yuan but not to nothing.
func portion(f money.Fen, percent int) money.Fen {
	const thousand = 1000 * 100
	return max(f*money.Fen(percent)/100/thousand*thousand, thousand)
}

// move makes the next move of a demand; false when it has arrived.
func (v *village) move(a *asked) (record.Write, bool, error) {
	if len(a.way) == 0 {
		return record.Write{}, false, nil
	}
	next := a.way[0]
	a.way = a.way[1:]
	a.at = a.at.Add(time.Duration(v.dice.between(3, 90)) * time.Hour)
	if a.at.After(v.plan.Now) {
		a.at = v.plan.Now
	}
	act, err := v.plan.Lending.Move(v.author(desk, a.at), a.demand, a.state, next)
	if err != nil {
		return record.Write{}, false, fmt.Errorf("move a demand to %s: %w", next.To, err)
	}
	a.state.Status = next.To
	if next.To == lending.Credited {
		a.state.Credited = next.Amount
	}
	w := act.Writes[0]
	w.Header.ID = newID[ident.Record](v.dice)
	return w, true, nil
}

// demandOf is what a household says of itself in a demand.
func demandOf(f family) lending.Demand {
	h := f.household
	return lending.Demand{
		Header:    record.Header{Subject: h.Header.Subject},
		Applicant: h.HeadName, Phone: h.Phone, Plate: f.plate, Household: h.Header.ID, Assisted: h.Assisted,
	}
}

// demandOfShop is the same for a merchant.
func demandOfShop(s shop) lending.Demand {
	return lending.Demand{
		Header:    record.Header{Subject: s.merchant.Header.Subject},
		Applicant: s.merchant.OperatorName, Phone: s.merchant.Phone, Plate: doorplate.Handle{}, Merchant: s.merchant.Header.ID,
	}
}
