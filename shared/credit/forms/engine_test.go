// SPDX-License-Identifier: Apache-2.0

package forms_test

import (
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yuexin/shared/credit/forms"
	"yuexin/shared/credit/forms/formtest"
	"yuexin/shared/fault"
	"yuexin/shared/sync/record"
)

func mustAnswer(t *testing.T, s *forms.Session, path, text, want string) {
	t.Helper()
	if err := s.Set(path, text); err != nil {
		t.Fatalf("set %s: %v", path, err)
	}
	if got := s.Text(path); got != want {
		t.Errorf("%s = %q, want %q", path, got, want)
	}
}

func TestEveryType(t *testing.T) {
	zone := time.FixedZone("", 8*3600)
	s := forms.New(formtest.MustForm(t, "every"), time.Date(2026, 11, 22, 9, 0, 0, 0, zone))
	if got := s.Text("length"); got != "12.5" {
		t.Errorf("preset = %q", got)
	}
	mustAnswer(t, s, "depth", "一点五", "1.5")
	mustAnswer(t, s, "seen", "2026年11月22日09:30", "2026-11-22 09:30")
	if got := s.Value("seen").Int(); got != time.Date(2026, 11, 22, 1, 30, 0, 0, time.UTC).UnixMilli() {
		t.Errorf("time = %d", got)
	}
	mustAnswer(t, s, "where", "23.0469471，112.465012", "23.046947,112.465012,0,typed")
	mustAnswer(t, s, "where", "-23.046947,112.465012,5,gnss", "-23.046947,112.465012,5,gnss")
	mustAnswer(t, s, "city", "44 12", "4412")
	mustAnswer(t, s, "village", "441284105203", "441284105203")
	mustAnswer(t, s, "licence", "ＡB 12", "ＡB 12")
	blob := record.Attachment{Blob: record.Blob{Size: 3, MediaType: "image/jpeg"}, Key: []byte{1}}.Value()
	mustAnswer(t, s, "photo", hex.EncodeToString(blob.Bytes()), hex.EncodeToString(blob.Bytes()))
	for path, want := range map[string]string{"volume": "18.75", "loads": "2"} {
		if got := s.Text(path); got != want {
			t.Errorf("%s = %q, want %q", path, got, want)
		}
	}
	refused := []struct{ path, text, key string }{
		{"depth", "1.2345", "money.decimal.places"}, {"depth", "21", "form.max"}, {"seen", "gestern", "form.time"},
		{"where", "91,1", "form.gps"}, {"where", "1,1,30,gnss", "form.gps.coarse"}, {"where", "1,1,3,guess", "form.gps"}, {"where", "nan,1", "form.gps"},
		{"city", "44", "form.region.level"}, {"village", "441284105", "form.region.level"}, {"photo", "00ff", "form.file"},
		{"volume", "3", "form.computed"}, {"read_this", "x", "form.unknown"},
	}
	for _, r := range refused {
		if err := s.Set(r.path, r.text); fault.From(err) == nil || fault.From(err).Key != r.key {
			t.Errorf("%s %q: %v, want %s", r.path, r.text, err, r.key)
		}
	}
	if s.Visible("read_this") || s.Visible("doubled") {
		t.Error("a note or a hidden field shows")
	}
	mustAnswer(t, s, "county", "sihui", "sihui")
	if !s.Visible("read_this") {
		t.Error("the note is not shown")
	}
}

// TestUnder: what lay within another answer no longer counts when that one changes, and is told.
func TestUnder(t *testing.T) {
	s := forms.New(formtest.MustForm(t, "every"), today)
	mustSet(t, s, map[string]string{"county": "sihui", "town": "dasha", "city": "4412", "village": "441284105203"})
	if got := s.Options("town"); len(got) != 1 || got[0].Code != "dasha" || len(s.Findings()) != 0 {
		t.Errorf("options %v, findings %v", got, s.Findings())
	}
	mustSet(t, s, map[string]string{"county": "deqing", "city": "4401"})
	if diff := cmp.Diff([]string{"block form.under town", "block form.under village"}, formtest.Describe(s.Findings())); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
	mustSet(t, s, map[string]string{"town": "guanxu", "village": ""})
	if len(s.Findings()) != 0 {
		t.Errorf("findings %v", s.Findings())
	}
}

// TestLevels: a block stops, a warning wants a reason, which is kept with the draft and the trail, a flag does neither.
func TestLevels(t *testing.T) {
	f := formtest.MustForm(t, "every")
	s := forms.New(f, today)
	clock := today
	s.Timed(func() time.Time { clock = clock.Add(time.Minute); return clock })
	s.Load(row(record.Header{ID: [16]byte{1}, Kind: "household"}, map[record.Field]record.Value{}))
	mustSet(t, s, map[string]string{"debt": "1.01"})
	if diff := cmp.Diff([]string{"flag odd"}, formtest.Describe(s.Findings())); diff != "" || s.Ready() != nil || len(s.Unexplained()) != 0 {
		t.Errorf("findings (-want +got):\n%s, ready %v", diff, s.Ready())
	}
	warned := mustParse(t, form(`{"name":"debt","type":"money","record":"debt","checks":[
		{"name":"lower","level":"warn","when":"changed(\"debt\")","message":{"zh-Hans":"改了","en":"Changed"}}]}`, ""))
	s = forms.New(warned, today)
	s.Timed(func() time.Time { return clock })
	s.Load(row(record.Header{ID: [16]byte{1}, Kind: "household"}, map[record.Field]record.Value{"debt": record.OfInt(500)}))
	if len(s.Findings()) != 0 || len(s.Trail()) != 0 {
		t.Errorf("nothing was changed: %v %v", s.Findings(), s.Trail())
	}
	if err := s.SetFrom("debt", "7", forms.Scanned); err != nil {
		t.Fatal(err)
	}
	open := s.Unexplained()
	if len(open) != 1 || s.Ready() != nil {
		t.Fatalf("unexplained %v, ready %v", open, s.Ready())
	}
	s.GiveReason(open[0], " 还了一部分 ")
	again := forms.New(warned, today)
	again.Restore(s.Draft())
	if trail := again.Trail(); len(trail) != 1 || trail[0].How != forms.Scanned || !trail[0].At.Equal(clock) {
		t.Errorf("trail of the draft %+v, want scanned at %v", trail, clock)
	}
	if len(s.Unexplained()) != 0 || s.Findings()[0].Reason != "还了一部分" {
		t.Errorf("findings %+v", s.Findings())
	}
	want := []forms.Trace{{Path: "debt", Kind: "household", Record: [16]byte{1}, Field: "debt", How: forms.Scanned, At: clock, Old: record.OfInt(500), New: record.OfInt(700), Reason: "还了一部分"}}
	if diff := cmp.Diff(want, s.Trail()); diff != "" {
		t.Errorf("trail (-want +got):\n%s", diff)
	}
}

func TestRowsCompute(t *testing.T) {
	s := forms.New(formtest.MustForm(t, "every"), today)
	for range 3 {
		if _, err := s.AddRow("m"); err != nil {
			t.Fatal(err)
		}
	}
	want := func(step string, answers map[string]string, findings ...string) {
		t.Helper()
		for path, text := range answers {
			if got := s.Text(path); got != text {
				t.Errorf("%s: %s = %q, want %q", step, path, got, text)
			}
		}
		if diff := cmp.Diff(append([]string(nil), findings...), formtest.Describe(s.Findings())); diff != "" {
			t.Errorf("%s: findings (-want +got):\n%s", step, diff)
		}
	}
	want("begun", map[string]string{"m.0.n": "1", "m.2.n": "3", "m.2.rest": "7", "m.1.twice": "no", "total": "6"})
	mustAnswer(t, s, "m.0.n", "6", "6")
	mustAnswer(t, s, "m.1.n", "6", "6")
	want("typed", map[string]string{"m.0.rest": "4", "m.0.twice": "yes", "m.1.twice": "yes", "total": "15"})
	if diff := cmp.Diff([]string{"m.0.word", "m.1.word"}, s.Missing()); diff != "" {
		t.Errorf("missing (-want +got):\n%s", diff)
	}
	mustAnswer(t, s, "m.1.word", "x", "x")
	want("short", nil, "block short")
	if err := s.RemoveRow("m", 0); err != nil {
		t.Fatal(err)
	}
	want("removed", map[string]string{"m.0.n": "6", "m.0.twice": "no", "m.0.word": "x", "m.1.n": "3", "total": "9"}, "block short")
}

// TestStandsAsAnew: whatever was done in whatever order, a form stands as one into which the same answers are put at once.
func TestStandsAsAnew(t *testing.T) {
	for _, f := range []*forms.Form{formtest.MustForm(t, "every"), formtest.MustForm(t, "household"), formtest.MustForm(t, "merchant")} {
		random := rand.New(rand.NewPCG(7, 7))
		s := forms.New(f, today)
		texts := []string{"", "1", "6", "yes", "no", "planting", "spouse", "sihui", "441284105203", "441284197203150002", "x", "2001-01-01"}
		for i := range 2000 {
			paths := s.Paths()
			path := paths[random.IntN(len(paths))]
			field, isTop := f.Field(path)
			switch {
			case !isTop || field.Type != forms.Rows:
				_ = s.Set(path, texts[random.IntN(len(texts))])
			case random.IntN(3) > 0:
				_, _ = s.AddRow(path)
			case s.Rows(path) > 0:
				_ = s.RemoveRow(path, random.IntN(s.Rows(path)))
			}
			if i%50 != 0 {
				continue
			}
			anew := forms.New(f, today)
			anew.Restore(s.Draft())
			if diff := cmp.Diff(standing(anew), standing(s)); diff != "" {
				t.Fatalf("%s after %d steps (-anew +grown):\n%s", f.Name, i, diff)
			}
		}
	}
}

func standing(s *forms.Session) []string {
	var out []string
	for _, path := range s.Paths() {
		out = append(out, fmt.Sprint(path, "=", s.Text(path), " ", s.Required(path), " ", s.Fault(path)))
	}
	return append(append(out, formtest.Describe(s.Findings())...), s.Missing()...)
}

// rowsOf returns a household form with so many members.
func rowsOf(t testing.TB, n int) *forms.Session {
	f := mustParse(t, form(`{"name":"head_id","type":"text"},{"name":"m","type":"rows","kind":"member","link":"household","max_rows":1000,"fields":[
		{"name":"name","type":"text","required":true},
		{"name":"id","type":"text"},
		{"name":"born","type":"date","when":"row.id == \"\""},
		{"name":"acres","type":"number","checks":[{"name":"many","level":"warn","when":"row.acres > 50","message":{"zh-Hans":"多","en":"Many"}}]},
		{"name":"double","type":"number","compute":"row.acres * 2"}]},
		{"name":"total","type":"number","compute":"sum(m, .acres)"}`,
		`{"name":"same","level":"block","fields":["m"],"when":"head_id != \"\" && any(m, .id == head_id)","message":{"zh-Hans":"相同","en":"Same"}}`))
	s := forms.New(f, today)
	draft := map[string]string{"m": strconv.Itoa(n)}
	for i := range n {
		draft["m."+strconv.Itoa(i)+".name"] = "示例"
	}
	s.Restore(draft)
	return s
}

// BenchmarkKeystroke types one letter into the last row and asks for the findings, as a window does. "name" is read by
// nothing outside its row, so 1000 rows must cost what 10 do; "acres" is added up, which looks at every row once.
func BenchmarkKeystroke(b *testing.B) {
	for _, field := range []string{"name", "acres"} {
		for _, n := range []int{10, 100, 1000} {
			b.Run(fmt.Sprintf("%s/%d rows", field, n), func(b *testing.B) {
				s := rowsOf(b, n)
				path := "m." + strconv.Itoa(n-1) + "." + field
				for i := 0; b.Loop(); i++ {
					_ = s.Set(path, strconv.Itoa(i%40+1))
					s.Findings()
				}
			})
		}
	}
}

// TestTooManyRowsForOneAct: a form that could not be saved when all its rows are filled in is not published.
func TestTooManyRowsForOneAct(t *testing.T) {
	c, err := record.ParseCatalogue(strings.NewReader(`{"version":1,"kinds":[
		{"name":"household","nature":"fact","fields":[{"name":"form","format":"text","class":1,"merge":"latest"}]},
		{"name":"member","nature":"fact","fields":[{"name":"household","format":"ref","class":1,"merge":"latest"},{"name":"b","format":"int","class":1,"merge":"latest"}]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	for most, fits := range map[int]bool{255: true, 256: false} {
		f := mustParse(t, form(strings.Replace(rows, `"max_rows":3`, `"max_rows":`+strconv.Itoa(most), 1), ""))
		if err := f.CheckAgainst(c); (err == nil) != fits {
			t.Errorf("%d rows: %v", most, err)
		}
	}
}
