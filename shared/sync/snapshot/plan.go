// SPDX-License-Identifier: Apache-2.0

package snapshot

import (
	"cmp"
	"slices"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
)

// Plan gathers the records of a view of a scope, all of one state, and says how
// they are cut. It takes about a hundred bytes a record.
type Plan struct {
	rule  *Rule
	items []item
	acts  map[record.Version]int32 // a record that shares the act
}

type item struct {
	id     ident.Record
	rank   int32
	up     int32 // towards the first of its group; itself if it is that
	newest record.Version
}

// NewPlan returns an empty plan.
func NewPlan(rule *Rule) *Plan { return &Plan{rule: rule, acts: map[record.Version]int32{}} }

// Len returns how many records were added.
func (p *Plan) Len() int { return len(p.items) }

// Add adds a record that is not deleted, as the view sees it. born is the version of the act that
// created it; records whose born is 0, not known, are taken for one act's.
func (p *Plan) Add(row *wire.RowDelta, born record.Version) {
	n := int32(len(p.items))
	p.items = append(p.items, item{id: row.Header.ID, rank: p.rule.rank(row.Header.Kind), up: n})
	p.share(n, born)
	for i := range row.Fields {
		s := &row.Fields[i].State
		p.items[n].newest = max(p.items[n].newest, s.Version)
		p.shows(n, s.Version)
		p.shows(n, s.Winner.Version)
		for i := range s.Aside {
			p.shows(n, s.Aside[i].Version)
		}
	}
}

// shows notes that a record shows something of an act, if it is one.
func (p *Plan) shows(n int32, act record.Version) {
	if act != 0 {
		p.share(n, act)
	}
}

func (p *Plan) share(n int32, act record.Version) {
	if other, known := p.acts[act]; known {
		p.join(n, other)
		return
	}
	p.acts[act] = n
}

func (p *Plan) first(n int32) int32 {
	for p.items[n].up != n {
		p.items[n].up = p.items[p.items[n].up].up
		n = p.items[n].up
	}
	return n
}

func (p *Plan) join(a, b int32) {
	a, b = p.first(a), p.first(b)
	p.items[max(a, b)].up = min(a, b)
}

// group is records that are shown together.
type group struct {
	members []int32
	rank    int32 // of its most useful record
	newest  record.Version
}

// Chunks returns the ids of the records in each chunk. First come groups with a
// record of the first kind, of these the newest change first. A chunk ends where the
// next group would make it larger than the rule says.
func (p *Plan) Chunks() [][]ident.Record {
	var out [][]ident.Record
	for _, g := range p.groups() {
		last := len(out) - 1
		if last < 0 || len(out[last])+len(g.members) > p.rule.chunkRows {
			out = append(out, nil)
			last++
		}
		for _, n := range g.members {
			out[last] = append(out[last], p.items[n].id)
		}
	}
	return out
}

func (p *Plan) groups() []*group {
	byFirst := map[int32]*group{}
	var all []*group
	for n := range p.items {
		it := &p.items[n]
		g := byFirst[p.first(int32(n))]
		if g == nil {
			g = &group{rank: it.rank}
			byFirst[p.first(int32(n))] = g
			all = append(all, g)
		}
		g.members = append(g.members, int32(n))
		g.rank, g.newest = min(g.rank, it.rank), max(g.newest, it.newest)
	}
	slices.SortFunc(all, func(a, b *group) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(b.newest, a.newest),
			p.items[a.members[0]].id.Compare(p.items[b.members[0]].id))
	})
	for _, g := range all {
		slices.SortFunc(g.members, func(a, b int32) int {
			return cmp.Or(cmp.Compare(p.items[a].rank, p.items[b].rank), p.items[a].id.Compare(p.items[b].id))
		})
	}
	return all
}
