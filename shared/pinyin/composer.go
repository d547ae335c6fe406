// SPDX-License-Identifier: Apache-2.0

package pinyin

import (
	"slices"
	"strings"
)

// Composer is one person's typing: letters, candidates, choices for the beginning and then for the rest. A
// text leaves it once every letter has been chosen for. Not safe for concurrent use.
type Composer struct {
	engine *Engine
	mode   Mode
	local  *Local
	// before is what stands in front of the caret, see SetBefore.
	before     string
	chosen     []chosen
	input      string
	candidates []Candidate
}

// chosen is a candidate and the letters it replaced.
type chosen struct{ text, letters string }

// NewComposer returns an empty composer. local is what the machine knows of its village; may be nil.
func (e *Engine) NewComposer(mode Mode, local *Local) *Composer {
	return &Composer{engine: e, mode: mode, local: local}
}

// Mode returns what the composer takes the text for.
func (c *Composer) Mode() Mode { return c.mode }

// SetBefore tells the text in front of the caret: after a surname that is already there, given names come first.
func (c *Composer) SetBefore(text string) {
	if c.before != text {
		c.before = text
		c.find()
	}
}

// Type adds a letter or an apostrophe; capitals count as small. It reports whether the character was taken: others are
// not, nor a first apostrophe, nor more than MaxInput letters.
func (c *Composer) Type(r rune) bool {
	if r >= 'A' && r <= 'Z' {
		r += 'a' - 'A'
	}
	apostrophe := r == '\'' && c.input != "" && !strings.HasSuffix(c.input, "'")
	if !apostrophe && (r < 'a' || r > 'z') || len(c.input) >= MaxInput {
		return false
	}
	c.input += string(r)
	c.find()
	return true
}

// Backspace takes back the last letter, or the last choice where no letter follows it: its letters come back. It reports
// whether there was something to take back.
func (c *Composer) Backspace() bool {
	switch {
	case c.input != "":
		c.input = c.input[:len(c.input)-1]
	case len(c.chosen) > 0:
		last := len(c.chosen) - 1
		c.input = c.chosen[last].letters
		c.chosen = c.chosen[:last]
	default:
		return false
	}
	c.find()
	return true
}

// Empty reports whether nothing is being composed.
func (c *Composer) Empty() bool { return c.input == "" && len(c.chosen) == 0 }

// Chosen returns the text chosen so far.
func (c *Composer) Chosen() string {
	var b strings.Builder
	for _, ch := range c.chosen {
		b.WriteString(ch.text)
	}
	return b.String()
}

// Input returns the letters that nothing has been chosen for yet.
func (c *Composer) Input() string { return c.input }

// Spelled returns the input with its syllables apart, as the first candidate reads them: "xiu ying". Letters that it
// does not cover follow.
func (c *Composer) Spelled() string {
	if len(c.candidates) == 0 {
		return strings.TrimSpace(strings.ReplaceAll(c.input, "'", " "))
	}
	var parts []string
	rest := c.input
	for _, s := range c.candidates[0].Reading {
		n := c.engine.spellings.letters(s, rest)
		parts = append(parts, rest[:n])
		rest = strings.TrimLeft(rest[n:], "'")
	}
	parts = append(parts, strings.ReplaceAll(rest, "'", " "))
	return strings.TrimSpace(strings.Join(parts, " "))
}

// letters returns how many letters of the input's beginning a syllable takes: as many as it can by one of its
// spellings. A syllable that matches otherwise, with a mixed-up pair cut short, takes one.
func (s *spellings) letters(syllable, input string) int {
	head, _, _ := strings.Cut(input, "'")
	longest := min(1, len(head))
	for _, spelled := range slices.Concat(exactSpellings(syllable), s.mixed.fuzzy(syllable)) {
		if strings.HasPrefix(head, spelled) {
			longest = max(longest, len(spelled))
		}
		if strings.HasPrefix(spelled, head) {
			longest = max(longest, len(head))
		}
	}
	if longest == 1 && strings.HasPrefix(head, initialOf(syllable)) {
		return len(initialOf(syllable))
	}
	return longest
}

// All returns the candidates, the likeliest first. Do not change it.
func (c *Composer) All() []Candidate { return c.candidates }

// Choose takes candidate i of All. When it covers all letters, done is true, text is everything chosen and
// the composer is empty again. Otherwise the rest is asked for, and text is empty. An index without a candidate changes
// nothing.
func (c *Composer) Choose(i int) (text string, done bool) {
	if i < 0 || i >= len(c.candidates) {
		return "", false
	}
	of := c.candidates[i]
	c.chosen = append(c.chosen, chosen{of.Text, c.input[:of.Letters]})
	c.input = c.input[of.Letters:]
	if c.input == "" {
		return c.take(), true
	}
	c.find()
	return "", false
}

// Commit ends composing: it returns everything chosen and the letters that nothing was chosen for, without apostrophes.
func (c *Composer) Commit() string { return c.take() }

// Clear drops what is being composed.
func (c *Composer) Clear() { c.take() }

func (c *Composer) take() string {
	text := c.Chosen() + strings.ReplaceAll(c.input, "'", "")
	c.chosen, c.input = nil, ""
	c.find()
	return text
}

// find looks for candidates anew.
func (c *Composer) find() {
	c.candidates = nil
	if c.input == "" {
		return
	}
	surname := c.mode == Names && c.engine.isSurname(c.before+c.Chosen())
	c.candidates = c.engine.Candidates(Query{Input: c.input, Mode: c.mode, AfterSurname: surname, Local: c.local})
}
