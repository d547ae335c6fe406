// SPDX-License-Identifier: Apache-2.0

package uitest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
	fynewidget "fyne.io/fyne/v2/widget"

	"yuexin/assets"
	"yuexin/shared/i18n"
	"yuexin/shared/uikit/scene"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

// Main makes the app of the package with our theme at place, runs the tests and exits. Tests that use it are not parallel.
func Main(m *testing.M, place theme.Place) {
	app := test.NewApp()
	theme.Apply(app, place)
	code := m.Run()
	app.Quit()
	os.Exit(code)
}

// Look sets a look for one test.
func Look(t testing.TB, look theme.Look) {
	t.Helper()
	before := theme.Current()
	theme.Set(look)
	t.Cleanup(func() { theme.Set(before) })
}

// Texts returns all texts of the programs.
func Texts(t testing.TB) *i18n.Catalogue {
	t.Helper()
	texts, err := i18n.Load(assets.Locales())
	if err != nil {
		t.Fatal(err)
	}
	return texts
}

// Printer returns the Chinese printer.
func Printer(t testing.TB) *i18n.Printer { return Texts(t).Printer(i18n.ZhHans) }

// Window is a window of a test.
type Window struct {
	fyne.Window
	t testing.TB
}

// Open shows content in a window of the given size, which closes with the test.
func Open(t testing.TB, content fyne.CanvasObject, size fyne.Size) *Window {
	t.Helper()
	w := test.NewWindow(content)
	w.SetPadded(false)
	w.Resize(size)
	t.Cleanup(w.Close)
	return &Window{Window: w, t: t}
}

// objects returns everything that is shown, what lies above the content last.
func (w *Window) objects() []fyne.CanvasObject {
	all := test.LaidOutObjects(w.Content())
	for _, over := range w.Canvas().Overlays().List() {
		all = append(all, test.LaidOutObjects(over)...)
	}
	return all
}

// top returns what can be pressed: what lies above the content, or the content.
func (w *Window) top() []fyne.CanvasObject {
	if over := w.Canvas().Overlays().Top(); over != nil {
		return test.LaidOutObjects(over)
	}
	return test.LaidOutObjects(w.Content())
}

// Tap presses the button on which the text is written; it fails the test if there is none, or it is disabled.
func (w *Window) Tap(text string) {
	w.t.Helper()
	for _, o := range w.top() {
		if label, ok := labelOf(o); ok && label == text {
			if d, ok := o.(fyne.Disableable); ok && d.Disabled() {
				w.t.Fatalf("%q is disabled", text)
			}
			test.Tap(o.(fyne.Tappable))
			return
		}
	}
	w.t.Fatalf("nothing to press with %q; there is: %s", text, strings.Join(w.Written(), " | "))
}

// labelOf returns what is written on something to press.
func labelOf(o fyne.CanvasObject) (string, bool) {
	switch o := o.(type) {
	case *widget.BigButton:
		return o.Text(), true
	case *widget.SyncBadge:
		return o.Text(), true
	case *fynewidget.Button:
		return o.Text, true
	}
	return "", false
}

// Button returns the button on which the text is written; it fails the test if there is none.
func (w *Window) Button(text string) *widget.BigButton {
	w.t.Helper()
	for _, o := range w.objects() {
		if b, ok := o.(*widget.BigButton); ok && b.Text() == text {
			return b
		}
	}
	w.t.Fatalf("no button with %q", text)
	return nil
}

// Type types into what has the focus; it fails the test if nothing has.
func (w *Window) Type(text string) {
	w.t.Helper()
	focused := w.Canvas().Focused()
	if focused == nil {
		w.t.Fatal("nothing has the focus")
	}
	test.Type(focused, text)
}

// Press presses a key for what has the focus.
func (w *Window) Press(key fyne.KeyName) {
	w.t.Helper()
	if focused := w.Canvas().Focused(); focused != nil {
		focused.TypedKey(&fyne.KeyEvent{Name: key})
		return
	}
	w.t.Fatal("nothing has the focus")
}

// Written returns all texts that are shown, in the order in which they are drawn.
func (w *Window) Written() []string {
	var out []string
	for _, o := range w.objects() {
		switch o := o.(type) {
		case *widget.Text:
			if o.Text() != "" {
				out = append(out, o.Text())
			}
		case *widget.Entry:
			out = append(out, o.Text)
		case *fynewidget.Entry:
			out = append(out, o.Text)
		}
	}
	return out
}

// Shows reports whether a text stands somewhere, alone or as a part.
func (w *Window) Shows(text string) bool {
	for _, written := range w.Written() {
		if strings.Contains(written, text) {
			return true
		}
	}
	return false
}

// Markup returns the window as Fyne's text markup, for structure that a test compares.
func (w *Window) Markup() string { return test.RenderToMarkup(w.Canvas()) }

// AssertWhole fails the test for every text that is cut off by its own size.
func (w *Window) AssertWhole() {
	w.t.Helper()
	for _, o := range w.objects() {
		switch o := o.(type) {
		case *widget.Text:
			if !o.Whole() {
				w.t.Errorf("%q is cut off: has %v, needs %v", o.Text(), o.Size(), o.MinSize())
			}
		case *canvas.Text:
			if o.Position().X < -0.5 || o.Position().Y < -0.5 {
				w.t.Errorf("%q lies outside", o.Text)
			}
		}
	}
}

// AssertTargets fails the test for everything to press that is lower than theme.Control, or narrower than a target may be.
func (w *Window) AssertTargets() {
	w.t.Helper()
	high, wide := theme.Size(theme.Control)-0.5, widget.LeastTarget()-0.5
	for _, o := range w.objects() {
		_, button := o.(*widget.BigButton)
		_, entry := o.(*widget.Entry)
		if size := o.Size(); (button || entry) && (size.Height < high || size.Width < wide) {
			label, _ := labelOf(o)
			w.t.Errorf("%T %q is %v, less than %v × %v", o, label, size, wide, high)
		}
	}
}

// Shot writes the window to testdata/<name>.png, for people to look at.
func (w *Window) Shot(name string) {
	w.t.Helper()
	if err := os.MkdirAll("testdata", 0o755); err != nil {
		w.t.Fatal(err)
	}
	if err := scene.Write(filepath.Join("testdata", name+".png"), w.Canvas().Capture()); err != nil {
		w.t.Fatal(err)
	}
}
