// SPDX-License-Identifier: Apache-2.0

package keyboard_test

import (
	"encoding/csv"
	"os"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"yuexin/assets"
	"yuexin/shared/pinyin"
	"yuexin/shared/region"
	"yuexin/shared/typing"
	"yuexin/shared/uikit/keyboard"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/widget"
)

// leastOnFirstPage is how many per cent of names and villages must stand on the first page. Package pinyin measures the same
// names as people misspell them.
const leastOnFirstPage = 95

// dasha is 大沙镇 of 四会市, where the first kiosks stand.
const dasha region.Code = "441284105"

// bench is a keyboard on a kiosk's screen that is typed on by key, without fingers.
type bench struct {
	testing.TB
	host  *keyboard.Host
	entry *widget.Entry
}

func newBench(tb testing.TB, look theme.Look, local *pinyin.Local) *bench {
	tb.Helper()
	kit, err := typing.Load()
	if err != nil {
		tb.Fatal(err)
	}
	theme.Set(look)
	b := &bench{TB: tb, entry: widget.NewEntry("")}
	b.host = keyboard.NewHost(b.entry, printer, kit, local)
	w := test.NewTempWindow(tb, b.host)
	w.Resize(fyne.NewSize(1080, 1920))
	return b
}

// candidates types letters into an empty entry and returns what stands on the first page then.
func (b *bench) candidates(kind, letters string) []string {
	b.Helper()
	b.host.Attach(nil, "")
	b.host.Attach(b.entry, kind)
	keys := make(map[string]*keyboard.Key)
	for _, k := range b.host.Keys() {
		keys[k.Label()] = k
	}
	for _, r := range letters {
		keys[string(r)].Tapped(nil)
	}
	var found []string
	for _, k := range b.host.Keys() {
		if k.Candidate() {
			found = append(found, k.Label())
		}
	}
	return found
}

// share checks how many per cent of the words stand on the first page when they are typed in full.
func (b *bench) share(kind string, typed map[string]string) {
	b.Helper()
	missing := 0
	for word, letters := range typed {
		if page := b.candidates(kind, letters); !slices.Contains(page, word) {
			missing++
			b.Logf("%s: %s gives %v", word, letters, page)
		}
	}
	found := 100 * float64(len(typed)-missing) / float64(len(typed))
	b.Logf("%.1f %% of %d on the first page", found, len(typed))
	if found < leastOnFirstPage {
		b.Errorf("%.1f %% of %d are on the first page, want %d %%", found, len(typed), leastOnFirstPage)
	}
}

// commonNames are the names of testdata of package pinyin, each with its syllables.
func commonNames(tb testing.TB) map[string]string {
	tb.Helper()
	f, err := os.Open("../../pinyin/testdata/names.csv")
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = f.Close() }() // it was only read
	r := csv.NewReader(f)
	r.Comment = '#'
	rows, err := r.ReadAll()
	if err != nil || len(rows) != 200 {
		tb.Fatalf("%d names, %v; want 200", len(rows), err)
	}
	names := make(map[string]string)
	for _, row := range rows {
		names[row[0]] = row[1]
	}
	return names
}

// TestNamesOnFirstPage types 200 common names with the keys of a kiosk in its large mode, whose pages are the smallest.
func TestNamesOnFirstPage(t *testing.T) {
	b := newBench(t, theme.Look{Place: theme.Kiosk, Mode: theme.Elder}, nil)
	typed := make(map[string]string)
	for name, syllables := range commonNames(t) {
		typed[name] = strings.ReplaceAll(syllables, " ", "")
	}
	b.share(keyboard.Name, typed)
}

// TestVillagesOnFirstPage types the names of all villages of 大沙镇 on a kiosk that stands there.
func TestVillagesOnFirstPage(t *testing.T) {
	kit, err := typing.Load()
	if err != nil {
		t.Fatal(err)
	}
	tree, err := region.Load(assets.Regions())
	if err != nil {
		t.Fatal(err)
	}
	local, err := kit.NewLocal()
	if err != nil {
		t.Fatal(err)
	}
	local.SetNear(kit.Near(tree, []region.Code{dasha + "203"}))
	typed := make(map[string]string)
	for _, village := range tree.Children(dasha) {
		typed[village.Short] = strings.ReplaceAll(tree.Pinyin(village.Code), " ", "")
	}
	if len(typed) != 16 {
		t.Errorf("%d villages, the data of 2023 has 16", len(typed))
	}
	newBench(t, theme.Look{Place: theme.Kiosk, Mode: theme.Elder}, local).share(keyboard.Text, typed)
}

// BenchmarkKeyPress types a name letter by letter on a kiosk, candidates drawn after each; the second figure is the part
// of the 20 ms in which a person takes an answer for immediate.
func BenchmarkKeyPress(b *testing.B) {
	bench := newBench(b, theme.Look{Place: theme.Kiosk}, nil)
	const name = "chenxiuying"
	b.ReportAllocs()
	for b.Loop() {
		bench.candidates(keyboard.Name, name)
	}
	perKey := b.Elapsed().Seconds() / float64(b.N) / float64(len(name))
	b.ReportMetric(perKey*1000, "ms/key")
	b.ReportMetric(perKey/0.020, "of-20ms")
}
