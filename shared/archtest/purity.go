// SPDX-License-Identifier: Apache-2.0

package archtest

import (
	"go/ast"
	"slices"
)

// pureHomes are the packages that compute and do nothing else. The words
// belong to them, since they stand on the words.
var pureHomes = append([]string{
	"shared/credit",
	"shared/exchange",
	"shared/sync/hlc",
	"shared/sync/record",
	"shared/sync/policy",
	"shared/sync/wire",
	"shared/sync/peer",
	"shared/sync/audit",
	"shared/sync/courier",
	"shared/sync/snapshot",
}, words...)

// harmless are the imports of a pure package that a table of the impure
// forbids too broadly, by folder and import path, each with its reason.
var harmless = map[[2]string]string{
	{"shared/fault", "net/http"}: "names the HTTP statuses in its table of meanings",
}

// impure are the libraries that touch the world, each with what it touches.
// A path stands for all paths below it; those of the databases, of Fyne and
// of the websocket come in addition.
var impure = map[string]string{
	"os":                                  "reads the machine it runs on",
	"io/ioutil":                           "reads files",
	"syscall":                             "speaks to the operating system",
	"golang.org/x/sys":                    "speaks to the operating system",
	"net":                                 "speaks to the network",
	"golang.org/x/net":                    "speaks to the network",
	"database/sql":                        "speaks to a database",
	"github.com/pressly/goose":            "changes a database",
	"github.com/alexedwards/scs":          "keeps web sessions",
	"github.com/chromedp":                 "drives a browser",
	"github.com/prometheus/client_golang": "counts in global variables",
	"log/syslog":                          "writes logs",
	"plugin":                              "loads code at run time",
}

// globals are the functions and variables that hand out the machine's clock,
// place or randomness, by import path.
var globals = map[string][]string{
	"time": {
		"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker",
		"Local", "LoadLocation",
	},
	"crypto/rand": {"Reader", "Read", "Int", "Prime", "Text"},
	"github.com/google/uuid": {
		"New", "NewString", "NewRandom", "NewUUID", "NewV6", "NewV7", "NewV7FromReader",
	},
	"fmt": {"Print", "Printf", "Println", "Scan", "Scanf", "Scanln"},
	"log": {"Print", "Printf", "Println", "Fatal", "Fatalf", "Fatalln", "Default"},
}

// seeded are the names in math/rand that work on a source handed in; all
// others draw from the global one.
var seeded = []string{
	"New", "NewSource", "NewPCG", "NewChaCha8", "NewZipf",
	"Rand", "Source", "Source64", "PCG", "ChaCha8", "Zipf",
}

// checkPureImports: nothing of the world is imported, not even through other
// packages of the module. Tests read testdata and so may do I/O, but draw no
// windows. Programs below a pure folder are generators, which nobody imports.
func checkPureImports(t *Tree) []Violation {
	var found []Violation
	pure := t.in(pureHomes...)
	for _, p := range pure {
		own := slices.DeleteFunc(t.uses(p, false), func(u use) bool {
			_, ok := harmless[[2]string{p.Dir, u.Path}]
			return ok || p.Main()
		})
		found = append(found, t.forbidReach(own, touchesWorld, pure...)...)
		found = append(found, t.forbidReach(t.uses(p, true), listed(fyneModules))...)
	}
	return found
}

// touchesWorld judges an import of a pure package.
func touchesWorld(importPath string) string {
	for _, table := range []map[string]string{impure, sqlDrivers, websockets, fyneModules} {
		if what := listed(table)(importPath); what != "" {
			return what
		}
	}
	return ""
}

// checkPureCalls looks for the names in globals and for the global source of
// math/rand, under whatever name the file imports them. Tests are left alone.
func checkPureCalls(t *Tree) []Violation {
	var found []Violation
	for _, p := range t.in(pureHomes...) {
		if p.Main() {
			continue
		}
		for _, f := range p.Files {
			if !f.Test && !f.Ignored {
				found = append(found, t.globalCalls(f)...)
			}
		}
	}
	return found
}

// globalCalls reports the file's uses of a global clock or source.
func (t *Tree) globalCalls(f *File) []Violation {
	var found []Violation
	paths := map[string]string{} // the file's name for a package → its path
	for _, imp := range t.Imports(f) {
		paths[imp.Name] = imp.Path
		if imp.Name == "." {
			found = append(found, Violation{f.Path, imp.Line, "imports " + imp.Path + " with a dot, which hides what is used of it"})
		}
	}
	ast.Inspect(f.Syntax, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		pkg, ok := sel.X.(*ast.Ident)
		if ok && isGlobal(paths[pkg.Name], sel.Sel.Name) {
			found = append(found, Violation{f.Path, t.line(sel), "uses " + pkg.Name + "." + sel.Sel.Name + " of " + paths[pkg.Name]})
		}
		return true
	})
	return found
}

// isGlobal says whether the name of the package gives the machine's own clock,
// place, randomness or terminal.
func isGlobal(importPath, name string) bool {
	if importPath == "math/rand" || importPath == "math/rand/v2" {
		return !slices.Contains(seeded, name)
	}
	return slices.Contains(globals[importPath], name)
}
