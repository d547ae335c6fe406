// SPDX-License-Identifier: Apache-2.0

package rulebook_test

import (
	"bytes"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"yuexin/assets"
	"yuexin/shared/credit/rulebook"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

func load(editions ...rulebook.Edition) (*rulebook.Book, error) {
	return rulebook.Load(assets.Folder("policies"), assets.Folder("forms"), assets.Folder("scorecards"), editions...)
}

// draft returns a newer version of a file of the program's own.
func draft(t *testing.T, folder, file string, replace ...string) rulebook.Edition {
	t.Helper()
	data, err := fs.ReadFile(assets.Folder(folder), file)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer(append(replace, `"version": 1`, `"version": 2`)...).Replace(string(data))
	e, err := rulebook.Draft(file, text)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

const well = `{"name": "well", "format": "text", "class": 1, "merge": "latest"}, {"name": "remark",`

func TestPublishedRules(t *testing.T) {
	catalogue := draft(t, "policies", "catalogue-1.json", `{"name": "remark",`, well)
	b, err := load(catalogue)
	if err != nil {
		t.Fatal(err)
	}
	if _, known := b.Catalogue.Field("household", "well"); !known || b.Version(rulebook.OfCatalogue, "") != 2 || b.Version(rulebook.OfAccess, "") != 1 {
		t.Errorf("catalogue version %d", b.Catalogue.Version())
	}
	for _, one := range []struct {
		folder, file, what, name string
	}{
		{"policies", "access-1.json", rulebook.OfAccess, ""}, {"policies", "lending-1.json", rulebook.OfLending, ""},
		{"policies", "consent-1.json", rulebook.OfConsent, ""},
		{"policies", "audit-1.json", rulebook.OfAudit, ""},
		{"policies", "attachments-1.json", rulebook.OfAttachments, ""},
		{"policies", "outreach-1.json", rulebook.OfOutreach, ""},
		{"policies", "paper-1.json", rulebook.OfPaper, ""},
		{"policies", "idle-1.json", rulebook.OfIdle, ""},
		{"forms", "household.json", rulebook.OfForm, "household"},
		{"policies", "modes-1.json", rulebook.OfModes, ""},
		{"policies", "products-1.json", rulebook.OfProducts, ""},
		{"policies", "points-1.json", rulebook.OfPoints, ""},
		{"policies", "myfile-1.json", rulebook.OfMyFile, ""},
		{"policies", "plates-1.json", rulebook.OfPlates, ""},
		{"policies", "alarms-1.json", rulebook.OfAlarms, ""},
		{"policies", "criteria-1.json", rulebook.OfCriteria, ""},
		{"policies", "carbon-1.json", rulebook.OfCarbon, ""},
		{"policies", "fiveones-1.json", rulebook.OfFiveOnes, ""},
		{"policies", "titles-1.json", rulebook.OfTitles, ""},
		{"policies", "reference-1.json", rulebook.OfReference, ""},
		{"policies", "wholevillage-1.json", rulebook.OfWholeVillage, ""},
		{"scorecards", "card-household-1.json", rulebook.OfCard, "household"},
	} {
		e := draft(t, one.folder, one.file)
		if e.What != one.what || e.Name != one.name || e.Version != 2 {
			t.Errorf("%s is %s %s %d", one.file, e.What, e.Name, e.Version)
		}
		if b, err := load(e); err != nil || b.Version(one.what, one.name) != 2 {
			t.Errorf("%s: %v", one.file, err)
		}
	}

	form := draft(t, "forms", "household.json")
	b, err = load(form)
	if err != nil || b.Forms["household"].Version != 2 || b.Form("household", 1).Version != 1 || b.Form("household", 7).Version != 2 || b.Form("x", 1) != nil {
		t.Errorf("what was begun under an older form: %v", err)
	}

	old := catalogue
	old.Version = 1
	if b, err := load(old); err != nil || b.Catalogue.Version() != 1 {
		t.Errorf("an edition as old as the program's own: %v", err)
	}
	for name, e := range map[string]rulebook.Edition{
		"says another version":              func() rulebook.Edition { e := catalogue; e.Version = 3; return e }(),
		"cannot be read":                    {What: rulebook.OfLending, Version: 9, Content: "{"},
		"a class falls":                     draft(t, "policies", "catalogue-1.json", `"name": "head_name", "format": "text", "class": 2`, `"name": "head_name", "format": "text", "class": 1`),
		"a form asks what no catalogue has": draft(t, "forms", "household.json", `"remark"`, `"remarks"`),
	} {
		if _, err := load(e); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}

// Every set of rules of the program is one that an edition's record may be of.
func TestEveryRuleCanBePublished(t *testing.T) {
	b, err := load()
	if err != nil {
		t.Fatal(err)
	}
	def, _ := b.Catalogue.Field(rulebook.Kind, "what")
	for _, title := range b.Titles() {
		if what, _, _ := strings.Cut(title, " "); !slices.Contains(def.Choices, what) {
			t.Errorf("the catalogue has no edition of %s", what)
		}
	}
}

// TestSecondPerson: a published card waits until another administrator stands for it; then it counts from its own day on, and what
// was decided before is still made again by the old one.
func TestSecondPerson(t *testing.T) {
	card := draft(t, "scorecards", "card-household-1.json", `"from": "2026-01-01"`, `"from": "2026-12-01"`)
	card.By = "anna"
	again := card.Second(rulebook.Stage{Percent: 100})
	for name, one := range map[string]struct {
		by     string
		counts bool
	}{"nobody": {"", false}, "the same": {"anna", false}, "another": {"bo", true}} {
		published := []rulebook.Edition{card}
		if again.By = one.by; one.by != "" {
			published = append(published, again)
		}
		b, err := load(published...)
		if err != nil {
			t.Fatal(err)
		}
		if b.Waits(card) == one.counts || (b.Card("household", "2026-12-01").Number == 2) != one.counts {
			t.Errorf("seconded by %s: %d counts", name, b.Card("household", "2026-12-01").Number)
		}
		if b.Card("household", "2026-11-30").Number != 1 || b.Card("household", "2025-12-31") != nil || b.CardVersion("household", 1) == nil || b.Version(rulebook.OfCard, "household") != 2 {
			t.Errorf("seconded by %s: what counted before", name)
		}
	}
	broken := card
	broken.Content = strings.Replace(card.Content, `"points": 91.08`, `"points": 90`, 1)
	if _, err := load(broken); err == nil {
		t.Error("a card that fails its own case is taken while it waits")
	}
}

// A record of an edition reads as what was signed.
func TestEditionTravels(t *testing.T) {
	e := draft(t, "policies", "lending-1.json")
	e.Stage = rulebook.Stage{Percent: 30, Scopes: []ident.Scope{"unit:a", "unit:b"}, NotBefore: 1_780_000_000_000, Spread: 3_600_000}
	e.By, e.Signature = "0102", []byte{1, 2}
	w := e.Write(ident.Record{1})
	row := record.Row{Header: w.Header, Fields: map[record.Field]record.FieldState{}}
	for f, v := range w.Fields {
		row.Fields[f] = record.FieldState{Value: v}
	}
	got := rulebook.EditionOf(row)
	if !bytes.Equal(got.SignedBytes(), e.SignedBytes()) || got.By != e.By || !bytes.Equal(got.Signature, e.Signature) {
		t.Errorf("got %+v", got)
	}
	for name, change := range map[string]func(*rulebook.Edition){
		"what": func(e *rulebook.Edition) { e.What = "form" }, "name": func(e *rulebook.Edition) { e.Name = "x" },
		"version": func(e *rulebook.Edition) { e.Version++ }, "content": func(e *rulebook.Edition) { e.Content += " " },
		"percent": func(e *rulebook.Edition) { e.Percent++ }, "scopes": func(e *rulebook.Edition) { e.Scopes = nil },
		"not before": func(e *rulebook.Edition) { e.NotBefore++ }, "spread": func(e *rulebook.Edition) { e.Spread++ },
	} {
		other := e
		if change(&other); bytes.Equal(other.SignedBytes(), e.SignedBytes()) {
			t.Errorf("%s is not signed", name)
		}
	}
}

// A stage takes about its part of the devices, spread over its time, the same ones
// for all that is published together.
func TestStage(t *testing.T) {
	e := rulebook.Edition{Stage: rulebook.Stage{Percent: 30, NotBefore: 1_000_000, Spread: 600_000}}
	var early, late, taken int
	for i := range 2000 {
		d := ident.Device{byte(i), byte(i >> 8)}
		ms, ok := e.Due(e.Stage, d, nil)
		other := e
		other.What, other.Version = "form", 9
		if again, same := other.Due(other.Stage, d, nil); again != ms || same != ok {
			t.Fatal("editions published together are taken apart")
		}
		if !ok {
			continue
		}
		taken++
		if ms < e.NotBefore || ms >= e.NotBefore+e.Spread {
			t.Fatalf("due at %d", ms)
		}
		if ms < e.NotBefore+e.Spread/2 {
			early++
		} else {
			late++
		}
		wider := e.Stage
		wider.Percent = 100
		if later, ok := e.Due(wider, d, nil); !ok || later != ms {
			t.Fatal("a wider stage moves who was in it")
		}
		wider.Percent, wider.NotBefore = 50, e.NotBefore+86_400_000 // a day later
		if later, ok := e.Due(wider, d, nil); !ok || later != ms+86_400_000 {
			t.Fatal("a wider stage leaves out who was in it")
		}
	}
	if taken < 500 || taken > 700 || early < taken/3 || late < taken/3 {
		t.Errorf("%d of 2000 devices, %d early, %d late", taken, early, late)
	}
	here := rulebook.Edition{Stage: rulebook.Stage{Percent: 100, Scopes: []ident.Scope{"unit:a"}}}
	if _, ok := here.Due(here.Stage, ident.Device{1}, []ident.Scope{"ref", "unit:b"}); ok {
		t.Error("taken by a device of another village")
	}
	if _, ok := here.Due(here.Stage, ident.Device{1}, []ident.Scope{"ref", "unit:a"}); !ok || !slices.Equal(here.Scopes, []ident.Scope{"unit:a"}) {
		t.Error("not taken by a device of the village")
	}
}

// The newest stage of an edition counts, whatever order they come in, and one of another
// edition or another number of it does not.
func TestRestage(t *testing.T) {
	e := rulebook.Edition{What: rulebook.OfForm, Name: "household", Version: 2, Content: "{}", Stage: rulebook.Stage{Percent: 5}, By: "01"}
	other := e
	other.Content = "{ }"
	if e.Title() != "form household 2" {
		t.Errorf("title %q", e.Title())
	}
	all := []rulebook.Edition{e, other}
	for i, percent := range []int64{50, 0, 100} {
		next := e.Restage(rulebook.Stage{Percent: percent, Spread: 7}, all)
		if int(next.Version) != i+1 || next.Check() != nil {
			t.Errorf("stage %d: version %d, %v", i, next.Version, next.Check())
		}
		all = append([]rulebook.Edition{next}, all...)
		if got := e.StageOf(all); got.Percent != percent || got.Spread != 7 {
			t.Errorf("stage %d: %+v", i, got)
		}
	}
	slices.Reverse(all)
	if got := e.StageOf(all); got.Percent != 100 {
		t.Errorf("in another order: %+v", got)
	}
	if got := other.StageOf(all); got.Percent != 5 {
		t.Errorf("another edition of the same title: %+v", got)
	}
	if stopped := e.StageOf(all[:len(all)-1]); stopped.Percent != 0 {
		t.Errorf("stopped: %+v", stopped)
	} else if _, due := e.Due(stopped, ident.Device{1}, nil); due {
		t.Error("taken while it is stopped")
	}
}
