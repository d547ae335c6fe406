// SPDX-License-Identifier: Apache-2.0

package policies_test

import (
	"bytes"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yuexin/assets"
	"yuexin/shared/i18n"
	"yuexin/shared/sync/record"
)

var update = flag.Bool("update", false, "write the golden files anew")

func mustRead(t *testing.T, name string) *bytes.Reader {
	t.Helper()
	data, err := fs.ReadFile(assets.Folder("policies"), name)
	if err != nil {
		t.Fatal(err)
	}
	return bytes.NewReader(data)
}

func mustCatalogue(t *testing.T) *record.Catalogue {
	t.Helper()
	c, err := record.ParseCatalogue(mustRead(t, "catalogue-1.json"))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func mustAccess(t *testing.T) *record.Access {
	t.Helper()
	a, err := record.ParseAccess(mustRead(t, "access-1.json"))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

var (
	actions = []record.Action{record.CanRead, record.CanCreate, record.CanEdit, record.CanDelete, record.CanResolve}
	classes = []record.Class{record.C1, record.C2, record.C3}
)

// cells writes one line per role, kind and class, with every action as yes or no.
func cells(a *record.Access, kinds []record.Kind) map[string]string {
	out := make(map[string]string)
	for _, role := range a.Roles() {
		for _, kind := range kinds {
			for _, class := range classes {
				var line strings.Builder
				for _, action := range actions {
					answer := "no"
					if a.Allows(role, kind, class, action) {
						answer = "yes"
					}
					fmt.Fprintf(&line, " %s=%s", action, answer)
				}
				out[fmt.Sprintf("%s %s C%d", role, kind, class)] = strings.TrimSpace(line.String())
			}
		}
	}
	return out
}

func keys(a *record.Access, kinds []record.Kind) []string {
	var out []string
	for _, role := range a.Roles() {
		for _, kind := range kinds {
			for _, class := range classes {
				out = append(out, fmt.Sprintf("%s %s C%d", role, kind, class))
			}
		}
	}
	return out
}

// TestStaffReadsWhatTheMachineReads: once a cadre is let in, a kiosk holds the cadre's view; the machine's own screens go on
// reading there.
func TestStaffReadsWhatTheMachineReads(t *testing.T) {
	a, c := mustAccess(t), mustCatalogue(t)
	for _, kind := range c.Kinds() {
		for _, class := range classes {
			if a.View("kiosk").Holds(kind, class) && !a.View("cadre").Holds(kind, class) {
				t.Errorf("a kiosk reads %s of class C%d, a cadre does not", kind, class)
			}
		}
	}
}

const golden = "testdata/access-1.golden"

// TestAccessCells compares every cell of the access table with the golden file.
func TestAccessCells(t *testing.T) {
	a, c := mustAccess(t), mustCatalogue(t)
	got := cells(a, c.Kinds())
	if *update {
		var file strings.Builder
		for _, key := range keys(a, c.Kinds()) {
			fmt.Fprintf(&file, "%s: %s\n", key, got[key])
		}
		if err := os.WriteFile(golden, []byte(file.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	want := make(map[string]string)
	for line := range strings.Lines(string(data)) {
		key, cell, _ := strings.Cut(strings.TrimSpace(line), ": ")
		want[key] = cell
	}
	if len(want) != len(got) {
		t.Errorf("golden file has %d lines, the table %d", len(want), len(got))
	}
	for _, key := range keys(a, c.Kinds()) {
		t.Run(key, func(t *testing.T) {
			if diff := cmp.Diff(want[key], got[key]); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// TestAccessLaws holds whatever the cells say.
func TestAccessLaws(t *testing.T) {
	a, c := mustAccess(t), mustCatalogue(t)
	for _, role := range a.Roles() {
		for _, kind := range c.Kinds() {
			def, _ := c.Kind(kind)
			may := func(class record.Class, action record.Action) bool { return a.Allows(role, kind, class, action) }
			switch {
			case may(record.C3, record.CanRead), may(record.C3, record.CanCreate), may(record.C3, record.CanEdit):
				t.Errorf("%s touches C3 of %s", role, kind)
			case (role == "kiosk" || role == "resident" || role == "analyst") && may(record.C2, record.CanRead):
				t.Errorf("%s reads C2 of %s", role, kind)
			case role == "kiosk" && strings.Contains("household member merchant consent", string(kind)) && may(record.C1, record.CanRead):
				t.Errorf("a kiosk can tell whether a %s exists", kind)
			case role == "analyst" && (may(record.C1, record.CanCreate) || may(record.C1, record.CanEdit)):
				t.Errorf("an analyst writes %s", kind)
			case def.Nature == record.Entry && (may(record.C1, record.CanEdit) || may(record.C1, record.CanDelete) || may(record.C1, record.CanResolve)):
				t.Errorf("%s changes entries of %s", role, kind)
			case def.Nature == record.Decision && role != "desk" && (may(record.C1, record.CanCreate) || may(record.C1, record.CanEdit)):
				t.Errorf("%s decides %s", role, kind)
			}
		}
	}
	for _, role := range []record.Role{"kiosk", "resident", "cadre", "officer", "reviewer", "analyst", "admin", "desk"} {
		if !slices.Contains(a.Roles(), role) {
			t.Errorf("no role %s", role)
		}
	}
	if a.Allows("stranger", "unit", record.C1, record.CanRead) {
		t.Error("an unknown role reads")
	}
	ranks := []record.Role{"kiosk", "cadre", "officer", "reviewer", "admin"}
	for i := 1; i < len(ranks); i++ {
		if a.Source(ranks[i-1]) >= a.Source(ranks[i]) {
			t.Errorf("%s does not rank above %s", ranks[i], ranks[i-1])
		}
	}
}

// TestCatalogueIsNamed wants a text for every kind, field and choice, and one set of choices per field name.
func TestCatalogueIsNamed(t *testing.T) {
	c := mustCatalogue(t)
	texts, err := i18n.Load(assets.Locales())
	if err != nil {
		t.Fatal(err)
	}
	p := texts.Printer(i18n.ZhHans)
	need := func(key string) {
		if !p.Has(key) {
			t.Errorf("no text for %s", key)
		}
	}
	choices := make(map[record.Field][]string)
	for _, kind := range c.Kinds() {
		def, _ := c.Kind(kind)
		need("kind." + string(kind))
		for _, f := range def.Fields {
			need("field." + string(kind) + "." + string(f.Name))
			for _, code := range f.Choices {
				need("choice." + string(f.Name) + "." + code)
			}
			if len(f.Choices) == 0 {
				continue
			}
			if seen, ok := choices[f.Name]; ok && cmp.Diff(seen, f.Choices) != "" {
				t.Errorf("%s.%s has other choices than elsewhere", kind, f.Name)
			}
			choices[f.Name] = f.Choices
		}
	}
}

// TestCatalogueLaws says what the README says.
func TestCatalogueLaws(t *testing.T) {
	c := mustCatalogue(t)
	for _, kind := range c.Kinds() {
		def, _ := c.Kind(kind)
		for _, f := range def.Fields {
			personal := f.Format == record.FormatResidentID || f.Format == record.FormatMoney || f.Format == record.FormatUSCC
			switch {
			case f.Class == record.C3:
				t.Errorf("%s.%s is C3, which is not stored", kind, f.Name)
			case personal && f.Class != record.C2:
				t.Errorf("%s.%s shows a person or their money and is C%d", kind, f.Name, f.Class)
			case (f.Format == record.FormatResidentID || f.Format == record.FormatUSCC) && (f.Merge != record.Review || !f.Sensitive):
				t.Errorf("%s.%s is a person's number and is not reviewed by two", kind, f.Name)
			case f.Merge == record.Review && f.Format == record.FormatMoney && !f.Sensitive:
				t.Errorf("%s.%s decides about a loan and is settled by one person", kind, f.Name)
			case def.Nature != record.Fact && f.Merge != record.Latest:
				t.Errorf("%s.%s never merges and says %s", kind, f.Name, f.Merge)
			case f.Format == record.FormatSet && def.Nature == record.Fact && f.Merge != record.Union:
				t.Errorf("%s.%s is a set and loses additions", kind, f.Name)
			}
		}
	}
}
