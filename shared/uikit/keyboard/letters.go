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
	keys        *fyne.Container
	strokes     *strokePad // nil for Latin only
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
		wide = 3
		l.language = g.add(h.newKey("", theme.Text, side, l.onLanguage), 0, 4, 1.5, 1)
		g.add(h.newKey(t("keyboard.strokes"), theme.Text, side, l.onStrokes), 1.5, 4, 1.5, 1)
	}
	l.comma = g.add(h.newKey("", theme.Lead, side, func() { l.onMark(l.comma) }), wide, 4, 1.2, 1)
	l.space = g.add(h.newKey("", theme.Text, plain, l.onSpace), wide+1.2, 4, 5.6-wide, 1)
	l.stop = g.add(h.newKey("", theme.Lead, side, func() { l.onMark(l.stop) }), 6.8, 4, 1.2, 1)
	l.done = g.add(h.newKey(t("keyboard.done"), theme.Text, primary, l.onDone), 8, 4, 2, 1)

	l.keys = container.New(g, g.objects()...)
	l.body = container.New(fynelayout.NewCustomPaddedVBoxLayout(gap()), l.keys)
	if kind != Latin {
		mode := pinyin.Text
		if kind == Name {
			mode = pinyin.Names
		}
		l.chinese = true
		l.composer = h.kit.Engine.NewComposer(mode, h.local)
		l.bar = newCandidateBar(h, l.onCandidate)
		l.strokes = newStrokePad(l)
		l.body.Objects = []fyne.CanvasObject{l.bar, l.keys}
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
		l.strokes.pattern = ""
		l.show(l.keys)
	}
	l.refresh()
}

func (l *letters) composing() bool {
	return l.composer != nil && (!l.composer.Empty() || l.strokes.pattern != "")
}

// writing says that strokes are being written, not letters.
func (l *letters) writing() bool { return l.strokes != nil && l.body.Objects[1] == l.strokes.body }

// show puts keys below the candidates.
func (l *letters) show(keys *fyne.Container) {
	l.body.Objects = []fyne.CanvasObject{l.bar, keys}
	l.body.Refresh()
}

// onStrokes goes from letters to strokes and back. What was begun is taken first: nothing gets lost.
func (l *letters) onStrokes() {
	l.finish()
	if l.writing() {
		l.show(l.keys)
	} else {
		l.show(l.strokes.body)
	}
	l.refresh()
}

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
	switch {
	case l.writing() || !l.composing(): // characters, or starters
		l.strokes.pattern = ""
		l.host.sendChosen(l.bar.all[i])
	default:
		if text, done := l.composer.Choose(i); done {
			l.host.sendChosen(text)
		}
	}
	l.refresh()
}

// finish takes the first candidates for everything that is being composed; letters without one stay letters, strokes
// without one are no text and go.
func (l *letters) finish() {
	for l.composer != nil && !l.composer.Empty() {
		text, done := l.composer.Choose(0)
		if done {
			l.host.sendChosen(text)
		} else if len(l.composer.All()) == 0 {
			l.host.send(l.composer.Commit())
		}
	}
	if l.strokes != nil && l.strokes.pattern != "" {
		found := l.strokes.found()
		l.strokes.pattern = ""
		if len(found) > 0 {
			l.host.sendChosen(found[0])
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
	if l.bar == nil {
		return
	}
	l.strokes.refresh()
	l.bar.show(l.state())
}

// state is what the bar shows now.
func (l *letters) state() barState {
	t := l.host.printer.T
	if l.writing() {
		return barState{
			all: l.strokes.found(), composing: l.strokes.pattern != "", letters: l.strokes.written(), advice: t("keyboard.strokes.hint"),
		}
	}
	s := barState{composing: !l.composer.Empty(), before: l.composer.Chosen(), letters: l.composer.Spelled()}
	for _, c := range l.composer.All() {
		s.all = append(s.all, c.Text)
	}
	if l.chinese && !s.composing {
		s.advice, s.all = t("keyboard.hint"), l.starters()
	}
	return s
}

// maxStarters is how many surnames are offered before anything is typed.
const maxStarters = 12

// starters are what is offered before anything is typed: where a name is asked for, the surnames that are commonest in the
// village and in Guangdong. Most names then need no pinyin for their first character.
func (l *letters) starters() []string {
	if l.host.kind != Name || l.host.before != "" {
		return nil
	}
	usual := l.host.kit.Settings.Surnames
	if l.host.local != nil {
		return l.host.local.Surnames(usual, maxStarters)
	}
	return usual[:min(len(usual), maxStarters)]
}

func languageOf(chinese bool) string {
	if chinese {
		return "zh"
	}
	return "en"
}
