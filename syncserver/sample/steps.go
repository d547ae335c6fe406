// SPDX-License-Identifier: Apache-2.0

package sample

import (
	"iter"
	"slices"
	"time"

	"yuexin/shared/credit/lending"
	"yuexin/shared/ident"
	"yuexin/shared/region"
	"yuexin/shared/sync/record"
)

// writesPerAct is the most writes of one act.
const writesPerAct = 100

// Step is one act and who does it.
type Step struct {
	Role       record.Role // "desk", or "resident" for what comes from a phone
	Act        record.Act
	Village    region.Code // "" for the organisations
	Households int         // of this act
}

// Steps yields all acts in order: organisations and staff, then village by village. Only one village is in memory at a
// time. A step with an error is the last.
func (p *Plan) Steps() iter.Seq2[Step, error] {
	return func(yield func(Step, error) bool) {
		for chunk := range slices.Chunk(p.reference(), writesPerAct) {
			act := record.Act{Name: "sample.reference", Scope: ident.Ref, Source: record.Authoritative, Writes: chunk}
			if !yield(Step{Role: desk, Act: act}, nil) {
				return
			}
		}
		for i := range p.villages {
			v := p.open(i)
			m := &maker{village: v, yield: yield}
			if err := m.run(); err != nil {
				yield(Step{}, err)
				return
			}
			if m.stopped {
				return
			}
		}
	}
}

// sourceOf is the rank of what a role says, unless an act has its own.
var sourceOf = map[record.Role]record.Source{desk: record.Authoritative, resident: record.SelfDeclared}

// reference makes the records that everybody reads.
func (p *Plan) reference() []record.Write {
	create := func(kind record.Kind, id ident.ID, fields map[record.Field]record.Value) record.Write {
		fields["sample"] = record.OfBool(true)
		h := record.Header{ID: ident.Record(id), Kind: kind, Scope: ident.Ref, Subject: ident.Subject(id)}
		return record.Write{Op: record.Create, Header: h, Fields: fields}
	}
	var writes []record.Write
	for _, o := range p.orgs {
		writes = append(writes, create("org", ident.ID(o.ID), map[record.Field]record.Value{
			"name": record.OfText(o.Name), "short_name": record.OfText(o.Short), "org_kind": record.OfText(o.Kind),
		}))
	}
	for _, s := range p.staff {
		writes = append(writes, create("staff", ident.ID(s.Actor), map[record.Field]record.Value{
			"actor": record.OfBytes(s.Actor.Bytes()), "name": record.OfText(s.Name), "org": record.OfBytes(s.Org.Bytes()),
			"title": record.OfText(s.Title), "active": record.OfBool(true),
		}))
	}
	return writes
}

// maker yields the acts of one village.
type maker struct {
	*village
	yield   func(Step, error) bool
	stopped bool

	writes     []record.Write // not yielded yet
	households int            // among them
	demands    []*asked
}

// send yields an act of the village.
func (m *maker) send(role record.Role, act record.Act, households int) {
	if act.Source == 0 {
		act.Source = sourceOf[role]
	}
	if !m.stopped && len(act.Writes) > 0 {
		m.stopped = !m.yield(Step{Role: role, Act: act, Village: m.Code, Households: households}, nil)
	}
}

func (m *maker) run() error {
	m.send(desk, record.Act{Name: "sample.unit", Scope: m.Scope, Writes: m.unit()}, 0)
	if err := m.subjects(); err != nil || m.stopped {
		return err
	}
	m.registrations()
	return m.moves()
}

// unit makes the record of the village itself and says who is responsible for it.
func (v *village) unit() []record.Write {
	writes := []record.Write{{
		Op: record.Create,
		Header: record.Header{
			ID: ident.Record(v.Unit), Kind: "unit", Scope: v.Scope, Subject: ident.Subject(v.Unit),
		},
		Fields: map[record.Field]record.Value{
			"name": record.OfText(v.Name), "region_code": record.OfText(string(v.Code)), "sample": record.OfBool(true),
		},
	}}
	posting := lending.Posting{
		Header:  record.Header{ID: newID[ident.Record](v.dice), Scope: v.Scope, Subject: ident.Subject(v.Unit)},
		Officer: v.officer, Bank: v.bank, From: v.plan.Now.AddDate(0, 0, -200).Format(time.DateOnly), Sample: true,
	}
	if v.posted {
		writes = append(writes, posting.Create())
	}
	return writes
}

// subjects makes households and merchants, and plans their demands.
func (m *maker) subjects() error {
	numbers, err := m.numberer()
	if err != nil {
		return err
	}
	for serial := range m.plan.Households {
		f, err := m.family(serial)
		if err != nil {
			return err
		}
		m.add(f.writes, 1)
		if m.dice.chance(demandShare) {
			number, err := numbers.At(uint64(len(m.demands)))
			if err != nil {
				return err
			}
			a, err := m.ask(number, demandOf(f), f.household.MainTrade, 50_000)
			if err != nil {
				return err
			}
			m.demands = append(m.demands, a)
		}
		if m.stopped {
			return nil
		}
	}
	for serial := range m.plan.merchants() {
		s, err := m.shop(serial)
		if err != nil {
			return err
		}
		m.add(s.writes, 0)
		if m.dice.chance(2 * demandShare) {
			number, err := numbers.At(uint64(len(m.demands)))
			if err != nil {
				return err
			}
			a, err := m.ask(number, demandOfShop(s), "business", 150_000)
			if err != nil {
				return err
			}
			m.demands = append(m.demands, a)
		}
	}
	m.flush()
	return nil
}

// add collects writes that belong together and yields an act when no more fit.
func (m *maker) add(writes []record.Write, households int) {
	if len(m.writes)+len(writes) > writesPerAct {
		m.flush()
	}
	m.writes = append(m.writes, writes...)
	m.households += households
}

func (m *maker) flush() {
	m.send(desk, record.Act{Name: "sample.subjects", Scope: m.Scope, Source: record.Officer, Writes: m.writes}, m.households)
	m.writes, m.households = nil, 0
}

// registrations registers the demands, those from phones in acts of their own.
func (m *maker) registrations() {
	for _, role := range []record.Role{desk, resident} {
		act := record.Act{Name: "demand.register", Scope: m.Scope}
		for _, a := range m.demands {
			if a.role != role {
				continue
			}
			if len(act.Writes)+len(a.act.Writes) > writesPerAct {
				m.send(role, act, 0)
				act.Writes = nil
			}
			act.Writes = append(act.Writes, a.act.Writes...)
		}
		m.send(role, act, 0)
	}
}

// moves makes the first move of every demand, then the second of those that have one, and so on: an act may move a demand
// once only.
func (m *maker) moves() error {
	for {
		act := record.Act{Name: "demand.moves", Scope: m.Scope}
		moved := 0
		for _, a := range m.demands {
			w, any, err := m.move(a)
			if err != nil {
				return err
			}
			if !any {
				continue
			}
			moved++
			if act.Writes = append(act.Writes, w); len(act.Writes) == writesPerAct {
				m.send(desk, act, 0)
				act.Writes = nil
			}
		}
		m.send(desk, act, 0)
		if moved == 0 || m.stopped {
			return nil
		}
	}
}
