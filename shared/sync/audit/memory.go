// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"slices"
	"strings"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Touched is what a touch is about.
type Touched struct {
	Kind   record.Kind
	Scope  ident.Scope
	Record ident.Record
}

func (t Touch) key() Touched { return Touched{t.Kind, t.Scope, t.Record} }

// maxMemory is how many touches a memory holds before it begins anew; then some
// are noted once more than needed.
const maxMemory = 20_000

// Memory knows what was noted of one person lately, for screens that read again
// and again by themselves. It is for one goroutine at a time.
type Memory struct {
	policy *Policy
	noted  map[remembered]int64
}

type remembered struct {
	of     Touched
	fields string
	deed   Deed
}

// NewMemory returns an empty memory.
func NewMemory(policy *Policy) *Memory {
	return &Memory{policy: policy, noted: map[remembered]int64{}}
}

func rememberedOf(deed Deed, t Touch) remembered {
	var b strings.Builder
	for _, f := range slices.Concat(t.Fields, []record.Field{"|"}, t.By) {
		b.WriteString(string(f))
		b.WriteByte(' ')
	}
	return remembered{t.key(), b.String(), deed}
}

// Fresh cuts e to what was not noted lately; false if nothing is left. Where fields
// were seen that are new, the touch stays whole.
func (m *Memory) Fresh(e Entry, nowMS int64) (Entry, bool) {
	again := m.policy.AgainMinutes * 60_000
	e.Touched = slices.DeleteFunc(slices.Clone(e.Touched), func(t Touch) bool {
		at, known := m.noted[rememberedOf(e.Deed, t)]
		return known && nowMS >= at && nowMS-at < again
	})
	return e, len(e.Touched) > 0
}

// Noted remembers an entry that is durable.
func (m *Memory) Noted(e Entry, nowMS int64) {
	if len(m.noted)+len(e.Touched) > maxMemory {
		clear(m.noted)
	}
	for _, t := range e.Touched {
		m.noted[rememberedOf(e.Deed, t)] = nowMS
	}
}
