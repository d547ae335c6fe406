// SPDX-License-Identifier: Apache-2.0

package exchange_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"yuexin/assets"
	"yuexin/shared/credit/rulebook"
	"yuexin/shared/credit/subject"
	"yuexin/shared/exchange"
	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/money"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/record/memory"
)

var (
	today = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	fuxi  = exchange.Village{
		Scope: ident.UnitScope(ident.Unit{1}), Code: "441284105203", Names: []string{"富溪村委会", "富溪村", "富溪"},
	}
	dasha = exchange.Village{
		Scope: ident.UnitScope(ident.Unit{2}), Code: "441284105204", Names: []string{"大沙村委会", "大沙村", "大沙"},
	}
)

// world is an empty store with the real catalogue and access table.
type world struct{ all *memory.Store }

func newWorld(t testing.TB) world {
	t.Helper()
	b, err := book()
	if err != nil {
		t.Fatal(err)
	}
	clock := func() hlc.Reading { return hlc.Reading{WallMS: today.UnixMilli()} }
	return world{memory.New(memory.Options{Catalogue: b.Catalogue, Access: b.Access, Clock: clock, Lane: ident.Incarnation{7}})}
}

// as opens the store for somebody at the server's own desk.
func (w world) as(actor byte) record.Store {
	return w.all.As(memory.Session{Actor: ident.Actor{actor}, Role: "desk"})
}

func newStore(t testing.TB) record.Store { return newWorld(t).as(3) }

func printer(t testing.TB) *i18n.Printer {
	t.Helper()
	c, err := i18n.Load(assets.Locales())
	if err != nil {
		t.Fatal(err)
	}
	return c.Printer(i18n.ZhHans)
}

// residentID is the number of the person born so many days after 1950-01-01, with the sequence 000 that is never issued.
func residentID(day int) string {
	body := "441284" + time.Date(1950, 1, 1+day, 0, 0, 0, 0, time.UTC).Format("20060102") + "000"
	sum := 0
	for i, w := range []int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2} {
		sum += w * int(body[i]-'0')
	}
	return body + string("10X98765432"[sum%11])
}

func options(villages ...exchange.Village) exchange.Options {
	return exchange.Options{Villages: villages, Year: 2025, Today: today}
}

// random makes ids that are never the same.
var random = rand.NewChaCha8([32]byte{1})

// tick makes every import a later one.
var tick time.Duration

func plan(good bool, villages ...exchange.Village) exchange.Plan {
	tick += time.Millisecond
	return exchange.Plan{Options: options(villages...), GoodRows: good, Now: today.Add(tick), Random: random}
}

// words are the words of the program.
func words(t testing.TB) *exchange.Words {
	t.Helper()
	w, err := exchange.LoadWords(assets.Folder("exchange"))
	if err != nil {
		t.Fatal(err)
	}
	return w
}

var book = sync.OnceValues(func() (*rulebook.Book, error) {
	return rulebook.Load(assets.Folder("policies"), assets.Folder("forms"), assets.Folder("scorecards"))
})

// kindOf is a kind that can be imported, by the rules of the program.
func kindOf(t testing.TB, name record.Kind) *exchange.Kind {
	t.Helper()
	b, err := book()
	if err != nil {
		t.Fatal(err)
	}
	c, err := i18n.Load(assets.Locales())
	if err != nil {
		t.Fatal(err)
	}
	k, err := words(t).NewKind(name, b.Forms, b.Catalogue, c.Printer(i18n.ZhHans), c.Printer(i18n.En))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// open reads a file with what is found by itself.
func open(t testing.TB, k *exchange.Kind, data []byte, sheet string) (*exchange.Table, error) {
	t.Helper()
	b, err := exchange.Open("富溪村台账", data)
	if err != nil {
		return nil, err
	}
	l, err := k.Layouts(b, sheet)
	if err != nil {
		return nil, err
	}
	return &exchange.Table{Kind: k, Book: b, Layouts: l}, nil
}

func mustOpen(t testing.TB, data []byte) *exchange.Table {
	t.Helper()
	return mustOpenKind(t, kindOf(t, "household"), data)
}

func mustOpenKind(t testing.TB, k *exchange.Kind, data []byte) *exchange.Table {
	t.Helper()
	table, err := open(t, k, data, "")
	if err != nil {
		t.Fatal(err)
	}
	return table
}

func mustCheck(t testing.TB, s record.Store, f *exchange.Table, o exchange.Options) *exchange.Report {
	t.Helper()
	r, err := f.Check(context.Background(), s, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func mustWrite(t testing.TB, s record.Store, f *exchange.Table, p exchange.Plan) *exchange.Report {
	t.Helper()
	r, err := f.Write(context.Background(), s, p)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// households returns all households by resident id.
func households(t testing.TB, s record.Store) []subject.Household {
	t.Helper()
	var all []subject.Household
	q := record.Query{Kind: subject.KindHousehold, Limit: 1000}
	for {
		rows, err := s.List(context.Background(), q)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			all = append(all, subject.HouseholdOf(r))
		}
		if len(rows) < q.Limit {
			slices.SortFunc(all, func(a, b subject.Household) int {
				return strings.Compare(a.ResidentID.String(), b.ResidentID.String())
			})
			return all
		}
		q.After = rows[len(rows)-1].Header.ID
	}
}

// problems lists "row column key" of a report.
func problems(r *exchange.Report) []string {
	var out []string
	for _, l := range r.Lines {
		for _, p := range l.Problems {
			out = append(out, fmt.Sprintf("%d %s %s", l.Row, p.Title, fault.From(p.Err).Key))
		}
	}
	return out
}

const smallCSV = `四会市大沙镇富溪村农户台账,,,,,,
序号,户主姓名,身份证号,联系电话,村民小组,门牌号,家庭人口（人）,承包土地面积(亩),年收入（万元）
1,陈秀英,%s,１９９ ００００ ０００１,三组,12号,4人,2.3,8.5
2, 梁 伟 ,%s,199-0000-0002,三组,13号,３,两亩三分,85000元
合计,,,,,,7,4.6,
填表人：某某,,,,,,,,
`

func small() string { return fmt.Sprintf(smallCSV, residentID(8000), residentID(9001)) }

func TestReadsWhatPeopleWrite(t *testing.T) {
	gb, err := simplifiedchinese.GB18030.NewEncoder().String(small())
	if err != nil {
		t.Fatal(err)
	}
	utf16, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(strings.ReplaceAll(small(), ",", "\t"))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, data string }{
		{"utf-8", small()},
		{"utf-8 with mark", "\uFEFF" + small()},
		{"gb18030", gb},
		{"utf-16 with tabs", utf16},
		{"semicolons", strings.ReplaceAll(small(), ",", ";")},
		{"windows line ends", strings.ReplaceAll(small(), "\n", "\r\n")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			store := newStore(t)
			r := mustCheck(t, store, mustOpen(t, []byte(tt.data)), options(fuxi))
			if got := problems(r); len(got) > 0 {
				t.Fatalf("problems: %q", got)
			}
			want := map[exchange.State]int{exchange.Ready: 2, exchange.Skipped: 2}
			if diff := cmp.Diff(want, r.Counts()); diff != "" {
				t.Fatal(diff)
			}
			mustWrite(t, store, mustOpen(t, []byte(tt.data)), plan(false, fuxi))
			all := households(t, store)
			if len(all) != 2 {
				t.Fatalf("%d households, want 2", len(all))
			}
			for i, want := range []struct{ name, phone, id string }{
				{"陈秀英", "19900000001", residentID(8000)}, {"梁伟", "19900000002", residentID(9001)},
			} {
				h := all[i]
				if h.HeadName != want.name || h.Phone.String() != want.phone || h.ResidentID.String() != want.id {
					t.Errorf("household %d is %q %q %q", i, h.HeadName, h.Phone.String(), h.ResidentID.String())
				}
				if h.Income.Other != subject.Of(money.Fen(8_500_000)) || h.Land != subject.Of(money.Area(230)) {
					t.Errorf("household %d: income %v, land %v", i, h.Income.Other, h.Land)
				}
				if h.Region != fuxi.Code || h.Group != "三组" || h.Year != subject.Of(int64(2025)) || h.Header.Scope != fuxi.Scope {
					t.Errorf("household %d: place or year wrong", i)
				}
			}
			if all[0].Population.Value != 4 || all[1].Population.Value != 3 {
				t.Errorf("population = %v, %v", all[0].Population, all[1].Population)
			}
		})
	}
}

func TestCells(t *testing.T) {
	good := map[string]string{"户主姓名": "陈秀英", "身份证号": residentID(8000)}
	tests := []struct{ title, cell, want string }{
		{"身份证号", "4412841971112600012", "ident.resident.length"},
		{"身份证号", residentID(8000)[:17] + "?", "ident.resident.char"},
		{"身份证号", "", ""},
		{"身份证号", "441284197111261000", "exchange.cell.rounded"},
		{"身份证号", "'" + residentID(8000), ""},
		{"身份证号", "4.41284E+17", "exchange.cell.rounded"},
		{"身份证号", residentID(40000), "exchange.cell.unborn"},
		{"联系电话", "1.99E+10", "exchange.cell.rounded"},
		{"联系电话", "0758-3312345", "ident.mobile.prefix"},
		{"联系电话", "19900000001/19900000002", ""},
		{"户主姓名", "", "form.required"},
		{"户主姓名", "=cmd|'/c calc'!A0", "exchange.cell.name"},
		{"户主姓名", "阿依古丽·买买提", ""},
		{"家庭人口", "四个", "exchange.cell.count"},
		{"家庭人口", "3.5", "exchange.cell.whole"},
		{"家庭人口", "500", "form.max"},
		{"承包地面积(平方米)", "1533.33", ""},
		{"承包地面积", "1533平方米", ""},
		{"承包地面积（亩）", "7000", "exchange.cell.land"},
		{"承包地面积（亩）", "-2", "money.area.negative"},
		{"年收入/万元", "85000", "exchange.cell.amount"},
		{"年收入/万元", "8.5万", ""},
		{"年收入", "八万五", ""},
		{"年收入", "约8万", "money.amount.char"},
		{"年收入", "无", ""},
		{"主营项目", "种植业", ""},
		{"主营项目", "炼丹", "exchange.cell.choice"},
		{"门牌号", strings.Repeat("一二三四五", 7), "form.text.long"},
		{"年度", "2024年", ""},
		{"年度", "24", "form.min"},
		{"年收入", "#REF!", "exchange.cell.formula"},
		{"婚姻状况", "已婚", ""},
		{"种植作物", "贡柑、水稻", ""},
		{"所属村", "不存在村", "exchange.row.village"},
		{"所属村", "富溪", ""},
	}
	p := printer(t)
	for _, tt := range tests {
		t.Run(tt.title+" "+tt.cell, func(t *testing.T) {
			cells := map[string]string{}
			for k, v := range good {
				cells[k] = v
			}
			cells[tt.title] = tt.cell
			var titles, values []string
			for k, v := range cells {
				titles, values = append(titles, k), append(values, `"`+v+`"`)
			}
			f := mustOpen(t, []byte(strings.Join(titles, ",")+"\n"+strings.Join(values, ",")+"\n"))
			for _, c := range f.Layouts[0].Columns {
				if c.Path == "" {
					t.Fatalf("column not recognised: %q", c.Title)
				}
			}
			r := mustCheck(t, newStore(t), f, options(fuxi))
			got := ""
			for _, problem := range r.Lines[0].Problems {
				got = fault.From(problem.Err).Key
			}
			if got != tt.want {
				t.Fatalf("problem %q, want %q", got, tt.want)
			}
			if said := r.Lines[0].Say(p); strings.Contains(said, "⟦") || strings.Contains(said, "{") {
				t.Errorf("said %q", said)
			}
		})
	}
}

func TestTotalIncome(t *testing.T) {
	tests := []struct {
		cells, want string
		other       money.Fen
	}{
		{"50000,30000,80000", "", 0},
		{"50000,30000,100000", "", 2_000_000},
		{"50000,30000,60000", "exchange.cell.total", 0},
		{",,60000", "", 6_000_000},
	}
	for _, tt := range tests {
		t.Run(tt.cells, func(t *testing.T) {
			data := "姓名,身份证号码,种植收入,务工收入,家庭总收入\n陈秀英," + residentID(8000) + "," + tt.cells + "\n"
			store := newStore(t)
			r := mustCheck(t, store, mustOpen(t, []byte(data)), options(fuxi))
			got := ""
			for _, p := range r.Lines[0].Problems {
				got = fault.From(p.Err).Key
			}
			if got != tt.want {
				t.Fatalf("problem %q, want %q", got, tt.want)
			}
			if tt.want != "" {
				return
			}
			mustWrite(t, store, mustOpen(t, []byte(data)), plan(false, fuxi))
			if got := households(t, store)[0].Income.Other.Value; got != tt.other {
				t.Errorf("other income %v, want %v", got, tt.other)
			}
		})
	}
}

func TestRefusedFiles(t *testing.T) {
	tests := []struct {
		name, data string
		want       *fault.Error
	}{
		{"nothing", " \n", fault.New(fault.Invalid, "exchange.file.empty")},
		{"header only", "户主姓名,身份证号\n", fault.New(fault.Invalid, "exchange.file.empty")},
		{"no header", "a,b\n1,2\n", fault.New(fault.Invalid, "exchange.file.header")},
		{"old excel", "\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1", fault.New(fault.Unsupported, "exchange.file.xls")},
		{"pdf", "%PDF-1.7", fault.New(fault.Unsupported, "exchange.file.format")},
		{"binary", "\x7fELF\x00\x00", fault.New(fault.Unsupported, "exchange.file.format")},
		{"broken zip", "PK\x03\x04 nothing", fault.New(fault.Corrupt, "exchange.file.damaged")},
		{"no encoding", "户主姓名,\xff\xff\xff", fault.New(fault.Corrupt, "exchange.file.encoding")},
		{"too large", strings.Repeat("x", exchange.MaxBytes+1), fault.New(fault.TooLarge, "exchange.file.bytes")},
		{"too many rows", "户主姓名,身份证号\n" + strings.Repeat("a,b\n", exchange.MaxRows+1), fault.New(fault.TooLarge, "exchange.file.rows")},
	}
	p := printer(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := open(t, kindOf(t, "household"), []byte(tt.data), "")
			if err == nil {
				_, err = mustOpen(t, []byte(tt.data)).Check(context.Background(), newStore(t), options(fuxi))
			}
			if !errors.Is(err, tt.want) {
				t.Fatalf("error %v, want %v", err, tt.want)
			}
			if message, hint := p.Explain(err); strings.Contains(message+hint, "⟦") {
				t.Errorf("no text: %q %q", message, hint)
			}
		})
	}
}

func TestSheetByName(t *testing.T) {
	data := messy(t, 5)
	if _, err := open(t, kindOf(t, "household"), data, "没有"); fault.KindOf(err) != fault.NotFound {
		t.Errorf("unknown sheet: %v", err)
	}
	f := mustOpen(t, data)
	if diff := cmp.Diff([]exchange.Sheet{{Name: "封面"}, {Name: "台账"}}, f.Book.Sheets()); f.Layouts[0].Sheet != "台账" || diff != "" {
		t.Errorf("sheet %q, all %v", f.Layouts[0].Sheet, f.Book.Sheets())
	}
}

// TestAgain imports a file, its copy with results, and a changed one.
func TestAgain(t *testing.T) {
	store := newStore(t)
	first := mustWrite(t, store, mustOpen(t, []byte(small())), plan(false, fuxi))
	copied, err := first.WriteBack(printer(t))
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{"the same": []byte(small()), "with results": copied} {
		t.Run(name, func(t *testing.T) {
			r := mustWrite(t, store, mustOpen(t, data), plan(false, fuxi))
			if got := r.Counts(); got[exchange.Known] != 2 || got[exchange.Ready] != 0 {
				t.Fatalf("counts %v %q", got, problems(r))
			}
			again, err := r.WriteBack(printer(t))
			if err != nil || strings.Count(string(again), "导入结果") != 1 {
				t.Errorf("result column: %v\n%s", err, again)
			}
		})
	}

	data := []byte(strings.Replace(small(), "4人,2.3", "5人,2.3", 1))
	r := mustCheck(t, store, mustOpen(t, data), options(fuxi))
	want := []exchange.Diff{{Kind: "household", Record: first.Lines[0].Record, Field: "population", Old: record.OfInt(4), New: record.OfInt(5)}}
	if l := r.Lines[0]; l.State != exchange.Changed || !slices.EqualFunc(want, l.Diffs, sameDiff) {
		t.Fatalf("state %s, diffs %v", l.State, l.Diffs)
	}
	mustWrite(t, store, mustOpen(t, data), plan(false, fuxi))
	if got := households(t, store)[0].Population.Value; got != 4 {
		t.Fatalf("population %d was changed without being asked", got)
	}
	p := plan(false, fuxi)
	p.Update = true
	r = mustWrite(t, store, mustOpen(t, data), p)
	if got := households(t, store)[0]; got.Population.Value != 5 || got.HeadName != "陈秀英" || r.Lines[0].State != exchange.Updated {
		t.Fatalf("population %d, state %s: %s", got.Population.Value, r.Lines[0].State, r.Lines[0].Say(printer(t)))
	}

	elsewhere := options(dasha)
	elsewhere.Elsewhere = true
	got := mustCheck(t, store, mustOpen(t, []byte(small())), elsewhere)
	if diff := cmp.Diff([]string{"3  exchange.row.elsewhere", "4  exchange.row.elsewhere"}, problems(got)); diff != "" {
		t.Error(diff)
	}
}

func sameDiff(a, b exchange.Diff) bool {
	return a.Field == b.Field && a.Kind == b.Kind && a.Record == b.Record && a.Old.Equal(b.Old) && a.New.Equal(b.New) && a.Proposed == b.Proposed
}

// picky refuses every act with a household of that name.
type picky struct {
	record.Store
	name string
}

func (p picky) Apply(ctx context.Context, act record.Act) (record.Receipt, error) {
	for _, w := range act.Writes {
		if w.Fields["head_name"].Text() == p.name {
			return record.Receipt{Outcome: record.Rejected, Reason: "record.exists"}, nil
		}
	}
	return p.Store.Apply(ctx, act)
}

func TestOneRefusedRowDoesNotHoldUpOthers(t *testing.T) {
	ctx, store := context.Background(), newStore(t)
	r, err := mustOpen(t, []byte(small())).Write(ctx, picky{store, "陈秀英"}, plan(true, fuxi))
	if err != nil {
		t.Fatal(err)
	}
	want := map[exchange.State]int{exchange.Added: 1, exchange.Wrong: 1, exchange.Skipped: 2}
	if diff := cmp.Diff(want, r.Counts()); diff != "" {
		t.Error(diff)
	}
	if got := len(households(t, store)); got != 1 {
		t.Errorf("%d households", got)
	}
}

func TestPlatesFromTheSameRun(t *testing.T) {
	store := newStore(t)
	p := plan(true, fuxi)
	p.Plates = func(_ context.Context, village ident.Scope) (map[ident.Record]string, error) {
		codes := map[ident.Record]string{}
		for i, h := range households(t, store) {
			codes[h.Header.ID] = fmt.Sprintf("CODE-%d %t", i, village == fuxi.Scope)
		}
		return codes, nil
	}
	r := mustWrite(t, store, mustOpen(t, []byte(small())), p)
	if got := r.Lines[1].Say(printer(t)); got != "已导入 门牌短码 CODE-1 true" {
		t.Errorf("said %q", got)
	}
}

func TestVillageMustBeClear(t *testing.T) {
	f := mustOpen(t, []byte(small()))
	for _, villages := range [][]exchange.Village{nil, {fuxi, dasha}} {
		_, err := f.Check(context.Background(), newStore(t), options(villages...))
		if fault.From(err).Key != "exchange.village.which" {
			t.Errorf("with %d villages: %v", len(villages), err)
		}
	}
}

func TestCSVCopyHoldsNoFormula(t *testing.T) {
	data := "户主姓名,身份证号,备注\n陈秀英," + residentID(8000) + ",\"=HYPERLINK(\"\"http://x\"\")\"\n梁伟," + residentID(8001) +
		",@SUM(A1)\n黄丽," + residentID(8002) + ",+86 199\n李强," + residentID(8003) + ",＝1+1\n"
	r := mustCheck(t, newStore(t), mustOpen(t, []byte(data)), options(fuxi))
	back, err := r.WriteBack(printer(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`'=HYPERLINK(`, `'@SUM(A1)`, `,+86 199,`, `'＝1+1`} {
		if !strings.Contains(string(back), want) {
			t.Errorf("%s is not in the copy:\n%s", want, back)
		}
	}
}

func FuzzOpen(f *testing.F) {
	f.Add([]byte(small()))
	f.Add([]byte("户主姓名,身份证号\n\"陈,1\n"))
	f.Add([]byte("\xFF\xFE1\x00,\x00"))
	f.Add(messy(f, 3))
	k, store, p := kindOf(f, "household"), newStore(f), printer(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		table, err := open(t, k, data, "")
		if err != nil {
			if fault.KindOf(err) == fault.Internal {
				t.Errorf("internal: %v", err)
			}
			return
		}
		r, err := table.Check(context.Background(), store, options(fuxi))
		if err != nil {
			if fault.KindOf(err) == fault.Internal {
				t.Errorf("internal: %v", err)
			}
			return
		}
		back, err := r.WriteBack(p)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := open(t, k, back, ""); err != nil {
			t.Errorf("the copy cannot be read: %v", err)
		}
	})
}

// FuzzMappings: whatever is read can be written and read again.
func FuzzMappings(f *testing.F) {
	f.Add([]byte(`[{"version":1,"kind":"household","region":"441284","columns":[{"title":"户主","path":"head_name"}]}]`))
	k := kindOf(f, "household")
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := exchange.ParseMappings(data)
		if err != nil {
			return
		}
		l := exchange.Layout{Columns: []exchange.Column{{Index: 0, Title: "户主"}, {Index: 1, Title: "电话", Path: "phone"}}}
		for _, s := range m {
			s.Use(k, &l)
		}
		again, err := m.Merge(m).Encode()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := exchange.ParseMappings(again); err != nil && len(again) < 1<<19 {
			t.Errorf("what was written cannot be read: %v", err)
		}
	})
}
