// SPDX-License-Identifier: Apache-2.0

package i18n

import (
	"strconv"
	"strings"

	"yuexin/shared/fault"
	"yuexin/shared/money"
)

// Endings of the two count forms of a key, and the argument that chooses between them.
const (
	oneForm   = ".one"
	otherForm = ".other"
	countArg  = "n"
)

// Printer writes texts in one language. It is safe for concurrent use.
type Printer struct {
	catalogue *Catalogue
	lang      Lang
}

// Lang returns the printer's language.
func (p *Printer) Lang() Lang { return p.lang }

// T returns the text of a key with its places filled from name and value in turn: T("sync.waiting", "n", "3"). A text
// that is missing is taken from the other language, and is ⟦key⟧ when it is in neither; a place without a value stays
// as it is. Both are remembered, see Catalogue.Missing. An amount or area (money.Fen.Arg) is told as the language does.
func (p *Printer) T(key string, pairs ...string) string {
	args := make(map[string]string, len(pairs)/2)
	for i := 0; i+1 < len(pairs); i += 2 {
		args[pairs[i]] = pairs[i+1]
	}
	return p.Text(key, args)
}

// Text is T with the values in a map, which it does not change.
func (p *Printer) Text(key string, args map[string]string) string {
	if text, found := lookUp(p.catalogue.texts[p.lang], key, args); found {
		return p.fill(key, text, args)
	}
	p.catalogue.miss(p.lang, key)
	for _, lang := range Langs() {
		if text, found := lookUp(p.catalogue.texts[lang], key, args); found {
			return p.fill(key, text, args)
		}
	}
	return "⟦" + key + "⟧"
}

// Has reports whether some language has a text for the key.
func (p *Printer) Has(key string) bool {
	for _, lang := range Langs() {
		texts := p.catalogue.texts[lang]
		if _, found := texts[key]; found || hasForms(texts, key) {
			return true
		}
	}
	return false
}

// Explain returns what a person is told about an error: what happened, and what to do. An error without a text of its
// own gets the general sentence of its kind; nil gives two empty strings. The result may hold personal data of the
// person in front of the screen (fault.Error.Personal): show it, never log it.
func (p *Printer) Explain(err error) (message, hint string) {
	if err == nil {
		return "", ""
	}
	e := fault.From(err)
	if e.Key == "" || !p.Has(e.Key) {
		if e.Key != "" {
			p.catalogue.miss(p.lang, e.Key)
		}
		e = fault.New(e.Kind, "")
	}
	values := e.Values()
	hintKey := e.Hint
	if hintKey == "" {
		hintKey = e.Key + ".hint"
	}
	return p.Text(e.Key, values), p.Text(hintKey, values)
}

func hasForms(texts map[string]string, key string) bool {
	_, one := texts[key+oneForm]
	_, other := texts[key+otherForm]
	return one && other
}

func lookUp(texts map[string]string, key string, args map[string]string) (string, bool) {
	if text, found := texts[key]; found {
		return text, true
	}
	if !hasForms(texts, key) {
		return "", false
	}
	if args[countArg] == "1" {
		return texts[key+oneForm], true
	}
	return texts[key+otherForm], true
}

// fill replaces {name} by its value. Values are not searched for places again.
func (p *Printer) fill(key, text string, args map[string]string) string {
	var out strings.Builder
	for {
		before, name, after, found := nextPlace(text)
		out.WriteString(before)
		if !found {
			return out.String()
		}
		value, given := args[name]
		if !given {
			value, given = p.told(args, name)
		}
		if !given {
			value = "{" + name + "}"
			p.catalogue.miss(p.lang, key+" "+value)
		}
		out.WriteString(value)
		text = after
	}
}

// told returns the amount or area of land among args that fills a place.
func (p *Printer) told(args map[string]string, place string) (string, bool) {
	if text, given := args[place+money.FenArg]; given {
		n, err := strconv.ParseInt(text, 10, 64)
		return p.Money(money.Fen(n)), err == nil
	}
	text, given := args[place+money.AreaArg]
	n, err := strconv.ParseInt(text, 10, 64)
	return p.Area(money.Area(n)), given && err == nil
}

// nextPlace cuts a text around its first {name}; without one, before is the whole text.
func nextPlace(text string) (before, name, after string, found bool) {
	before, rest, open := strings.Cut(text, "{")
	if !open {
		return text, "", "", false
	}
	name, after, found = strings.Cut(rest, "}")
	if !found {
		return text, "", "", false
	}
	return before, name, after, true
}
