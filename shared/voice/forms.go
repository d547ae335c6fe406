// SPDX-License-Identifier: Apache-2.0

package voice

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"yuexin/shared/credit/consent"
	"yuexin/shared/credit/forms"
	"yuexin/shared/credit/rulebook"
	"yuexin/shared/i18n"
	"yuexin/shared/sync/record"
)

// OfRules returns a book with everything that a role says by a set of rules: the forms that it may hand in, the wordings of
// consents, and the states of a demand.
func OfRules(b *Book, rules *rulebook.Book, role record.Role, texts *i18n.Catalogue) *Book {
	var more []Script
	for _, name := range slices.Sorted(maps.Keys(rules.Forms)) {
		if form := rules.Forms[name]; rules.Access.Allows(role, form.Kind, record.C2, record.CanCreate) {
			more = append(more, OfForm(form, texts)...)
		}
	}
	more = append(more, OfConsents(rules.Consent)...)
	for _, state := range rules.Lending.States() {
		more = append(more, OfText(state.Name.Key(), texts))
	}
	return b.With(more...)
}

// TextID is the script of a text of the screens.
func TextID(key string) string { return "text." + key }

// OfText returns the script that says what a text of the screens writes.
func OfText(key string, texts *i18n.Catalogue) Script {
	s := Script{ID: TextID(key), Asked: true, Text: map[i18n.Tongue]string{}}
	for _, t := range i18n.Tongues() {
		s.Text[t] = plain(texts.Printer(t.Lang()).T(key))
	}
	return s
}

// FieldID is the script of a question; field is its path in the form, as "members.birth_date".
func FieldID(form, field string) string { return "form." + form + "." + field }

// OptionID is the script of a choice of a question.
func OptionID(form, field, code string) string { return FieldID(form, field) + "." + code }

// WordingID is the script of an edition of what somebody agrees to.
func WordingID(purpose string, edition uint32) string {
	return "consent." + purpose + "." + strconv.FormatUint(uint64(edition), 10)
}

// OfForm returns the scripts of a form: each question with its help, and each choice. In Cantonese it is read as it is
// written; a book that has a better text under the same id keeps it.
func OfForm(form *forms.Form, texts *i18n.Catalogue) []Script {
	r := reader{form: form.Name, texts: texts}
	for _, section := range form.Sections {
		r.fields("", section.Fields)
	}
	return r.scripts
}

// reader turns what a form writes into scripts.
type reader struct {
	form    string
	texts   *i18n.Catalogue
	scripts []Script
}

func (r *reader) fields(above string, fields []*forms.Field) {
	for _, f := range fields {
		path := above + f.Name
		r.add(FieldID(r.form, path), f.Label, f.Help)
		for _, o := range f.Options {
			r.add(OptionID(r.form, path, o.Code), o.Label)
		}
		r.fields(path+".", f.Fields)
	}
}

func (r *reader) add(id string, labels ...forms.Label) {
	text := map[i18n.Tongue]string{}
	for _, t := range i18n.Tongues() {
		p := r.texts.Printer(t.Lang())
		var said []string
		for _, l := range labels {
			if words := l.In(p); words != "" {
				said = append(said, ended(words, t))
			}
		}
		text[t] = plain(strings.Join(said, ""))
	}
	if text[i18n.Mandarin] != "" {
		r.scripts = append(r.scripts, Script{ID: id, Text: text})
	}
}

// ended ends a text with a full stop, so that one is heard.
func ended(text string, t i18n.Tongue) string {
	if strings.HasSuffix(text, "。") || strings.HasSuffix(text, ".") || strings.HasSuffix(text, "？") || strings.HasSuffix(text, "?") {
		return text
	}
	if t == i18n.English {
		return text + ". "
	}
	return text + "。"
}

// plain leaves out what would be taken for a place.
func plain(text string) string { return strings.NewReplacer("{", "", "}", "").Replace(text) }

// OfConsents returns the scripts of all wordings. They are read when somebody asks, since they name who gets the data.
func OfConsents(p *consent.Policy) []Script {
	var out []Script
	for _, w := range p.Wordings() {
		s := Script{ID: WordingID(w.Purpose, w.Edition), Asked: true, Text: map[i18n.Tongue]string{}}
		for _, t := range i18n.Tongues() {
			// brackets of the text itself could not be told from the place of the recipient
			s.Text[t] = strings.ReplaceAll(plain(w.In(t.Lang(), "\x00")), "\x00", "{recipient:name}")
		}
		out = append(out, s)
	}
	return out
}
