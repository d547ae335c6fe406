// SPDX-License-Identifier: Apache-2.0

package keyboard

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	fynewidget "fyne.io/fyne/v2/widget"

	"yuexin/shared/i18n"
	"yuexin/shared/pinyin"
	"yuexin/shared/typing"
	"yuexin/shared/uikit/theme"
)

// The kinds of a keyboard, as an entry asks for them. Number, Identity, Phone and Text are formview's.
const (
	Number   = "number" // digits, point and minus
	Identity = "id"     // digits and X
	Phone    = "phone"  // digits
	Money    = "money"  // digits, point, 00 and 万
	Text     = "text"   // pinyin and letters
	Name     = "name"   // the same, with person names first
	Latin    = "latin"  // letters and digits only
)

// backspaceMark is written on the key that takes back.
const backspaceMark = "⌫"

// Host is content with a keyboard below it, shown for the entry it is attached to. UI goroutine only.
type Host struct {
	fynewidget.BaseWidget
	content fyne.CanvasObject
	printer *i18n.Printer
	kit     *typing.Kit
	local   *pinyin.Local // nil where nothing is learned
	// OnClose is called after the person closed the keyboard; may be nil.
	OnClose func()

	target fyne.Focusable // nil when the keyboard is hidden
	kind   string
	// before is what this keyboard typed into the target so far, to know a surname.
	before string
	boards map[string]fyne.CanvasObject
	texts  map[string]*letters
	board  fyne.CanvasObject // the one that is shown
}

// NewHost returns content without a keyboard yet. local is what the machine knows of its village: the host reads it and
// tells it what was typed; may be nil.
func NewHost(content fyne.CanvasObject, printer *i18n.Printer, kit *typing.Kit, local *pinyin.Local) *Host {
	h := &Host{
		content: content, printer: printer, kit: kit, local: local,
		boards: make(map[string]fyne.CanvasObject), texts: make(map[string]*letters),
	}
	h.ExtendBaseWidget(h)
	return h
}

// Attach shows the keyboard for an entry; an unknown kind is Text. With nil it hides the keyboard. Attaching what is
// attached already changes nothing but that it is brought into view, so it may be called each time the entry gets the
// focus. What was being composed for another entry is dropped.
func (h *Host) Attach(focused fyne.Focusable, kind string) {
	if focused == nil {
		h.hide()
		return
	}
	if focused == h.target && kind == h.kind {
		return
	}
	h.target, h.kind, h.before = focused, kind, ""
	h.board = h.boardOf(kind)
	if l := h.texts[kind]; l != nil {
		l.reset(kind)
	}
	h.Refresh()
	h.reveal()
}

// boardOf returns the keyboard of a kind, which is made once.
func (h *Host) boardOf(kind string) fyne.CanvasObject {
	if h.boards[kind] == nil {
		switch kind {
		case Number, Identity, Phone, Money:
			h.boards[kind] = newPad(h, kind)
		default:
			h.texts[kind] = newLetters(h, kind)
			h.boards[kind] = h.texts[kind].body
		}
	}
	return h.boards[kind]
}

// Attached returns the entry that the keyboard types into, nil when it is hidden.
func (h *Host) Attached() fyne.Focusable { return h.target }

// Keys returns the keys that can be seen, in no particular order.
func (h *Host) Keys() []*Key {
	var keys []*Key
	var collect func(o fyne.CanvasObject)
	collect = func(o fyne.CanvasObject) {
		switch o := o.(type) {
		case *Key:
			if o.Visible() {
				keys = append(keys, o)
			}
		case *candidateBar:
			for _, k := range append([]*Key{o.up, o.down}, o.keys...) {
				collect(k)
			}
		case *fyne.Container:
			for _, inner := range o.Objects {
				collect(inner)
			}
		}
	}
	if h.board != nil {
		collect(h.board)
	}
	return keys
}

// Inside returns the content, so that a touch can be followed to it.
func (h *Host) Inside() fyne.CanvasObject { return h.content }

// Finish takes the first candidates for what is being composed and reports whether there was anything. A button that leads
// on calls it first and stays where it is if so: nobody's letters get lost, and everybody sees what became of them.
func (h *Host) Finish() bool {
	l := h.texts[h.kind]
	if h.target == nil || l == nil || !l.composing() {
		return false
	}
	h.pressed(l.finish)()
	return true
}

// Close hides the keyboard and takes the focus from the entry, as its key 完成 does.
func (h *Host) Close() {
	if h.target == nil {
		return
	}
	h.hide()
	if c := fyne.CurrentApp().Driver().CanvasForObject(h); c != nil {
		c.Unfocus()
	}
	if h.OnClose != nil {
		h.OnClose()
	}
}

func (h *Host) hide() {
	if l := h.texts[h.kind]; l != nil {
		l.reset(h.kind)
	}
	h.target, h.kind, h.before, h.board = nil, "", "", nil
	h.Refresh()
}

// pressed gives the focus back to the entry, which Fyne took when the key was touched, and then acts.
func (h *Host) pressed(act func()) func() {
	return func() {
		if h.target == nil {
			return
		}
		if c := fyne.CurrentApp().Driver().CanvasForObject(h); c != nil && c.Focused() != h.target {
			c.Focus(h.target)
		}
		act()
	}
}

func (h *Host) newKey(label string, size fyne.ThemeSizeName, t tone, act func()) *Key {
	return newKey(label, size, t, h.pressed(act))
}

func (h *Host) runeKey(r rune, size fyne.ThemeSizeName) *Key { return h.runesKey(string(r), size) }

func (h *Host) runesKey(text string, size fyne.ThemeSizeName) *Key {
	return h.newKey(text, size, plain, func() { h.send(text) })
}

// send types a text into the entry.
func (h *Host) send(text string) {
	for _, r := range text {
		h.target.TypedRune(r)
	}
	h.before += text
}

// sendChosen types a text that was chosen from candidates, and notes it for what the machine may learn.
func (h *Host) sendChosen(text string) {
	switch {
	case h.local == nil:
	case h.kind != Name:
		h.local.Note(pinyin.Text, text)
	case h.before == "": // where a name begins, with its surname
		h.local.Note(pinyin.Names, text)
	}
	h.send(text)
}

func (h *Host) backspace() {
	h.target.TypedKey(&fyne.KeyEvent{Name: fyne.KeyBackspace})
	if runes := []rune(h.before); len(runes) > 0 {
		h.before = string(runes[:len(runes)-1])
	}
}

// clear empties the entry: at once if it can, else from the end of its line.
func (h *Host) clear() {
	h.before = ""
	if e, ok := h.target.(interface{ SetText(string) }); ok {
		e.SetText("")
		return
	}
	h.target.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEnd})
	for range maxLine {
		h.target.TypedKey(&fyne.KeyEvent{Name: fyne.KeyBackspace})
	}
}

// maxLine is more than any line of digits has.
const maxLine = 64

// MinSize is called by Fyne: the content's own, since it becomes smaller while the keyboard is there.
func (h *Host) MinSize() fyne.Size {
	h.ExtendBaseWidget(h)
	return h.content.MinSize()
}

// CreateRenderer is called by Fyne.
func (h *Host) CreateRenderer() fyne.WidgetRenderer {
	h.ExtendBaseWidget(h)
	r := &hostRenderer{host: h, ground: canvas.NewRectangle(nil), line: canvas.NewRectangle(nil)}
	r.paint()
	return r
}

type hostRenderer struct {
	host         *Host
	ground, line *canvas.Rectangle
}

func (r *hostRenderer) paint() {
	r.ground.FillColor, r.line.FillColor = theme.Color(theme.GreyTint), theme.Color(theme.Edge)
}

// The widest keyboards, in units: a kiosk's fill the panel, on a desk hands reach no further.
const (
	widestKiosk = 1600
	widestText  = 1000
	widestPad   = 520
)

// widestBoard returns how wide the keyboard gets.
func (h *Host) widestBoard() float32 {
	_, isText := h.texts[h.kind]
	switch {
	case theme.Current().Place == theme.Kiosk:
		return widestKiosk
	case isText:
		return widestText
	default:
		return widestPad
	}
}

// Layout is called by Fyne: the keyboard at the bottom, the content in what is left above it. Content that cannot be so
// low is moved up until the entry is seen.
func (r *hostRenderer) Layout(size fyne.Size) {
	h := r.host
	if h.board == nil {
		h.content.Move(fyne.NewPos(0, 0))
		h.content.Resize(size)
		return
	}
	margin := theme.Size(theme.S2)
	height := h.board.MinSize().Height + 2*margin
	top := size.Height - height
	r.ground.Move(fyne.NewPos(0, top))
	r.ground.Resize(fyne.NewSize(size.Width, height))
	r.line.Move(fyne.NewPos(0, top))
	r.line.Resize(fyne.NewSize(size.Width, theme.Size(theme.Stroke)))
	width := min(size.Width-2*margin, h.widestBoard())
	h.board.Move(fyne.NewPos((size.Width-width)/2, top+margin))
	h.board.Resize(fyne.NewSize(width, height-2*margin))

	least := min(h.content.MinSize().Height, size.Height)
	h.content.Move(fyne.NewPos(0, 0))
	h.content.Resize(fyne.NewSize(size.Width, max(top, least)))
	if least > top {
		h.content.Move(fyne.NewPos(0, -h.hiddenBelow(top)))
	}
}

func (r *hostRenderer) MinSize() fyne.Size { return r.host.MinSize() }

func (r *hostRenderer) Objects() []fyne.CanvasObject {
	if r.host.board == nil {
		return []fyne.CanvasObject{r.host.content}
	}
	return []fyne.CanvasObject{r.host.content, r.ground, r.line, r.host.board}
}

func (r *hostRenderer) Refresh() {
	r.paint()
	r.Layout(r.host.Size())
	if l := r.host.texts[r.host.kind]; l != nil {
		l.refresh()
	}
	for _, o := range r.Objects() {
		o.Refresh()
	}
	canvas.Refresh(r.host)
}

func (r *hostRenderer) Destroy() {}
