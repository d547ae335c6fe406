// SPDX-License-Identifier: Apache-2.0

package pinyin

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"math/bits"
	"slices"
	"sync"
	"sync/atomic"
	"unicode/utf8"
)

// Learning says how a machine learns; it is data, see assets/pinyin.
type Learning struct {
	Visits   int   `json:"visits"`   // so many visits must have had a word in common before it counts at all
	Save     int   `json:"save"`     // so many visits with something to learn are saved together
	Words    int   `json:"words"`    // so many words and surnames are remembered, of each
	Halve    int   `json:"halve"`    // at so many visits of one word all counts are halved, so that old habits fade
	Doubling uint8 `json:"doubling"` // weight that a word gains with each doubling of its visits
	Most     uint8 `json:"most"`     // and no more than this
}

// check refuses rules under which one visit could show in the next, or that would never end.
func (l Learning) check() error {
	if l.Visits < 2 || l.Save < 2 || l.Words < 1 || l.Halve <= 2*l.Visits {
		return fmt.Errorf("rules of learning %+v", l)
	}
	return nil
}

// Local is what one machine knows of its village: the places around it, and which place words, product words and surnames
// are chosen there. It holds counts of visits and nothing else, see the package comment. Safe for concurrent use.
type Local struct {
	rules  Learning
	engine *Engine
	words  []string // that may be learned besides places

	gains atomic.Pointer[gains]

	mu      sync.Mutex       // protects what is below
	near    map[string]uint8 // what the names of places around gain
	allowed map[string]bool  // words that may be learned
	counts  [2]map[string]int
	visit   [2]map[string]bool // what the person who is there chose
	unsaved int                // visits
}

// The kinds of what is learned: indexes into Local.counts.
const (
	learnedWords = iota
	learnedSurnames
)

// gains is what words and surnames weigh more on one machine. It never changes.
type gains struct{ words, surnames map[string]uint8 }

// in returns what is gained in a mode: a place is no part of a person's name.
func (g *gains) in(mode Mode) *gains {
	if mode == Names {
		return &gains{surnames: g.surnames}
	}
	return g
}

func (g *gains) of(list List, text string) int {
	switch {
	case g == nil:
		return 0
	case list == Words:
		return int(g.words[text])
	case list == Surnames:
		return int(g.surnames[text])
	default:
		return 0
	}
}

// NewLocal returns a machine's knowledge before it knows where it stands and has learned anything. words may be learned
// besides places; nothing but these, the places of SetNear and the engine's surnames ever is.
func NewLocal(e *Engine, rules Learning, words []string) (*Local, error) {
	if err := rules.check(); err != nil {
		return nil, err
	}
	l := &Local{rules: rules, engine: e, words: words}
	l.SetNear(nil)
	l.Forget()
	return l, nil
}

// SetNear tells the names of the places around the machine, which may be learned, and what each gains in weight by being
// near: 8 for a factor of two.
func (l *Local) SetNear(near map[string]uint8) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.near, l.allowed = maps.Clone(near), make(map[string]bool)
	for _, w := range l.words {
		l.allowed[w] = true
	}
	for w := range near {
		l.allowed[w] = true
	}
	l.settle()
}

// Forget drops everything that was learned.
func (l *Local) Forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range l.counts {
		l.counts[i], l.visit[i] = make(map[string]int), make(map[string]bool)
	}
	l.unsaved = 0
	l.settle()
}

// Note says that the person who is there typed a text. Of a person's name only the surname is kept, of other texts the
// words that may be learned; and only until EndVisit, which counts each once.
func (l *Local) Note(mode Mode, text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if mode == Names {
		if surname := l.engine.surnameOf(text); surname != "" {
			l.visit[learnedSurnames][surname] = true
		}
		return
	}
	for len(text) > 0 {
		word, size := l.wordAt(text)
		if word != "" {
			l.visit[learnedWords][word] = true
		}
		text = text[size:]
	}
}

// wordAt returns the longest word that may be learned at the beginning of a text, and its length; else "" and that of a
// character.
func (l *Local) wordAt(text string) (word string, size int) {
	ends := make([]int, 0, maxDepth)
	for i, r := range text {
		if ends = append(ends, i+utf8.RuneLen(r)); len(ends) == maxDepth || r == utf8.RuneError {
			break
		}
	}
	for _, end := range slices.Backward(ends) {
		if end <= len(text) && l.allowed[text[:end]] {
			return text[:end], end
		}
	}
	_, size = utf8.DecodeRuneInString(text)
	return "", size
}

// EndVisit says that the person is gone. It reports whether there is enough to be saved: never after a single visit, so
// that a copy of the disk does not tell who came last.
func (l *Local) EndVisit() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.visit[learnedWords])+len(l.visit[learnedSurnames]) == 0 {
		return false
	}
	for i, chosen := range l.visit {
		for text := range chosen {
			l.count(i, text)
		}
		clear(chosen)
	}
	l.settle()
	l.unsaved++
	return l.unsaved >= l.rules.Save
}

// count adds a visit to a word. A new one that finds no room pushes out the rarest.
func (l *Local) count(kind int, text string) {
	counts := l.counts[kind]
	if _, known := counts[text]; !known && len(counts) >= l.rules.Words {
		rarest := slices.MinFunc(slices.Collect(maps.Keys(counts)), func(a, b string) int {
			return cmp.Or(cmp.Compare(counts[a], counts[b]), cmp.Compare(a, b))
		})
		delete(counts, rarest)
	}
	if counts[text]++; counts[text] < l.rules.Halve {
		return
	}
	for t := range counts {
		counts[t] /= 2
	}
	maps.DeleteFunc(counts, func(_ string, n int) bool { return n == 0 })
}

// settle works out what the words gain now.
func (l *Local) settle() {
	g := &gains{words: maps.Clone(l.near), surnames: make(map[string]uint8)}
	if g.words == nil {
		g.words = make(map[string]uint8)
	}
	for kind, to := range []map[string]uint8{g.words, g.surnames} {
		for text, n := range l.counts[kind] {
			if n >= l.rules.Visits {
				gain := min(int(l.rules.Most), int(l.rules.Doubling)*bits.Len(uint(n)))
				to[text] = uint8(min(math.MaxUint8, int(to[text])+gain))
			}
		}
	}
	l.gains.Store(g)
}

// Learned returns how many words and surnames count for now.
func (l *Local) Learned() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, counts := range l.counts {
		for _, visits := range counts {
			if visits >= l.rules.Visits {
				n++
			}
		}
	}
	return n
}

// Surnames returns at most n surnames: those that are chosen here most, then the others, each once.
func (l *Local) Surnames(others []string, n int) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	counts := l.counts[learnedSurnames]
	var out []string
	for text, visits := range counts {
		if visits >= l.rules.Visits {
			out = append(out, text)
		}
	}
	slices.SortFunc(out, func(a, b string) int {
		return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b))
	})
	for _, text := range others {
		if !slices.Contains(out, text) {
			out = append(out, text)
		}
	}
	return out[:min(len(out), n)]
}

// learned is the form in which it is kept. Of what too few visits had in common nothing is there.
type learned struct {
	Version  int            `json:"version"`
	Place    string         `json:"place"` // of the machine: what was learned elsewhere is not taken over
	Words    map[string]int `json:"words"`
	Surnames map[string]int `json:"surnames"`
}

const learnedVersion = 1

// Save returns what was learned at a place, to be kept and given to Restore: words and how many visits had them, those
// alone that count.
func (l *Local) Save(place string) ([]byte, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.unsaved = 0
	k := learned{Version: learnedVersion, Place: place, Words: make(map[string]int), Surnames: make(map[string]int)}
	for kind, to := range []map[string]int{k.Words, k.Surnames} {
		for text, n := range l.counts[kind] {
			if n >= l.rules.Visits {
				to[text] = n
			}
		}
	}
	return json.Marshal(k)
}

// errOther is wrapped by what Restore says of what it does not take.
var errOther = errors.New("not what this machine learned")

// Restore takes what Save returned at the same place. Of data that is damaged, of another place or another version it
// takes nothing, and says so; a word that may no longer be learned is left out.
func (l *Local) Restore(data []byte, place string) error {
	var k learned
	if err := json.Unmarshal(data, &k); err != nil {
		return fmt.Errorf("%w: %w", errOther, err)
	}
	if k.Version != learnedVersion || k.Place != place {
		return fmt.Errorf("%w: version %d of %q", errOther, k.Version, k.Place)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for text, n := range k.Words {
		if l.allowed[text] {
			l.take(learnedWords, text, n)
		}
	}
	for text, n := range k.Surnames {
		if l.engine.isSurname(text) {
			l.take(learnedSurnames, text, n)
		}
	}
	l.settle()
	return nil
}

func (l *Local) take(kind int, text string, n int) {
	if n >= l.rules.Visits && n < l.rules.Halve && len(l.counts[kind]) < l.rules.Words {
		l.counts[kind][text] = n
	}
}
