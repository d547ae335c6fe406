// SPDX-License-Identifier: Apache-2.0

package console

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"

	"yuexin/assets"
	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/money"
)

//go:embed templates/*.html
var templateFiles embed.FS

// zone is the time zone of every page: the pages are about Guangdong, whatever
// the server's own setting is.
var zone = time.FixedZone("UTC+8", 8*60*60)

// pages holds one template set per page: the frame, the pieces and the page.
type pages struct{ byName map[string]*template.Template }

func loadPages() (*pages, error) {
	shared, err := template.New("").Funcs(template.FuncMap{"dict": dict, "either": either, "fen": fen}).ParseFS(templateFiles, "templates/_*.html")
	if err != nil {
		return nil, fmt.Errorf("read shared templates: %w", err)
	}
	names, err := fs.Glob(templateFiles, "templates/[a-z]*.html")
	if err != nil {
		return nil, err
	}
	p := &pages{byName: make(map[string]*template.Template, len(names))}
	for _, file := range names {
		set, err := shared.Clone()
		if err == nil {
			set, err = set.ParseFS(templateFiles, file)
		}
		if err != nil {
			return nil, fmt.Errorf("read template %s: %w", file, err)
		}
		p.byName[strings.TrimSuffix(path.Base(file), ".html")] = set
	}
	return p, nil
}

// dict makes the argument of a piece from names and values in turn.
func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, errors.New("dict: a name without a value")
	}
	m := make(map[string]any, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, errors.New("dict: a name is a text")
		}
		m[name] = pairs[i+1]
	}
	return m, nil
}

// either returns yes if the condition holds and no otherwise, as texts.
func either(condition bool, yes, no any) string {
	if condition {
		return fmt.Sprint(yes)
	}
	return fmt.Sprint(no)
}

// fen makes a plain number of an amount.
func fen(f money.Fen) int64 { return int64(f) }

// show writes a whole page. Nothing is sent before the template has succeeded.
func (c *Console) show(w http.ResponseWriter, status int, page string, data any) error {
	var b bytes.Buffer
	if err := c.pages.byName[page].ExecuteTemplate(&b, "frame", data); err != nil {
		return fmt.Errorf("draw page %s: %w", page, err)
	}
	if n, ok := w.(*notedWriter); ok {
		n.what = page
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, err := b.WriteTo(w)
	return err
}

// frame is what every page shows around its content, and how it speaks.
type frame struct {
	print *i18n.Printer

	Base   string
	Page   string // name, for the title and the menu
	Path   string // with query, to come back to
	Menu   []menuItem
	Name   string // of the person, "" before the login
	Role   string
	Sample bool
	Flash  string
	Now    time.Time
	Alert  *problem
}

type menuItem struct {
	Page   Page
	Active bool
}

func (c *Console) frame(v *visit, r *http.Request, page string) *frame {
	f := &frame{
		print: v.print, Base: c.Base, Page: page, Path: r.URL.RequestURI(),
		Sample: c.Sample, Flash: v.flash, Alert: v.alert, Now: c.Now().In(zone),
	}
	if r.Method != http.MethodGet {
		f.Path = c.Base + "/"
	}
	if !v.known() {
		return f
	}
	f.Name, f.Role = v.user.Display, string(v.user.Login.Role)
	for _, p := range c.pagesFor(v.user.Login.Role) {
		f.Menu = append(f.Menu, menuItem{Page: p, Active: string(p) == page})
	}
	return f
}

// T returns a text; the arguments are names and values in turn.
func (f *frame) T(key string, pairs ...any) string {
	texts := make([]string, len(pairs))
	for i, p := range pairs {
		texts[i] = fmt.Sprint(p)
	}
	return f.print.T(key, texts...)
}

// Lang returns the page's language, for the html element.
func (f *frame) Lang() string { return string(f.print.Lang()) }

// OtherLang returns the language the page is not in.
func (f *frame) OtherLang() string {
	if f.print.Lang() == i18n.En {
		return string(i18n.ZhHans)
	}
	return string(i18n.En)
}

// Money returns an amount in fen as a person reads it, and a dash for none.
func (f *frame) Money(fen int64) string {
	if fen == 0 {
		return "—"
	}
	return f.print.Money(money.Fen(fen))
}

// Mu returns an area in hundredths of a mu as a person reads it.
func (f *frame) Mu(n int64) string { return f.print.T("console.area.mu", "n", hundredths(n)) }

// Number returns a count with its groups of digits.
func (f *frame) Number(n int) string { return f.print.Number(int64(n)) }

// Time returns day and minute.
func (f *frame) Time(t time.Time) string { return f.print.DateTime(t.In(zone)) }

// Date returns the day.
func (f *frame) Date(t time.Time) string { return f.print.Date(t.In(zone)) }

// Ago returns how long ago a moment was.
func (f *frame) Ago(t time.Time) string { return f.print.Ago(t.In(zone), f.Now) }

// problem is a message with what to do about it.
type problem struct{ Message, Hint string }

func problemOf(p *i18n.Printer, err error) *problem {
	message, hint := p.Explain(err)
	return &problem{message, hint}
}

// handler answers one request; an error it returns becomes a page.
type handler func(w http.ResponseWriter, r *http.Request, v *visit) error

// answer makes an http.Handler of h, which belongs to a page.
func (c *Console) answer(page Page, h handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v, err := c.visit(r)
		if err == nil {
			err = c.noted(w, r, v, page, h)
		}
		if err != nil {
			c.fail(w, r, v, err)
		}
	})
}

type faultPage struct {
	*frame
	Problem *problem
}

// fail answers with the error's message and hint. Only what nobody planned for
// is logged, without the address's query and without any name.
func (c *Console) fail(w http.ResponseWriter, r *http.Request, v *visit, err error) {
	kind := fault.KindOf(err)
	if kind == fault.Internal || kind == fault.Corrupt {
		c.Log.Error("page failed", slogRoute(r), fault.Attr(err))
	}
	page := faultPage{c.frame(v, r, "fault"), problemOf(v.print, err)}
	if err := c.show(w, kind.HTTP(), "fault", page); err != nil {
		c.Log.Error("page of a fault failed", fault.Attr(err))
	}
}

func (c *Console) onUnknown(http.ResponseWriter, *http.Request, *visit) error {
	return fault.New(fault.NotFound, "console.no_page")
}

// onHome leads to the first page that the visitor has.
func (c *Console) onHome(w http.ResponseWriter, r *http.Request, v *visit) error {
	if !v.known() {
		c.toLogin(w, r)
		return nil
	}
	pages := c.pagesFor(v.user.Login.Role)
	if len(pages) == 0 {
		return fault.New(fault.NotAllowed, "console.not_your_page")
	}
	http.Redirect(w, r, c.Base+"/"+string(pages[0]), http.StatusSeeOther)
	return nil
}

// assetTypes are the files that pages may ask for.
var assetTypes = map[string]string{
	"yuexin.css":  "text/css; charset=utf-8",
	"console.css": "text/css; charset=utf-8",
	"icons.svg":   "image/svg+xml",
	"mark.svg":    "image/svg+xml",
	"chevron.svg": "image/svg+xml",
	"htmx.min.js": "text/javascript; charset=utf-8",
}

func (c *Console) onAsset(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("file")
	kind, known := assetTypes[name]
	if !known {
		http.NotFound(w, r)
		return
	}
	data, err := fs.ReadFile(assets.Folder("web"), name)
	if err != nil {
		c.Log.Error("file of the web pages is missing", fault.Attr(err))
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", "public, max-age=3600")
	http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(data))
}
