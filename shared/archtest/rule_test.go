// SPDX-License-Identifier: Apache-2.0

package archtest_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yuexin/shared/archtest"
)

// source is a Go file of the package that imports the given paths.
func source(pkg string, imports ...string) string {
	text := "// SPDX-License-Identifier: Apache-2.0\n\n// Package " + pkg + " is made up.\npackage " + pkg + "\n"
	for _, path := range imports {
		text += "import _ \"" + path + "\"\n"
	}
	return text
}

// breach is a tree that breaks a rule, with all that the rule must say.
type breach struct {
	rule, name string
	files      map[string]string // path → text
	want       []string
}

// breaches holds at least one breach of each rule.
var breaches = []breach{
	{
		rule: "words", name: "a word above",
		files: map[string]string{
			"shared/money/money.go":      source("money", "yuexin/shared/fault", "yuexin/shared/i18n"),
			"shared/money/money_test.go": source("money_test", "github.com/google/go-cmp/cmp", "yuexin/shared/region"),
		},
		want: []string{
			"shared/money/money.go:6: imports yuexin/shared/i18n: is not a word below shared/money",
			"shared/money/money_test.go:6: imports yuexin/shared/region: is not a word below shared/money",
		},
	},
	{
		rule: "words", name: "another package, another library",
		files: map[string]string{"shared/ident/deep/x.go": source("deep", "yuexin/assets", "github.com/google/uuid", "fmt")},
		want: []string{
			"shared/ident/deep/x.go:5: imports yuexin/assets: is not a word below shared/ident",
			"shared/ident/deep/x.go:6: imports github.com/google/uuid: is not of the standard library",
		},
	},
	{
		rule: "pure-imports", name: "I/O, directly and on the way",
		files: map[string]string{
			"shared/credit/lending/x.go":       source("lending", "os", "net/http", "yuexin/shared/scanner"),
			"shared/scanner/scanner.go":        source("scanner", "strings", "os/exec"),
			"shared/sync/record/x.go":          source("record", "database/sql"),
			"shared/sync/record/x_test.go":     source("record_test", "os", "fyne.io/fyne/v2/test"),
			"shared/sync/wire/x.go":            source("wire", "github.com/gorilla/websocket"),
			"shared/sync/recorder/recorder.go": source("recorder", "os"),
			"shared/fault/fault.go":            source("fault", "net/http", "net/url"),
			"shared/ident/ident.go":            source("ident", "net/http"),
			"shared/credit/points/x.go":        source("points", "yuexin/shared/ident", "yuexin/shared/credit/lending"),
		},
		want: []string{
			"shared/credit/lending/x.go:5: imports os: reads the machine it runs on",
			"shared/credit/lending/x.go:6: imports net/http: speaks to the network",
			"shared/credit/lending/x.go:7: imports yuexin/shared/scanner → os/exec: reads the machine it runs on",
			"shared/fault/fault.go:6: imports net/url: speaks to the network",
			"shared/ident/ident.go:5: imports net/http: speaks to the network",
			"shared/sync/record/x.go:5: imports database/sql: speaks to a database",
			"shared/sync/record/x_test.go:6: imports fyne.io/fyne/v2/test: is Fyne",
			"shared/sync/wire/x.go:5: imports github.com/gorilla/websocket: is the websocket library",
		},
	},
	{
		rule: "durable", name: "files",
		files: map[string]string{
			"syncserver/store/sqlite/x.go":      "package sqlite\n\nimport disk \"os\"\n\nvar a, b = disk.WriteFile, disk.Remove\n",
			"syncserver/store/sqlite/x_test.go": "package sqlite\n\nimport \"os\"\n\nvar c = os.WriteFile\n",
			"syncserver/x.go":                   "package main\n\nimport \"os\"\n\nvar a = os.WriteFile\n",
		},
		want: []string{"syncserver/store/sqlite/x.go:5: uses disk.WriteFile, not package durable"},
	},
	{
		rule: "literal-text", name: "marks and links",
		files: map[string]string{
			"kiosk/screen/x.go":      "package screen\n\nimport \"fyne.io/fyne/v2/widget\"\n\nvar a = widget.NewRichTextFromMarkdown\n",
			"kiosk/screen/x_test.go": "package screen\n\nimport \"fyne.io/fyne/v2/widget\"\n\nvar b = widget.NewHyperlink\n",
		},
		want: []string{"kiosk/screen/x.go:5: uses NewRichTextFromMarkdown"},
	},
	{
		rule: "pure-calls", name: "clock and chance",
		files: map[string]string{
			"shared/sync/hlc/x.go": `package hlc

import (
	crand "crypto/rand"
	. "math"
	"math/rand/v2"
	clock "time"
	"github.com/google/uuid"
)

var start = clock.Now
var age = clock.Since(clock.Time{})
var key = crand.Reader
var die = rand.IntN(6)
var id = uuid.Must(uuid.NewV7())
var fine = rand.New(rand.NewPCG(1, 2)).IntN(6) + int(clock.Second) + Pi
`,
			"shared/sync/hlc/x_test.go": "package hlc\n\nimport \"time\"\n\nvar start = time.Now()\n",
			"shared/sync/client/x.go":   "package client\n\nimport \"time\"\n\nvar start = time.Now()\n",
		},
		want: []string{
			"shared/sync/hlc/x.go:5: imports math with a dot, which hides what is used of it",
			"shared/sync/hlc/x.go:11: uses clock.Now of time",
			"shared/sync/hlc/x.go:12: uses clock.Since of time",
			"shared/sync/hlc/x.go:13: uses crand.Reader of crypto/rand",
			"shared/sync/hlc/x.go:14: uses rand.IntN of math/rand/v2",
			"shared/sync/hlc/x.go:15: uses uuid.NewV7 of github.com/google/uuid",
		},
	},
	{
		rule: "spreadsheets", name: "elsewhere, and on a kiosk's way",
		files: map[string]string{
			"agent/flow/x_test.go":    source("flow", "github.com/xuri/excelize/v2"),
			"agent/flow/x.go":         source("flow", "yuexin/shared/exchange"),
			"kiosk/x.go":              source("main", "yuexin/shared/verbs"),
			"kiosk/x_test.go":         source("main", "yuexin/shared/exchange"),
			"shared/verbs/x.go":       source("verbs", "yuexin/shared/exchange"),
			"shared/exchange/x.go":    source("exchange", "github.com/xuri/excelize/v2"),
			"syncserver/xlsform/x.go": source("xlsform", "github.com/xuri/excelize/v2"),
		},
		want: []string{
			"agent/flow/x_test.go:5: imports github.com/xuri/excelize/v2: is the library for workbooks",
			"kiosk/x.go:5: imports yuexin/shared/verbs → yuexin/shared/exchange: reads workbooks",
		},
	},
	{
		rule: "sync-without-credit", name: "sync and hub",
		files: map[string]string{
			"shared/sync/peer/x.go":      source("peer", "yuexin/shared/credit/lending"),
			"shared/sync/peer/x_test.go": source("peer", "yuexin/shared/credit"),
			"shared/scanner/x.go":        source("scanner", "yuexin/shared/credit/doorplate"),
			"syncserver/hub/x.go":        source("hub", "yuexin/shared/scanner"),
			"syncserver/desk/x.go":       source("desk", "yuexin/shared/credit/lending"),
		},
		want: []string{
			"shared/sync/peer/x.go:5: imports yuexin/shared/credit/lending: is about credit",
			"shared/sync/peer/x_test.go:5: imports yuexin/shared/credit: is about credit",
			"syncserver/hub/x.go:5: imports yuexin/shared/scanner → yuexin/shared/credit/doorplate: is about credit",
		},
	},
	{
		rule: "fyne", name: "outside of its homes, in a flow, on the way",
		files: map[string]string{
			"agent/screen/x.go":           source("screen", "fyne.io/fyne/v2"),
			"agent/flow/x.go":             source("flow", "yuexin/agent/screen"),
			"kiosk/flow/x.go":             source("flow", "fyne.io/fyne/v2"),
			"shared/uikit/x.go":           source("uikit", "fyne.io/fyne/v2"),
			"shared/scanner/x_test.go":    source("scanner", "fyne.io/fyne/v2/test"),
			"shared/scanner/x.go":         source("scanner", "image"),
			"syncserver/web/x.go":         source("web", "yuexin/shared/pictures", "yuexin/shared/scanner"),
			"shared/pictures/x.go":        source("pictures", "yuexin/shared/uikit"),
			"shared/sync/fyneish/fyne.go": source("fyneish", "example.com/fyne.io"),
		},
		want: []string{
			"agent/flow/x.go:5: imports yuexin/agent/screen → fyne.io/fyne/v2: is Fyne",
			"kiosk/flow/x.go:5: imports fyne.io/fyne/v2: is Fyne",
			"shared/pictures/x.go:5: imports yuexin/shared/uikit → fyne.io/fyne/v2: is Fyne",
			"shared/scanner/x_test.go:5: imports fyne.io/fyne/v2/test: is Fyne",
			"syncserver/web/x.go:5: imports yuexin/shared/pictures → yuexin/shared/uikit → fyne.io/fyne/v2: is Fyne",
		},
	},
	{
		rule: "programs", name: "programs among each other and from below",
		files: map[string]string{
			"agent/app.go":              source("main", "yuexin/agent/flow", "yuexin/kiosk/flow"),
			"kiosk/app_test.go":         source("main", "yuexin/syncserver/hub"),
			"syncserver/web/x.go":       source("web", "yuexin/agent/flow", "yuexin/syncserver/hub"),
			"shared/scanner/scanner.go": source("scanner", "yuexin/kiosk/device"),
			"assets/assets.go":          source("assets", "yuexin/syncserver/web"),
		},
		want: []string{
			"shared/scanner/scanner.go:5: imports yuexin/kiosk/device: belongs to another program",
			"assets/assets.go:5: imports yuexin/syncserver/web: belongs to another program",
			"agent/app.go:6: imports yuexin/kiosk/flow: belongs to another program",
			"kiosk/app_test.go:5: imports yuexin/syncserver/hub: belongs to another program",
			"syncserver/web/x.go:5: imports yuexin/agent/flow: belongs to another program",
		},
	},
	{
		rule: "drivers", name: "databases and websockets",
		files: map[string]string{
			"shared/sync/sqlitedb/x.go":       source("sqlitedb", "github.com/mattn/go-sqlite3"),
			"shared/sync/client/x.go":         source("client", "github.com/gorilla/websocket"),
			"syncserver/store/postgres/x.go":  source("postgres", "github.com/jackc/pgx/v5"),
			"shared/sync/replica/x_test.go":   source("replica_test", "github.com/mattn/go-sqlite3"),
			"syncserver/hub/x.go":             source("hub", "github.com/gorilla/websocket", "modernc.org/sqlite"),
			"syncserver/web/resident/x.go":    source("resident", "golang.org/x/net/websocket"),
			"syncserver/store/storetest/x.go": source("storetest", "github.com/jackc/pgx/v5/pgxpool"),
		},
		want: []string{
			"shared/sync/replica/x_test.go:5: imports github.com/mattn/go-sqlite3: is the SQLite driver",
			"syncserver/hub/x.go:6: imports modernc.org/sqlite: is an SQLite driver",
			"syncserver/store/storetest/x.go:5: imports github.com/jackc/pgx/v5/pgxpool: is the PostgreSQL driver",
			"syncserver/web/resident/x.go:5: imports golang.org/x/net/websocket: is a websocket library",
		},
	},
	{
		rule: "screens", name: "storage in what draws",
		files: map[string]string{
			"agent/screen/x.go":            source("screen", "yuexin/shared/sync/record", "yuexin/shared/sync/replica"),
			"agent/app.go":                 source("main", "yuexin/shared/sync/replica"),
			"kiosk/screen/x_test.go":       source("screen", "yuexin/shared/sync/sqlitedb"),
			"shared/uikit/gallery/main.go": source("main", "yuexin/shared/sync/client", "fmt"),
		},
		want: []string{
			"agent/screen/x.go:6: imports yuexin/shared/sync/replica: is the device's store; a screen is given a record.Store",
			"kiosk/screen/x_test.go:5: imports yuexin/shared/sync/sqlitedb: is a database; a screen is given a record.Store",
			"shared/uikit/gallery/main.go:5: imports yuexin/shared/sync/client: is the connection; a screen is given a state to show",
		},
	},
	{
		rule: "package-names", name: "folders and clauses",
		files: map[string]string{
			"shared/util/util.go":    source("strs"),
			"shared/money/money.go":  source("money"),
			"shared/plain/x_test.go": source("core_test"),
		},
		want: []string{
			"shared/plain/x_test.go:4: package core says nothing: name it after what it does",
			"shared/util: the folder's name says nothing: name it after what it does",
		},
	},
	{
		rule: "top-level", name: "a stray folder, a stray file, a folder called like a file",
		files: map[string]string{
			"internal/x.go":      source("x"),
			"main.go":            source("main"),
			"Makefile":           "all:\n",
			"README.md/x.txt":    "",
			"LICENSE":            "",
			"LICENSE-fonts":      "",
			".ci/run":            "",
			"bin/agent":          "",
			"assets/forms/x.txt": "",
		},
		want: []string{
			"README.md/: does not belong to the top level",
			"internal/: does not belong to the top level",
			"main.go: does not belong to the top level",
		},
	},
	{
		rule: "licence", name: "no line, a later line, another licence",
		files: map[string]string{
			"shared/a/a.go":      "package a\n",
			"shared/a/b_test.go": "\n// SPDX-License-Identifier: Apache-2.0\npackage a\n",
			"shared/a/c.go":      "// SPDX-License-Identifier: MIT\npackage a\n",
			"shared/a/d.go":      source("a"),
			"shared/a/gen.go":    "//go:build ignore\n\npackage main\n",
		},
		want: []string{
			"shared/a/a.go:1: the first line is not // SPDX-License-Identifier: Apache-2.0",
			"shared/a/b_test.go:1: the first line is not // SPDX-License-Identifier: Apache-2.0",
			"shared/a/c.go:1: the first line is not // SPDX-License-Identifier: Apache-2.0",
			"shared/a/gen.go:1: the first line is not // SPDX-License-Identifier: Apache-2.0",
		},
	},
	{
		rule: "doc-comments", name: "everything exported",
		files: map[string]string{
			"shared/a/a.go": `package a

type Bare struct{}
type (
	// Good is documented.
	Good[T any] struct{}
	Grouped int
)

func Do() {}
func (Bare) Exported() {}
func (g *Good[T]) Generic() {}
func (h hidden) Exported() {}
func local() {}

// Units in use.
const (
	One = 1
	Two = 2
)

const Three = 3

var (
	Four, five = 4, 5
	Six        = 6 // Six is six.
)

type hidden int
`,
			"shared/a/a_test.go":    "package a\n\nfunc TestX() {}\n",
			"shared/gen/gen.go":     "// Code generated by a tool. DO NOT EDIT.\n\n// Package gen is made up.\npackage gen\n\nvar X = 1\n",
			"agent/main.go":         "package main\n\nvar X = 1\n",
			"shared/only/x_test.go": "package only\n",
		},
		want: []string{
			"shared/a: the package has no comment",
			"shared/a/a.go:3: Bare is exported and has no comment",
			"shared/a/a.go:7: Grouped is exported and has no comment",
			"shared/a/a.go:10: Do is exported and has no comment",
			"shared/a/a.go:11: Exported is exported and has no comment",
			"shared/a/a.go:12: Generic is exported and has no comment",
			"shared/a/a.go:22: Three is exported and has no comment",
			"shared/a/a.go:25: Four is exported and has no comment",
		},
	},
	{
		rule: "file-length", name: "one line over",
		files: map[string]string{
			"shared/a/at.go":     "package a\n" + strings.Repeat("\n", 599),
			"shared/a/over.go":   "package a\n" + strings.Repeat("\n", 600),
			"shared/a/tables.go": "// Code generated by a tool. DO NOT EDIT.\n\npackage a\n" + strings.Repeat("\n", 900),
		},
		want: []string{"shared/a/over.go: has 601 lines, more than 600"},
	},
}

// TestRulesFail shows that each rule finds what it is for.
func TestRulesFail(t *testing.T) {
	for _, test := range breaches {
		t.Run(test.rule+"/"+test.name, func(t *testing.T) {
			var got []string
			for _, v := range named(t, test.rule).Check(plant(t, test.files)) {
				got = append(got, v.String())
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("violations (-want +got):\n%s", diff)
			}
		})
	}
}

// TestRulesHold shows that no rule objects to a tree as it should be, with the
// cases that come close.
func TestRulesHold(t *testing.T) {
	tree := plant(t, map[string]string{
		"agent/main.go":                  source("main", "yuexin/agent/screen", "yuexin/shared/sync/replica", "yuexin/assets"),
		"agent/screen/demand.go":         source("screen", "fyne.io/fyne/v2", "yuexin/shared/credit/lending", "yuexin/shared/sync/record"),
		"agent/flow/demand.go":           source("flow", "yuexin/shared/credit/lending"),
		"syncserver/hub/hub.go":          source("hub", "github.com/gorilla/websocket", "yuexin/shared/sync/peer"),
		"shared/fault/fault.go":          source("fault", "errors", "net/http"),
		"shared/i18n/i18n.go":            source("i18n", "yuexin/shared/fault", "embed"),
		"shared/region/gen/main.go":      source("main", "github.com/mozillazg/go-pinyin", "os"),
		"shared/region/region.go":        source("region", "yuexin/shared/ident"),
		"shared/region/region_test.go":   source("region_test", "pgregory.net/rapid"),
		"shared/credit/lending/x.go":     source("lending", "yuexin/shared/sync/record", "yuexin/shared/money", "log/slog", "time"),
		"shared/credit/lending/gen.go":   "// SPDX-License-Identifier: Apache-2.0\n\n//go:build ignore\n\npackage main\n\nimport \"os\"\n\nvar _ = os.Args\n",
		"shared/sync/record/record.go":   source("record", "yuexin/shared/sync/hlc", "github.com/fxamacker/cbor/v2", "io"),
		"shared/sync/record/r_test.go":   source("record_test", "os", "time"),
		"shared/sync/hlc/hlc.go":         source("hlc", "time"),
		"shared/sync/peer/peer.go":       source("peer", "yuexin/shared/sync/record"),
		"shared/sync/replica/r.go":       source("replica", "yuexin/shared/sync/sqlitedb", "database/sql", "os"),
		"shared/sync/sqlitedb/s.go":      source("sqlitedb", "github.com/mattn/go-sqlite3"),
		"shared/sync/replica/testdata/x": "not Go",
		"assets/assets.go":               source("assets", "embed"),
		"Makefile":                       "",
		"go.sum":                         "",
		"README.md":                      "",
	})
	for _, rule := range archtest.Rules() {
		t.Run(rule.Name, func(t *testing.T) {
			for _, v := range rule.Check(tree) {
				t.Error(v)
			}
		})
	}
}

// TestEveryRuleIsSeenToFail keeps the table above complete.
func TestEveryRuleIsSeenToFail(t *testing.T) {
	for _, rule := range archtest.Rules() {
		tested := slices.ContainsFunc(breaches, func(b breach) bool { return b.rule == rule.Name })
		if !tested {
			t.Errorf("rule %s has no tree that breaks it", rule.Name)
		}
		if rule.Reason == "" {
			t.Errorf("rule %s has no reason", rule.Name)
		}
	}
}

// named returns the rule called name.
func named(t *testing.T, name string) archtest.Rule {
	t.Helper()
	for _, rule := range archtest.Rules() {
		if rule.Name == name {
			return rule
		}
	}
	t.Fatalf("no rule is called %s", name)
	return archtest.Rule{}
}
