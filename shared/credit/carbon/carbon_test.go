// SPDX-License-Identifier: Apache-2.0

package carbon_test

import (
	"io/fs"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yuexin/assets"
	"yuexin/shared/credit/carbon"
	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

var (
	today = time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)
	house = record.Row{Header: record.Header{ID: ident.Record{1}, Kind: "household", Scope: "unit:test", Subject: ident.Subject{1}}}
	proof = &record.Attachment{Blob: record.Blob{Digest: [32]byte{1}, Size: 900, MediaType: "image/jpeg"}, Key: []byte{1, 2}}
)

func content(t *testing.T) string {
	t.Helper()
	data, err := fs.ReadFile(assets.Folder("policies"), "carbon-1.json")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func own(t *testing.T) *carbon.Policy {
	t.Helper()
	p, err := carbon.Parse(strings.NewReader(content(t)))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func rowOf(w record.Write) record.Row {
	r := record.Row{Header: w.Header, Fields: map[record.Field]record.FieldState{}}
	for f, v := range w.Fields {
		r.Fields[f] = record.FieldState{Value: v}
	}
	return r
}

func TestSave(t *testing.T) {
	p := own(t)
	texts, err := i18n.Load(assets.Locales())
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name     string
		item     string
		quantity int64
		day      time.Time
		proof    *record.Attachment
		grams    int64
		want     string // key of the fault
	}{
		{"solar: 3001 kWh at 0.5366 kg", "solar", 3001, today, proof, 1_610_336, ""},
		{"forest: as the certificate says", "forest", 3_804_000, today.AddDate(-1, 0, 0), proof, 3_804_000_000, ""},
		{"straw", "straw", 500, today, proof, 47_000, ""},
		{"nothing of the kind", "nuclear", 1, today, proof, 0, "carbon.item"},
		{"none", "solar", 0, today, proof, 0, "carbon.quantity"},
		{"less than none", "solar", -5, today, proof, 0, "carbon.quantity"},
		{"too much", "solar", 1_000_001, today, proof, 0, "carbon.quantity"},
		{"tomorrow", "solar", 1, today.AddDate(0, 0, 1), proof, 0, "carbon.day"},
		{"long ago", "solar", 1, today.AddDate(0, 0, -367), proof, 0, "carbon.day"},
		{"nothing shows it", "solar", 1, today, nil, 0, "carbon.proof"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e, err := p.Save(house, tt.item, tt.quantity, tt.day, today, tt.proof)
			if err != nil {
				texts.Printer(i18n.ZhHans).Explain(err)
				if fault.From(err).Key != tt.want {
					t.Errorf("%v, want %s", err, tt.want)
				}
				return
			}
			if tt.want != "" || e.Grams != tt.grams || e.Header.Subject != house.Header.Subject || e.Edition != 1 {
				t.Errorf("%+v, want %d grams or %q", e, tt.grams, tt.want)
			}
			e.Header.ID, e.Header.Kind, e.Sample, e.Remark = ident.Record{9}, carbon.Kind, true, "电表"
			if diff := cmp.Diff(e, carbon.Of(rowOf(e.Create()))); diff != "" {
				t.Errorf("round trip (-want +got):\n%s", diff)
			}
		})
	}
	if missing := texts.Missing(); len(missing) > 0 {
		t.Errorf("missing %v", missing)
	}
}

// TestBalance: whatever was saved and taken back, on however many machines, in whatever order and however often a record comes,
// the balance is the sum of what was saved and not taken back, and it is never below zero.
func TestBalance(t *testing.T) {
	p := own(t)
	r := rand.New(rand.NewPCG(3, 4))
	for range 50 {
		var all []carbon.Entry
		want := int64(0)
		for i := range 20 {
			e, err := p.Save(house, "solar", 1+r.Int64N(900), today, today, proof)
			if err != nil {
				t.Fatal(err)
			}
			e.Header.ID = ident.Record{1, byte(i)}
			all = append(all, e)
			machines := r.IntN(3) // that take it back and do not know of each other
			if machines == 0 {
				want += e.Grams
			}
			for m := range machines {
				back, err := carbon.TakeBack(e, nil)
				if err != nil {
					t.Fatal(err)
				}
				back.Header.ID = ident.Record{2, byte(i), byte(m)}
				if _, err := carbon.TakeBack(e, []carbon.Entry{back}); fault.From(err).Key != "carbon.back" {
					t.Fatalf("taken back twice by one who knows: %v", err)
				}
				if _, err := carbon.TakeBack(back, nil); fault.From(err).Key != "carbon.back" {
					t.Fatalf("what takes back was taken back: %v", err)
				}
				all = append(all, back)
			}
		}
		for range 3 {
			r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
			if got := carbon.Sum(all); got.Grams != want {
				t.Fatalf("balance %d, want %d", got.Grams, want)
			}
		}
	}
	if a := carbon.Sum(nil); a.Grams != 0 || len(a.Lines) != 0 {
		t.Errorf("of nothing: %+v", a)
	}
}

// TestFormFits: the form asks for every item, and for nothing else.
func TestFormFits(t *testing.T) {
	data, err := fs.ReadFile(assets.Folder("policies"), "catalogue-1.json")
	if err != nil {
		t.Fatal(err)
	}
	cat, err := record.ParseCatalogue(strings.NewReader(string(data)))
	if err != nil {
		t.Fatal(err)
	}
	def, _ := cat.Field(carbon.Kind, "carbon_item")
	var ids []string
	for _, it := range own(t).Items() {
		ids = append(ids, it.ID)
		if it.In("fr") == "" || it.UnitIn(i18n.En) == "" {
			t.Errorf("%s has no name", it.ID)
		}
	}
	if !slices.Equal(ids, def.Choices) {
		t.Errorf("items %v, the catalogue has %v", ids, def.Choices)
	}
	if kind, _ := cat.Kind(carbon.Kind); kind.Nature != record.Entry {
		t.Error("an entry can be changed")
	}
}

func TestParseRefuses(t *testing.T) {
	good := content(t)
	tests := []struct{ name, from, to, want string }{
		{"unknown key", `"version"`, `"edition"`, "unknown field"},
		{"no version", `"version": 1,`, ``, "version"},
		{"twice", `"id": "forest"`, `"id": "solar"`, "defined twice"},
		{"no source", `"source": "as the`, `"source": "", "x": "`, ""},
		{"nothing is saved", `"grams": 94`, `"grams": 0`, "straw"},
		{"by no units", `"per": 10`, `"per": 0`, "solar"},
		{"days", `"back_days": 366`, `"back_days": 0`, "back_days"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bad := strings.Replace(good, tt.from, tt.to, 1)
			if bad == good {
				t.Fatal("nothing was replaced")
			}
			if _, err := carbon.Parse(strings.NewReader(bad)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
		})
	}
}
