// SPDX-License-Identifier: Apache-2.0

package archtest

import (
	"slices"
	"strings"
)

// words are the value packages, each above those it may use.
var words = []string{
	"shared/fault",
	"shared/ident",
	"shared/money",
	"shared/region",
	"shared/i18n",
}

// programs are the three that people start.
var programs = []string{"agent", "kiosk", "syncserver"}

// fyneHomes are the folders where windows are drawn.
var fyneHomes = []string{"shared/uikit", "kiosk", "agent"}

// fyneModules are the libraries that bring Fyne along.
var fyneModules = map[string]string{
	"fyne.io":                  "is Fyne",
	"github.com/go-gl/gl":      "opens a window, as Fyne does",
	"github.com/go-gl/glfw":    "opens a window, as Fyne does",
	"github.com/fyne-io/image": "is a part of Fyne",
}

// sqlDrivers are the database drivers there are for Go, ours first.
var sqlDrivers = map[string]string{
	"github.com/mattn/go-sqlite3":   "is the SQLite driver",
	"github.com/jackc/pgx":          "is the PostgreSQL driver",
	"github.com/lib/pq":             "is a PostgreSQL driver",
	"modernc.org/sqlite":            "is an SQLite driver",
	"github.com/ncruces/go-sqlite3": "is an SQLite driver",
	"zombiezen.com/go/sqlite":       "is an SQLite driver",
}

// sqlHomes are the only packages that open a database.
var sqlHomes = []string{"shared/sync/sqlitedb", "syncserver/store/sqlite", "syncserver/store/postgres"}

// websockets are the websocket libraries there are for Go, ours first.
var websockets = map[string]string{
	"github.com/gorilla/websocket": "is the websocket library",
	"github.com/coder/websocket":   "is a websocket library",
	"nhooyr.io/websocket":          "is a websocket library",
	"golang.org/x/net/websocket":   "is a websocket library",
}

// websocketHomes are the two ends of a sync connection.
var websocketHomes = []string{"shared/sync/client", "syncserver/hub"}

// spreadsheets are the libraries for workbooks: large, and able to write what they unpack into folders for temporary files.
var spreadsheets = map[string]string{"github.com/xuri/excelize": "is the library for workbooks"}

// spreadsheetHomes are the only packages that use one.
var spreadsheetHomes = []string{"shared/exchange", "syncserver"}

// storage is what knows where records lie and how they travel.
var storage = map[string]string{
	"shared/sync/replica":  "is the device's store; a screen is given a record.Store",
	"shared/sync/sqlitedb": "is a database; a screen is given a record.Store",
	"shared/sync/client":   "is the connection; a screen is given a state to show",
}

// listed judges by a table of import paths, each standing for all below it.
func listed(table map[string]string) bad {
	return func(importPath string) string {
		for root, what := range table {
			if under(importPath, root) {
				return what
			}
		}
		return ""
	}
}

// inFolders judges imports of this module by folder.
func (t *Tree) inFolders(what string, folders ...string) bad {
	return func(importPath string) string {
		if dir, ok := t.Local(importPath); ok && under(dir, folders...) {
			return what
		}
		return ""
	}
}

// standard says whether the import path is of the standard library: its first
// element has no dot, and it is not of this module.
func (t *Tree) standard(importPath string) bool {
	first, _, _ := strings.Cut(importPath, "/")
	_, local := t.Local(importPath)
	return !local && !strings.Contains(first, ".")
}

// checkWords: a word imports the standard library and the words below it; its
// tests may import other people's test libraries too. A program in a word's
// folder is a generator, which nobody imports.
func checkWords(t *Tree) []Violation {
	var found []Violation
	for rank, word := range words {
		allowed := words[:rank+1]
		aboveOrOutside := func(importPath string) string {
			dir, local := t.Local(importPath)
			if local && !under(dir, allowed...) {
				return "is not a word below " + word
			}
			return ""
		}
		foreign := func(importPath string) string {
			if _, local := t.Local(importPath); !local && !t.standard(importPath) {
				return "is not of the standard library"
			}
			return aboveOrOutside(importPath)
		}
		for _, p := range t.in(word) {
			if p.Main() {
				continue
			}
			found = append(found, forbid(t.uses(p, false), foreign)...)
			found = append(found, forbid(t.uses(p, true), aboveOrOutside)...)
		}
	}
	return found
}

// checkSyncWithoutCredit: tests count, and so do roundabout ways.
func checkSyncWithoutCredit(t *Tree) []Violation {
	var found []Violation
	credit := t.inFolders("is about credit", "shared/credit")
	for _, p := range t.in("shared/sync", "syncserver/hub") {
		found = append(found, t.forbidReach(t.allUses(p), credit)...)
	}
	return found
}

// checkFyne: only the homes import Fyne. Outside of them, and in the flows
// inside of them, nothing leads to it either.
func checkFyne(t *Tree) []Violation {
	var found []Violation
	for _, p := range t.Packages {
		if under(p.Dir, fyneHomes...) && !under(p.Dir, "kiosk/flow", "agent/flow") {
			continue
		}
		found = append(found, t.forbidReach(t.allUses(p), listed(fyneModules))...)
	}
	return found
}

// checkPrograms: tests count; an end-to-end test starts the real programs.
func checkPrograms(t *Tree) []Violation {
	var found []Violation
	for _, home := range append([]string{"shared", "assets"}, programs...) {
		others := slices.DeleteFunc(slices.Clone(programs), func(p string) bool { return p == home })
		foreign := t.inFolders("belongs to another program", others...)
		for _, p := range t.in(home) {
			found = append(found, forbid(t.allUses(p), foreign)...)
		}
	}
	return found
}

// checkDrivers: tests count; a test of another package gets a database from
// the package that owns the driver.
func checkDrivers(t *Tree) []Violation {
	var found []Violation
	for _, p := range t.Packages {
		if !under(p.Dir, sqlHomes...) {
			found = append(found, forbid(t.allUses(p), listed(sqlDrivers))...)
		}
		if !under(p.Dir, websocketHomes...) {
			found = append(found, forbid(t.allUses(p), listed(websockets))...)
		}
	}
	return found
}

// checkSpreadsheets: a workbook is read in one place, and a kiosk has no way there. Tests count in the first and not in the
// second: nobody gets them with the program.
func checkSpreadsheets(t *Tree) []Violation {
	var found []Violation
	for _, p := range t.Packages {
		if !under(p.Dir, spreadsheetHomes...) {
			found = append(found, forbid(t.allUses(p), listed(spreadsheets))...)
		}
	}
	for _, p := range t.in("kiosk") {
		found = append(found, t.forbidReach(t.uses(p, false), t.inFolders("reads workbooks", "shared/exchange"))...)
	}
	return found
}

// checkScreens: what draws is given its data; tests count.
func checkScreens(t *Tree) []Violation {
	var found []Violation
	judge := func(importPath string) string {
		dir, local := t.Local(importPath)
		if !local {
			return ""
		}
		return listed(storage)(dir)
	}
	for _, p := range t.in("agent/screen", "kiosk/screen", "shared/uikit") {
		found = append(found, forbid(t.allUses(p), judge)...)
	}
	return found
}
