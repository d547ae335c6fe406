// SPDX-License-Identifier: Apache-2.0

package outreach_test

import (
	"bytes"
	"io/fs"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yuexin/assets"
	"yuexin/shared/credit/outreach"
	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

func asset(t *testing.T, name string) []byte {
	t.Helper()
	data, err := fs.ReadFile(assets.Folder("policies"), name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func policy(t *testing.T) *outreach.Policy {
	t.Helper()
	p, err := outreach.Parse(bytes.NewReader(asset(t, "outreach-1.json")))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestParseRefuses(t *testing.T) {
	good := string(asset(t, "outreach-1.json"))
	for name, tt := range map[string]struct{ from, to, want string }{
		"unknown key":           {`"two_persons"`, `"three_persons"`, "unknown field"},
		"no version":            {`"version": 1,`, ``, "version is missing"},
		"a letter of no day":    {`"from": "2026-01-01"`, `"from": "soon"`, "from"},
		"letters out of order":  {`"edition": 1`, `"edition": 2`, "in order"},
		"no English":            {`"en": [`, `"fr": [`, "no title or text in en"},
		"worse than worst":      {`"worst_metres": 200`, `"worst_metres": 2`, "out of bounds"},
		"a step there is not":   {`"needs": ["position", "form"]`, `"needs": ["tea"]`, "no step"},
		"a result twice":        {`"result": "moved"`, `"result": "absent"`, "there twice"},
		"nobody ever met":       {`"result": "done"`, `"result": "met"`, `"done" is missing`},
		"a band without points": {`"soon": 10, `, ``, "has no points"},
		"bands out of order":    {`"from_days": 4`, `"from_days": 1`, "not behind"},
	} {
		t.Run(name, func(t *testing.T) {
			bad := strings.Replace(good, tt.from, tt.to, 1)
			if bad == good {
				t.Fatal("nothing was replaced")
			}
			if _, err := outreach.Parse(strings.NewReader(bad)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
		})
	}
}

func TestLetter(t *testing.T) {
	p := policy(t)
	p.Letters = append(p.Letters, outreach.Letter{Edition: 2, From: "2027-03-01"})
	for day, want := range map[string]uint32{"2025-12-31": 0, "2026-01-01": 1, "2027-02-28": 1, "2027-03-01": 2} {
		on, _ := time.Parse(time.DateOnly, day)
		if l, ok := p.Letter(on); l.Edition != want || ok != (want > 0) {
			t.Errorf("%s: edition %d", day, l.Edition)
		}
	}
	title, text := p.Letters[0].In("fr")
	if title != "致服务对象的一封信" || len(text) != 7 {
		t.Errorf("%q of %d paragraphs", title, len(text))
	}
	if title, _ := p.Letters[0].In(i18n.En); title != "A letter to those we serve" {
		t.Errorf("%q", title)
	}
}

func TestBand(t *testing.T) {
	p := policy(t)
	for days, want := range map[int]string{-3: "", -2: "soon", 0: "soon", 1: "late", 3: "late", 4: "later", 7: "later", 8: "worst", 400: "worst"} {
		if got := p.Band(days).Name; got != want {
			t.Errorf("%d days: %q, want %q", days, got, want)
		}
	}
}

func days(n int) *int { return &n }

func TestRank(t *testing.T) {
	p := policy(t)
	here := outreach.Place{Lat: 23_046_947, Lon: 112_465_012}
	near, far := outreach.Place{Lat: here.Lat + 1000, Lon: here.Lon}, outreach.Place{Lat: here.Lat, Lon: here.Lon + 20_000}
	all := []outreach.Candidate{
		{ID: ident.Record{1}, Visited: true}, // nothing to do
		{ID: ident.Record{2}},                // and never visited
		{ID: ident.Record{3}, Visited: true, Missing: []record.Field{"phone", "labour"}, Where: &far},
		{ID: ident.Record{4}, Visited: true, Missing: []record.Field{"phone", "labour"}, Where: &near},
		{ID: ident.Record{5}, Visited: true, Missing: []record.Field{"phone", "labour"}},
		{ID: ident.Record{6}, Demands: []outreach.Waiting{{Days: 30, Overdue: 9}}, Consents: []outreach.Ends{{"finance", -1}, {"household_file", 30}, {"other", 31}}},
		{ID: ident.Record{7}, Visited: true, Demands: []outreach.Waiting{{Days: 1, Left: 2, Unassigned: true}}},
		{ID: ident.Record{8}, Visited: true, FollowUp: days(0)},
		{ID: ident.Record{9}, Visited: true, FollowUp: days(-1)}, // not before its day
	}
	type line struct {
		ID      byte
		Points  int
		Band    string
		Metres  int
		Reasons string
	}
	want := []line{
		{6, 40 + 80 + 25 + 15 + 5, "worst", -1, "overdue9 waiting30 consent_over1 consent_soon30 never0"},
		{8, 40, "soon", -1, "follow_up0"},
		{7, 2 + 10 + 10, "soon", -1, "unassigned0 soon2 waiting1"},
		{4, 6, "", 111, "missing2"},
		{3, 6, "", 2046, "missing2"},
		{5, 6, "", -1, "missing2"},
	}
	for range 20 {
		rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
		var got []line
		for _, r := range p.Rank(all, &here) {
			var reasons []string
			for _, one := range r.Reasons {
				reasons = append(reasons, string(one.Kind)+strconv.Itoa(one.N))
			}
			got = append(got, line{r.ID[0], r.Points, r.Band.Name, r.Metres, strings.Join(reasons, " ")})
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("-want +got:\n%s", diff)
		}
	}
	if r := p.Rank(all, nil); r[len(r)-1].Metres != -1 {
		t.Error("a distance from nowhere")
	}
}

func TestMissing(t *testing.T) {
	p := policy(t)
	row := record.Row{Header: record.Header{Kind: "household"}, Fields: map[record.Field]record.FieldState{}}
	for _, f := range p.Required["household"][1:] {
		row.Fields[f] = record.FieldState{Value: record.OfInt(0)}
	}
	row.Fields["phone"] = record.FieldState{Disputed: true}
	if got := p.Missing(row); !slices.Equal(got, []record.Field{"head_name"}) {
		t.Errorf("missing %v", got)
	}
}

var (
	officer, second = ident.Actor{1}, ident.Actor{2}
	file            = record.Attachment{Blob: record.Blob{Digest: [32]byte{7}, Size: 1000, MediaType: "image/jpeg"}, Key: []byte{1}}
	signature       = record.Attachment{Blob: record.Blob{Digest: [32]byte{8}, Size: 500, MediaType: "image/png"}, Key: []byte{2}}
)

const begun = 1_795_000_000_000

// full is a visit about a demand at which nothing is lacking, and its evidence.
func full() (outreach.Visit, outreach.Evidence) {
	v := outreach.Visit{
		Header: record.Header{ID: ident.Record{9}, Kind: outreach.Kind, Scope: "unit:here", Subject: ident.Subject{3}},
		Of:     ident.Record{4}, Officer: officer, Second: second, Visitor: "陈建国", Companion: "李金华", Begun: begun,
		Purpose: "demand", Result: "done", Position: "23.046947,112.465012,8,gnss", Found: []string{"crops", "stock"}, Remark: "好",
		Photos: map[record.Field]record.Attachment{"photo": file}, Resident: &signature, Sample: true,
	}
	e := outreach.Evidence{
		Letter: &outreach.Acknowledged{Header: record.Header{ID: ident.Record{5}}}, Consents: []ident.Record{{6}, {7}}, Demands: []ident.Record{{8}},
	}
	e.Signs = []outreach.Sign{{ID: ident.Record{10}, By: second, Statement: v.Statement(e)}}
	return v, e
}

func TestSteps(t *testing.T) {
	p := policy(t)
	for name, tt := range map[string]struct {
		change func(*outreach.Visit, *outreach.Evidence)
		want   string
	}{
		"nothing lacks":       {func(*outreach.Visit, *outreach.Evidence) {}, ""},
		"no letter":           {func(_ *outreach.Visit, e *outreach.Evidence) { e.Letter = nil }, "letter second"},
		"no position":         {func(v *outreach.Visit, _ *outreach.Evidence) { v.Position = "" }, "position second"},
		"a useless position":  {func(v *outreach.Visit, _ *outreach.Evidence) { v.Position = "23,112,900,gnss" }, "position second"},
		"no photo":            {func(v *outreach.Visit, _ *outreach.Evidence) { v.Photos = nil }, "photo second"},
		"a consent lacks":     {func(_ *outreach.Visit, e *outreach.Evidence) { e.Lacking = []string{"household_file"} }, "consent"},
		"no demand is needed": {func(v *outreach.Visit, e *outreach.Evidence) { e.Demands = nil; resign(v, e, second) }, ""},
		"nobody accompanies":  {func(v *outreach.Visit, e *outreach.Evidence) { v.Second = ident.Actor{}; resign(v, e, second) }, "second"},
		"alone, to file":      {func(v *outreach.Visit, _ *outreach.Evidence) { v.Purpose, v.Second = "file", ident.Actor{} }, ""},
		"not yet known":       {func(v *outreach.Visit, e *outreach.Evidence) { v.Result = ""; resign(v, e, second) }, "form"},
		"nobody at home": {func(v *outreach.Visit, e *outreach.Evidence) {
			v.Result, v.Resident, e.Letter, e.Signs, e.Lacking = "absent", nil, nil, nil, []string{"household_file"}
		}, ""},
		"signed by the leader twice": {func(v *outreach.Visit, e *outreach.Evidence) { resign(v, e, officer) }, "second"},
		"led and accompanied by one": {func(v *outreach.Visit, e *outreach.Evidence) { v.Second = officer; resign(v, e, officer) }, "second"},
	} {
		t.Run(name, func(t *testing.T) {
			v, e := full()
			tt.change(&v, &e)
			var got []string
			for _, s := range p.Lacks(v, e) {
				got = append(got, string(s))
			}
			if lacks := strings.Join(got, " "); lacks != tt.want {
				t.Errorf("lacks %q, want %q", lacks, tt.want)
			}
			_, err := p.End(v, e, ident.Record{11}, begun)
			if (err == nil) != (tt.want == "") || err != nil && !fault.Is(err, fault.Invalid) {
				t.Errorf("End: %v", err)
			}
		})
	}
}

func resign(v *outreach.Visit, e *outreach.Evidence, by ident.Actor) {
	e.Signs = []outreach.Sign{{By: by, Statement: v.Statement(*e)}}
}

// TestStatement: whatever two persons vouch for is in it, in whatever order it came; a signature over something else is
// told to be stale.
func TestStatement(t *testing.T) {
	p := policy(t)
	was, e := full()
	now, turned := full()
	slices.Reverse(turned.Consents)
	if was.Statement(e) != now.Statement(turned) {
		t.Error("the order of evidence counts")
	}
	for name, change := range map[string]func(*outreach.Visit, *outreach.Evidence){
		"of":        func(v *outreach.Visit, _ *outreach.Evidence) { v.Of = ident.Record{99} },
		"id":        func(v *outreach.Visit, _ *outreach.Evidence) { v.Header.ID = ident.Record{99} },
		"companion": func(v *outreach.Visit, _ *outreach.Evidence) { v.Companion = "x" },
		"begun":     func(v *outreach.Visit, _ *outreach.Evidence) { v.Begun++ },
		"purpose":   func(v *outreach.Visit, _ *outreach.Evidence) { v.Purpose = "rating" },
		"position":  func(v *outreach.Visit, _ *outreach.Evidence) { v.Position = "23.046947,112.465012,9,gnss" },
		"found":     func(v *outreach.Visit, _ *outreach.Evidence) { v.Found = nil },
		"next":      func(v *outreach.Visit, _ *outreach.Evidence) { v.NextOn = "2026-12-01" },
		"remark":    func(v *outreach.Visit, _ *outreach.Evidence) { v.Remark = "" },
		"photo": func(v *outreach.Visit, _ *outreach.Evidence) {
			v.Photos = map[record.Field]record.Attachment{"photo": signature}
		},
		"one more": func(v *outreach.Visit, _ *outreach.Evidence) { v.Photos["photo_work"] = file },
		"resident": func(v *outreach.Visit, _ *outreach.Evidence) { v.Resident = &file },
		"letter":   func(_ *outreach.Visit, e *outreach.Evidence) { e.Letter.Header.ID = ident.Record{99} },
		"consent":  func(_ *outreach.Visit, e *outreach.Evidence) { e.Consents = e.Consents[:1] },
		"demand":   func(_ *outreach.Visit, e *outreach.Evidence) { e.Demands = append(e.Demands, ident.Record{99}) },
	} {
		v, e := full()
		change(&v, &e)
		if v.Statement(e) == was.Statement(e) && v.Statement(e) == e.Signs[0].Statement {
			t.Errorf("%s: the statement is the same", name)
		}
		i := slices.IndexFunc(p.Steps(v, e), func(s outreach.StepState) bool { return s.Step == outreach.StepSecond })
		if s := p.Steps(v, e)[i]; s.Done || !s.Stale {
			t.Errorf("%s: %+v", name, s)
		}
	}
}

func rowOf(w record.Write, by ident.Actor) record.Row {
	row := record.Row{Header: w.Header, Fields: map[record.Field]record.FieldState{}}
	for f, v := range w.Fields {
		row.Fields[f] = record.FieldState{Value: v, Winner: record.Head{Actor: by}}
	}
	return row
}

// TestWritesFitCatalogue: what is written is read again, and is what the catalogue has.
func TestWritesFitCatalogue(t *testing.T) {
	cat, err := record.ParseCatalogue(bytes.NewReader(asset(t, "catalogue-1.json")))
	if err != nil {
		t.Fatal(err)
	}
	p := policy(t)
	v, e := full()
	a := outreach.Acknowledged{Header: v.Header, Visit: v.Header.ID, Edition: 1, AtMS: begun, Giver: "陈秀英", Signature: signature, Sample: true}
	a.Header.Kind = outreach.KindLetter
	if diff := cmp.Diff(a, outreach.AcknowledgedOf(rowOf(a.Create(), officer))); diff != "" {
		t.Errorf("letter (-want +got):\n%s", diff)
	}
	sign := v.Signs(ident.Record{10}, v.Statement(e), begun)
	if diff := cmp.Diff(outreach.Sign{ID: ident.Record{10}, By: second, AtMS: begun, Statement: v.Statement(e)}, outreach.SignOf(rowOf(sign, second))); diff != "" {
		t.Errorf("sign (-want +got):\n%s", diff)
	}
	ended, err := p.End(v, e, ident.Record{11}, begun+65*60_000)
	if err != nil {
		t.Fatal(err)
	}
	if ended[0].Fields["stayed"].Int() != 65 || string(ended[1].Fields["second_sign"].Bytes()) != string(ident.Record{10}.Bytes()) {
		t.Errorf("ended: %v", ended)
	}
	plan := v.Plan("2026-11-22", 2)
	planned := outreach.Of(rowOf(plan, officer))
	if planned.Of != v.Of || planned.Officer != officer || planned.PlannedOn != "2026-11-22" || planned.Place != 2 || planned.Begun != 0 || planned.Visitor != "陈建国" {
		t.Errorf("planned: %+v", planned)
	}
	begin := outreach.Of(rowOf(v.Begin(begun, false), officer))
	if begin.Second != second || begin.Companion != "李金华" || begin.Purpose != "demand" || begin.Begun != begun {
		t.Errorf("begun: %+v", begin)
	}
	for _, w := range append(ended, a.Create(), sign, plan, v.Begin(begun, true), v.Begin(begun, false)) {
		def, known := cat.Kind(w.Header.Kind)
		if !known || w.Op == record.Create && w.Header.Kind != outreach.Kind && len(w.Fields) != len(def.Fields) {
			t.Errorf("%s: %d of %d fields", w.Header.Kind, len(w.Fields), len(def.Fields))
		}
		for f, value := range w.Fields {
			if d, known := cat.Field(w.Header.Kind, f); !known || d.Format.Type() != value.Type() {
				t.Errorf("%s.%s does not fit the catalogue", w.Header.Kind, f)
			}
		}
		if _, own := cat.OwnHand(w); own != (w.Header.Kind == outreach.KindSign || w.Header.Kind == outreach.KindEnd) {
			t.Errorf("%s: signed with one's own key: %v", w.Header.Kind, own)
		}
	}
	for _, r := range p.Results {
		if d, _ := cat.Field(outreach.Kind, "visit_result"); !slices.Contains(d.Choices, r.Result) {
			t.Errorf("the catalogue knows no result %q", r.Result)
		}
	}
	for kind, fields := range p.Required {
		for _, f := range fields {
			if _, known := cat.Field(kind, f); !known {
				t.Errorf("the catalogue knows no %s.%s", kind, f)
			}
		}
	}
}

func TestOn(t *testing.T) {
	zone := time.FixedZone("CST", 8*3600)
	day := time.Date(2026, 11, 22, 9, 0, 0, 0, zone)
	for name, tt := range map[string]struct {
		v    outreach.Visit
		want bool
	}{
		"planned for it":         {outreach.Visit{PlannedOn: "2026-11-22"}, true},
		"planned for another":    {outreach.Visit{PlannedOn: "2026-11-23"}, false},
		"begun at half past mid": {outreach.Visit{Begun: time.Date(2026, 11, 22, 0, 30, 0, 0, zone).UnixMilli(), PlannedOn: "2026-11-21"}, true},
		"begun the day before":   {outreach.Visit{Begun: time.Date(2026, 11, 21, 23, 59, 0, 0, zone).UnixMilli(), PlannedOn: "2026-11-22"}, false},
	} {
		if got := tt.v.On(day); got != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
