// SPDX-License-Identifier: Apache-2.0

package record_test

import (
	"bytes"
	"os"
	"testing"

	"yuexin/shared/sync/record"
)

// addPolicy gives a fuzz test the policy in use as its first seed.
func addPolicy(f *testing.F, name string, more ...string) {
	f.Helper()
	data, err := os.ReadFile("../../../assets/policies/" + name)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	for _, text := range more {
		f.Add([]byte(text))
	}
}

// FuzzParseCatalogue: in a catalogue that is taken every field of every kind is
// found under its name, with a form, a class and a policy, and no name of the
// protocol is redefined.
func FuzzParseCatalogue(f *testing.F) {
	addPolicy(f, "catalogue-1.json", "{}", `{"version":1,"kinds":[{"name":"a","nature":"fact","fields":[{"name":"b","format":"set","class":3,"merge":"union"}]}]}`,
		`{"version":1,"kinds":[{"name":"a","nature":"fact","fields":[{"name":"~deleted","format":"bool","class":1,"merge":"latest"}]}]}`)
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := record.ParseCatalogue(bytes.NewReader(data))
		if err != nil {
			return
		}
		if c.Version() == 0 {
			t.Error("a catalogue without a version")
		}
		for _, name := range c.Kinds() {
			kind, ok := c.Kind(name)
			if !ok {
				t.Fatalf("kind %q is listed and not there", name)
			}
			for _, def := range kind.Fields {
				got, known := c.Field(name, def.Name)
				if !known || got.Format.Type() == record.None || got.Class < record.C1 || got.Class > record.C3 || got.Merge == "" {
					t.Errorf("field %q of %q is %+v", def.Name, name, got)
				}
			}
			if del, known := c.Field(name, record.Deleted); !known || del.Merge != record.Review || del.Class != record.C1 {
				t.Errorf("%q redefines %s as %+v", name, record.Deleted, del)
			}
		}
	})
}

// FuzzParseAccess: in a table that is taken a role may read what its view holds,
// and a role that is not there may nothing.
func FuzzParseAccess(f *testing.F) {
	addPolicy(f, "access-1.json", "{}", `{"version":1,"roles":[{"name":"a","source":10,"kinds":{"*":{"read":3}}}]}`)
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := record.ParseAccess(bytes.NewReader(data))
		if err != nil {
			return
		}
		for _, role := range a.Roles() {
			view := a.View(role)
			for _, kind := range []record.Kind{"household", "any"} {
				for class := record.C1; class <= record.C3; class++ {
					if got, want := view.Holds(kind, class), a.Allows(role, kind, class, record.CanRead); got != want {
						t.Errorf("%s, %s, class %d: view %t, table %t", role, kind, class, got, want)
					}
				}
			}
		}
		if a.View("nobody of this name").Holds("household", record.C1) {
			t.Error("somebody unknown sees something")
		}
	})
}
