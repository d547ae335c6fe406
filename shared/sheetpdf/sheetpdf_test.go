// SPDX-License-Identifier: Apache-2.0

package sheetpdf_test

import (
	"bytes"
	"encoding/hex"
	"image/png"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"yuexin/assets"
	"yuexin/shared/credit/consent"
	"yuexin/shared/credit/forms"
	"yuexin/shared/credit/sheet"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/region"
	"yuexin/shared/scanner"
	"yuexin/shared/sheetpdf"
	"yuexin/shared/sync/record"
)

var printed = time.Date(2026, 11, 27, 9, 30, 0, 0, time.UTC)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// desk is what an order needs beside its form.
type desk struct {
	template *sheet.Template
	consents *consent.Policy
	texts    *i18n.Catalogue
	regions  *region.Tree
}

func newDesk(t testing.TB) desk {
	t.Helper()
	policies := assets.Folder("policies")
	return desk{
		template: must(sheet.ParseTemplate(must(policies.Open("paper-1.json")))),
		consents: must(consent.Parse(must(policies.Open("consent-1.json")))),
		texts:    must(i18n.Load(assets.Locales())),
		regions:  must(region.Load(assets.Regions())),
	}
}

func allForms(t testing.TB) []*forms.Form {
	t.Helper()
	var out []*forms.Form
	folder := assets.Folder("forms")
	for _, name := range must(fs.Glob(folder, "*.json")) {
		out = append(out, must(forms.Parse(must(folder.Open(name)))))
	}
	return out
}

// order is a document of the form: blank, or of a record whose every question is answered.
func (d desk) order(t testing.TB, form *forms.Form, lang i18n.Lang, filled bool) sheetpdf.Order {
	t.Helper()
	o := sheetpdf.Order{
		Template: d.template, Session: forms.New(form, printed), Host: "xy.gdnybank.cn", Print: d.texts.Printer(lang), Created: printed,
		Wording: func(purpose string) string {
			w, _ := d.consents.Current(purpose, printed)
			return w.In(lang, "四会农商银行")
		},
		Region: func(code string) string { return d.regions.PathName(region.Code(code)) },
	}
	if filled {
		o.Filled, o.Record, o.Village, o.Sample = true, ident.Record{1, 0x93, 7, 6, 5}, "四会市大沙镇富溪村", true
		fill(t, o.Session)
	}
	return o
}

// fill answers every question of a form.
func fill(t testing.TB, s *forms.Session) {
	t.Helper()
	for _, section := range s.Form().Sections {
		for _, f := range section.Fields {
			if f.Type != forms.Rows {
				put(t, s, f, f.Name)
				continue
			}
			for range 3 {
				i, err := s.AddRow(f.Name)
				if err != nil {
					t.Fatal(err)
				}
				for _, inner := range f.Fields {
					put(t, s, inner, f.Name+"."+string(rune('0'+i))+"."+inner.Name)
				}
			}
		}
	}
}

func put(t testing.TB, s *forms.Session, f *forms.Field, path string) {
	t.Helper()
	if !f.Asked() {
		return
	}
	if err := s.Set(path, answerTo(s, f, path)); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

func answerTo(s *forms.Session, f *forms.Field, path string) string {
	switch f.Type {
	case forms.Choice:
		if options := s.Options(path); len(options) > 0 {
			return options[len(options)/2].Code
		}
		return ""
	case forms.Choices:
		return f.Options[0].Code + "," + f.Options[len(f.Options)-1].Code
	case forms.YesNo:
		return "yes"
	case forms.Money:
		return "12600.5"
	case forms.Area:
		return "3.25"
	case forms.Number:
		if f.Name == "figures_year" {
			return "2025"
		}
		if f.MinText > "1" {
			return f.MinText
		}
		return "6"
	case forms.Decimal:
		return "2.5"
	case forms.Date:
		return "2026-11-27"
	case forms.Time:
		return "2026-11-27 15:04"
	case forms.GPS:
		return "23.046947,112.465012,5,gnss"
	case forms.Photo, forms.Sign:
		return hex.EncodeToString(record.Attachment{Blob: record.Blob{Size: 9, MediaType: "image/png"}, Key: []byte{1}}.Value().Bytes())
	}
	switch f.Format {
	case forms.ResidentID:
		return "441284197203150002"
	case forms.USCC:
		return "91000000MA00000157"
	case forms.Mobile:
		return "19900001234"
	case forms.Region:
		return "441284105205"
	}
	if f.MaxLen >= 100 {
		return strings.Repeat("住在村口大榕树旁边的第二排，", 3)
	}
	return "陈秀英"
}

// write draws an order and puts the document into a file.
func write(t testing.TB, o sheetpdf.Order) (file string, result sheetpdf.Result) {
	t.Helper()
	var out bytes.Buffer
	result, err := sheetpdf.Write(&out, o)
	if err != nil {
		t.Fatal(err)
	}
	dir := os.Getenv("SHEETS") // to look at them
	name := o.Session.Form().Name
	if dir == "" {
		dir = t.TempDir()
	}
	if o.Filled {
		name += "-filled"
	}
	file = filepath.Join(dir, name+"-"+string(o.Print.Lang())+".pdf")
	if err := os.WriteFile(file, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return file, result
}

func tool(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).Output()
	if err != nil {
		t.Fatalf("%s (see .ci/setup.sh): %v", name, err)
	}
	return string(out)
}

// Every form, blank and filled in, in both languages: the same bytes twice, every word on its page and none upon another.
func TestEveryForm(t *testing.T) {
	d := newDesk(t)
	for _, form := range allForms(t) {
		for _, lang := range i18n.Langs() {
			for _, filled := range []bool{false, true} {
				t.Run(form.Name+"/"+string(lang)+"/"+strconv.FormatBool(filled), func(t *testing.T) {
					file, result := write(t, d.order(t, form, lang, filled))
					if filled {
						again, _ := write(t, d.order(t, form, lang, filled))
						if !bytes.Equal(must(os.ReadFile(file)), must(os.ReadFile(again))) {
							t.Error("the same order gives other bytes")
						}
					}
					if len(result.Lacking) > 0 {
						t.Errorf("the face lacks %q", string(result.Lacking))
					}
					wantTidy(t, file)
				})
			}
		}
	}
}

// word is a word on a page, in points from the upper left corner.
var word = regexp.MustCompile(`<word xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)">([^<]*)</word>`)

type box struct {
	left, top, right, bottom float64
	text                     string
}

// wantTidy reads a document back by poppler.
func wantTidy(t *testing.T, file string) {
	t.Helper()
	for n, page := range strings.Split(tool(t, "pdftotext", "-bbox", file, "-"), "<page ")[1:] {
		var seen []box
		for _, m := range word.FindAllStringSubmatch(page, -1) {
			b := box{number(m[1]), number(m[2]), number(m[3]), number(m[4]), m[5]}
			if b.left < 20 || b.right > 575 || b.top < 20 || b.bottom > 836 {
				t.Errorf("page %d: %q is at %v", n+1, b.text, b)
			}
			for _, other := range seen {
				across, down := min(b.right, other.right)-max(b.left, other.left), min(b.bottom, other.bottom)-max(b.top, other.top)
				if across > 1 && down > 0.45*min(b.bottom-b.top, other.bottom-other.top) {
					t.Errorf("page %d: %q lies on %q", n+1, b.text, other.text)
				}
			}
			seen = append(seen, b)
		}
		if len(seen) < 10 {
			t.Errorf("page %d has %d words", n+1, len(seen))
		}
	}
}

func number(text string) float64 { return must(strconv.ParseFloat(text, 64)) }

// The code of every page, as a scanner of 150 dots an inch sees it, names record, form and page; zbar and the reader of
// the programs agree.
func TestCodesAreReadBack(t *testing.T) {
	d := newDesk(t)
	for _, form := range allForms(t) {
		if form.Name != "household_survey" {
			continue
		}
		o := d.order(t, form, i18n.ZhHans, true)
		o.Stamp = "陈向东 2026-11-27 17:30"
		file, result := write(t, o)
		if !strings.Contains(strings.NewReplacer("\n", "", " ", "").Replace(tool(t, "pdftotext", "-raw", file, "-")), o.Stamp[:len("陈向东")]) {
			t.Error("the pages do not tell who had them printed")
		}
		pages := filepath.Join(t.TempDir(), "page")
		tool(t, "pdftoppm", "-r", "150", "-gray", "-png", file, pages)
		for n := 1; n <= result.Pages; n++ {
			picture := pages + "-" + strconv.Itoa(n) + ".png"
			want := sheet.Token{Form: form.Name, Version: form.Version, Record: o.Record, Page: n}
			for reader, text := range map[string]string{
				"zbar":    strings.TrimSpace(tool(t, "zbarimg", "--quiet", "--raw", picture)),
				"scanner": must(scanner.Image(must(png.Decode(must(os.Open(picture)))))),
			} {
				if got, err := sheet.ParseToken(text); err != nil || got != want {
					t.Errorf("page %d by %s: %q is %v, %v, want %v", n, reader, text, got, err, want)
				}
			}
		}
	}
}

// What the face lacks is never a silent box: the sheet says so, and whoever prints it hears which characters they are.
func TestLackingCharactersAreTold(t *testing.T) {
	d := newDesk(t)
	for _, form := range allForms(t) {
		if form.Name != "demand" {
			continue
		}
		o := d.order(t, form, i18n.ZhHans, true)
		if err := o.Session.Set("applicant_name", "陈😀英𣒍"); err != nil {
			t.Fatal(err)
		}
		file, result := write(t, o)
		if string(result.Lacking) != "😀" {
			t.Errorf("lacking %q", string(result.Lacking))
		}
		text := tool(t, "pdftotext", file, "-")
		if !strings.Contains(text, "陈〓英") || !strings.Contains(text, "请手写补上") {
			t.Errorf("the sheet does not say that a character is missing:\n%s", text)
		}
	}
}

// A blank sheet tells nothing of the session, and asks for everything, whatever depends on it.
func TestBlankSheetAsksForEverything(t *testing.T) {
	d := newDesk(t)
	for _, form := range allForms(t) {
		o := d.order(t, form, i18n.ZhHans, false)
		fill(t, o.Session)
		file, _ := write(t, o)
		text := strings.NewReplacer("\n", "", " ", "").Replace(tool(t, "pdftotext", file, "-"))
		for _, private := range []string{"陈秀英", "441284197203150002", "12,600.50"} {
			if strings.Contains(text, private) {
				t.Errorf("the blank sheet of %s holds %s", form.Name, private)
			}
		}
		for _, section := range form.Sections {
			if !strings.Contains(text, section.Title.In(o.Print)) {
				t.Errorf("the blank sheet of %s lacks %s", form.Name, section.Name)
			}
		}
	}
}
