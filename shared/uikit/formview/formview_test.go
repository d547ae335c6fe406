// SPDX-License-Identifier: Apache-2.0

package formview_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"github.com/google/go-cmp/cmp"

	"yuexin/shared/credit/forms"
	"yuexin/shared/credit/forms/formtest"
	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/uikit/formview"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/uitest"
	"yuexin/shared/uikit/widget"
)

func TestMain(m *testing.M) { uitest.Main(m, theme.Desk) }

// person fills in a drawn form with keys and touches.
type person struct {
	t       *testing.T
	view    *formview.View
	window  *uitest.Window
	printer *i18n.Printer
}

func open(t *testing.T, form *forms.Form, today time.Time, o formview.Options, size fyne.Size) *person {
	p := uitest.Printer(t)
	v := formview.New(p, forms.New(form, today), o)
	return &person{t: t, view: v, window: uitest.Open(t, v, size), printer: p}
}

func (p *person) Session() *forms.Session { return p.view.Session() }

func (p *person) Visible(path string) bool { return p.view.Shown(path) }

// Set focuses a field and types or presses; what the drawing says against it is turned back into the fault it tells.
func (p *person) Set(path, text string) error {
	if !p.view.Focus(path) {
		return fault.New(fault.Invalid, "form.unknown").WithField(path)
	}
	if err := p.answer(path, text); err != nil {
		return err
	}
	p.window.Canvas().Unfocus()
	f := p.Session().Fault(path)
	if f == nil {
		return nil
	}
	if message, _ := p.printer.Explain(f); p.view.Refusal(path) != message {
		p.t.Errorf("%s: the drawing says %q, want %q", path, p.view.Refusal(path), message)
	}
	return f
}

func (p *person) answer(path, text string) error {
	entry, typed := p.window.Canvas().Focused().(*widget.Entry)
	if typed {
		entry.SetText("")
		if strings.ContainsAny(text, "\n\t") {
			entry.SetText(text) // pasted
		} else {
			test.Type(entry, text)
		}
		return nil
	}
	var codes []string
	for code := range strings.SplitSeq(text, ",") {
		if code = strings.TrimSpace(code); code != "" {
			codes = append(codes, code)
		}
	}
	if f, _ := p.Session().Form().Field(path); f != nil && f.Type == forms.YesNo && len(codes) == 1 {
		codes[0] = yesNo(codes[0])
	}
	return p.press(path, codes)
}

// yesNo says which button a person presses who means the word.
func yesNo(word string) string {
	switch word {
	case "是", "有", "同意":
		return "yes"
	case "否", "无", "没有", "不同意":
		return "no"
	}
	return word
}

// press makes exactly the codes chosen by pressing what differs.
func (p *person) press(path string, codes []string) error {
	chosen, buttons := p.view.Choice(path)
	for _, code := range codes {
		if _, there := buttons[code]; !there {
			return p.refuse(path)
		}
	}
	for _, code := range chosen {
		if !slices.Contains(codes, code) {
			buttons[code].Tapped(nil)
		}
	}
	for _, code := range codes {
		if now, _ := p.view.Choice(path); !slices.Contains(now, code) {
			buttons[code].Tapped(nil)
		}
	}
	return nil
}

// refuse is for an answer that a drawn choice does not offer; the field stays without one.
func (p *person) refuse(path string) error {
	f, _ := p.Session().Form().Field(path)
	if f != nil && f.Type == forms.YesNo {
		return p.Session().Set(path, "?")
	}
	return p.Session().Set(path, "no_such_code")
}

func (p *person) AddRow(name string) (int, error) {
	n := p.Session().Rows(name)
	p.view.Focus(name)
	p.view.AddButton(name).Tapped(nil)
	if p.Session().Rows(name) == n {
		return 0, fault.New(fault.Invalid, "form.rows.many").WithField(name)
	}
	return n, nil
}

func (p *person) RemoveRow(name string, i int) error {
	if i >= p.Session().Rows(name) {
		return fault.New(fault.Invalid, "form.unknown").WithField(name)
	}
	p.view.Focus(name)
	p.view.RemoveButtons(name)[i].Tapped(nil)
	return nil
}

// TestCases runs the table of every drawing of a form, over the drawing that shows all at once.
func TestCases(t *testing.T) {
	formtest.Run(t, func(t *testing.T, form *forms.Form, today time.Time) formtest.Driver {
		return open(t, form, today, formview.Options{}, fyne.NewSize(800, 900))
	})
}

var today = time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)

func household(t *testing.T, o formview.Options) *person {
	return open(t, formtest.MustForm(t, "household"), today, o, fyne.NewSize(900, 1200))
}

func TestErrorsWaitUntilTheFieldIsLeft(t *testing.T) {
	p := household(t, formview.Options{})
	p.view.Focus("phone")
	p.window.Type("138")
	if got := p.view.Refusal("phone"); got != "" {
		t.Errorf("while typing: %q", got)
	}
	p.window.Canvas().Unfocus()
	if p.view.Refusal("phone") == "" {
		t.Error("nothing is said after leaving")
	}
	p.view.Focus("phone")
	p.window.Type("12345678")
	if got := p.view.Refusal("phone"); got != "" {
		t.Errorf("after mending: %q", got)
	}
}

func TestHintStandsBesideTheError(t *testing.T) {
	p := household(t, formview.Options{})
	_ = p.Set("phone", "138")
	message, hint := p.printer.Explain(p.Session().Fault("phone"))
	if !p.window.Shows(message) || !p.window.Shows(hint) {
		t.Errorf("%q and %q are not both shown", message, hint)
	}
}

// TestRareCharactersAreListed types a name with a character that is in no face of ours: the answer counts and is kept as it
// is, and the field names what cannot be seen, until it is mended.
func TestRareCharactersAreListed(t *testing.T) {
	p := household(t, formview.Options{})
	const rare = "陈\U00030000英"
	if err := p.Set("head_name", rare); err != nil {
		t.Fatal(err)
	}
	if got := p.Session().Value("head_name").Text(); got != rare {
		t.Errorf("kept %q", got)
	}
	if told := p.view.Refusal("head_name"); told != widget.Undrawn(p.printer, rare) || !strings.Contains(told, "U+30000") {
		t.Errorf("the field says %q", told)
	}
	_ = p.Set("head_name", "陈秀英")
	if told := p.view.Refusal("head_name"); told != "" {
		t.Errorf("once it is mended the field says %q", told)
	}
}

func TestAmountIsPrintedPlainAndReadBack(t *testing.T) {
	p := open(t, formtest.MustForm(t, "demand"), today, formview.Options{}, fyne.NewSize(900, 1200))
	if err := p.Set("asked", "3万5"); err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(p.window.Written(), "35000") {
		t.Errorf("the entry is not 35000: %q", p.window.Written())
	}
	if !p.window.Shows("3.5万元") {
		t.Errorf("3.5万元 is not read back: %q", p.window.Written())
	}
}

func TestConditionsFollowAtOnce(t *testing.T) {
	var changes []string
	p := household(t, formview.Options{OnChange: func(path string) { changes = append(changes, path) }})
	if p.view.Shown("crops") {
		t.Fatal("crops is shown before the trade is known")
	}
	_ = p.Set("main_trade", "planting")
	if !p.view.Shown("crops") || !p.window.Shows("贡柑") {
		t.Error("crops is not shown")
	}
	_ = p.Set("main_trade", "labour")
	if p.view.Shown("crops") || p.window.Shows("贡柑") {
		t.Error("crops is still shown")
	}
	if want := []string{"main_trade", "main_trade", "main_trade"}; !cmp.Equal(want[:len(changes)], changes) || len(changes) < 2 {
		t.Errorf("OnChange got %q", changes)
	}
}

func TestCheckGoesToTheFirstThatBlocks(t *testing.T) {
	p := household(t, formview.Options{})
	if p.view.Check() {
		t.Fatal("an empty form is ready")
	}
	if p.view.Refusal("head_name") != p.printer.T("form.required") {
		t.Errorf("head_name: %q", p.view.Refusal("head_name"))
	}
	p.window.Type("陈秀英")
	if p.Session().Text("head_name") != "陈秀英" {
		t.Error("the focus is not on the first that blocks")
	}
}

func TestEnterGoesOn(t *testing.T) {
	submitted := 0
	p := household(t, formview.Options{Mode: formview.Sections, OnSubmit: func() { submitted++ }})
	p.view.Focus("head_name")
	p.window.Press(fyne.KeyReturn)
	p.window.Type("44")
	if p.Session().Text("resident_id") == "" {
		t.Error("Enter does not go to the next entry")
	}
	p.window.Press(fyne.KeyReturn)
	p.window.Type("13800138000")
	if got := p.Session().Text("phone"); got == "" {
		t.Error("Enter does not go on")
	}
}

// keyboard remembers what it was attached to.
type keyboard struct{ kinds []string }

func (k *keyboard) Attach(_ fyne.Focusable, kind string) { k.kinds = append(k.kinds, kind) }

func TestQuestionsOneByOne(t *testing.T) {
	var k keyboard
	p := household(t, formview.Options{Mode: formview.Questions, Keyboard: &k})
	p.view.Begin()
	if p.view.Next() {
		t.Fatal("goes on without the name")
	}
	p.window.Type("陈秀英")
	for _, want := range []string{"resident_id", "phone", "assisted"} {
		if !p.view.Next() || !p.view.Shown(want) || p.view.Shown("head_name") {
			t.Fatalf("the page after is not %s alone", want)
		}
	}
	if diff := cmp.Diff([]string{"text", "text", "id", "phone", ""}, k.kinds); diff != "" {
		t.Errorf("keyboards (-want +got):\n%s", diff)
	}
	at, of := p.view.Page()
	if at != 3 || of < 10 {
		t.Errorf("page %d of %d", at, of)
	}
	if !p.view.Back() || !p.view.Shown("phone") {
		t.Error("Back does not go back")
	}
}

func TestKeyOfAScreenKeyboardIsNotLeaving(t *testing.T) {
	var k keyboard
	p := household(t, formview.Options{Mode: formview.Questions, Keyboard: &k})
	p.view.Focus("phone")
	p.window.Type("1")
	p.window.Canvas().Unfocus() // as pressing a key of the keyboard does
	if got := p.view.Refusal("phone"); got != "" {
		t.Errorf("after one key: %q", got)
	}
}

func TestPagesFollowConditions(t *testing.T) {
	p := household(t, formview.Options{Mode: formview.Sections})
	_, before := p.view.Page()
	_ = p.Set("agree_finance", "yes")
	if _, after := p.view.Page(); after != before+2 {
		t.Errorf("%d pages, then %d", before, after)
	}
	if !p.view.Shown("agree_finance") {
		t.Error("another page is shown now")
	}
}

// places is a Regions that answers at once.
type places struct{ asked string }

func (p *places) Name(code string) string {
	if code == "441284105204" {
		return "大沙村"
	}
	return ""
}

func (p *places) Pick(current string, done func(string)) {
	p.asked = current
	done("441284105204")
}

func TestRegionIsPicked(t *testing.T) {
	p := household(t, formview.Options{Regions: &places{}})
	p.window.Tap(p.printer.T("uikit.form.pick"))
	if p.Session().Text("region_code") != "441284105204" || !p.window.Shows("大沙村") {
		t.Errorf("code %q, written %q", p.Session().Text("region_code"), p.window.Written())
	}
}

func TestReloadShowsWhatWasSetOutside(t *testing.T) {
	p := household(t, formview.Options{})
	if err := p.Session().Set("head_name", "李志强"); err != nil {
		t.Fatal(err)
	}
	p.view.Reload()
	if !p.window.Shows("李志强") {
		t.Error("the answer is not shown")
	}
}

func TestNothingIsCutOff(t *testing.T) {
	for _, look := range []theme.Look{{}, {Mode: theme.Elder}, {Place: theme.Kiosk}, {Place: theme.Kiosk, Mode: theme.Elder}} {
		uitest.Look(t, look)
		size := fyne.NewSize(1000, 700)
		if look.Place == theme.Kiosk {
			size = fyne.NewSize(1080, 1920)
		}
		p := open(t, formtest.MustForm(t, "household"), today, formview.Options{}, size)
		_ = p.Set("agree_finance", "yes")
		_, _ = p.AddRow("members")
		p.view.Check()
		p.window.AssertWhole()
		p.window.AssertTargets()
	}
}

// loaded draws a household whose phone is in dispute, and the name of its first member, shown as empty.
func loaded(t *testing.T, o formview.Options) *person {
	said := func(v record.Value, disputed bool) record.FieldState {
		return record.FieldState{Value: v, Version: 1, Disputed: disputed}
	}
	s := forms.New(formtest.MustForm(t, "household"), today)
	s.Load(record.Row{
		Header: record.Header{ID: ident.Record{1}, Kind: "household"},
		Fields: map[record.Field]record.FieldState{
			"head_name": said(record.OfText("陈秀英"), false), "phone": said(record.OfText("19900001234"), true),
		},
	}, record.Row{
		Header: record.Header{ID: ident.Record{2}, Kind: "member"},
		Fields: map[record.Field]record.FieldState{"name": said(record.Value{}, true), "relation": said(record.OfText("spouse"), false)},
	})
	v := formview.New(uitest.Printer(t), s, o)
	return &person{t: t, view: v, window: uitest.Open(t, v, fyne.NewSize(1000, 2400)), printer: uitest.Printer(t)}
}

// A field in dispute says so in its place, in rows too and where nothing stands in it, with what was said where that may
// be shown. Without, as on a kiosk, a word stands there and no value of others.
func TestDisputedFieldSaysSo(t *testing.T) {
	const word = "有不同的值"
	tags := func(p *person) (n int) {
		for _, text := range p.window.Written() {
			if text == word {
				n++
			}
		}
		return n
	}
	p := loaded(t, formview.Options{Said: func(id ident.Record, field record.Field) []string {
		return []string{fmt.Sprintf("另有%d：%s", id[0], field)}
	}})
	if n := tags(p); n != 2 || !p.window.Shows("另有1：phone") || !p.window.Shows("另有2：name") {
		t.Errorf("%d fields are marked, written %q", n, p.window.Written())
	}
	p.window.AssertWhole()

	_ = p.view.Session().RemoveRow("members", 0)
	p.view.Reload()
	if n := tags(p); n != 1 || p.window.Shows("另有2：name") {
		t.Errorf("%d fields are marked after the row went", n)
	}

	p = loaded(t, formview.Options{})
	if n := tags(p); n != 2 {
		t.Errorf("%d fields are marked without the values, written %q", n, p.window.Written())
	}
	for _, text := range p.window.Written() {
		if strings.HasPrefix(text, "另有") {
			t.Errorf("a value of others: %q", text)
		}
	}

	fresh := household(t, formview.Options{})
	if n := tags(fresh); n != 0 {
		t.Errorf("%d fields of a new form are marked", n)
	}
}

// TestManyRows types into a row far down a form of 1,000 rows: only the rows around it are drawn.
func TestManyRows(t *testing.T) {
	s := forms.New(formtest.MustForm(t, "every"), time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC))
	s.Restore(map[string]string{"m": "1000"})
	printer := uitest.Printer(t)
	v := formview.New(printer, s, formview.Options{})
	p := &person{t: t, view: v, window: uitest.Open(t, v, fyne.NewSize(900, 700)), printer: printer}
	if p.Visible("m.700.n") || !p.Visible("m.19.n") || p.Visible("m.20.n") {
		t.Error("other rows than the first twenty are drawn")
	}
	if err := p.Set("m.700.n", "6"); err != nil || s.Text("m.700.n") != "6" {
		t.Fatalf("set: %v, %q", err, s.Text("m.700.n"))
	}
	if !p.Visible("m.700.word") || p.Visible("m.19.n") || p.Visible("m.720.n") {
		t.Error("other rows are drawn than those around row 700")
	}
	p.window.Tap(printer.T("uikit.form.later"))
	if !p.Visible("m.720.n") || p.Visible("m.700.n") {
		t.Error("the next rows are not drawn")
	}
	if i, err := p.AddRow("m"); err == nil {
		t.Errorf("row %d beyond the limit", i)
	}
}

// camera takes the same picture every time.
type camera struct{ taken string }

func (c camera) Can(f *forms.Field) bool { return f.Type != forms.Sign }

func (c camera) Take(f *forms.Field, done func(string, forms.How)) {
	if f.Type == forms.Photo {
		done(c.taken, forms.Imported)
		return
	}
	done("A-17", forms.Scanned)
}

func TestCapture(t *testing.T) {
	blob := record.Attachment{Blob: record.Blob{Size: 3, MediaType: "image/jpeg"}, Key: []byte{1}}.Value()
	p := open(t, formtest.MustForm(t, "every"), time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC),
		formview.Options{Capture: camera{fmt.Sprintf("%x", blob.Bytes())}}, fyne.NewSize(900, 3000))
	p.window.Tap(p.printer.T("uikit.form.photo"))
	p.window.Tap(p.printer.T("uikit.form.scan"))
	s := p.Session()
	if !s.Value("photo").Equal(blob) || s.Text("licence") != "A-17" {
		t.Errorf("photo %v, licence %q", s.Value("photo"), s.Text("licence"))
	}
	how := map[string]forms.How{}
	for _, trace := range s.Trail() {
		how[trace.Path] = trace.How
	}
	if how["photo"] != forms.Imported || how["licence"] != forms.Scanned || how["length"] != forms.Computed {
		t.Errorf("how %v", how)
	}
}
