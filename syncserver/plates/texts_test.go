// SPDX-License-Identifier: Apache-2.0

package plates_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"yuexin/assets"
	"yuexin/shared/i18n"
)

// textKey matches the keys of the texts whose faults these packages make.
var textKey = regexp.MustCompile(`^(doorplate|platesheet|pdfpage|receipt|plates|sample)\.[a-z_]+(\.[a-z_]+)*$`)

// TestEveryKeyHasATextAndAHint looks for the keys in the source of the packages around plates.
func TestEveryKeyHasATextAndAHint(t *testing.T) {
	texts, err := i18n.Load(assets.Locales())
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range i18n.Check(texts) {
		if textKey.MatchString(strings.Fields(problem)[1]) {
			t.Error(problem)
		}
	}
	has := texts.Printer(i18n.ZhHans).Has
	found := 0
	for _, dir := range []string{
		"../../shared/credit/doorplate", "../../shared/credit/receipt", "../platesheet", "../../shared/pdfpage", "../plates", "../sample",
	} {
		for key, place := range keysIn(t, dir) {
			found++
			if !has(key) || !has(key+".hint") {
				t.Errorf("%s: no text or no hint for %s", place, key)
			}
		}
	}
	if found < 60 {
		t.Errorf("only %d keys found: the search is broken", found)
	}
}

// keysIn returns the keys that package fault is given in a folder, with a place where.
func keysIn(t *testing.T, dir string) map[string]token.Position {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatal("no source in", dir, err)
	}
	keys, set := map[string]token.Position{}, token.NewFileSet()
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(set, file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || isPrinting(call) {
				return true
			}
			for _, arg := range call.Args {
				literal, ok := arg.(*ast.BasicLit)
				if !ok || literal.Kind != token.STRING {
					continue
				}
				if text, err := strconv.Unquote(literal.Value); err == nil && textKey.MatchString(text) && text != "plates.keys" {
					keys[text] = set.Position(literal.Pos())
				}
			}
			return true
		})
	}
	return keys
}

// isPrinting reports whether a call asks an i18n.Printer for a plain text, which has no hint.
func isPrinting(call *ast.CallExpr) bool {
	selector, ok := call.Fun.(*ast.SelectorExpr)
	return ok && selector.Sel.Name == "T"
}
