// SPDX-License-Identifier: Apache-2.0

package archtest

import "fmt"

// Rule is one law about the source tree.
type Rule struct {
	// Name is short, for the name of a subtest.
	Name string
	// Reason says why the rule is there; it is printed when the rule is broken.
	Reason string
	// Check returns the places that break the rule, none for a good tree.
	Check func(*Tree) []Violation
}

// Violation is one place that breaks a rule.
type Violation struct {
	// Path is the file or folder, relative to the root.
	Path string
	// Line counts from 1; 0 stands for the whole file or folder.
	Line int
	// Text says what is wrong there.
	Text string
}

// String prints the violation as compilers print errors, so that editors find the place.
func (v Violation) String() string {
	if v.Line == 0 {
		return fmt.Sprintf("%s: %s", v.Path, v.Text)
	}
	return fmt.Sprintf("%s:%d: %s", v.Path, v.Line, v.Text)
}

// Rules returns every rule, the import rules first.
func Rules() []Rule {
	return []Rule{
		{
			Name:   "words",
			Reason: "words are the vocabulary of everything else: a word that needs more than the words below it drags that into every package",
			Check:  checkWords,
		},
		{
			Name:   "pure-imports",
			Reason: "the same rule must give the same answer on a kiosk, on the server and in the simulator, so rules and the sync core do no I/O",
			Check:  checkPureImports,
		},
		{
			Name:   "pure-calls",
			Reason: "clock and randomness are handed in: a rule that reads them itself cannot be replayed, simulated or tested",
			Check:  checkPureCalls,
		},
		{
			Name:   "sync-without-credit",
			Reason: "sync moves records, whatever they mean: a new kind of record must not touch it",
			Check:  checkSyncWithoutCredit,
		},
		{
			Name:   "fyne",
			Reason: "rules, flows and the server build and test without a display; Fyne stays where windows are drawn",
			Check:  checkFyne,
		},
		{
			Name:   "programs",
			Reason: "the programs meet over the wire only, as last month's kiosk meets today's server; what two of them need belongs to shared",
			Check:  checkPrograms,
		},
		{
			Name:   "drivers",
			Reason: "one place per database and per end of the websocket: settings, time limits and error meanings are decided once",
			Check:  checkDrivers,
		},
		{
			Name:   "spreadsheets",
			Reason: "one place knows that a workbook may not be unpacked to a disk in clear, and a kiosk stays small",
			Check:  checkSpreadsheets,
		},
		{
			Name:   "durable",
			Reason: "what was told to be kept is on the disk, name included: one package knows how, and tests take the power from it",
			Check:  checkDurable,
		},
		{
			Name:   "screens",
			Reason: "a screen works on record.Store, so that it runs in the gallery over a memory store",
			Check:  checkScreens,
		},
		{
			Name:   "literal-text",
			Reason: "what somebody typed is shown, never read as marks, pictures or links: a name cannot draw into a window or lead out of it",
			Check:  checkLiteral,
		},
		{
			Name:   "package-names",
			Reason: "a package called after what it holds is found again; one called after nothing collects everything",
			Check:  checkPackageNames,
		},
		{
			Name:   "top-level",
			Reason: "the list of the top level tells the story of the project, so it is fixed",
			Check:  checkTopLevel,
		},
		{
			Name:   "licence",
			Reason: "a file that is copied elsewhere carries its licence along",
			Check:  checkLicence,
		},
		{
			Name:   "doc-comments",
			Reason: "the comment on an exported name is its contract: its reader should not need the body",
			Check:  checkDocComments,
		},
		{
			Name:   "file-length",
			Reason: "one noun or one screen per file: a file past the ceiling holds two",
			Check:  checkFileLength,
		},
	}
}
