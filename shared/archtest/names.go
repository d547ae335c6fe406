// SPDX-License-Identifier: Apache-2.0

package archtest

import (
	"path"
	"strings"
)

// emptyNames are package names that say nothing.
var emptyNames = map[string]string{
	"util":    "name it after what it does",
	"utils":   "name it after what it does",
	"common":  "name it after what is common",
	"helpers": "name it after whom it helps with what",
	"models":  "a type lives with its rules",
	"types":   "a type lives with its rules",
	"base":    "name it after what stands on it",
	"core":    "name it after what it does",
}

// topEntries are the allowed names at the top level, each with what it is.
// Names that begin with a dot, and licence files, come in addition.
var topEntries = map[string]string{
	"agent/":      "the program of officers",
	"kiosk/":      "the program of the village office",
	"syncserver/": "the program in the middle",
	"shared/":     "what the programs share",
	"assets/":     "data in the binaries",
	"bin/":        "the built programs, which git ignores",
	"dist/":       "what make dist makes, which git ignores",
	"go.mod":      "the module",
	"go.sum":      "its checksums",
	"Makefile":    "the commands",
	"README.md":   "the way in",
}

// checkPackageNames looks at folders and at package clauses.
func checkPackageNames(t *Tree) []Violation {
	var found []Violation
	for _, p := range t.Packages {
		if advice, ok := emptyNames[path.Base(p.Dir)]; ok {
			found = append(found, Violation{p.Dir, 0, "the folder's name says nothing: " + advice})
		}
		for _, f := range p.Files {
			name := strings.TrimSuffix(f.Syntax.Name.Name, "_test")
			if advice, ok := emptyNames[name]; ok {
				found = append(found, Violation{f.Path, t.line(f.Syntax.Name), "package " + name + " says nothing: " + advice})
			}
		}
	}
	return found
}

// checkTopLevel compares with the list; nothing on it has to be there.
func checkTopLevel(t *Tree) []Violation {
	var found []Violation
	for _, entry := range t.Entries {
		_, known := topEntries[entry]
		if !known && !strings.HasPrefix(entry, ".") && !strings.HasPrefix(entry, "LICENSE") {
			found = append(found, Violation{entry, 0, "does not belong to the top level"})
		}
	}
	return found
}
