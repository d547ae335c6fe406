// SPDX-License-Identifier: Apache-2.0

package pinyin_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"yuexin/shared/pinyin"
)

var rules = pinyin.Learning{Visits: 3, Save: 5, Words: 4, Halve: 20, Doubling: 8, Most: 48}

func newLocal(t testing.TB) *pinyin.Local {
	t.Helper()
	l, err := pinyin.NewLocal(shared(), rules, []string{"砂糖橘", "鱼塘"})
	if err != nil {
		t.Fatal(err)
	}
	l.SetNear(map[string]uint8{"富溪村": 64, "富溪": 64, "大沙镇": 40})
	return l
}

// visits lets so many people type the same and leave.
func visits(l *pinyin.Local, n int, mode pinyin.Mode, text string) {
	for range n {
		l.Note(mode, text)
		l.EndVisit()
	}
}

func localPage(l *pinyin.Local, input string, mode pinyin.Mode) []string {
	all := texts(shared().Candidates(pinyin.Query{Input: input, Mode: mode, Local: l}))
	return all[:min(len(all), pageSize)]
}

func TestPlacesNearLead(t *testing.T) {
	if got := firstPage("fuxi", pinyin.Text); got[0] == "富溪" {
		t.Fatalf("富溪 leads everywhere: %v", got)
	}
	l := newLocal(t)
	if got := localPage(l, "fuxi", pinyin.Text); got[0] != "富溪" {
		t.Errorf("in 富溪村 fuxi gives %v, want 富溪 first", got)
	}
	if got := localPage(l, "fuxi", pinyin.Names); got[0] == "富溪" {
		t.Errorf("a place leads where a person's name is asked for: %v", got)
	}
}

// TestLearnsAfterSeveralVisits: one visit and two change nothing that anybody sees; the third does.
func TestLearnsAfterSeveralVisits(t *testing.T) {
	tests := []struct {
		name, typed, input, want string
		mode                     pinyin.Mode
	}{
		{"a surname", "冼桂英", "xian", "冼", pinyin.Names},
		{"one that is rare", "禤建国", "xuan", "禤", pinyin.Names},
		{"a product", "种砂糖橘", "stj", "砂糖橘", pinyin.Text},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := newLocal(t)
			before := localPage(l, tt.input, tt.mode)
			visits(l, rules.Visits-1, tt.mode, tt.typed)
			l.Note(tt.mode, tt.typed)
			l.Note(tt.mode, tt.typed) // twice by one person
			if got := localPage(l, tt.input, tt.mode); !slices.Equal(got, before) || l.Learned() != 0 {
				t.Errorf("after too few visits: %v, before %v", got, before)
			}
			l.EndVisit()
			visits(l, 5, tt.mode, tt.typed)
			if got := localPage(l, tt.input, tt.mode); got[0] != tt.want || l.Learned() != 1 {
				t.Errorf("%s gives %v, want %s first", tt.input, got, tt.want)
			}
			l.Forget()
			if got := localPage(l, tt.input, tt.mode); !slices.Equal(got, before) || l.Learned() != 0 {
				t.Errorf("after Forget %v, want %v", got, before)
			}
		})
	}
}

func TestVillageSurnamesAreOfferedFirst(t *testing.T) {
	l := newLocal(t)
	usual := []string{"陈", "李", "黄"}
	visits(l, 2, pinyin.Names, "禤秀英")
	visits(l, 3, pinyin.Names, "冼秀英")
	visits(l, 4, pinyin.Names, "李秀英")
	if got, want := l.Surnames(usual, 4), []string{"李", "冼", "陈", "黄"}; !slices.Equal(got, want) {
		t.Errorf("offered %v, want %v", got, want)
	}
	if got := l.Surnames(usual, 2); len(got) != 2 {
		t.Errorf("offered %v, want two", got)
	}
}

// TestSavesInLots: what is saved tells nothing of who came last.
func TestSavesInLots(t *testing.T) {
	l := newLocal(t)
	var due []bool
	for range 6 {
		l.Note(pinyin.Names, "陈秀英")
		due = append(due, l.EndVisit())
	}
	if want := []bool{false, false, false, false, true, true}; !slices.Equal(due, want) {
		t.Errorf("to be saved: %v, want %v", due, want)
	}
	if l.EndVisit() {
		t.Error("a visit without anything to learn is to be saved")
	}
	if _, err := l.Save("here"); err != nil {
		t.Fatal(err)
	}
	l.Note(pinyin.Names, "陈秀英")
	if l.EndVisit() {
		t.Error("a single visit after saving is to be saved")
	}
}

// kept is what Save returns, as far as these tests look.
type kept struct{ Words, Surnames map[string]int }

func mustSave(t interface{ Fatal(args ...any) }, l *pinyin.Local) kept {
	data, err := l.Save("here")
	if err != nil {
		t.Fatal(err)
	}
	var k kept
	if err := json.Unmarshal(data, &k); err != nil {
		t.Fatal(err)
	}
	return k
}

func TestSaveAndRestore(t *testing.T) {
	l := newLocal(t)
	visits(l, 4, pinyin.Text, "大沙镇富溪村鱼塘")
	visits(l, 2, pinyin.Text, "砂糖橘")
	visits(l, 3, pinyin.Names, "欧阳秀英")
	k := mustSave(t, l)
	if fmt.Sprint(k.Words) != "map[大沙镇:4 富溪村:4 鱼塘:4]" || fmt.Sprint(k.Surnames) != "map[欧阳:3]" {
		t.Errorf("saved %v and %v", k.Words, k.Surnames)
	}
	data, err := l.Save("here")
	if err != nil {
		t.Fatal(err)
	}
	again := newLocal(t)
	if err := again.Restore(data, "here"); err != nil || again.Learned() != 4 {
		t.Errorf("restored %d, %v", again.Learned(), err)
	}
	tests := []struct{ name, data, place string }{
		{"learned elsewhere", string(data), "there"},
		{"damaged", string(data[:20]), "here"},
		{"a later version", strings.Replace(string(data), `"version":1`, `"version":2`, 1), "here"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			l := newLocal(t)
			if err := l.Restore([]byte(tt.data), tt.place); err == nil || l.Learned() != 0 {
				t.Errorf("took %d, %v", l.Learned(), err)
			}
		})
	}
	planted := newLocal(t)
	err = planted.Restore([]byte(`{"version":1,"place":"here","words":{"陈秀英":9},"surnames":{"秀英":9,"陈":99999}}`), "here")
	if err != nil || planted.Learned() != 0 {
		t.Errorf("took %d of what may not be learned, %v", planted.Learned(), err)
	}
}

func TestHabitsAreBoundedAndFade(t *testing.T) {
	l := newLocal(t)
	for _, name := range []string{"陈", "李", "黄", "张", "梁", "林"} {
		visits(l, 4, pinyin.Names, name)
	}
	if n := len(mustSave(t, l).Surnames); n != rules.Words {
		t.Errorf("%d surnames, want %d", n, rules.Words)
	}
	visits(l, 3*rules.Halve, pinyin.Names, "林")
	k := mustSave(t, l)
	if len(k.Surnames) != 1 || k.Surnames["林"] >= rules.Halve {
		t.Errorf("old habits do not fade: %v", k.Surnames)
	}
}

// TestNoNameIsEverKept: whatever people type, what is kept are words of the lists that this test hands in, and surnames;
// and a text that too few visits had is not there.
func TestNoNameIsEverKept(t *testing.T) {
	part := rapid.SampledFrom(strings.Split("陈 李 欧阳 冼 秀英 建国 翀 富溪村 大沙镇 鱼塘 砂糖橘 身份证 1 a", " "))
	text := rapid.Map(rapid.SliceOfN(part, 0, 5), func(parts []string) string { return strings.Join(parts, "") })
	allowed := map[string]bool{"富溪村": true, "富溪": true, "大沙镇": true, "鱼塘": true, "砂糖橘": true}
	surnames := map[string]bool{"陈": true, "李": true, "欧阳": true, "冼": true, "富": true, "鱼": true} // all there are in part
	rapid.Check(t, func(rt *rapid.T) {
		l := newLocal(t)
		in := make(map[string]int) // in how many visits each text was typed, somewhere
		for range rapid.IntRange(0, 12).Draw(rt, "visits") {
			var visit strings.Builder
			for range rapid.IntRange(0, 4).Draw(rt, "texts") {
				typed := text.Draw(rt, "text")
				l.Note(rapid.SampledFrom([]pinyin.Mode{pinyin.Text, pinyin.Names}).Draw(rt, "mode"), typed)
				visit.WriteString(typed + "\n")
			}
			l.EndVisit()
			for word := range allowed {
				in[word] += min(1, strings.Count(visit.String(), word))
			}
			for word := range surnames {
				in[word] += min(1, strings.Count(visit.String(), word))
			}
		}
		k := mustSave(rt, l)
		for word, n := range k.Words {
			if !allowed[word] || n < rules.Visits || n > in[word] {
				rt.Fatalf("kept %s from %d visits, typed in %d", word, n, in[word])
			}
		}
		for word, n := range k.Surnames {
			if !surnames[word] || n < rules.Visits || n > in[word] {
				rt.Fatalf("kept the surname %s from %d visits, typed in %d", word, n, in[word])
			}
		}
	})
}

func TestLearningRefusesRules(t *testing.T) {
	for _, r := range []pinyin.Learning{
		{Visits: 1, Save: 5, Words: 4, Halve: 20}, {Visits: 3, Save: 1, Words: 4, Halve: 20},
		{Visits: 3, Save: 5, Halve: 20}, {Visits: 3, Save: 5, Words: 4, Halve: 6},
	} {
		if _, err := pinyin.NewLocal(shared(), r, nil); err == nil {
			t.Errorf("%+v were taken", r)
		}
	}
}
