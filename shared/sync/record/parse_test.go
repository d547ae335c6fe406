// SPDX-License-Identifier: Apache-2.0

package record_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

func TestParseCatalogue(t *testing.T) {
	c, err := record.ParseCatalogue(strings.NewReader(`{"version": 3, "kinds": [{"name": "household", "nature": "fact", "fields": [
		{"name": "phone", "format": "mobile", "class": 2, "merge": "latest", "indexed": true}]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if c.Version() != 3 {
		t.Errorf("version %d, want 3", c.Version())
	}
	tests := []struct {
		kind  record.Kind
		field record.Field
		want  record.FieldDef
		known bool
	}{
		{"household", "phone", record.FieldDef{Name: "phone", Format: "mobile", Class: record.C2, Merge: record.Latest, Indexed: true}, true},
		{"household", record.Deleted, record.FieldDef{Name: record.Deleted, Format: "bool", Class: record.C1, Merge: record.Review}, true},
		{"household", "later", record.FieldDef{Name: "later", Class: record.C3, Merge: record.Review}, false},
		{"later", "phone", record.FieldDef{Name: "phone", Class: record.C3, Merge: record.Review}, false},
	}
	for _, tt := range tests {
		got, known := c.Field(tt.kind, tt.field)
		if diff := cmp.Diff(tt.want, got); diff != "" || known != tt.known {
			t.Errorf("%s.%s: known %v, want %v: %s", tt.kind, tt.field, known, tt.known, diff)
		}
	}
}

func TestParseCatalogueRefuses(t *testing.T) {
	field := func(f string) string {
		return `{"version": 1, "kinds": [{"name": "k", "nature": "fact", "fields": [` + f + `]}]}`
	}
	kind := func(k string) string { return `{"version": 1, "kinds": [` + k + `]}` }
	tests := []struct{ name, text, says string }{
		{"not JSON", `{`, "read catalogue"},
		{"unknown key", `{"version": 1, "kindz": []}`, "unknown field"},
		{"no version", `{"kinds": []}`, "version is missing"},
		{"no kind name", kind(`{"nature": "fact"}`), "a name is"},
		{"kind name in capitals", kind(`{"name": "K", "nature": "fact"}`), "a name is"},
		{"kind twice", kind(`{"name": "k", "nature": "fact"}, {"name": "k", "nature": "fact"}`), "twice"},
		{"a signed fact", kind(`{"name": "k", "nature": "fact", "signed": true}`), "signed needs nature entry"},
		{"unknown nature", kind(`{"name": "k", "nature": "myth"}`), "nature"},
		{"reserved field", field(`{"name": "~deleted", "format": "bool", "class": 1, "merge": "review"}`), "a name is"},
		{"long field name", field(`{"name": "` + strings.Repeat("a", 65) + `", "format": "int", "class": 1, "merge": "latest"}`), "a name is"},
		{"unknown format", field(`{"name": "f", "format": "colour", "class": 1, "merge": "latest"}`), "format"},
		{"no class", field(`{"name": "f", "format": "int", "merge": "latest"}`), "class"},
		{"class 4", field(`{"name": "f", "format": "int", "class": 4, "merge": "latest"}`), "class"},
		{"unknown policy", field(`{"name": "f", "format": "int", "class": 1, "merge": "newest"}`), "merge policy"},
		{"union of numbers", field(`{"name": "f", "format": "int", "class": 1, "merge": "union"}`), "format set"},
		{"larger of texts", field(`{"name": "f", "format": "text", "class": 1, "merge": "larger"}`), "number"},
		{"smaller of truth", field(`{"name": "f", "format": "bool", "class": 1, "merge": "smaller"}`), "number"},
		{"field twice", field(`{"name": "f", "format": "int", "class": 1, "merge": "latest"}, {"name": "f", "format": "int", "class": 1, "merge": "latest"}`), "twice"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := record.ParseCatalogue(strings.NewReader(tt.text))
			if err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want an error that says %q", err, tt.says)
			}
		})
	}
}

func TestParseAccess(t *testing.T) {
	a, err := record.ParseAccess(strings.NewReader(`{"version": 2, "roles": [
		{"name": "analyst", "source": 0, "kinds": {"*": {"read": 1}}},
		{"name": "officer", "source": 30, "kinds": {"demand": {"read": 2, "create": 2, "edit": 1}, "*": {"read": 1}}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		role   record.Role
		kind   record.Kind
		class  record.Class
		action record.Action
		want   bool
	}{
		{"officer", "demand", record.C2, record.CanRead, true},
		{"officer", "demand", record.C3, record.CanRead, false},
		{"officer", "demand", record.C2, record.CanEdit, false},
		{"officer", "demand", record.C1, record.CanEdit, true},
		{"officer", "demand", record.C1, record.CanDelete, false},
		{"officer", "plate", record.C1, record.CanRead, true},
		{"officer", "plate", record.C2, record.CanRead, false},
		{"analyst", "demand", record.C1, record.CanRead, true},
		{"analyst", "demand", record.C1, record.CanCreate, false},
		{"nobody", "demand", record.C1, record.CanRead, false},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt.role, tt.kind, tt.class, tt.action), func(t *testing.T) {
			if got := a.Allows(tt.role, tt.kind, tt.class, tt.action); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
			if got := a.View(tt.role).Holds(tt.kind, tt.class); tt.action == record.CanRead && got != tt.want {
				t.Errorf("view holds %v, want %v", got, tt.want)
			}
		})
	}
	if v := a.View("officer"); v.Name() != "officer" || v.Version() != 2 || a.Source("officer") != record.Officer {
		t.Errorf("view %q version %d, source %d", v.Name(), v.Version(), a.Source("officer"))
	}
	if !record.Everything.Holds("anything", record.C3) {
		t.Error("the server's own view lacks something")
	}
}

func TestParseAccessRefuses(t *testing.T) {
	role := func(kinds string) string {
		return `{"version": 1, "roles": [{"name": "r", "source": 10, "kinds": ` + kinds + `}]}`
	}
	tests := []struct{ name, text, says string }{
		{"not JSON", `[`, "read access table"},
		{"unknown key", `{"version": 1, "rolez": []}`, "unknown field"},
		{"no version", `{"roles": []}`, "version is missing"},
		{"no name", `{"version": 1, "roles": [{"kinds": {}}]}`, "a name is"},
		{"role twice", `{"version": 1, "roles": [{"name": "r"}, {"name": "r"}]}`, "twice"},
		{"unknown action", role(`{"demand": {"approve": 1}}`), "unknown action"},
		{"class 0", role(`{"demand": {"read": 0}}`), "class"},
		{"class 4", role(`{"demand": {"read": 4}}`), "class"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := record.ParseAccess(strings.NewReader(tt.text))
			if err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want an error that says %q", err, tt.says)
			}
		})
	}
}

func validAct() record.Act {
	return record.Act{Name: "household.edit", Scope: "ref", Writes: []record.Write{{
		Op: record.Edit, Header: record.Header{ID: ident.Record{1}, Kind: "household", Scope: "ref"},
		Fields: map[record.Field]record.Value{"phone": record.OfText("x")},
	}}}
}

func TestActCheck(t *testing.T) {
	many := func(n int) map[record.Field]record.Value {
		m := map[record.Field]record.Value{}
		for i := range n {
			m[record.Field(fmt.Sprint("f", i))] = record.OfInt(1)
		}
		return m
	}
	set := make([]string, record.MaxSetItems+1)
	for i := range set {
		set[i] = fmt.Sprint(i)
	}
	type act = record.Act
	tests := []struct {
		name  string
		harm  func(*act)
		limit string // What of the LimitError; "" for another error
	}{
		{"no name", func(a *act) { a.Name = "" }, ""},
		{"name not UTF-8", func(a *act) { a.Name = "\xff" }, ""},
		{"long name", func(a *act) { a.Name = strings.Repeat("n", 65) }, "name"},
		{"no write", func(a *act) { a.Writes = nil }, ""},
		{"257 writes", func(a *act) { a.Writes = make([]record.Write, 257) }, "writes"},
		{"65 blobs", func(a *act) { a.Blobs = make([]record.Blob, 65) }, "blobs"},
		{"no operation", func(a *act) { a.Writes[0].Op = 0 }, ""},
		{"reserved operation", func(a *act) { a.Writes[0].Op = record.SameAs }, ""},
		{"no id", func(a *act) { a.Writes[0].Header.ID = ident.Record{} }, ""},
		{"another scope", func(a *act) { a.Writes[0].Header.Scope = "user:x" }, ""},
		{"no kind", func(a *act) { a.Writes[0].Header.Kind = "" }, ""},
		{"long kind", func(a *act) { a.Writes[0].Header.Kind = record.Kind(strings.Repeat("k", 65)) }, ""},
		{"257 fields", func(a *act) { a.Writes[0].Fields = many(257) }, "fields"},
		{"no field name", func(a *act) { a.Writes[0].Fields[""] = record.Value{} }, ""},
		{"text not UTF-8", func(a *act) { a.Writes[0].Fields["f"] = record.OfText("\xff") }, ""},
		{"item not UTF-8", func(a *act) { a.Writes[0].Fields["f"] = record.OfSet("\xff") }, ""},
		{"large value", func(a *act) { a.Writes[0].Fields["f"] = record.OfText(strings.Repeat("x", 64<<10+1)) }, "value"},
		{"large set", func(a *act) { a.Writes[0].Fields["f"] = record.OfSet(set...) }, "set"},
		{"four large values", func(a *act) {
			for i := range 4 {
				a.Writes[0].Fields[record.Field(fmt.Sprint("f", i))] = record.OfText(strings.Repeat("x", 60<<10))
			}
		}, "act"},
		{"65 heads seen", func(a *act) {
			a.Writes[0].Seen = map[record.Field][]record.Version{"phone": make([]record.Version, 65)}
		}, "heads"},
		{"257 fields in dispute", func(a *act) { a.Writes[0].InDispute = make([]record.Field, 257) }, "fields"},
		{"nameless field in dispute", func(a *act) { a.Writes[0].InDispute = []record.Field{""} }, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			a := validAct()
			tt.harm(&a)
			err := a.Check()
			var limit *record.LimitError
			switch {
			case err == nil:
				t.Fatal("no error")
			case errors.As(err, &limit) != (tt.limit != ""):
				t.Errorf("got %v, want a limit error: %v", err, tt.limit != "")
			case limit != nil && limit.What != tt.limit:
				t.Errorf("limit of %q, want %q", limit.What, tt.limit)
			}
		})
	}
}

func TestActCheckAccepts(t *testing.T) {
	largest := validAct()
	largest.Writes[0].Fields = map[record.Field]record.Value{"f": record.OfText(strings.Repeat("x", record.MaxValueSize))}
	discard := validAct()
	discard.Writes = []record.Write{{Op: record.Discard, Header: record.Header{Kind: "household", Scope: "ref"}}}
	for _, a := range []record.Act{validAct(), largest, discard} {
		if err := a.Check(); err != nil {
			t.Error(err)
		}
	}
}

func TestOutcome(t *testing.T) {
	if got := record.Merged.Worse(record.Accepted); got != record.Merged {
		t.Errorf("the worse of merged and accepted is %v", got)
	}
	for o := record.Pending; o <= record.Discarded; o++ {
		want := o >= record.Accepted && o <= record.InReview
		if o.Applied() != want {
			t.Errorf("%v applied: %v, want %v", o, o.Applied(), want)
		}
	}
	if got := record.Outcome(99).String(); got != "outcome(99)" {
		t.Errorf("an unknown outcome prints %q", got)
	}
}

func TestRow(t *testing.T) {
	r := record.Row{Fields: map[record.Field]record.FieldState{
		"b":            {Value: record.OfInt(4), Disputed: true},
		"a":            {Value: record.OfText("x"), Pending: true},
		record.Deleted: {Value: record.OfBool(true)},
	}}
	if r.Text("a") != "x" || r.Int("b") != 4 || r.Bool("a") || !r.Value("never").IsNone() {
		t.Error("a field reads as something else")
	}
	if !r.Deleted() || !r.Pending() {
		t.Errorf("deleted %v, pending %v; want both", r.Deleted(), r.Pending())
	}
	if diff := cmp.Diff([]record.Field{"b"}, r.Disputed()); diff != "" {
		t.Error(diff)
	}
	r.Fields[record.Deleted] = record.FieldState{Value: record.OfBool(true), Disputed: true}
	if r.Deleted() {
		t.Error("a disputed deletion counts")
	}
}

func TestViewAbove(t *testing.T) {
	a, err := record.ParseAccess(strings.NewReader(`{"version": 1, "roles": [
		{"name": "kiosk", "source": 10, "kinds": {"household": {"read": 1, "create": 2}}},
		{"name": "officer", "source": 30, "kinds": {"household": {"read": 1}, "*": {"read": 2}}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	for role, want := range map[record.Role]bool{"kiosk": false, "officer": true, "nobody": false} {
		if got := a.View(role).Above(record.C1); got != want {
			t.Errorf("%s reads more than C1: %v", role, got)
		}
	}
	if a.View("officer").Above(record.C2) || !record.Everything.Above(record.C2) {
		t.Error("more than C2 is read by officers, or not by the server")
	}
}
