// SPDX-License-Identifier: Apache-2.0

package region

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
)

// maxQuery is the longest search text in characters that is looked at; the longest name of the data has fewer.
const maxQuery = 40

// Query asks for units.
type Query struct {
	// Text is digits (the beginning of a code), Chinese text, pinyin in full or by initials, or a mixture. With spaces
	// it may name places on the way down: "四会 大沙". Full-width forms and capitals are forgiven.
	Text string
	// Under limits the search to what lies below this unit or zone; "" means everywhere.
	Under Code
	// Level limits the search to one level; 0 means all.
	Level Level
	// Limit is the largest number of results; 0 or less means 20.
	Limit int
}

const defaultLimit = 20

// Search returns the units that match, best first: whole name before beginning before inside, Chinese before full
// pinyin before initials before a mixture of both, then larger places, then code order. An empty text or an unknown
// Under gives nothing.
func (t *Tree) Search(q Query) []Unit {
	if q.Limit <= 0 {
		q.Limit = defaultLimit
	}
	terms := foldQuery(q.Text)
	if len(terms) == 0 {
		return nil
	}
	if code := strings.Join(terms, ""); isDigits(code) {
		return t.searchCode(code, q)
	}
	return t.searchName(terms, q)
}

// foldQuery splits a text into its terms in the form the matcher compares: half-width, lower case, v for ü, and without
// the apostrophes that separate syllables.
func foldQuery(text string) []string {
	length := 0
	folded := strings.Map(func(r rune) rune {
		if length++; length > maxQuery {
			return -1
		}
		switch r = unicode.ToLower(halfWidth(r)); r {
		case 'ü':
			return 'v'
		case '\'', '’', '-':
			return -1
		default:
			return r
		}
	}, text)
	return strings.Fields(folded)
}

func isDigits(s string) bool { return strings.Trim(s, "0123456789") == "" }

func (t *Tree) searchCode(prefix string, q Query) []Unit {
	var out []Unit
	for i := t.lowerBound(Code(prefix)); i < len(t.units) && len(out) < q.Limit; i++ {
		u := t.units[i]
		if !strings.HasPrefix(string(u.Code), prefix) {
			break
		}
		if q.admits(u) && (q.Under == "" || u.Code != q.Under && t.Contains(q.Under, u.Code)) {
			out = append(out, u)
		}
	}
	return out
}

func (q Query) admits(u Unit) bool { return q.Level == 0 || q.Level == u.Level }

// hit is a matching unit and how well it matches, 0 best.
type hit struct {
	cost int
	unit Unit
}

func (t *Tree) searchName(terms []string, q Query) []Unit {
	s := searcher{tree: t, whole: []rune(strings.Join(terms, ""))}
	if len(terms) > 1 {
		s.last = []rune(terms[len(terms)-1])
		for _, term := range terms[:len(terms)-1] {
			s.above = append(s.above, []rune(term))
		}
	}
	var hits []hit
	t.eachUnder(q.Under, func(u Unit) {
		if !q.admits(u) {
			return
		}
		if cost := s.cost(u); cost < noMatch {
			hits = append(hits, hit{cost, u})
		}
	})
	slices.SortFunc(hits, func(a, b hit) int {
		return cmp.Or(cmp.Compare(a.cost, b.cost), cmp.Compare(a.unit.Level, b.unit.Level),
			cmp.Compare(a.unit.Code, b.unit.Code))
	})
	out := make([]Unit, 0, min(len(hits), q.Limit))
	for _, h := range hits[:min(len(hits), q.Limit)] {
		out = append(out, h.unit)
	}
	return out
}

// eachUnder calls f for all units and zones below the scope, the scope itself not included.
func (t *Tree) eachUnder(scope Code, f func(Unit)) {
	if z, found := t.zone(scope); found {
		for _, m := range z.members {
			i, _ := t.index(m)
			t.eachBetween(i, t.end[i], f)
		}
		return
	}
	from, to := 0, len(t.units)
	if scope != "" {
		i, found := t.index(scope)
		if !found {
			return
		}
		from, to = i+1, t.end[i]
	}
	t.eachBetween(from, to, f)
	for _, z := range t.zones {
		if scope == "" || t.Contains(scope, z.unit.Code) {
			f(z.unit)
		}
	}
}

func (t *Tree) eachBetween(from, to int, f func(Unit)) {
	for _, u := range t.units[from:to] {
		f(u)
	}
}

// searcher compares one query with many units; it is used by one goroutine.
type searcher struct {
	tree  *Tree
	whole []rune   // all terms as one text: "da sha" is also "dasha"
	last  []rune   // with several terms: what the unit itself must match
	above [][]rune // and what units above it must match
	match matcher
}

func (s *searcher) cost(u Unit) int {
	best := s.costOf(s.whole, u)
	if s.last == nil {
		return best
	}
	own := s.costOf(s.last, u)
	if own < best && s.allAbove(u) {
		return own
	}
	return best
}

func (s *searcher) allAbove(u Unit) bool {
	path := s.tree.Path(u.Parent)
	for _, term := range s.above {
		matches := func(p Unit) bool { return s.costOf(term, p) < noMatch }
		if !slices.ContainsFunc(path, matches) {
			return false
		}
	}
	return true
}

// costOf is the better one of the name's match and, for zones, the short name's: a zone's short name is not the
// beginning of its name.
func (s *searcher) costOf(query []rune, u Unit) int {
	cost := s.match.cost(s.tree.readings, query, u.Name, u.Short)
	if u.Level == Zone {
		cost = min(cost, s.match.cost(s.tree.readings, query, u.Short, u.Short))
	}
	return cost
}
