// SPDX-License-Identifier: Apache-2.0

// Package htmlcheck tests pages by meaning: "in the element that this
// selector finds stands this text", whatever is around it.
//
//	htmlcheck.Run(t, body,
//		htmlcheck.Text("h1", "融资需求"),
//		htmlcheck.Count("table.list tbody tr", 3),
//		htmlcheck.None("form[action$=move]"))
//
// A selector is a path of steps, each an element below the one before:
//
//	tag  #id  .class  [attr]  [attr=value]  [attr^=start]  [attr$=end]
//
// and any of them joined, as in input.wrong[name=amount].
package htmlcheck

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// Check looks at a page and returns what is wrong, nil if it is right.
type Check func(page *html.Node) error

// Run parses body and reports every check that fails.
func Run(t testing.TB, body string, checks ...Check) {
	t.Helper()
	page, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatalf("parse page: %v", err)
	}
	for _, check := range checks {
		if err := check(page); err != nil {
			t.Error(err)
		}
	}
}

// Text wants an element whose text contains want; runs of space count as one.
func Text(selector, want string) Check {
	return func(page *html.Node) error {
		found := find(page, selector)
		for _, n := range found {
			if strings.Contains(TextOf(n), want) {
				return nil
			}
		}
		return fmt.Errorf("%s: no text %q in %q", selector, want, texts(found))
	}
}

// NoText wants that no such element's text contains text.
func NoText(selector, text string) Check {
	return func(page *html.Node) error {
		for _, n := range find(page, selector) {
			if got := TextOf(n); strings.Contains(got, text) {
				return fmt.Errorf("%s: has %q in %q", selector, text, got)
			}
		}
		return nil
	}
}

// Texts wants exactly these texts of the elements found, in page order.
func Texts(selector string, want ...string) Check {
	return func(page *html.Node) error {
		got := texts(find(page, selector))
		if strings.Join(got, "\x00") != strings.Join(want, "\x00") || len(got) != len(want) {
			return fmt.Errorf("%s: got texts %q, want %q", selector, got, want)
		}
		return nil
	}
}

// Attr wants an element with this value of the attribute.
func Attr(selector, name, want string) Check {
	return func(page *html.Node) error {
		var got []string
		for _, n := range find(page, selector) {
			value, _ := attr(n, name)
			if value == want {
				return nil
			}
			got = append(got, value)
		}
		return fmt.Errorf("%s: attribute %s is %q, want %q", selector, name, got, want)
	}
}

// Count wants exactly so many elements.
func Count(selector string, want int) Check {
	return func(page *html.Node) error {
		if got := len(find(page, selector)); got != want {
			return fmt.Errorf("%s: found %d times, want %d", selector, got, want)
		}
		return nil
	}
}

// None wants no such element.
func None(selector string) Check { return Count(selector, 0) }

// Some wants at least one such element.
func Some(selector string) Check {
	return func(page *html.Node) error {
		if len(find(page, selector)) == 0 {
			return fmt.Errorf("%s: not found", selector)
		}
		return nil
	}
}

// Find returns the elements of a page that the selector finds, in page order.
// It fails the test if the page cannot be parsed.
func Find(t testing.TB, body, selector string) []*html.Node {
	t.Helper()
	page, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatalf("parse page: %v", err)
	}
	return find(page, selector)
}

// TextOf returns the text of an element and all below it, with runs of space
// made one and none at the ends.
func TextOf(n *html.Node) string {
	var b strings.Builder
	walk(n, func(m *html.Node) {
		if m.Type == html.TextNode {
			b.WriteString(m.Data)
		}
	})
	return strings.Join(strings.Fields(b.String()), " ")
}

// AttrOf returns an attribute's value, "" if the element has none.
func AttrOf(n *html.Node, name string) string {
	value, _ := attr(n, name)
	return value
}

func texts(nodes []*html.Node) []string {
	var all []string
	for _, n := range nodes {
		all = append(all, TextOf(n))
	}
	return all
}

func attr(n *html.Node, name string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}

// walk calls visit for n and all below it, in page order.
func walk(n *html.Node, visit func(*html.Node)) {
	visit(n)
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		walk(c, visit)
	}
}
