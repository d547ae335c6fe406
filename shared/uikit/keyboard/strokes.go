// SPDX-License-Identifier: Apache-2.0

package keyboard

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"yuexin/shared/stroke"
	"yuexin/shared/uikit/theme"
)

// strokeSigns are the strokes in the order in which schools count them, and the sign for one of any kind. That for 折 is a
// radical of the same form: the face has no 乛.
var strokeSigns = map[byte]string{'1': "一", '2': "丨", '3': "丿", '4': "丶", '5': "⺂", stroke.Any: "＊"}

// mostFound is how many characters are offered for strokes: more than anybody pages through.
const mostFound = 200

// strokePad is keys for the five strokes, as on a telephone, in the place of the letters.
type strokePad struct {
	letters *letters
	pattern string // of package stroke
	space   *Key
	done    *Key
	body    *fyne.Container
}

func newStrokePad(l *letters) *strokePad {
	p := &strokePad{letters: l}
	h, t := l.host, l.host.printer.T
	// As high as the letters, so that the page above stays where it is.
	height := func() float32 { return (5*rowHeight() + 4*gap() - 2*padGap()) / 3 }
	g := &grid{columns: 4, rows: 3, height: height, gap: padGap}
	for i, sign := range []byte("123") {
		g.add(p.key(sign), float32(i), 0, 1, 1)
	}
	for i, sign := range []byte{'4', '5', stroke.Any} {
		g.add(p.key(sign), float32(i), 1, 1, 1)
	}
	g.add(h.newKey(backspaceMark, theme.Title, side, p.onBackspace), 3, 0, 1, 1)
	g.add(h.newKey(t("keyboard.clear"), theme.Text, side, p.onClear), 3, 1, 1, 1)
	g.add(h.newKey(t("keyboard.letters"), theme.Lead, side, l.onStrokes), 0, 2, 1, 1)
	p.space = g.add(h.newKey("", theme.Lead, plain, l.onSpace), 1, 2, 2, 1)
	p.done = g.add(h.newKey("", theme.Lead, primary, l.onDone), 3, 2, 1, 1)
	p.body = container.New(g, g.objects()...)
	return p
}

// key writes a stroke; its sign stands on it with its name from school.
func (p *strokePad) key(sign byte) *Key {
	label := strokeSigns[sign] + " " + p.letters.host.printer.T("keyboard.stroke."+strokeNames[sign])
	return p.letters.host.newKey(label, theme.Title, plain, func() {
		if len(p.pattern) < stroke.Most {
			p.pattern += string(rune(sign))
		}
		p.letters.refresh()
	})
}

// strokeNames end the text keys of the strokes' names.
var strokeNames = map[byte]string{'1': "heng", '2': "shu", '3': "pie", '4': "dian", '5': "zhe", stroke.Any: "any"}

func (p *strokePad) onBackspace() {
	if p.pattern == "" {
		p.letters.host.backspace()
	} else {
		p.pattern = p.pattern[:len(p.pattern)-1]
	}
	p.letters.refresh()
}

func (p *strokePad) onClear() {
	p.pattern = ""
	p.letters.refresh()
}

// found returns the characters for what was written.
func (p *strokePad) found() []string { return p.letters.host.kit.Strokes.Find(p.pattern, mostFound) }

// written returns the strokes as signs.
func (p *strokePad) written() string {
	text := ""
	for i := range len(p.pattern) {
		text += strokeSigns[p.pattern[i]] + " "
	}
	return text
}

// refresh writes on the keys what they do now.
func (p *strokePad) refresh() {
	p.space.set(p.letters.space.label, true)
	p.done.set(p.letters.done.label, true)
}
