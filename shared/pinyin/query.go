// SPDX-License-Identifier: Apache-2.0

package pinyin

import (
	"cmp"
	"slices"
	"strings"
)

// MaxInput is how many letters are understood at once; what is longer has no candidates.
const MaxInput = 48

// maxVisits bounds the work on one list from one position; only long rows of initials come near it.
const maxVisits = 1 << 17

// step is one way in which a syllable may stand at a position of the input.
type step struct {
	syllable     uint16
	end          uint8
	fuzzy, short bool
}

// row holds the steps at one position: those of syllable s are steps[first[s]:first[s+1]].
type row struct {
	steps []step
	first []uint16
}

func (r *row) of(syllable uint16) []step { return r.steps[r.first[syllable]:r.first[syllable+1]] }

// span says that the words of a node can be read from the input up to end, with so many syllables that are mixed up or
// not spelled out.
type span struct {
	node         uint32
	end          uint8
	fuzzy, short uint8
	path         []uint16
}

// query is the work on one input.
type query struct {
	engine  *Engine
	gains   *gains // nil without a Local
	letters string
	// raw is where letter i stands in what was typed; raw[len(letters)] is its length. Apostrophes belong to the
	// syllable before them.
	raw []int
	// wall says that no syllable goes across this position: an apostrophe was typed.
	wall []bool
	// spelled says that the letters from a position on are syllables spelled in full.
	spelled []bool
	rows    []row
	spans   [lists][][]span // by list and position, nil where not asked for yet
}

// newQuery returns nil for input that cannot be pinyin.
func newQuery(e *Engine, input string) *query {
	q := &query{engine: e}
	var letters strings.Builder
	for i, r := range input {
		switch {
		case r >= 'a' && r <= 'z':
			letters.WriteRune(r)
			q.raw = append(q.raw, i)
		case r != '\'' || letters.Len() == 0:
			return nil
		}
	}
	return q.finish(input, letters.String())
}

// finish places the walls and prepares the steps.
func (q *query) finish(input, letters string) *query {
	n := len(letters)
	if n == 0 || n > MaxInput {
		return nil
	}
	q.letters = letters
	q.raw = append(q.raw, len(input))
	q.wall = make([]bool, n+1)
	for i := 1; i < n; i++ {
		q.wall[i] = q.raw[i]-q.raw[i-1] > 1
	}
	q.wall[n] = true
	q.rows = make([]row, n)
	for pos := range q.rows {
		q.rows[pos] = q.newRow(pos)
	}
	for i := range q.spans {
		q.spans[i] = make([][]span, n)
	}
	q.spelled = make([]bool, n+1)
	q.spelled[n] = true
	for pos := n - 1; pos >= 0; pos-- {
		q.spelled[pos] = slices.ContainsFunc(q.rows[pos].steps, func(s step) bool {
			return !s.fuzzy && !s.short && q.spelled[s.end]
		})
	}
	return q
}

func (q *query) newRow(pos int) row {
	var steps []step
	add := func(found []spelling, end int, short bool) {
		for _, s := range found {
			steps = append(steps, step{s.syllable, uint8(end), s.fuzzy, short})
		}
	}
	known := q.engine.spellings
	for end := pos + 1; end <= min(pos+maxSyllable, len(q.letters)); end++ {
		part := q.letters[pos:end]
		add(known.full[part], end, false)
		add(known.initial[part], end, true)
		if q.wall[end] {
			add(known.begun[part], end, true)
			break
		}
	}
	// The better of two ways to the same place stands first, the other is dropped.
	slices.SortFunc(steps, func(a, b step) int {
		return cmp.Or(cmp.Compare(a.syllable, b.syllable), cmp.Compare(a.end, b.end),
			compareBool(a.fuzzy, b.fuzzy), compareBool(a.short, b.short))
	})
	steps = slices.CompactFunc(steps, func(a, b step) bool { return a.syllable == b.syllable && a.end == b.end })
	first := make([]uint16, len(q.engine.syllables)+1)
	for _, s := range steps {
		first[s.syllable+1]++
	}
	for i := range first[1:] {
		first[i+1] += first[i]
	}
	return row{steps, first}
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	default:
		return 1
	}
}

// from returns every way to read words of a list from a position on. The result is shared: do not change it.
func (q *query) from(list List, pos int) []span {
	if q.spans[list][pos] == nil {
		w := walker{query: q, lexicon: q.engine.lists[list], found: make([]span, 0, 16)}
		w.children(0, uint32(len(w.lexicon.nodes)), pos, 0, 0)
		q.spans[list][pos] = w.found
	}
	return q.spans[list][pos]
}

// walker goes through the tree of a list and the input together.
type walker struct {
	*query
	lexicon *lexicon
	path    []uint16
	found   []span
	paths   []uint16 // of what was found, one behind the other
	visits  int
}

// children tries the siblings from node first up to node last at a position.
func (w *walker) children(first, last uint32, pos int, fuzzy, short uint8) {
	for i := first; i < last; i = w.lexicon.nodes[i].end {
		if w.visits++; w.visits > maxVisits {
			return
		}
		n := &w.lexicon.nodes[i]
		for _, s := range w.rows[pos].of(n.syllable) {
			w.take(i, s, fuzzy+asOne(s.fuzzy), short+asOne(s.short))
		}
	}
}

func (w *walker) take(i uint32, s step, fuzzy, short uint8) {
	n := &w.lexicon.nodes[i]
	w.path = append(w.path, n.syllable)
	if n.count > 0 {
		w.paths = append(w.paths, w.path...)
		path := w.paths[len(w.paths)-len(w.path) : len(w.paths) : len(w.paths)]
		w.found = append(w.found, span{i, s.end, fuzzy, short, path})
	}
	if int(s.end) < len(w.letters) {
		w.children(i+1, n.end, int(s.end), fuzzy, short)
	}
	w.path = w.path[:len(w.path)-1]
}

func asOne(b bool) uint8 {
	if b {
		return 1
	}
	return 0
}
