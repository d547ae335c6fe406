// SPDX-License-Identifier: Apache-2.0

package formhtml

import (
	"regexp"
	"strings"

	"yuexin/shared/credit/forms"
)

// waitClass is the class by which the style finds a field or a section.
func waitClass(path string) string { return "w-" + ID(path) }

// plain are the names and codes that stand in a style sheet as they are.
var plain = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// CSS returns the style by which questions come and go at a touch, where the browser's style sheets can tell what is
// chosen: for each option of each question, what would then be asked. Elsewhere they come and go with the next submit.
// What waits is hidden by the class "waits", which the page's own style has.
func (v *View) CSS() string {
	var out strings.Builder
	draft := v.Session.Draft()
	for _, section := range v.Session.Form().Sections {
		for _, f := range section.Fields {
			if f.Asked() && plain.MatchString(f.Name) && v.Session.Visible(f.Name) {
				v.rules(&out, f, draft)
			}
		}
	}
	return out.String()
}

// rules writes what choosing each option of a field would change.
func (v *View) rules(out *strings.Builder, f *forms.Field, draft map[string]string) {
	codes := []string{"yes", "no"}
	if f.Type == forms.Choice || f.Type == forms.Choices {
		codes = nil
		for _, o := range v.Session.Options(f.Name) {
			codes = append(codes, o.Code)
		}
	} else if f.Type != forms.YesNo {
		return
	}
	for _, code := range codes {
		if !plain.MatchString(code) {
			continue
		}
		then := forms.New(v.Session.Form(), v.Today)
		then.Restore(draft)
		text := code
		if now := then.Text(f.Name); f.Type == forms.Choices && now != "" {
			text = now + "," + code
		}
		if then.Set(f.Name, text) != nil {
			continue
		}
		shown, hidden := v.changes(then)
		chosen := "form:has(#" + f.Name + "-" + code + ":checked) "
		rule(out, chosen, shown, "grid")
		rule(out, chosen, hidden, "none")
	}
}

// changes returns the classes of what another state of the answers would show, and of what it would not.
func (v *View) changes(then *forms.Session) (shown, hidden []string) {
	note := func(was, is bool, class string) {
		switch {
		case is && !was:
			shown = append(shown, class)
		case was && !is:
			hidden = append(hidden, class)
		}
	}
	for _, s := range v.Session.Form().Sections {
		note(v.Session.SectionVisible(s), then.SectionVisible(s), waitClass("s-"+s.Name))
		for _, f := range s.Fields {
			if plain.MatchString(f.Name) {
				note(v.Session.Visible(f.Name), then.Visible(f.Name), waitClass(f.Name))
			}
		}
	}
	return shown, hidden
}

// rule writes one rule for several classes.
func rule(out *strings.Builder, chosen string, classes []string, display string) {
	for i, class := range classes {
		if i > 0 {
			out.WriteByte(',')
		}
		out.WriteString(chosen + "." + class)
	}
	if len(classes) > 0 {
		out.WriteString("{display:" + display + "}\n")
	}
}
