// SPDX-License-Identifier: Apache-2.0

package sample

import (
	"cmp"
	"fmt"
	"time"

	"yuexin/shared/credit/consent"
	"yuexin/shared/credit/doorplate"
	"yuexin/shared/credit/lending"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/region"
	"yuexin/shared/sync/record"
)

// The defaults: 四会市大沙镇, with as many households per village as a screen shows in a few pages.
const (
	DefaultTown       region.Code = "441284105"
	DefaultHouseholds int         = 40
)

// MaxHouseholds bounds the households of one village; the largest real ones have about 1,500.
const MaxHouseholds = 20_000

// Options say what to make. Regions, Lending and Consent are needed.
type Options struct {
	Seed       uint64
	Town       region.Code // or any other unit above villages; "" for DefaultTown
	Villages   int         // at most this many; 0 for all
	Households int         // per village; 0 for DefaultHouseholds
	Now        time.Time

	Regions *region.Tree
	Lending *lending.Policy
	Consent *consent.Policy
}

// Plan is what will be made; it holds no people yet.
type Plan struct {
	Options
	villages []Village
	orgs     []Org
	staff    []Staff
}

// Village is a made-up unit with the name and code of a real place.
type Village struct {
	Unit  ident.Unit
	Scope ident.Scope
	Code  region.Code
	Name  string
}

// Org is a made-up organisation.
type Org struct {
	ID          ident.Org
	Name, Short string
	Kind        string // a code of the catalogue
}

// Staff is a made-up person who works with the system. Whoever opens a login for one takes actor and role from here.
type Staff struct {
	Actor  ident.Actor
	Name   string
	Title  string
	Role   record.Role
	Org    ident.Org
	Scopes []ident.Scope // nil for all
}

// New makes a plan. Faults: NotFound for an unknown town, Invalid for one without villages, TooLarge for more than
// MaxHouseholds.
func New(o Options) (*Plan, error) {
	o.Town = cmp.Or(o.Town, DefaultTown)
	o.Households = cmp.Or(o.Households, DefaultHouseholds)
	if o.Households < 0 || o.Households > MaxHouseholds {
		return nil, fault.New(fault.TooLarge, "sample.households").With("max", fmt.Sprint(MaxHouseholds))
	}
	top, err := o.Regions.Resolve(string(o.Town))
	if err != nil {
		return nil, err
	}
	p := &Plan{Options: o}
	p.gather(top)
	if len(p.villages) == 0 {
		return nil, fault.New(fault.Invalid, "sample.town").With("code", string(o.Town))
	}
	d := newDice(o.Seed, "organisations")
	for _, org := range []Org{
		{Name: "示例农村商业银行", Short: "示例农商行", Kind: "bank"},
		{Name: "示例村镇银行", Short: "示例村镇行", Kind: "bank"},
		{Name: "示例市金融工作局", Short: "示例金融局", Kind: "government"},
		{Name: "中国人民银行示例市分行", Short: "示例人行", Kind: "government"},
		{Name: "示例融资担保公司", Short: "示例担保", Kind: "guarantor"},
	} {
		org.ID = newID[ident.Org](d)
		p.orgs = append(p.orgs, org)
	}
	p.hire(d)
	return p, nil
}

// gather collects the villages below a unit, and the areas that resident ids may have.
func (p *Plan) gather(u region.Unit) {
	if p.Villages > 0 && len(p.villages) == p.Villages {
		return
	}
	if u.Level == region.Village {
		unit := newID[ident.Unit](newDice(p.Seed, "unit "+string(u.Code)))
		p.villages = append(p.villages, Village{unit, ident.UnitScope(unit), u.Code, u.Short})
		return
	}
	for _, child := range p.Regions.Children(u.Code) {
		p.gather(child)
	}
}

// hire makes the staff: an officer and a reviewer per bank, an analyst, an administrator, and a cadre per village.
func (p *Plan) hire(d *dice) {
	all := make([]ident.Scope, len(p.villages))
	for i, v := range p.villages {
		all[i] = v.Scope
	}
	add := func(role record.Role, title string, org ident.Org, scopes []ident.Scope) {
		male := d.chance(500)
		name := pick(d, words.Surnames) + d.given(male, 1985)
		p.staff = append(p.staff, Staff{newID[ident.Actor](d), name, title, role, org, scopes})
	}
	add("officer", "金融特派员", p.orgs[0].ID, all)
	add("officer", "金融特派员", p.orgs[1].ID, all)
	add("reviewer", "信贷审核员", p.orgs[0].ID, nil)
	add("reviewer", "信贷审核员", p.orgs[1].ID, nil)
	add("analyst", "统计分析员", p.orgs[3].ID, nil)
	add("admin", "系统管理员", p.orgs[2].ID, nil)
	for i, v := range p.villages {
		d := newDice(p.Seed, "cadre "+string(v.Code))
		name := pick(d, words.Surnames) + d.given(d.chance(500), 1980)
		p.staff = append(p.staff, Staff{newID[ident.Actor](d), name, v.Name + "干部", "cadre", p.orgs[2].ID, all[i : i+1]})
	}
	add("auditor", "审计员", p.orgs[3].ID, nil)
}

// Units returns the villages in the order in which they are made.
func (p *Plan) Units() []Village { return p.villages }

// People returns the staff: officers first, the cadre of each village last, in the order of Units.
func (p *Plan) People() []Staff { return p.staff }

// office is how many of the staff belong to no village.
func (p *Plan) office() int { return len(p.staff) - len(p.villages) }

// areasFor returns the county of a village and then all other counties of the tree, nearest codes first.
func (p *Plan) areasFor(code region.Code) []string {
	county := string(code[:6])
	areas := []string{county}
	var others []string
	for _, prefecture := range p.Regions.Children(code[:2]) {
		for _, c := range p.Regions.Children(prefecture.Code) {
			switch {
			case string(c.Code) == county:
			case prefecture.Code == code[:4]:
				areas = append(areas, string(c.Code))
			default:
				others = append(others, string(c.Code))
			}
		}
	}
	return append(areas, others...)
}

// newYear is the day on which ages are counted: the same all year, so that a run continued on a later day makes the same
// people.
func (p *Plan) newYear() time.Time { return time.Date(p.Now.Year(), 1, 1, 0, 0, 0, 0, time.UTC) }

// firstConsent is the day from which the wordings of consents hold.
var firstConsent = time.Date(2026, 1, 2, 12, 0, 0, 0, time.UTC)

// ago returns the moment so many days before now, but not one before anybody could consent.
func (p *Plan) ago(days int) time.Time {
	t := p.Now.AddDate(0, 0, -days)
	if t.Before(firstConsent) && p.Now.After(firstConsent) {
		return firstConsent
	}
	return t
}

// village is one village in the making.
type village struct {
	Village
	plan     *Plan
	dice     *dice
	registry *registry
	codes    map[doorplate.Code]bool
	clan     string // surname of half the households
	bank     ident.Org
	officer  ident.Actor
	posted   bool // an officer is responsible for it
	cadre    Staff
	phones   int // first serial of its phones
	index    int
}

// open begins the village with this index.
func (p *Plan) open(index int) *village {
	d := newDice(p.Seed, "village "+string(p.villages[index].Code))
	v := &village{
		Village: p.villages[index], plan: p, dice: d, index: index,
		registry: &registry{index, len(p.villages), p.areasFor(p.villages[index].Code), map[registered]bool{}},
		codes:    map[doorplate.Code]bool{},
		clan:     pick(d, words.Surnames),
		bank:     p.orgs[index%2].ID, officer: p.staff[index%2].Actor,
		cadre: p.staff[p.office()+index],
	}
	v.phones = index * (p.Households + p.merchants())
	// The last of several villages has nobody yet, so that unassigned demands can be seen.
	v.posted = len(p.villages) < 4 || index < len(p.villages)-1
	return v
}

// merchants is how many merchants a village has: one for twenty households.
func (p *Plan) merchants() int { return (p.Households + 19) / 20 }
