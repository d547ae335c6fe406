// SPDX-License-Identifier: Apache-2.0

package plate

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"yuexin/shared/region"
)

// Policy is one published version of what plates say in each place, and of which deeds wait for the office.
type Policy struct {
	Edition  uint32    `json:"version"`
	Wordings []Wording `json:"wordings"`
	// Office are the deeds that somebody in the office decides; the desk decides all others at once, by the rules.
	Office []Deed `json:"office"`
	// Sources says where the wordings and numbers come from.
	Sources map[string]string `json:"sources"`
}

// Wording is what plates and cards say in one place and all that lie in it.
type Wording struct {
	// Place begins the statistical codes of where it holds; "" is everywhere.
	Place string `json:"place"`
	// Words are the texts by name, see Said; the one of the smallest place counts.
	Words map[string]Words `json:"words"`
}

// Words is one text in both languages.
type Words struct {
	Zh string `json:"zh-Hans"`
	En string `json:"en"`
}

// The names of what is said. Every one is there for everywhere.
const (
	SaysTitle    = "title"     // of the plate: whose it is
	SaysCard     = "card"      // of the household card
	SaysScan     = "scan"      // what scanning does
	SaysPrivate  = "private"   // what scanning does not show
	SaysHost     = "host"      // before the official address
	SaysWarning  = "warning"   // when the address is another
	SaysCode     = "code"      // before the short code
	SaysCodeHelp = "code_help" // what it is for
	SaysPIN      = "pin"       // before the secret of the card
	SaysCardHelp = "card_help" // what the card and its secret are for
	SaysIndex    = "index"     // title of the list of plates
)

// said are all of them.
var said = []string{
	SaysTitle, SaysCard, SaysScan, SaysPrivate, SaysHost, SaysWarning, SaysCode, SaysCodeHelp, SaysPIN, SaysCardHelp, SaysIndex,
}

// maxWords bounds a text: what fits its place on a plate.
const maxWords = 40

// Parse reads a policy from its JSON form.
func ParsePolicy(r io.Reader) (*Policy, error) {
	p := new(Policy)
	dec := json.NewDecoder(r)
	dec.DisallowUnknownFields()
	if err := dec.Decode(p); err != nil {
		return nil, fmt.Errorf("read plates policy: %w", err)
	}
	if err := p.check(); err != nil {
		return nil, fmt.Errorf("plates policy version %d: %w", p.Edition, err)
	}
	return p, nil
}

func (p *Policy) check() error {
	if p.Edition == 0 {
		return fmt.Errorf("version is missing")
	}
	for _, d := range p.Office {
		if !slices.Contains(Deeds, d) {
			return fmt.Errorf("office: unknown deed %q", d)
		}
	}
	places := map[string]bool{}
	for _, w := range p.Wordings {
		if places[w.Place] || strings.Trim(w.Place, "0123456789") != "" || len(w.Place) > 12 {
			return fmt.Errorf("wording of %q: no place, or there twice", w.Place)
		}
		places[w.Place] = true
		for name, words := range w.Words {
			switch {
			case !slices.Contains(said, name):
				return fmt.Errorf("wording of %q: unknown text %q", w.Place, name)
			case words.Zh == "" || words.En == "" || len([]rune(words.Zh)) > maxWords || len(words.En) > 2*maxWords:
				return fmt.Errorf("wording of %q: %s is empty or too long", w.Place, name)
			}
		}
	}
	all := p.Wording("")
	for _, name := range said {
		if all[name].Zh == "" {
			return fmt.Errorf("wording of everywhere: %s is missing", name)
		}
	}
	return nil
}

// Version returns the version of the policy.
func (p *Policy) Version() uint32 { return p.Edition }

// Wording returns what plates say in a place, by name: each text as the smallest place that has it says it.
func (p *Policy) Wording(place region.Code) map[string]Words {
	words, from := map[string]Words{}, map[string]int{}
	for _, w := range p.Wordings {
		if !strings.HasPrefix(string(place), w.Place) {
			continue
		}
		for name, text := range w.Words {
			if at, there := from[name]; !there || at < len(w.Place) {
				words[name], from[name] = text, len(w.Place)
			}
		}
	}
	return words
}

// ByOffice says whether a deed waits for somebody in the office.
func (p *Policy) ByOffice(d Deed) bool { return slices.Contains(p.Office, d) }
