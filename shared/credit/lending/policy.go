// SPDX-License-Identifier: Apache-2.0

package lending

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"

	"yuexin/shared/sync/record"
)

// Status is where a demand stands. "" is before its registration.
type Status string

// The states that the program itself knows; the policy must have them all.
const (
	Unverified Status = "unverified" // 待核实
	Registered Status = "registered" // 已登记
	Assigned   Status = "assigned"   // 已分派
	Contacted  Status = "contacted"  // 已联系
	Visited    Status = "visited"    // 已走访
	Intent     Status = "intent"     // 意向
	Credited   Status = "credited"   // 授信
	Disbursed  Status = "disbursed"  // 放款
	Declined   Status = "declined"   // 未通过
	Withdrawn  Status = "withdrawn"  // 已撤回
)

var statuses = []Status{
	Unverified, Registered, Assigned, Contacted, Visited, Intent, Credited, Disbursed, Declined, Withdrawn,
}

// Key returns the text key of the state's name.
func (s Status) Key() string { return "demand.state." + string(s) }

// StateDef describes a state.
type StateDef struct {
	Name    Status `json:"name"`
	DueDays int64  `json:"due_days"` // days of 24 hours until a demand in it is overdue; 0 if final
	Final   bool   `json:"final"`    // nothing follows
	Binding bool   `json:"binding"`  // counts whatever else happened; see DESIGN.md
}

// MoveDef is one legal move.
type MoveDef struct {
	From     Status        `json:"from"` // "" registers
	To       Status        `json:"to"`
	Roles    []record.Role `json:"roles"`
	Decision bool          `json:"decision"` // made at the server, against the present state
	Assign   bool          `json:"assign"`   // names officer and bank
	Reason   bool          `json:"reason"`   // needs a reason
	Amount   bool          `json:"amount"`   // needs an amount above 0; others take none
}

// For reports whether role may make the move.
func (m MoveDef) For(role record.Role) bool { return slices.Contains(m.Roles, role) }

// Policy is one published edition of the rules. It is immutable and safe for concurrent use.
type Policy struct {
	version   uint32
	maxTerm   int64
	states    map[Status]StateDef
	order     []Status
	moves     []MoveDef
	sentences map[Status]string
}

// Parse reads a policy from its JSON form and checks it whole: all states known and reachable, final ones without a way
// out and others with a way to a final one, each with days until overdue and a sentence; no move twice; one start per
// role; decisions by roles at the server only, and binding states reached by decisions only; amounts where a state has
// one. The error names the state or move at fault.
func Parse(r io.Reader) (*Policy, error) {
	var file struct {
		Version   uint32            `json:"version"`
		MaxTerm   int64             `json:"max_term_months"`
		States    []StateDef        `json:"states"`
		Moves     []MoveDef         `json:"moves"`
		Sentences map[Status]string `json:"sentences"`
	}
	dec := json.NewDecoder(r)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&file); err != nil {
		return nil, fmt.Errorf("read lending policy: %w", err)
	}
	if file.Version == 0 || file.MaxTerm < 1 {
		return nil, fmt.Errorf("lending policy: version or max_term_months is missing")
	}
	p := &Policy{
		version: file.Version, maxTerm: file.MaxTerm,
		states: make(map[Status]StateDef), moves: file.Moves, sentences: file.Sentences,
	}
	for _, s := range file.States {
		if _, twice := p.states[s.Name]; twice {
			return nil, fmt.Errorf("lending policy: state %q: defined twice", s.Name)
		}
		p.states[s.Name] = s
		p.order = append(p.order, s.Name)
	}
	if err := p.check(); err != nil {
		return nil, fmt.Errorf("lending policy version %d: %w", p.version, err)
	}
	return p, nil
}

func (p *Policy) check() error {
	for _, s := range statuses {
		if _, ok := p.states[s]; !ok {
			return fmt.Errorf("state %q is missing", s)
		}
	}
	for _, s := range p.order {
		if err := p.checkState(p.states[s]); err != nil {
			return fmt.Errorf("state %q: %w", s, err)
		}
	}
	seen := make(map[[2]Status]bool)
	starters := make(map[record.Role]bool)
	for _, m := range p.moves {
		if err := p.checkMove(m, seen, starters); err != nil {
			return fmt.Errorf("move %q to %q: %w", m.From, m.To, err)
		}
	}
	return p.checkWays()
}

func (p *Policy) checkState(s StateDef) error {
	switch {
	case !slices.Contains(statuses, s.Name):
		return fmt.Errorf("not known to this program")
	case s.Final && s.DueDays != 0:
		return fmt.Errorf("is final and has due_days")
	case !s.Final && s.DueDays < 1:
		return fmt.Errorf("has no due_days")
	case p.sentences[s.Name] == "":
		return fmt.Errorf("has no sentence")
	}
	return nil
}

// atServer are the roles whose moves are made against the server's present state.
var atServer = []record.Role{"reviewer", "admin", "desk"}

// withAmount are the states that carry an amount.
var withAmount = []Status{Intent, Credited, Disbursed}

func (p *Policy) checkMove(m MoveDef, seen map[[2]Status]bool, starters map[record.Role]bool) error {
	from, known := p.states[m.From]
	to, target := p.states[m.To]
	switch {
	case !known && m.From != "" || !target:
		return fmt.Errorf("a state is not defined")
	case seen[[2]Status{m.From, m.To}]:
		return fmt.Errorf("defined twice")
	case len(m.Roles) == 0:
		return fmt.Errorf("no role may make it")
	case from.Final:
		return fmt.Errorf("leaves a final state")
	case to.Binding && !m.Decision:
		return fmt.Errorf("a binding state is reached by decisions only")
	case m.Amount != slices.Contains(withAmount, m.To):
		return fmt.Errorf("an amount belongs to %v and to no other state", withAmount)
	case m.From == "" && (m.Decision || m.Reason || m.Assign || m.Amount):
		return fmt.Errorf("a start asks for nothing")
	}
	seen[[2]Status{m.From, m.To}] = true
	for _, role := range m.Roles {
		if m.Decision && !slices.Contains(atServer, role) {
			return fmt.Errorf("%s makes no decisions", role)
		}
		if m.From == "" && starters[role] {
			return fmt.Errorf("%s has two starts", role)
		}
		starters[role] = starters[role] || m.From == ""
	}
	return nil
}

// checkWays wants every state reachable, and a final state reachable from every state.
func (p *Policy) checkWays() error {
	reached := p.reachable("")
	for _, s := range p.order {
		if !reached[s] {
			return fmt.Errorf("state %q cannot be reached", s)
		}
		ends := slices.ContainsFunc(slices.Collect(maps.Keys(p.reachable(s))), func(t Status) bool { return p.states[t].Final })
		if !p.states[s].Final && !ends {
			return fmt.Errorf("state %q has no way to an end", s)
		}
	}
	return nil
}

// reachable returns the states that moves lead to from s, s itself only through a circle.
func (p *Policy) reachable(s Status) map[Status]bool {
	found := make(map[Status]bool)
	todo := []Status{s}
	for len(todo) > 0 {
		at := todo[0]
		todo = todo[1:]
		for _, m := range p.moves {
			if m.From == at && !found[m.To] {
				found[m.To] = true
				todo = append(todo, m.To)
			}
		}
	}
	return found
}

// CheckTexts returns an error naming the first sentence or state name for which has reports no text.
func (p *Policy) CheckTexts(has func(key string) bool) error {
	for _, s := range p.order {
		for _, key := range []string{p.sentences[s], s.Key()} {
			if !has(key) {
				return fmt.Errorf("lending policy version %d: no text for %s", p.version, key)
			}
		}
	}
	return nil
}

// Version returns the number of this edition.
func (p *Policy) Version() uint32 { return p.version }

// States returns all states in the order of the file, the way of a demand.
func (p *Policy) States() []StateDef {
	out := make([]StateDef, len(p.order))
	for i, s := range p.order {
		out[i] = p.states[s]
	}
	return out
}

// Moves returns all legal moves.
func (p *Policy) Moves() []MoveDef { return slices.Clone(p.moves) }

// Next returns the moves that role may make from a state, in the order of the file.
func (p *Policy) Next(from Status, role record.Role) []MoveDef {
	var out []MoveDef
	for _, m := range p.moves {
		if m.From == from && m.For(role) {
			out = append(out, m)
		}
	}
	return out
}

// Sentence returns the text key of what the applicant is told in a state, with the pairs that fill its places: "days",
// how long the next step may take.
func (p *Policy) Sentence(s Status) (key string, pairs []string) {
	return p.sentences[s], []string{"days", fmt.Sprint(p.states[s].DueDays)}
}

func (p *Policy) move(from, to Status) (MoveDef, bool) {
	i := slices.IndexFunc(p.moves, func(m MoveDef) bool { return m.From == from && m.To == to })
	if i < 0 {
		return MoveDef{}, false
	}
	return p.moves[i], true
}
