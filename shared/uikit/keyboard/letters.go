// SPDX-License-Identifier: Apache-2.0

package keyboard

import (
	"strings"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	fynelayout "fyne.io/fyne/v2/layout"

	"yuexin/shared/pinyin"
	"yuexin/shared/uikit/theme"
)

// rows of letters, from the top, and where they begin, in columns.
var letterRows = []struct {
	letters string
	x       float32
}{{"1234567890", 0}, {"qwertyuiop", 0}, {"asdfghjkl", 0.5}, {"zxcvbnm", 1.5}}

// letters is the keyboard for text: letters and digits, and candidates above them unless it is for Latin only.
type letters struct {
	host     *Host
	composer *pinyin.Composer
	chinese  bool // pinyin is being typed, not the letters themselves
	upper    bool // the next letters are capitals

	bar         *candidateBar // nil for Latin only
	letterKeys  []*Key
	shift       *Key // capitals, or the apostrophe between syllables
	language    *Key
	comma, stop *Key
	space, done *Key
	body        *fyne.Container
}

func newLetters(h *Host, kind string) *letters {
	l := &letters{host: h}
	g := &grid{columns: 10, rows: 5, height: rowHeight, gap: gap}
	l.addLetters(g)
	t := h.printer.T
	l.shift = g.add(h.newKey("", theme.Text, side, l.onShift), 0, 3, 1.5, 1)
	g.add(h.newKey(backspaceMark, theme.Lead, side, l.onBackspace), 8.5, 3, 1.5, 1)
	wide := float32(0)
	if kind != Latin {
		wide = 1.6
		l.language = g.add(h.newKey("", theme.Text, side, l.onLanguage), 0, 4, wide, 1)
	}
	l.comma = g.add(h.newKey("", theme.Lead, side, func() { l.onMark(l.comma) }), wide, 4, 1.2, 1)
	l.space = g.add(h.newKey("", theme.Text, plain, l.onSpace), wide+1.2, 4, 5.6-wide, 1)
	l.stop = g.add(h.newKey("", theme.Lead, side, func() { l.onMark(l.stop) }), 6.8, 4, 1.2, 1)
	l.done = g.add(h.newKey(t("keyboard.done"), theme.Text, primary, l.onDone), 8, 4, 2, 1)

	keys := container.New(g, g.objects()...)
	l.body = container.New(fynelayout.NewCustomPaddedVBoxLayout(gap()), keys)
	if kind != Latin {
		mode := pinyin.Text
		if kind == Name {
			mode = pinyin.Names
		}
		l.chinese = true
		l.composer = h.engine.NewComposer(mode)
		l.bar = newCandidateBar(h, l.onCandidate)
		l.body.Objects = []fyne.CanvasObject{l.bar, keys}
	}
	l.refresh()
	return l
}

func (l *letters) addLetters(g *grid) {
	for y, row := range letterRows {
		for i, r := range row.letters {
			key := l.host.newKey(string(r), theme.Lead, plain, nil)
			key.act = l.host.pressed(func() { l.onLetter(key) })
			g.add(key, row.x+float32(i), float32(y), 1, 1)
			if unicode.IsLetter(r) {
				l.letterKeys = append(l.letterKeys, key)
			}
		}
	}
}

// reset forgets what was begun: the keyboard goes to another entry.
func (l *letters) reset(kind string) {
	l.upper, l.chinese = false, kind != Latin
	if l.composer != nil {
		l.composer.Clear()
	}
	l.refresh()
}

func (l *letters) composing() bool { return l.composer != nil && !l.composer.Empty() }

func (l *letters) onLetter(key *Key) {
	r := []rune(key.label)[0]
	if l.chinese && unicode.IsLetter(r) {
		l.composer.SetBefore(l.host.before)
		l.composer.Type(r)
		l.refresh()
		return
	}
	l.finish()
	l.host.send(key.label)
}

// onShift is the apostrophe in Chinese, and capitals in English.
func (l *letters) onShift() {
	if l.chinese {
		l.composer.Type('\'')
	} else {
		l.upper = !l.upper
	}
	l.refresh()
}

func (l *letters) onBackspace() {
	if l.composing() {
		l.composer.Backspace()
		l.refresh()
		return
	}
	l.host.backspace()
	l.refresh() // an empty entry begins anew
}

func (l *letters) onLanguage() {
	l.finish()
	l.chinese = !l.chinese
	l.upper = false
	l.refresh()
}

func (l *letters) onMark(key *Key) {
	l.finish()
	l.host.send(key.label)
}

func (l *letters) onSpace() {
	if l.composing() {
		l.finish()
		return
	}
	l.host.send(" ")
}

func (l *letters) onDone() {
	if l.composing() {
		l.finish()
		return
	}
	l.host.Close()
}

func (l *letters) onCandidate(i int) {
	if !l.composing() {
		l.host.send(surnames[i].Text)
		l.refresh()
		return
	}
	if text, done := l.composer.ChooseAt(i); done {
		l.host.send(text)
	}
	l.refresh()
}

// finish takes the first candidates for everything that is being composed; letters without one stay letters.
func (l *letters) finish() {
	for l.composing() {
		text, done := l.composer.ChooseAt(0)
		if !done && len(l.composer.All()) == 0 {
			text, done = l.composer.Commit(), true
		}
		if done {
			l.host.send(text)
		}
	}
	l.refresh()
}

// refresh writes on the keys what they do now.
func (l *letters) refresh() {
	t := l.host.printer.T
	for _, k := range l.letterKeys {
		label := strings.ToLower(k.label)
		if l.upper {
			label = strings.ToUpper(label)
		}
		k.set(label, true)
	}
	comma, stop, shift := ",", ".", t("keyboard.capitals")
	if l.chinese {
		comma, stop, shift = "，", "。", t("keyboard.apart")
	}
	if l.upper {
		shift = t("keyboard.small")
	}
	l.comma.set(comma, true)
	l.stop.set(stop, true)
	l.shift.set(shift, !l.chinese || l.composing())
	if l.language != nil {
		l.language.set(t("keyboard.language."+languageOf(l.chinese)), true)
	}
	space, done := t("keyboard.space"), t("keyboard.done")
	if l.composing() {
		space, done = t("keyboard.first"), t("keyboard.confirm")
	}
	l.space.set(space, true)
	l.done.set(done, true)
	if l.bar != nil {
		l.bar.show(l.composer, l.chinese, l.starters())
	}
}

// surnames are the commonest of Guangdong: most names then need no pinyin for their first character.
var surnames = candidatesOf("陈", "李", "黄", "张", "梁", "林", "刘", "吴", "罗", "何", "邓", "谢")

func candidatesOf(texts ...string) []pinyin.Candidate {
	out := make([]pinyin.Candidate, len(texts))
	for i, text := range texts {
		out[i].Text = text
	}
	return out
}

// starters are what is offered before anything is typed: surnames, where a name is asked for.
func (l *letters) starters() []pinyin.Candidate {
	if l.host.kind != Name || l.host.before != "" {
		return nil
	}
	return surnames
}

func languageOf(chinese bool) string {
	if chinese {
		return "zh"
	}
	return "en"
}
