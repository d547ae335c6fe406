// SPDX-License-Identifier: Apache-2.0

package pinyin

import (
	"cmp"
	"slices"
)

// Mode says what is being typed.
type Mode uint8

// The modes.
const (
	Text  Mode = iota // words and sentences
	Names             // names of persons
)

// Query asks for candidates.
type Query struct {
	// Input is lower-case letters, with apostrophes where a syllable must end, not at the beginning.
	Input string
	Mode  Mode
	// AfterSurname says, in mode Names, that a surname stands before: given names come first.
	AfterSurname bool
	// Local is what the machine knows of its village; may be nil.
	Local *Local
}

// Candidate is one reading of the input, or of its beginning.
type Candidate struct {
	Text string
	// Reading has the syllable of each character. Do not change it.
	Reading []string
	// Letters is how many bytes of the input the text stands for, apostrophes behind it included.
	Letters int
}

// Engine finds candidates. It never changes and is safe for concurrent use.
type Engine struct {
	syllables []string
	spellings *spellings
	lists     [lists]*lexicon
	surnames  map[string]bool
}

// The classes of candidates, best first. Those before the middle cover the whole input.
const (
	wholeExact = iota
	wholeShort
	wholeFuzzy
	beginExact
	beginFuzzy
	beginShort
)

// What a candidate loses, in units of weight, where 8 are a factor of two.
const (
	shortCost = 24 // per syllable that is not spelled out
	fuzzyCost = 16 // per syllable of a pair that is mixed up

	nameWordCost   = 80 // a word of the language where a person's name is asked for
	nameLetterCost = 40 // the same, one character
	givenCost      = 20 // a given name where a surname is expected
	afterSurname   = 60 // a surname gains or loses against given names, once one is there
)

const (
	maxCandidates = 500 // more than anybody pages through
	wholeFirst    = 5   // candidates for all letters, before
	beginFirst    = 4   // candidates for the first letters, before the rest of both
	exactFirst    = 3   // exact ones of those, before others that are likelier
	maxInexact    = 12  // inexact candidates for all letters where there are better ones
)

// draft is a candidate with its place.
type draft struct {
	text  string
	path  []uint16
	end   int
	class int
	score int
	// part says that the text is a surname or one character, where a name is put together.
	part bool
}

// Candidates returns what the input may mean, the likeliest first, at most 500; none for input that is no pinyin or has
// more than MaxInput letters. Each text is there once. With candidates for the whole input there are also those for its
// beginning, so that a text can be put together.
func (e *Engine) Candidates(of Query) []Candidate {
	q := newQuery(e, of.Input)
	if q == nil {
		return nil
	}
	if of.Local != nil {
		q.gains = of.Local.gains.Load().in(of.Mode)
	}
	drafts := q.words(of)
	if of.Mode == Names {
		drafts = append(drafts, q.names(of)...)
	}
	best := beginShort
	for _, d := range drafts {
		best = min(best, d.class)
	}
	// A name is no sentence: only what cannot be a name at all is taken for one.
	if best > wholeExact && (of.Mode == Text || best > wholeFuzzy) {
		drafts = append(drafts, q.sentences()...)
	}
	if best > wholeExact && of.Mode == Text {
		drafts = append(drafts, q.namesInText()...)
	}
	return q.finished(arrange(drafts, of.Mode))
}

func (q *query) classOf(end int, fuzzy, short uint8) int {
	whole := end == len(q.letters)
	switch {
	case !q.spelled[end] && q.spelled[0]:
		return beginShort // it would tear a syllable apart: sha with n left of shan
	case whole && fuzzy > 0:
		return wholeFuzzy
	case whole && short > 0:
		return wholeShort
	case whole:
		return wholeExact
	case short > 0:
		return beginShort
	case fuzzy > 0:
		return beginFuzzy
	default:
		return beginExact
	}
}

// words returns a draft for each word that the input begins with.
func (q *query) words(of Query) []draft {
	drafts := q.listed(Words, func(d *draft) {
		if of.Mode == Names && len(d.path) == 1 {
			d.score -= nameLetterCost
			d.part = true
		} else if of.Mode == Names {
			d.score -= nameWordCost
		}
	})
	if of.Mode != Names {
		return drafts
	}
	surnames := q.listed(Surnames, func(d *draft) {
		d.part = true
		if of.AfterSurname {
			d.score -= afterSurname
		}
	})
	givens := q.listed(Givens, func(d *draft) {
		d.score -= givenCost
		d.part = len(d.path) == 1
		if of.AfterSurname {
			d.score += afterSurname
		}
	})
	return slices.Concat(drafts, surnames, givens)
}

func (q *query) listed(list List, weigh func(*draft)) []draft {
	l := q.engine.lists[list]
	spans := q.from(list, 0)
	words := 0
	for _, s := range spans {
		words += int(l.nodes[s.node].count)
	}
	drafts := make([]draft, 0, words)
	for _, s := range spans {
		n := l.nodes[s.node]
		for i := n.words; i < n.words+uint32(n.count); i++ {
			drafts = append(drafts, draft{
				text: l.word(i), path: s.path, end: int(s.end), class: q.classOf(int(s.end), s.fuzzy, s.short), score: q.score(list, i, s),
			})
			weigh(&drafts[len(drafts)-1])
		}
	}
	return drafts
}

// score is what a word weighs here, less what its spelling costs.
func (q *query) score(list List, word uint32, s span) int {
	l := q.engine.lists[list]
	return int(l.weights[word]) + q.gains.of(list, l.word(word)) - fuzzyCost*int(s.fuzzy) - shortCost*int(s.short)
}

// arrange puts drafts into their order, each text once. Candidates for the beginning stand after the first few for the
// whole input, so that the first page has both; after all of them where the input is a single syllable. Behind the first
// exact ones likelihood alone counts: for fangmeihua the fourth 方 of an unheard-of name would else hide 黄美华. Of a text
// without an exact reading that is not so: initials come first there.
func arrange(drafts []draft, mode Mode) []draft {
	slices.SortFunc(drafts, compareDrafts)
	seen := make(map[string]bool, len(drafts))
	drafts = slices.DeleteFunc(drafts, func(d draft) bool {
		double := seen[d.text]
		seen[d.text] = true
		return double
	})
	drafts = limit(drafts)
	split := len(drafts)
	if i := slices.IndexFunc(drafts, func(d draft) bool { return d.class >= beginExact }); i >= 0 {
		split = i
	}
	whole, begin := drafts[:split], drafts[split:]
	if len(whole) > 0 && whole[0].class == wholeExact && len(whole[0].path) == 1 {
		return drafts[:min(len(drafts), maxCandidates)]
	}
	exact := 0
	for exact < min(exactFirst, len(whole)) && whole[exact].class == wholeExact {
		exact++
	}
	if exact > 0 || mode == Names {
		slices.SortStableFunc(whole[exact:], func(a, b draft) int { return cmp.Compare(b.score, a.score) })
	}
	w, b := min(wholeFirst, len(whole)), min(beginFirst, len(begin))
	all := slices.Concat(whole[:w], begin[:b], whole[w:], begin[b:])
	return all[:min(len(all), maxCandidates)]
}

// compareDrafts prefers longer beginnings; of a name, its parts.
func compareDrafts(a, b draft) int {
	beginning := 0
	if a.class >= beginExact {
		beginning = cmp.Or(compareBool(b.part, a.part), cmp.Compare(b.end, a.end))
	}
	return cmp.Or(cmp.Compare(a.class, b.class), beginning, cmp.Compare(b.score, a.score), cmp.Compare(a.text, b.text),
		slices.Compare(a.path, b.path))
}

// limit drops what nobody looks for: of the inexact ones all but a few where there are exact ones, and beginnings by
// initials where the input begins with a whole syllable.
func limit(sorted []draft) []draft {
	var count [beginShort + 1]int
	for _, d := range sorted {
		count[d.class]++
	}
	exact := count[wholeExact]+count[beginExact] > 0
	var taken [beginShort + 1]int
	return slices.DeleteFunc(sorted, func(d draft) bool {
		taken[d.class]++
		switch d.class {
		case wholeShort, wholeFuzzy, beginFuzzy:
			return exact && taken[d.class] > maxInexact
		case beginShort:
			return exact
		default:
			return false
		}
	})
}

func (q *query) finished(drafts []draft) []Candidate {
	total := 0
	for _, d := range drafts {
		total += len(d.path)
	}
	readings := make([]string, 0, total) // of all candidates, one behind the other
	all := make([]Candidate, len(drafts))
	for i, d := range drafts {
		first := len(readings)
		for _, s := range d.path {
			readings = append(readings, q.engine.syllables[s])
		}
		all[i] = Candidate{d.text, readings[first:len(readings):len(readings)], q.raw[d.end]}
	}
	return all
}
