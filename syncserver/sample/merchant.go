// SPDX-License-Identifier: Apache-2.0

package sample

import (
	"time"

	"yuexin/shared/credit/subject"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// shop is a merchant with what belongs to it.
type shop struct {
	merchant subject.Merchant
	writes   []record.Write
}

// shop makes the merchant with a serial number from 0.
func (v *village) shop(serial int) (shop, error) {
	d := v.dice
	owner, err := v.person(d.between(25, 65), d.chance(550), v.surname(), true)
	if err != nil {
		return shop{}, err
	}
	kind := d.IntN(len(words.Shops))
	m := subject.Merchant{
		Header:       record.Header{ID: newID[ident.Record](d), Scope: v.Scope, Subject: newID[ident.Subject](d)},
		BusinessName: v.Name + owner.surname + "记" + words.Shops[kind],
		OperatorName: owner.name, OperatorID: owner.id, Region: v.Code,
		Address: v.Name + "村口" + chinese(serial%98+1) + "号铺", Industry: words.Industries[kind],
		Opened: v.plan.Now.AddDate(0, -d.between(6, 180), 0).Format(time.DateOnly),
		Sample: true,
	}
	if m.USCC, err = creditCode(v.index*v.plan.merchants() + serial); err != nil {
		return shop{}, err
	}
	if m.Phone, err = phone(v.phones + v.plan.Households + serial); err != nil {
		return shop{}, err
	}
	purposes := []string{"merchant_file"}
	m.Employees = subject.Of(int64(d.weighted(40, 25, 15, 10, 5, 5)))
	if d.chance(withFinance) {
		purposes = append(purposes, "finance")
		revenue := d.around(400_000, 0.8, 50_000, 5_000_000)
		m.Revenue, m.Cost = subject.Of(yuan(revenue)), subject.Of(yuan(revenue*float64(d.between(60, 90))/100))
		m.DebtBank, m.DebtPrivate = subject.Of(yuan(0)), subject.Of(yuan(0))
		if d.chance(350) {
			m.DebtBank = subject.Of(yuan(d.around(150_000, 0.6, 20_000, 1_000_000)))
		}
	}
	consents, err := v.agree(m.Header.Subject, owner.name, false, purposes...)
	if err != nil {
		return shop{}, err
	}
	return shop{m, append([]record.Write{m.Create()}, consents...)}, nil
}
