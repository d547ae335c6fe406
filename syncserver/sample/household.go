// SPDX-License-Identifier: Apache-2.0

package sample

import (
	"strconv"
	"time"

	"yuexin/shared/credit/consent"
	"yuexin/shared/credit/doorplate"
	"yuexin/shared/credit/subject"
	"yuexin/shared/ident"
	"yuexin/shared/money"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/plates"
)

// shares of all households, per mille.
const (
	withFinance = 850 // gave the separate consent to tell income, assets and debts
	withPhone   = 920
	assisted    = 150
	maleHeads   = 750
)

// householdSizes are the weights of 1 to 9 persons; the mean is 3.6.
var householdSizes = []int{8, 18, 24, 25, 14, 7, 2, 1, 1}

// trades are the main trades and their weights.
var (
	trades       = []string{"planting", "labour", "breeding", "business", "processing", "transport", "other"}
	tradeWeights = []int{40, 25, 15, 10, 4, 4, 2}
	cropsOf      = map[string][]string{
		"planting": {"rice", "vegetable", "gonggan", "sugar_orange", "bamboo", "flower"},
		"breeding": {"shrimp", "fish", "chicken", "pig"},
	}
)

// family is a household with those who live in it.
type family struct {
	household subject.Household
	head      person
	writes    []record.Write
	plate     doorplate.Handle
}

// family makes the household with a serial number from 0, at its own door.
func (v *village) family(serial int) (family, error) {
	d := v.dice
	head, err := v.person(d.between(30, 75), d.chance(maleHeads), v.surname(), true)
	if err != nil {
		return family{}, err
	}
	h := subject.Household{
		Header:   record.Header{ID: newID[ident.Record](d), Scope: v.Scope, Subject: newID[ident.Subject](d)},
		HeadName: head.name, ResidentID: head.id, Region: v.Code,
		Group: v.group(serial), HouseNo: v.houseNo(serial), Assisted: d.chance(assisted), Sample: true,
	}
	h.Address = v.Name + h.Group + h.HouseNo
	if d.chance(withPhone) {
		if h.Phone, err = phone(v.phones + serial); err != nil {
			return family{}, err
		}
	}
	f := family{household: h, head: head}
	members, err := v.members(&f, 1+d.weighted(householdSizes...))
	if err != nil {
		return f, err
	}
	v.work(&f.household)
	plate, err := v.plate(&f)
	if err != nil {
		return f, err
	}
	consents, err := v.consents(&f)
	if err != nil {
		return f, err
	}
	f.writes = append(f.writes, f.household.Create())
	f.writes = append(f.writes, members...)
	f.writes = append(append(f.writes, consents...), plate)
	return f, nil
}

// groupSize is how many households a group (村民小组) has.
const groupSize = 12

// group returns 一组 and so on; a large village has larger groups rather than more than 20.
func (v *village) group(serial int) string {
	return chinese(serial/v.groupSize()+1) + "组"
}

func (v *village) groupSize() int { return max(groupSize, (v.plan.Households+19)/20) }

func (v *village) houseNo(serial int) string { return strconv.Itoa(serial%v.groupSize()+1) + "号" }

// chinese writes 1 to 99 as villages do.
func chinese(n int) string {
	digits := []string{"", "一", "二", "三", "四", "五", "六", "七", "八", "九"}
	switch {
	case n < 10:
		return digits[n]
	case n < 20:
		return "十" + digits[n-10]
	}
	return digits[n/10%10] + "十" + digits[n%10]
}

// surname is often that of the village's clan.
func (v *village) surname() string {
	if v.dice.chance(500) {
		return v.clan
	}
	return pick(v.dice, words.Surnames)
}

func (v *village) person(age int, male bool, surname string, adult bool) (person, error) {
	p := person{surname: surname, male: male, born: v.registry.birth(v.dice, age, v.plan.newYear())}
	p.name = surname + v.dice.given(male, p.born.Year())
	if !adult {
		return p, nil
	}
	var err error
	p.id, err = v.registry.number(p.born)
	return p, err
}

// kin is somebody beside the head, planned before made.
type kin struct {
	relation string
	age      int
	male     bool
}

// relatives plans size−1 people around a head: a spouse, children 22 to 38 years younger, then whoever is plausible.
func (v *village) relatives(head person, size int) []kin {
	d, age := v.dice, head.age(v.plan.newYear())
	var all []kin
	add := func(relation string, age int, male bool) {
		if len(all) < size-1 {
			all = append(all, kin{relation, min(max(age, 0), 98), male})
		}
	}
	if d.chance(880) {
		add("spouse", max(age+d.between(-5, 3), 22), !head.male)
	}
	eldest := age - d.between(22, 30)
	for n, child := d.between(1, 3), eldest; n > 0 && child >= 0; n, child = n-1, child-d.between(2, 4) {
		add("child", child, d.chance(520))
	}
	if eldest >= 26 {
		add("child_in_law", eldest+d.between(-3, 3), d.chance(200))
		add("grandchild", eldest-d.between(23, 26), d.chance(500))
		add("grandchild", eldest-d.between(26, 29), d.chance(500))
	}
	if age < 68 {
		add("parent", age+d.between(20, 29), false)
		add("parent", age+d.between(20, 29), true)
	}
	for len(all) < size-1 {
		add("sibling", max(age+d.between(-9, 9), 18), d.chance(500))
	}
	return all
}

// idAge is the age from which people show an identity card.
const idAge = 16

// members makes the relatives and counts people and labour.
func (v *village) members(f *family, size int) ([]record.Write, error) {
	var writes []record.Write
	labour := 0
	if ability(v.dice, f.head.age(v.plan.newYear())) != "none" {
		labour++
	}
	for _, k := range v.relatives(f.head, size) {
		surname := f.head.surname
		if k.relation == "spouse" || k.relation == "child_in_law" {
			surname = pick(v.dice, words.Surnames)
		}
		p, err := v.person(k.age, k.male, surname, k.age >= idAge)
		if err != nil {
			return nil, err
		}
		m := subject.Member{
			Header:    record.Header{ID: newID[ident.Record](v.dice), Scope: v.Scope, Subject: newID[ident.Subject](v.dice)},
			Household: f.household.Header.ID, FullName: p.name, Relation: k.relation, ResidentID: p.id,
			Birth: p.born.Format(time.DateOnly), Work: occupation(v.dice, k.age), Ability: ability(v.dice, k.age), Sample: true,
		}
		if m.Ability != "none" {
			labour++
		}
		writes = append(writes, m.Create())
	}
	f.household.Population = subject.Of(int64(len(writes) + 1))
	f.household.Labour = subject.Of(int64(labour))
	return writes, nil
}

func ability(d *dice, age int) string {
	switch {
	case age < 16 || age > 74:
		return "none"
	case age > 62 || d.chance(30):
		return "partial"
	}
	return "full"
}

func occupation(d *dice, age int) string {
	switch {
	case age < 6 || age > 74:
		return "none"
	case age < 18:
		return "study"
	case age > 55:
		return "farming"
	}
	return pick(d, []string{"labour_away", "labour_away", "labour_local", "farming", "business", "public"})
}

// work fills in what the household lives on, for a year before now.
func (v *village) work(h *subject.Household) {
	d := v.dice
	h.MainTrade = trades[d.weighted(tradeWeights...)]
	h.Trades = []string{h.MainTrade}
	if d.chance(500) {
		h.Trades = append(h.Trades, "labour")
	}
	if crops := cropsOf[h.MainTrade]; crops != nil {
		h.Crops = []string{pick(d, crops), pick(d, crops)}
	}
	if !d.chance(withFinance) {
		return
	}
	h.Year = subject.Of(int64(v.plan.Now.Year() - 1))
	h.Land = subject.Of(money.Area(d.around(230, 0.5, 50, 600)))
	h.Houses = subject.Of(int64(1 + d.weighted(85, 15)))
	h.Housing = subject.Of(int64(d.between(80, 260)))
	v.income(h)
	v.balance(h)
}

// income splits a net income of 30,000 to 150,000 yuan (median 70,000) by source, with what it costs to earn it.
func (v *village) income(h *subject.Household) {
	d := v.dice
	net := d.around(70_000, 0.42, 30_000, 150_000)
	main := net * float64(d.between(60, 85)) / 100
	cost := 0.0
	switch h.MainTrade {
	case "planting":
		cost = main * float64(d.between(25, 45)) / 100
		h.Income.Planting = subject.Of(yuan(main + cost))
	case "breeding": // a shrimp pond sells 12,000 to 30,000 yuan a mu and keeps 5,000 to 15,000
		cost = main * float64(d.between(100, 180)) / 100
		h.Income.Breeding = subject.Of(yuan(main + cost))
	case "labour":
		h.Income.Labour = subject.Of(yuan(main))
	default:
		cost = main * float64(d.between(40, 90)) / 100
		h.Income.Business = subject.Of(yuan(main + cost))
	}
	if h.MainTrade != "labour" && d.chance(700) {
		h.Income.Labour = subject.Of(yuan(net - main))
	} else {
		h.Income.Other = subject.Of(yuan(net - main))
	}
	h.Cost.Production = subject.Of(yuan(cost))
	h.Cost.Living = subject.Of(yuan(min(net*0.6, float64(h.Population.Value)*d.around(9_000, 0.2, 5_000, 16_000))))
	if d.chance(350) {
		h.Cost.Education = subject.Of(yuan(d.around(8_000, 0.6, 1_000, 30_000)))
	}
}

// balance fills in what the household has and owes. A debt of 0 was asked about; one that is not set was not.
func (v *village) balance(h *subject.Household) {
	d := v.dice
	some := func(perMille int, median, low, high float64) subject.Known[money.Fen] {
		if !d.chance(perMille) {
			return subject.Of(money.Fen(0))
		}
		return subject.Of(yuan(d.around(median, 0.7, low, high)))
	}
	h.Deposits = some(900, 40_000, 500, 600_000)
	h.DebtOwnBank = some(250, 60_000, 10_000, 300_000)
	h.DebtOtherBank = some(100, 50_000, 5_000, 300_000)
	h.DebtPrivate = some(120, 15_000, 2_000, 80_000)
	h.Guarantees = some(50, 50_000, 10_000, 150_000)
}

// plate gives the household a plate of its own.
func (v *village) plate(f *family) (record.Write, error) {
	for {
		handle, err := doorplate.NewHandle(v.dice.source)
		if err != nil {
			return record.Write{}, err
		}
		code := doorplate.CodeOf(handle)
		if v.codes[code] {
			continue
		}
		v.codes[code] = true
		h := &f.household
		h.PlateCode, f.plate = string(code), handle
		p, err := plates.New(handle, v.Scope, v.Code, h.Group, h.HouseNo, v.plan.Now.AddDate(0, 0, -v.dice.between(1, 90)), v.dice.source)
		if err != nil {
			return record.Write{}, err
		}
		p.Header.ID, p.Header.Subject = newID[ident.Record](v.dice), newID[ident.Subject](v.dice)
		p.Household, p.Sample = h.Header.ID, true
		return p.Create(), nil
	}
}

// consents are those of the household's head: for the file, and a separate one for the figures where there are any.
func (v *village) consents(f *family) ([]record.Write, error) {
	purposes := []string{"household_file"}
	if f.household.Year.Set {
		purposes = append(purposes, "finance")
	}
	return v.agree(f.household.Header.Subject, f.household.HeadName, f.household.Assisted, purposes...)
}

// agree makes the consents of somebody, given on one day of the last half year.
func (v *village) agree(who ident.Subject, name string, helped bool, purposes ...string) ([]record.Write, error) {
	at := v.plan.ago(v.dice.between(5, 180))
	var writes []record.Write
	for _, purpose := range purposes {
		c := consent.Consent{
			Header:    record.Header{ID: newID[ident.Record](v.dice), Scope: v.Scope, Subject: who},
			Recipient: v.bank, Purpose: purpose, Given: consent.Signature, Giver: name, Sample: true,
		}
		if helped {
			c.Assisted, c.Assistant = true, v.cadre.Name
		}
		given, err := v.plan.Consent.Give(c, at)
		if err != nil {
			return nil, err
		}
		writes = append(writes, given.Create())
	}
	return writes, nil
}
