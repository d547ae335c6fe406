// SPDX-License-Identifier: Apache-2.0

package pinyin

import (
	"cmp"
	"slices"
)

// perMillion is the weight of certainty in the lists of names: 8·log₂(10⁶), rounded.
const perMillion = 159

// textNameCost sets a common name in a text level with a likely sentence of two words.
const textNameCost = 250

const (
	maxSurnames = 10 // surnames with the same letters that are joined with given names
	maxGivens   = 16 // given names with the same letters that are joined with surnames
	maxHalves   = 8  // characters with the same letters that are joined to a given name
	maxJoined   = 80 // names that are offered
)

// piece is a word that may stand at a position of the input.
type piece struct {
	text         string
	path         []uint16
	end          int
	fuzzy, short uint8
	score        int
}

func (p piece) and(next piece, cost int) piece {
	return piece{
		p.text + next.text, slices.Concat(p.path, next.path), next.end,
		p.fuzzy + next.fuzzy, p.short + next.short, p.score + next.score - cost,
	}
}

// names returns names put together from a surname and a given name, and given names from two characters.
func (q *query) names(of Query) []draft {
	var joined []piece
	for _, given := range q.givens(0) {
		given.score -= givenCost
		if of.AfterSurname {
			given.score += afterSurname
		}
		joined = append(joined, given)
	}
	if !of.AfterSurname {
		joined = append(joined, q.fullNames()...)
	}
	return q.drafts(best(joined, maxJoined))
}

// namesInText returns a few full names spelled exactly, weighed like sentences of two words.
func (q *query) namesInText() []draft {
	exact := slices.DeleteFunc(best(q.fullNames(), maxSentences), func(p piece) bool { return p.quality() > 0 })
	for i := range exact {
		exact[i].score -= textNameCost
	}
	return q.drafts(exact)
}

func (q *query) drafts(pieces []piece) []draft {
	drafts := make([]draft, len(pieces))
	for i, p := range pieces {
		drafts[i] = draft{text: p.text, path: p.path, end: p.end, class: q.classOf(p.end, p.fuzzy, p.short), score: p.score}
	}
	return drafts
}

func (q *query) fullNames() []piece {
	var names []piece
	givens := make(map[int][]piece)
	for _, surname := range q.pieces(Surnames, 0, maxSurnames, false) {
		if surname.end == len(q.letters) {
			continue
		}
		if _, known := givens[surname.end]; !known {
			givens[surname.end] = q.givens(surname.end)
		}
		for _, given := range givens[surname.end] {
			names = append(names, surname.and(given, perMillion))
		}
	}
	return names
}

// givens returns given names from a position to the end of the input: known ones, and two characters joined.
func (q *query) givens(pos int) []piece {
	toEnd := func(p piece) bool { return p.end != len(q.letters) }
	found := slices.DeleteFunc(q.pieces(Givens, pos, maxGivens, false), toEnd)
	seconds := make(map[int][]piece)
	for _, first := range q.pieces(Givens, pos, maxHalves, true) {
		if first.end == len(q.letters) {
			continue
		}
		if _, known := seconds[first.end]; !known {
			seconds[first.end] = slices.DeleteFunc(q.pieces(Givens, first.end, maxHalves, true), toEnd)
		}
		for _, second := range seconds[first.end] {
			found = append(found, first.and(second, perMillion))
		}
	}
	return best(found, maxGivens)
}

// pieces returns the words of a list from a position on: the best n of each end and quality.
func (q *query) pieces(list List, pos, n int, single bool) []piece {
	l := q.engine.lists[list]
	var all []piece
	for _, s := range q.from(list, pos) {
		if single && len(s.path) != 1 {
			continue
		}
		nd := l.nodes[s.node]
		for i := nd.words; i < nd.words+uint32(nd.count); i++ {
			// The heaviest stand first; behind them only what gains here may still be among the best.
			if i < nd.words+uint32(n) || q.gains.of(list, l.word(i)) > 0 {
				all = append(all, piece{l.word(i), s.path, int(s.end), s.fuzzy, s.short, q.score(list, i, s)})
			}
		}
	}
	return best(all, n)
}

// best keeps the n best pieces of each end and quality, in a fixed order, each text once.
func best(all []piece, n int) []piece {
	slices.SortFunc(all, func(a, b piece) int {
		return cmp.Or(cmp.Compare(a.end, b.end), cmp.Compare(a.quality(), b.quality()), cmp.Compare(b.score, a.score),
			cmp.Compare(a.text, b.text), slices.Compare(a.path, b.path))
	})
	type group struct{ end, quality int }
	taken := make(map[group]int)
	type known struct {
		group
		text string
	}
	seen := make(map[known]bool)
	return slices.DeleteFunc(all, func(p piece) bool {
		g := group{p.end, p.quality()}
		if taken[g] >= n || seen[known{g, p.text}] {
			return true
		}
		seen[known{g, p.text}] = true
		taken[g]++
		return false
	})
}

// quality tells exact pieces from short and from fuzzy ones.
func (p piece) quality() int {
	switch {
	case p.fuzzy > 0:
		return 2
	case p.short > 0:
		return 1
	default:
		return 0
	}
}

// isSurname reports whether a text is in the list of surnames.
func (e *Engine) isSurname(text string) bool { return e.surnames[text] }

// surnameOf returns the surname that a full name begins with, of two characters where there is one; "" without.
func (e *Engine) surnameOf(name string) string {
	for _, n := range []int{2, 1} {
		runes := []rune(name)
		if text := string(runes[:min(n, len(runes))]); e.surnames[text] {
			return text
		}
	}
	return ""
}
