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
