// SPDX-License-Identifier: Apache-2.0

package wholevillage

// Need is something that a state cannot be without; a code that the policy uses. Its text has the key "wholevillage.need." and it.
type Need string

// needs says for each need whether a case has it.
var needs = map[Need]func(*Policy, *Case) bool{
	"household": func(_ *Policy, c *Case) bool { return !c.Household.IsZero() },
	"fields":    func(_ *Policy, c *Case) bool { return len(c.Missing) == 0 },
	"consent":   func(_ *Policy, c *Case) bool { return c.Consented || c.Granted }, // a contract that holds goes on
	"white": func(_ *Policy, c *Case) bool {
		return c.Screening != nil && c.passed(c.Screening.Header.ID, c.Screening.List == White, c.Screening.List == Grey)
	},
	"rounds":  func(p *Policy, c *Case) bool { return p.Done(c.Results) },
	"meeting": func(_ *Policy, c *Case) bool { return c.Limit != nil },
	"offered": func(_ *Policy, c *Case) bool {
		return c.Limit != nil && c.passed(c.Limit.Header.ID, c.Limit.Outcome == Offered, c.Limit.Outcome == Officer)
	},
	"notice_over":  func(_ *Policy, c *Case) bool { return c.Posted != nil && c.Posted.Until < c.Day },
	"no_objection": func(_ *Policy, c *Case) bool { return !c.objected() || c.Granted },
	"two_persons":  func(_ *Policy, c *Case) bool { return c.Signed > 0 },
	"contract":     func(_ *Policy, c *Case) bool { return c.Contract != nil },
	"granted":      func(_ *Policy, c *Case) bool { return c.Granted },
	"drawn":        func(_ *Policy, c *Case) bool { return c.Taken > 0 },
	"renewed":      func(_ *Policy, c *Case) bool { return c.Renewed != nil },
}

// passed says whether something holds by itself, or was sent to an officer who passed it. Of two checks that know nothing of each
// other the one that refuses holds.
func (c *Case) passed(about [16]byte, alone, asks bool) bool {
	pass := false
	for _, k := range c.Checks {
		if k.About != about {
			continue
		}
		if !k.Pass {
			return false
		}
		pass = true
	}
	return alone || asks && pass
}

func (c *Case) refused(about [16]byte) bool {
	for _, k := range c.Checks {
		if k.About == about && !k.Pass {
			return true
		}
	}
	return false
}

func (c *Case) objected() bool {
	for _, o := range c.Objections {
		if o.Open() || o.Upheld() {
			return true
		}
	}
	return false
}

// Lacks returns what of a state's needs a case does not have.
func (p *Policy) Lacks(c *Case, s State) (out []Need) {
	for _, n := range p.State(s).Needs {
		if !needs[n](p, c) {
			out = append(out, n)
		}
	}
	return out
}
