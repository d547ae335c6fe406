// SPDX-License-Identifier: Apache-2.0

package consent

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"yuexin/shared/i18n"
)

// Letter is one edition of the sheet on which a consent stands: 授权书.
type Letter struct {
	Edition uint32                   `json:"letter"` // from 1
	From    string                   `json:"from"`   // 2006-01-02; for consents given from this day on
	Text    map[i18n.Lang]LetterText `json:"text"`
}

// LetterText is a letter in one language. Its lines have the places of [Letter.Fill].
type LetterText struct {
	Title    string   `json:"title"`
	Separate string   `json:"separate"` // the title of one that the law wants by itself
	Lines    []string `json:"lines"`    // above the words that are agreed to
	Rights   []string `json:"rights"`   // below them
	Sign     string   `json:"sign"`     // beside the place for the name
	Thumb    string   `json:"thumb"`    // in the place for the thumb
	Blank    string   `json:"blank"`    // what a place says that is filled in by hand
}

// Places are what stands in the places of a letter's lines, by name.
type Places map[string]string

// The places of lines. A line with a place that is "" is left out, but for {giver}, {at} and {helper} of a letter that is to
// be filled in by hand.
var placeNames = []string{"giver", "recipient", "purpose", "groups", "given", "at", "until", "wording", "letter", "number", "helper", "ended"}

// Fill returns lines with their places filled. blank is what an empty place says on a letter for the hand, "" to leave such
// lines out.
func (p Places) Fill(lines []string, blank string) (out []string) {
	for _, line := range lines {
		keep := true
		for _, name := range placeNames {
			place := "{" + name + "}"
			if !strings.Contains(line, place) {
				continue
			}
			text := p[name]
			if text == "" && slices.Contains([]string{"giver", "at", "helper"}, name) {
				text = blank
			}
			keep = keep && text != ""
			line = strings.ReplaceAll(line, place, text)
		}
		if keep {
			out = append(out, line)
		}
	}
	return out
}

// Letter returns the edition of the letter in use on a day, and whether there is one.
func (p *Policy) Letter(on time.Time) (Letter, bool) {
	day := on.Format(time.DateOnly)
	var found Letter
	for _, l := range p.letters {
		if l.From <= day && l.Edition > found.Edition {
			found = l
		}
	}
	return found, found.Edition > 0
}

// In returns the letter in a language, in Chinese if the language is not there.
func (l Letter) In(lang i18n.Lang) LetterText {
	if text, ok := l.Text[lang]; ok {
		return text
	}
	return l.Text[i18n.ZhHans]
}

func (p *Policy) takeLetters(letters []Letter) error {
	for _, l := range letters {
		wrong := func(what string) error { return fmt.Errorf("consent policy: letter %d: %s", l.Edition, what) }
		if _, err := time.Parse(time.DateOnly, l.From); err != nil || l.Edition == 0 {
			return wrong("edition or from is missing")
		}
		if slices.ContainsFunc(p.letters, func(o Letter) bool { return o.Edition == l.Edition }) {
			return wrong("defined twice")
		}
		for _, lang := range i18n.Langs() {
			text := l.Text[lang]
			all := strings.Join(text.Lines, "")
			for _, must := range []string{"{recipient}", "{purpose}", "{groups}", "{until}", "{giver}", "{wording}"} {
				if !strings.Contains(all, must) {
					return wrong(fmt.Sprintf("text in %s does not name %s", lang, must))
				}
			}
			if text.Title == "" || text.Separate == "" || text.Sign == "" || text.Thumb == "" || text.Blank == "" || len(text.Rights) == 0 {
				return wrong(fmt.Sprintf("text in %s is not whole", lang))
			}
		}
		p.letters = append(p.letters, l)
	}
	return nil
}
