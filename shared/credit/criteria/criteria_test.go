// SPDX-License-Identifier: Apache-2.0

package criteria_test

import (
	"fmt"
	"io/fs"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yuexin/assets"
	"yuexin/shared/credit/criteria"
	"yuexin/shared/credit/forms"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

var today = time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)

func content(t *testing.T) string {
	t.Helper()
	data, err := fs.ReadFile(assets.Folder("policies"), "criteria-1.json")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func own(t *testing.T) *criteria.Policy {
	t.Helper()
	p, err := criteria.Parse(strings.NewReader(content(t)))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// row is a sheet: "clean=20 photo_clean" is 20 points with a photo, "rule_law=met" a code.
func row(kind record.Kind, n byte, on, said string) record.Row {
	r := record.Row{Header: record.Header{ID: ident.Record{n}, Kind: kind, Subject: ident.Subject{n}}, Fields: map[record.Field]record.FieldState{}}
	set := func(f record.Field, v record.Value) { r.Fields[f] = record.FieldState{Value: v} }
	set("checked_on", record.OfText(on))
	for _, word := range strings.Fields(said) {
		name, value, valued := strings.Cut(word, "=")
		f := record.Field(strings.TrimPrefix(name, "?"))
		switch n, err := strconv.Atoi(value); {
		case !valued:
			set(f, record.OfBytes([]byte{1}))
		case err == nil:
			set(f, record.OfInt(int64(n)))
		default:
			set(f, record.OfText(value))
		}
		if strings.HasPrefix(name, "?") {
			r.Fields[f] = record.FieldState{Value: r.Fields[f].Value, Disputed: true}
		}
	}
	return r
}

const allMet = "rule_law=met rule_weddings=met rule_clean=met rule_family=met rule_neighbours=met rule_village=met rule_work=met"

// greens is a green sheet with these points, in the order of the form, each with its photo.
func greens(n byte, points ...int) record.Row {
	var words []string
	for i, f := range []string{"clean", "planting", "penned", "organic", "solar", "project"} {
		words = append(words, fmt.Sprintf("%s=%d photo_%s", f, points[i], f))
	}
	return row("green", n, "2026-11-01", strings.Join(words, " "))
}

func TestJudge(t *testing.T) {
	p := own(t)
	tests := []struct {
		name   string
		row    record.Row
		points int64
		pass   bool
		reason map[record.Field]criteria.Reason // of some criteria
		vetoes []record.Field
	}{
		{"seven all met", row("seven", 1, "2026-11-01", allMet), 100, true, map[record.Field]criteria.Reason{"rule_law": criteria.Full}, nil},
		{"a veto fails in spite of the points", row("seven", 1, "2026-11-01", strings.Replace(allMet, "rule_work=met", "rule_work=unmet", 1)), 85, false,
			map[record.Field]criteria.Reason{"rule_work": criteria.Vetoed}, []record.Field{"rule_work"}},
		{"no veto where the policy has none", row("seven", 1, "2026-11-01", strings.Replace(allMet, "rule_weddings=met", "rule_weddings=unmet", 1)), 90, true,
			map[record.Field]criteria.Reason{"rule_weddings": criteria.Nothing}, nil},
		{"partly, and not answered", row("seven", 1, "2026-11-01", "rule_law=partly rule_weddings=met"), 20, false,
			map[record.Field]criteria.Reason{"rule_law": criteria.Partly, "rule_work": criteria.Unanswered}, nil},
		{"what is disputed does not count, nor vetoes", row("seven", 1, "2026-11-01", strings.Replace(allMet, "rule_work=met", "?rule_work=unmet", 1)), 85, true,
			map[record.Field]criteria.Reason{"rule_work": criteria.Disputed}, nil},
		{"green with photos", greens(1, 25, 15, 15, 0, 10, 10), 75, true, map[record.Field]criteria.Reason{"organic": criteria.Nothing, "solar": criteria.Partly}, nil},
		{"green without a photo", row("green", 1, "2026-11-01", "clean=25 planting=15 photo_planting"), 15, false,
			map[record.Field]criteria.Reason{"clean": criteria.NoPhoto, "planting": criteria.Full}, nil},
		{"more than there are", greens(1, 90, 15, 15, 0, 10, 10), 75, true, nil, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, known := p.Judge(tt.row)
			if !known || r.Points != tt.points || r.Pass != tt.pass || r.Most != 100 || r.Edition != 1 {
				t.Errorf("known %v: %+v, want %d points, pass %v", known, r, tt.points, tt.pass)
			}
			if diff := cmp.Diff(tt.vetoes, r.Vetoes()); diff != "" {
				t.Errorf("vetoes (-want +got):\n%s", diff)
			}
			sum := int64(0)
			for _, f := range r.Findings {
				sum += f.Points
				if want, named := tt.reason[f.Field]; named && f.Reason != want {
					t.Errorf("%s: %s, want %s", f.Field, f.Reason, want)
				}
				if f.Points > 0 && r.Kind == "green" && f.Photo == "" {
					t.Errorf("%s has points and no evidence", f.Field)
				}
			}
			if s, _ := p.Sheet(r.Kind); sum != r.Points || len(r.Findings) != len(s.Criteria) {
				t.Errorf("%d findings with %d points in all", len(r.Findings), sum)
			}
		})
	}
	if _, known := p.Judge(row("pond", 1, "2026-11-01", "")); known {
		t.Error("a pond was judged")
	}
}

// village is six households that are all good in everything but what a test changes.
func village(change func(i int, points []int)) []record.Row {
	var rows []record.Row
	for i := range 6 {
		points := []int{25, 15, 12, 15, 12, 8}
		if change != nil {
			change(i, points)
		}
		rows = append(rows, greens(byte(i+1), points...))
	}
	return append(rows, greens(unit, 25, 15, 15, 10, 0, 0))
}

const unit = 200

func TestVillage(t *testing.T) {
	p := own(t)
	tests := []struct {
		name       string
		households int
		rows       []record.Row
		pass       bool
		failed     []criteria.Test
		failing    []record.Field // the indicators that are named
	}{
		{"all good", 6, village(nil), true, nil, nil},
		{"nobody has solar", 6, village(func(_ int, p []int) { p[4] = 0 }), false, []criteria.Test{criteria.Average, criteria.Indicator}, []record.Field{"solar"}},
		{"two indicators, the worse first", 6, village(func(_ int, p []int) { p[3], p[4] = 5, 4 }), false,
			[]criteria.Test{criteria.Average, criteria.Share, criteria.Indicator, criteria.Indicator}, []record.Field{"organic", "solar"}},
		{"good on average, but too few of all households were judged", 20, village(nil), false, []criteria.Test{criteria.Share}, []record.Field{"organic"}},
		{"two thirds are good, but not on average", 6, village(func(i int, p []int) {
			if i < 2 {
				p[0], p[3] = 10, 3
			}
		}), false, []criteria.Test{criteria.Average}, []record.Field{"organic"}},
		{"the village itself was not judged", 6, village(nil)[:6], false, []criteria.Test{criteria.Own}, []record.Field{"clean"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := p.Village(ident.Subject{unit}, tt.households, tt.rows, today)
			var failed []criteria.Test
			for _, c := range v.Checks {
				if !c.Pass {
					failed = append(failed, c.Test)
				}
			}
			if v.Pass != tt.pass || v.Judged != 6 || len(v.Checks) != 9 || v.Households != max(6, tt.households) {
				t.Errorf("%+v", v)
			}
			if diff := cmp.Diff(tt.failed, failed); diff != "" {
				t.Errorf("failed (-want +got):\n%s\n%+v", diff, v.Checks)
			}
			if diff := cmp.Diff(tt.failing, v.Failing()); diff != "" {
				t.Errorf("failing (-want +got):\n%s", diff)
			}
		})
	}
}

// TestVillageCounts: the newest sheet of a household counts, one that is too old, deleted or of tomorrow does not, points without
// a photo are told, and the order of the records changes nothing.
func TestVillageCounts(t *testing.T) {
	p := own(t)
	again, old, coming := greens(1, 0, 0, 0, 0, 0, 0), greens(7, 25, 15, 15, 20, 15, 10), greens(8, 25, 15, 15, 20, 15, 10)
	again.Header.ID, again.Fields["checked_on"] = ident.Record{90}, record.FieldState{Value: record.OfText("2026-11-20")}
	old.Fields["checked_on"] = record.FieldState{Value: record.OfText("2025-11-26")}
	coming.Fields["checked_on"] = record.FieldState{Value: record.OfText("2026-11-28")}
	gone := greens(9, 25, 15, 15, 20, 15, 10)
	gone.Fields[record.Deleted] = record.FieldState{Value: record.OfBool(true)}
	blind := row("green", 10, "2026-11-01", "clean=25 solar=5")
	rows := append(village(nil), again, old, coming, gone, blind)
	want := p.Village(ident.Subject{unit}, 6, rows, today)
	if want.Judged != 7 || want.Good != 5 || want.Unproven != 2 {
		t.Errorf("judged %d, good %d, unproven %d", want.Judged, want.Good, want.Unproven)
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		r.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		if diff := cmp.Diff(want, p.Village(ident.Subject{unit}, 6, rows, today)); diff != "" {
			t.Fatalf("another order (-want +got):\n%s", diff)
		}
	}
}

// TestTold: of few households nobody hears the points who may not see the sheets.
func TestTold(t *testing.T) {
	p := own(t)
	few := p.Village(ident.Subject{unit}, 40, village(nil)[:4], today)
	if told := p.Told(few); !told.Withheld || len(told.Checks) > 0 || told.Good > 0 || told.Pass || told.Judged != 4 {
		t.Errorf("of four: %+v", told)
	}
	many := p.Village(ident.Subject{unit}, 40, village(nil), today)
	if diff := cmp.Diff(many, p.Told(many)); diff != "" {
		t.Errorf("of six (-want +got):\n%s", diff)
	}
	if none := p.Told(p.Village(ident.Subject{unit}, 40, nil, today)); none.Withheld {
		t.Error("where nothing was judged nothing is withheld")
	}
}

// TestFormFits: the forms take what the criteria are worth, and every criterion is asked for.
func TestFormFits(t *testing.T) {
	p := own(t)
	for _, s := range p.Sheets() {
		f, err := assets.Folder("forms").Open(string(s.Kind) + ".json")
		if err != nil {
			t.Fatal(err)
		}
		form, err := forms.Parse(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range s.Criteria {
			field, asked := form.Field(string(c.Field))
			if !asked || c.Most > 0 && field.MaxText != fmt.Sprint(c.Most) {
				t.Errorf("%s.%s: asked %v, up to %s of %d", s.Kind, c.Field, asked, field.MaxText, c.Most)
			}
			if _, asked := form.Field(string(c.Photo)); c.Photo != "" && !asked {
				t.Errorf("%s.%s: nobody is asked for the photo", s.Kind, c.Field)
			}
		}
		if s.Most() != 100 {
			t.Errorf("%s has %d points", s.Kind, s.Most())
		}
	}
}

func TestTexts(t *testing.T) {
	texts, err := i18n.Load(assets.Locales())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range []criteria.Reason{criteria.Full, criteria.Partly, criteria.Nothing, criteria.Vetoed, criteria.Unanswered, criteria.NoPhoto, criteria.Disputed} {
		texts.Printer(i18n.En).T("criteria.reason." + string(r))
	}
	for _, c := range []criteria.Test{criteria.Average, criteria.Share, criteria.Indicator, criteria.Own} {
		texts.Printer(i18n.ZhHans).T("criteria.test." + string(c))
	}
	if missing := texts.Missing(); len(missing) > 0 {
		t.Errorf("missing %v", missing)
	}
	p := own(t)
	s, _ := p.Sheet("green")
	c, _ := s.Criterion("solar")
	if s.In(i18n.En) != "Six green indicators" || c.In("fr") != "光伏养殖" || c.How(i18n.En) == "" {
		t.Error("a name is not as it was written")
	}
}

func TestParseRefuses(t *testing.T) {
	good := content(t)
	tests := []struct{ name, from, to, want string }{
		{"unknown key", `"version"`, `"edition"`, "unknown field"},
		{"no version", `"version": 1,`, ``, "version"},
		{"twice", `"kind": "green", "name"`, `"kind": "seven", "name"`, "there twice"},
		{"a criterion twice", `"field": "rule_work"`, `"field": "rule_law"`, "there twice"},
		{"conduct is punished", `"unmet": 0}, "veto"`, `"unmet": -5}, "veto"`, "takes points"},
		{"a veto with points", `"veto": ["unmet"]`, `"veto": ["met"]`, "not a mark without points"},
		{"more than all", `"pass": 70`, `"pass": 101`, "pass is 101"},
		{"no source", `"source": "seven rules`, `"source": "", "x": "`, ""},
		{"for ever", `"months": 12`, `"months": 0`, "months"},
		{"no way to improve", `"improve": {"zh-Hans": "屋顶或鱼塘装光伏", "en": "Put solar panels on roof or pond"}`, `"improve": {}`, "improve"},
		{"a village by nothing", `"village": {"kind": "green"`, `"village": {"kind": "pond"`, "no sheet"},
		{"a share above all", `"share": 6000`, `"share": 10001`, "share"},
		{"an average above all", `"average": 80`, `"average": 300`, "average"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bad := strings.Replace(good, tt.from, tt.to, 1)
			if bad == good {
				t.Fatal("nothing was replaced")
			}
			if _, err := criteria.Parse(strings.NewReader(bad)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
		})
	}
}

// TestCheckAgainst: a code that nobody marks, or a field that no catalogue has, is found before anybody works by it.
func TestCheckAgainst(t *testing.T) {
	data, err := fs.ReadFile(assets.Folder("policies"), "catalogue-1.json")
	if err != nil {
		t.Fatal(err)
	}
	cat, err := record.ParseCatalogue(strings.NewReader(string(data)))
	if err != nil {
		t.Fatal(err)
	}
	if err := own(t).CheckAgainst(cat); err != nil {
		t.Error(err)
	}
	good := content(t)
	for _, change := range [][2]string{
		{`"field": "clean"`, `"field": "cleanest"`}, {`"field": "rule_law"`, `"field": "remark"`}, {`"partly": 10, `, ``}, {`"photo": "photo_solar"`, `"photo": "remark"`},
	} {
		p, err := criteria.Parse(strings.NewReader(strings.Replace(good, change[0], change[1], 1)))
		if err != nil {
			t.Fatal(err)
		}
		if p.CheckAgainst(cat) == nil {
			t.Errorf("%s is taken for %s", change[1], change[0])
		}
	}
	if !slices.ContainsFunc(own(t).Sheets(), func(s criteria.Sheet) bool { return s.Kind == own(t).Rule().Kind }) {
		t.Error("the village goes by no sheet")
	}
}
