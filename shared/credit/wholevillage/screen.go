// SPDX-License-Identifier: Apache-2.0

package wholevillage

import (
	"fmt"
	"slices"

	"yuexin/shared/credit/scoring"
	"yuexin/shared/i18n"
)

// List is where the screening puts a household; codes of field screen_list.
type List string

// The lists.
const (
	White List = "white" // goes into the rounds
	Grey  List = "grey"  // an officer looks first
	Black List = "black" // no credit this year
)

// ScreenRule is what puts a household on a list. The worst of the rules that apply counts; without any it is White.
type ScreenRule struct {
	Rules  []ListRule `json:"rules"`
	Source string     `json:"source"`
}

// ListRule puts a household on a list where a fact is at least From, or less than Below; one of them is given.
//
// A fact is a count of the score (vetoes, caps, disputed, stale), its confidence in percent, limit in fen, or the value of one of
// the card's indicators by its name. A rule of an indicator that was not found does not apply.
type ListRule struct {
	ID     string `json:"id"`
	List   List   `json:"list"`
	Fact   string `json:"fact"`
	From   *int64 `json:"from,omitempty"`
	Below  *int64 `json:"below,omitempty"`
	Name   Text   `json:"name"`
	Source string `json:"source"`
}

func (s ScreenRule) check() error {
	seen := map[string]bool{}
	for _, r := range s.Rules {
		if r.ID == "" || seen[r.ID] || r.List != Grey && r.List != Black || r.Fact == "" || (r.From == nil) == (r.Below == nil) || !r.Name.whole() || r.Source == "" {
			return fmt.Errorf("screening rule %q is not whole", r.ID)
		}
		seen[r.ID] = true
	}
	if s.Source == "" {
		return fmt.Errorf("screening is not whole")
	}
	return nil
}

// Ground is one reason of a decision: of a screening a rule of the policy, of a limit "median", "model", "cap" with an amount, or
// "veto", "card_veto", "disputed", "none".
type Ground struct {
	ID  string `json:"id"`
	Got int64  `json:"got"` // the fact, a count, or an amount in fen
}

// Screen puts a household on a list by its score, with every rule that applies, the worst list first.
func (p *Policy) Screen(r *scoring.Result) (List, []Ground) {
	list := White
	var black, grey []Ground
	for _, rule := range p.screen.Rules {
		got, found := fact(r, rule.Fact)
		if !found || rule.From != nil && got < *rule.From || rule.Below != nil && got >= *rule.Below {
			continue
		}
		if rule.List == Black {
			black = append(black, Ground{rule.ID, got})
		} else {
			grey = append(grey, Ground{rule.ID, got})
		}
	}
	switch {
	case len(black) > 0:
		list = Black
	case len(grey) > 0:
		list = Grey
	}
	return list, slices.Concat(black, grey)
}

func fact(r *scoring.Result, name string) (int64, bool) {
	switch name {
	case "vetoes":
		return int64(len(r.Vetoes)), true
	case "caps":
		return int64(len(r.Caps)), true
	case "disputed":
		return int64(len(r.Disputed)), true
	case "stale":
		return int64(len(r.Stale)), true
	case "confidence":
		return int64(r.Confidence), true
	case "limit":
		return r.Granted(), true
	}
	for _, f := range r.Findings {
		if f.Indicator == name {
			return f.Value, !f.Missing
		}
	}
	return 0, false
}

// Says returns a screening rule in words, or its id where this edition does not have it.
func (p *Policy) Says(id string, lang i18n.Lang) string {
	for _, r := range p.screen.Rules {
		if r.ID == id {
			return r.Name.In(lang)
		}
	}
	return id
}
