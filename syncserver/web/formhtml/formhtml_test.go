// SPDX-License-Identifier: Apache-2.0

package formhtml_test

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"yuexin/assets"
	"yuexin/shared/credit/forms"
	"yuexin/shared/credit/forms/formtest"
	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/syncserver/web/formhtml"
	"yuexin/syncserver/web/htmlcheck"
)

// person fills in a page as a browser without script does: what the page shows is sent, with one answer changed.
type person struct {
	t     *testing.T
	form  *forms.Form
	today time.Time
	print *i18n.Printer
	view  *formhtml.View
	body  string
}

func open(t *testing.T, form *forms.Form, today time.Time) *person {
	t.Helper()
	texts, err := i18n.Load(assets.Locales())
	if err != nil {
		t.Fatal(err)
	}
	p := &person{t: t, form: form, today: today, print: texts.Printer(i18n.ZhHans)}
	p.show(forms.New(form, today))
	return p
}

// show draws the page.
func (p *person) show(s *forms.Session, extra ...formhtml.Problem) {
	p.t.Helper()
	p.view = &formhtml.View{Session: s, Today: p.today, Print: p.print, Extra: extra}
	body, err := p.view.HTML()
	if err != nil {
		p.t.Fatal(err)
	}
	p.body = "<form>" + string(body) + "</form>"
}

// sent is what the browser would send of the page.
func (p *person) sent() url.Values {
	out := url.Values{}
	for _, n := range htmlcheck.Find(p.t, p.body, "input") {
		kind := htmlcheck.AttrOf(n, "type")
		if kind != "radio" && kind != "checkbox" || has(n, "checked") {
			out.Add(htmlcheck.AttrOf(n, "name"), htmlcheck.AttrOf(n, "value"))
		}
	}
	for _, n := range htmlcheck.Find(p.t, p.body, "textarea") {
		out.Add(htmlcheck.AttrOf(n, "name"), htmlcheck.TextOf(n))
	}
	for _, n := range htmlcheck.Find(p.t, p.body, "select") {
		for o := range n.Descendants() {
			if o.Data == "option" && has(o, "selected") {
				out.Add(htmlcheck.AttrOf(n, "name"), htmlcheck.AttrOf(o, "value"))
			}
		}
	}
	return out
}

func has(n *html.Node, attribute string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Key == attribute })
}

// send posts the page after a change.
func (p *person) send(change func(url.Values)) error {
	p.t.Helper()
	values := p.sent()
	change(values)
	s := forms.New(p.form, p.today)
	_, err := formhtml.Read(s, values)
	p.show(s)
	return err
}

func (p *person) Session() *forms.Session { return p.view.Session }

func (p *person) Set(path, text string) error {
	p.t.Helper()
	if !p.Visible(path) {
		return fault.New(fault.Invalid, "form.unknown").WithField(path)
	}
	field := p.element(formhtml.ID(path))
	if field.Data == "output" {
		return fault.New(fault.Invalid, "form.computed").WithField(path)
	}
	several := len(htmlcheck.Find(p.t, p.body, "#"+formhtml.ID(path)+" input[type=checkbox]")) > 0
	if err := p.send(func(v url.Values) {
		v.Del(path)
		if several {
			v[path] = strings.Split(text, ",")
		} else {
			v.Set(path, text)
		}
	}); err != nil {
		return err
	}
	f := p.Session().Fault(path)
	if f == nil {
		return nil
	}
	message, _ := p.print.Explain(f)
	if got := p.element("e-" + formhtml.ID(path)); got == nil || !strings.Contains(htmlcheck.TextOf(got), message) {
		p.t.Errorf("%s: the page does not say %q beside the field", path, message)
	}
	return f
}

func (p *person) AddRow(name string) (int, error) {
	n := p.Session().Rows(name)
	if err := p.press("add:" + name); err != nil {
		return 0, err
	}
	return n, nil
}

func (p *person) RemoveRow(name string, i int) error {
	return p.press("remove:" + name + ":" + strconv.Itoa(i))
}

// press presses a button, if the page has it.
func (p *person) press(value string) error {
	p.t.Helper()
	if !slices.ContainsFunc(htmlcheck.Find(p.t, p.body, "button"), func(b *html.Node) bool { return htmlcheck.AttrOf(b, "value") == value }) {
		p.t.Logf("the page has no button %s", value)
	}
	return p.send(func(v url.Values) { v.Set(formhtml.Button, value) })
}

func (p *person) element(id string) *html.Node {
	p.t.Helper()
	found := htmlcheck.Find(p.t, p.body, "#"+id)
	if len(found) == 0 {
		return nil
	}
	return found[0]
}

// Visible reports whether the field is on the page and not hidden by its style.
func (p *person) Visible(path string) bool {
	for n := p.element(formhtml.ID(path)); n != nil; n = n.Parent {
		if slices.Contains(strings.Fields(htmlcheck.AttrOf(n, "class")), "waits") {
			return false
		}
		if n.Data == "form" {
			return true
		}
	}
	return false
}

// The same cases as over the bare form and in windows.
func TestCases(t *testing.T) {
	formtest.Run(t, func(t *testing.T, form *forms.Form, today time.Time) formtest.Driver { return open(t, form, today) })
}

// Whoever does not see the page hears it: every question has a name, and what is wrong with it is told with it.
func TestAccessible(t *testing.T) {
	for _, name := range []string{"every", "demand", "household_survey", "visit"} {
		p := open(t, formtest.MustForm(t, name), time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC))
		for _, section := range p.form.Sections {
			for _, f := range section.Fields {
				if f.Type == forms.Rows {
					if _, err := p.AddRow(f.Name); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		p.view.Tried = true
		body, err := p.view.HTML()
		if err != nil {
			t.Fatal(err)
		}
		p.body = "<form>" + string(body) + "</form>"

		ids := map[string]int{}
		for n := range htmlcheck.Find(t, p.body, "form")[0].Descendants() {
			if id := htmlcheck.AttrOf(n, "id"); id != "" {
				ids[id]++
			}
		}
		for id, n := range ids {
			if n > 1 {
				t.Errorf("%s: %d elements are called %s", name, n, id)
			}
		}
		if len(ids) < 10 {
			t.Fatalf("%s has %d elements with a name", name, len(ids))
		}
		named := map[string]bool{}
		for _, n := range htmlcheck.Find(t, p.body, "label") {
			named[htmlcheck.AttrOf(n, "for")] = true
			for inner := range n.Descendants() {
				named[htmlcheck.AttrOf(inner, "id")] = true
			}
		}
		for _, kind := range []string{"input", "select", "textarea"} {
			for _, n := range htmlcheck.Find(t, p.body, kind) {
				if htmlcheck.AttrOf(n, "type") != "hidden" && !named[htmlcheck.AttrOf(n, "id")] {
					t.Errorf("%s: %s has no label", name, htmlcheck.AttrOf(n, "name"))
				}
			}
		}
		for n := range htmlcheck.Find(t, p.body, "form")[0].Descendants() {
			for _, id := range strings.Fields(htmlcheck.AttrOf(n, "aria-describedby") + " " + htmlcheck.AttrOf(n, "aria-labelledby")) {
				if ids[id] == 0 {
					t.Errorf("%s: %s is described by %s, which is not there", name, htmlcheck.AttrOf(n, "id"), id)
				}
			}
		}
		if len(p.view.Problems()) == 0 && name != "every" { // which requires nothing
			t.Errorf("%s: an empty form lacks nothing", name)
		}
		for _, problem := range p.view.Problems() {
			field := p.element(problem.ID)
			if problem.Path == "" || field == nil || problem.Label == "" || problem.Message == "" {
				t.Errorf("%s: the summary leads to nothing: %+v", name, problem)
			} else if htmlcheck.AttrOf(field, "aria-invalid") != "true" && field.Data != "div" {
				t.Errorf("%s: %s is not said to be wrong", name, problem.Path)
			}
		}
	}
}

// What was typed into a question that does not apply any more is kept on the page, and counts for nothing.
func TestWhatDoesNotApplyIsKept(t *testing.T) {
	p := open(t, formtest.MustForm(t, "demand"), time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC))
	for _, step := range [][2]string{{"contact", "own"}, {"phone", "19900001234"}, {"contact", "village"}} {
		if err := p.Set(step[0], step[1]); err != nil {
			t.Fatal(err)
		}
	}
	if _, counts := p.Session().Fields()["phone"]; counts || p.Visible("phone") {
		t.Error("the phone still counts")
	}
	if err := p.Set("contact", "own"); err != nil {
		t.Fatal(err)
	}
	if got := p.Session().Text("phone"); got != "19900001234" || !p.Visible("phone") {
		t.Errorf("the phone is %q", got)
	}
}

// Where the style sheet can tell what is chosen, it shows at once what the server would show after the next submit.
func TestStyleKnowsWhatApplies(t *testing.T) {
	p := open(t, formtest.MustForm(t, "demand"), time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC))
	for _, want := range []string{
		"form:has(#contact-own:checked) .w-phone{display:grid}",
		"form:has(#contact-helper:checked) .w-helper_name,form:has(#contact-helper:checked) .w-phone{display:grid}",
		"form:has(#purpose-other:checked) .w-purpose_text{display:grid}",
	} {
		if !strings.Contains(p.view.CSS(), want) {
			t.Errorf("the style lacks %s:\n%s", want, p.view.CSS())
		}
	}
	if err := p.Set("contact", "helper"); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"form:has(#contact-own:checked) .w-helper_name{display:none}", "form:has(#contact-village:checked) .w-helper_name,form:has(#contact-village:checked) .w-phone{display:none}"} {
		if !strings.Contains(p.view.CSS(), want) {
			t.Errorf("the style lacks %s:\n%s", want, p.view.CSS())
		}
	}
	if strings.Contains(p.view.CSS(), "#contact-helper:") {
		t.Error("what is chosen already has a rule")
	}
}

// A warning asks for a reason where there is one to give it to, and keeps it.
func TestReasons(t *testing.T) {
	p := open(t, formtest.MustForm(t, "demand"), time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC))
	for _, step := range [][2]string{{"purpose", "living"}, {"term_months", "48"}} {
		if err := p.Set(step[0], step[1]); err != nil {
			t.Fatal(err)
		}
	}
	if len(p.view.Problems()) != 0 || len(p.Session().Unexplained()) != 1 {
		t.Fatalf("problems %+v, unexplained %+v", p.view.Problems(), p.Session().Unexplained())
	}
	p.view.AskReasons = true
	body, err := p.view.HTML()
	if err != nil {
		t.Fatal(err)
	}
	p.body = "<form>" + string(body) + "</form>"
	if err := p.send(func(v url.Values) { v.Set("reason:long_living@term_months", "孩子上大学") }); err != nil {
		t.Fatal(err)
	}
	if len(p.Session().Unexplained()) != 0 {
		t.Error("the reason is lost")
	}
}

// Nothing that was typed, and no code that was made up, becomes part of the page.
func TestScriptIsHarmless(t *testing.T) {
	const script = `"><script>alert(1)</script>`
	for _, name := range []string{"every", "demand"} {
		form := formtest.MustForm(t, name)
		values := url.Values{}
		for _, section := range form.Sections {
			for _, f := range section.Fields {
				values.Set(f.Name, script)
				if f.Type == forms.Rows {
					values.Set(f.Name, "2")
				}
				for _, inner := range f.Fields {
					values.Set(f.Name+".0."+inner.Name, script)
				}
			}
		}
		today := time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC)
		p, s := open(t, form, today), forms.New(form, today)
		if _, err := formhtml.Read(s, values); err != nil {
			t.Fatal(err)
		}
		p.show(s)
		if strings.Contains(p.body, "<script") || strings.Contains(p.view.CSS(), "script") {
			t.Errorf("%s: script gets into the page", name)
		}
	}
}

// FuzzRead: whatever a page is said to have sent, the answer is a page, and no more rows than the form has.
func FuzzRead(f *testing.F) {
	for _, seed := range []string{
		"asked=5%E4%B8%87&purpose=planting", "do=add:parcels", "do=remove:parcels:0&parcels=3", "do=remove:x:y", "parcels=99999999999", "parcels=-1&do=",
	} {
		f.Add(seed)
	}
	form := formtest.MustForm(f, "every")
	texts, err := i18n.Load(assets.Locales())
	if err != nil {
		f.Fatal(err)
	}
	today := time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, query string) {
		values, err := url.ParseQuery(query)
		if err != nil {
			return
		}
		s := forms.New(form, today)
		handIn, err := formhtml.Read(s, values)
		if handIn && err != nil {
			t.Errorf("handed in with %v", err)
		}
		v := &formhtml.View{Session: s, Today: today, Print: texts.Printer(i18n.En), Tried: handIn}
		if _, err := v.HTML(); err != nil {
			t.Error(err)
		}
		for _, section := range form.Sections {
			for _, field := range section.Fields {
				if field.Type == forms.Rows && s.Rows(field.Name) > field.MaxRows {
					t.Errorf("%d rows of %s", s.Rows(field.Name), field.Name)
				}
			}
		}
	})
}
