// SPDX-License-Identifier: Apache-2.0

package xlsform

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// plainTypes are the types that need nothing else.
var plainTypes = map[string]string{
	"text": "text", "integer": "number", "decimal": "decimal", "date": "date", "datetime": "time", "geopoint": "gps",
	"image": "photo", "barcode": "text", "note": "note", "acknowledge": "yes_no",
}

// numbers and textForms are what format may say of a number and of a text.
var (
	numbers   = []string{"money", "area", "number", "decimal"}
	results   = []string{"money", "area", "number", "decimal", "text", "yes_no", "date"}
	textForms = []string{"multiline", "resident_id", "uscc", "mobile", "region", "code"}
)

// typeOf returns the form's type and format, "" for a type that there is none for.
func (r *reader) typeOf(l line, verb, list string) (typ, format string) {
	format = strings.ToLower(l.get("format"))
	switch {
	case verb == "calculate" && format == "":
		return "decimal", ""
	case verb == "calculate" && slices.Contains(results, format):
		return format, ""
	case verb == "select_one" && r.isYesNo(list):
		return "yes_no", ""
	case verb == "select_one":
		return "choice", ""
	case verb == "select_multiple":
		return "choices", ""
	case verb == "image" && l.get("appearance") == "signature":
		return "sign", ""
	case verb == "barcode" && format == "":
		return "text", "code"
	case verb == "text" && l.get("appearance") == "multiline":
		return "text", "multiline"
	case (verb == "integer" || verb == "decimal") && slices.Contains(numbers, format):
		return format, ""
	case verb == "text" && slices.Contains(textForms, format):
		return "text", format
	case format == "":
		return plainTypes[verb], ""
	}
	return "", ""
}

// isYesNo says whether a list is yes and no.
func (r *reader) isYesNo(list string) bool {
	var codes []string
	for _, l := range r.lists[list] {
		codes = append(codes, l.get("name"))
	}
	slices.Sort(codes)
	return slices.Equal(codes, []string{"no", "yes"})
}

// question reads a row that asks something.
func (r *reader) question(l line, verb, list string) {
	f := &fieldFile{
		Name: l.get("name"), Record: l.get("record"), Help: r.text(l, "hint", false), from: l,
		Min: l.get("min"), Max: l.get("max"), Level: l.get("level"), Under: l.get("under"),
	}
	if f.Type, f.Format = r.typeOf(l, verb, list); f.Type == "" {
		r.wrong(l, "type", invalid("type", "type", strings.TrimSpace(l.get("type")+" "+l.get("format"))))
		return
	}
	f.Hidden = verb == "calculate"
	f.Label = r.text(l, "label", !f.Hidden)
	if f.Hidden && f.Label != nil {
		f.Hidden = false // somebody wants to see it
	}
	if strings.HasPrefix(verb, "select_") {
		r.options(f, l, list)
	}
	f.When = r.when(r.formula(l, "relevant", "", r.inRows()))
	f.Compute = r.result(f.Type, r.formula(l, "calculation", "", r.inRows()))
	if verb == "calculate" && f.Compute == "" && l.get("calculation") == "" {
		r.wrong(l, "calculation", invalid("formula.short"))
	}
	r.required(f, l)
	r.preset(f, l)
	r.constraint(f, l)
	if f.Record == "" && f.Type != "note" {
		r.note(l, "record", invalid("unkept", "name", f.Name), true)
	}
	r.add(f)
}

// result brings what is computed, in yuan or mu, to the unit of the answer.
func (r *reader) result(typ, formula string) string {
	if scale := scales[typ]; scale != "" && formula != "" {
		return "(" + formula + ") * " + scale
	}
	return formula
}

var filter = regexp.MustCompile(`^\s*([a-z_][a-z0-9_]*)\s*=\s*\$\{\s*([a-z0-9_]+)\s*\}\s*$`)

func (r *reader) options(f *fieldFile, l line, list string) {
	list, other, _ := strings.Cut(list, " ")
	if len(r.lists[list]) == 0 || other != "" {
		r.wrong(l, "type", invalid("list", "list", strings.TrimSpace(list+" "+other)))
		return
	}
	column := ""
	if text := l.get("choice_filter"); text != "" {
		m := filter.FindStringSubmatch(text)
		if m == nil || f.Type != "choice" {
			r.wrong(l, "choice_filter", invalid("filter", "filter", text))
			return
		}
		column, f.Under = m[1], m[2]
	}
	if f.Type == "yes_no" {
		return
	}
	for _, o := range r.lists[list] {
		option := optionFile{Code: o.get("name"), Label: r.text(o, "label", true)}
		if column != "" {
			option.Under = o.get(column)
		}
		f.Choices = append(f.Choices, option)
	}
}

func (r *reader) required(f *fieldFile, l line) {
	switch text := l.get("required"); strings.ToLower(text) {
	case "", "no", "false", "false()":
	case "yes", "true", "true()":
		f.Required = true
	default:
		f.RequiredWhen = r.formula(l, "required", "", r.inRows())
	}
}

// preset reads a default: a constant, or a formula.
func (r *reader) preset(f *fieldFile, l line) {
	text := l.get("default")
	_, notNumber := strconv.ParseFloat(text, 64)
	switch {
	case text == "":
	case f.Type == "yes_no" && (text == "yes" || text == "no"):
		f.Preset = strconv.FormatBool(text == "yes")
	case strings.ContainsAny(text, "(${'\""):
		f.Preset = r.result(f.Type, r.formula(l, "default", "", r.inRows()))
	case slices.Contains(numbers, f.Type) && notNumber == nil:
		f.Preset = r.result(f.Type, text)
	case slices.Contains([]string{"text", "date", "choice"}, f.Type):
		f.Preset = strconv.Quote(text)
	default:
		r.wrong(l, "default", invalid("value", "value", text))
	}
}

// constraint makes a check of what has to hold of an answer.
func (r *reader) constraint(f *fieldFile, l line) {
	formula := r.formula(l, "constraint", f.Name, r.inRows())
	if formula == "" {
		return
	}
	message := r.text(l, "constraint_message", false)
	if message == nil {
		message = texts{"zh-Hans": "这一项不符合要求，请核对。", "en": "This does not meet what is asked; please check."}
	}
	f.Checks = append(f.Checks, checkFile{Name: "constraint", Level: "block", When: "!(" + formula + ")", Message: message})
}
