// SPDX-License-Identifier: Apache-2.0

package htmlcheck

import (
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// step is one part of a selector; all its conditions must hold.
type step struct {
	tag   string
	conds []func(*html.Node) bool
}

// find returns what the selector finds. A selector that cannot be read is a
// mistake in a test and panics.
func find(page *html.Node, selector string) []*html.Node {
	steps := parse(selector)
	var found []*html.Node
	walk(page, func(n *html.Node) {
		if matchesPath(n, steps) {
			found = append(found, n)
		}
	})
	return found
}

// matchesPath holds if n is the last step and the other steps are found, in
// order, among the elements around it.
func matchesPath(n *html.Node, steps []step) bool {
	last := len(steps) - 1
	if !steps[last].matches(n) {
		return false
	}
	around := n.Parent
	for i := last - 1; i >= 0; i-- {
		for around != nil && !steps[i].matches(around) {
			around = around.Parent
		}
		if around == nil {
			return false
		}
		around = around.Parent
	}
	return true
}

func (s step) matches(n *html.Node) bool {
	if n.Type != html.ElementNode || s.tag != "" && n.Data != s.tag {
		return false
	}
	for _, holds := range s.conds {
		if !holds(n) {
			return false
		}
	}
	return true
}

func parse(selector string) []step {
	var steps []step
	for _, part := range fields(selector) {
		steps = append(steps, parseStep(part))
	}
	if len(steps) == 0 {
		panic("htmlcheck: empty selector")
	}
	return steps
}

// fields cuts at spaces outside of brackets.
func fields(selector string) []string {
	depth := 0
	return strings.FieldsFunc(selector, func(r rune) bool {
		switch r {
		case '[':
			depth++
		case ']':
			depth--
		}
		return r == ' ' && depth == 0
	})
}

func parseStep(part string) step {
	var s step
	end := strings.IndexAny(part, "#.[")
	if end < 0 {
		end = len(part)
	}
	s.tag = part[:end]
	for rest := part[end:]; rest != ""; {
		var cond func(*html.Node) bool
		cond, rest = parseCond(rest)
		s.conds = append(s.conds, cond)
	}
	return s
}

func parseCond(text string) (cond func(*html.Node) bool, rest string) {
	if text[0] == '[' {
		inside, rest, closed := strings.Cut(text[1:], "]")
		if !closed {
			panic("htmlcheck: no ] in " + text)
		}
		return attrCond(inside), rest
	}
	end := strings.IndexAny(text[1:], "#.[") + 1
	if end == 0 {
		end = len(text)
	}
	name := text[1:end]
	if text[0] == '#' {
		return func(n *html.Node) bool { return AttrOf(n, "id") == name }, text[end:]
	}
	return func(n *html.Node) bool {
		return slices.Contains(strings.Fields(AttrOf(n, "class")), name)
	}, text[end:]
}

func attrCond(inside string) func(*html.Node) bool {
	name, want, hasValue := strings.Cut(inside, "=")
	want = strings.Trim(want, `"'`)
	test := func(got string) bool { return got == want }
	switch {
	case !hasValue:
		test = func(string) bool { return true }
	case strings.HasSuffix(name, "^"):
		test = func(got string) bool { return strings.HasPrefix(got, want) }
	case strings.HasSuffix(name, "$"):
		test = func(got string) bool { return strings.HasSuffix(got, want) }
	}
	name = strings.TrimRight(name, "^$")
	return func(n *html.Node) bool {
		got, has := attr(n, name)
		return has && test(got)
	}
}
