// SPDX-License-Identifier: Apache-2.0

package exchange_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yuexin/shared/exchange"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/recordtest"
)

// family is a list whose rows repeat the household for its members, in both ways that people write it.
const family = "户主姓名,身份证号,组,家庭人口,主营项目,成员姓名,成员与户主关系,成员身份证号\n" +
	"陈秀英,%[1]s,三组,4,种植,陈志强,儿子,%[3]s\n" +
	",,,,,梁小妹,配偶,\n" +
	"梁伟,%[2]s,三组,3,务工,,,\n"

func familyFile() []byte {
	return fmt.Appendf(nil, family, residentID(8000), residentID(9001), residentID(18000))
}

func list(t testing.TB, s record.Store, kind record.Kind) []record.Row {
	t.Helper()
	rows, err := s.List(context.Background(), record.Query{Kind: kind, Limit: 10_000})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func names(rows []record.Row, f record.Field) []string {
	var out []string
	for _, r := range rows {
		out = append(out, r.Text(f))
	}
	slices.Sort(out)
	return out
}

func TestMembersInRepeatedRows(t *testing.T) {
	for name, data := range map[string][]byte{
		"columns of their own": familyFile(),
		"a column of relations": fmt.Appendf(nil, "序号,姓名,身份证号,与户主关系,组,家庭人口,主营项目\n1,陈秀英,%s,户主,三组,4,种植\n2,陈志强,%s,长子,三组,,\n3,梁小妹,,妻子,三组,,\n4,梁伟,%s,本人,三组,3,务工\n",
			residentID(8000), residentID(18000), residentID(9001)),
	} {
		t.Run(name, func(t *testing.T) {
			store := newStore(t)
			r := mustWrite(t, store, mustOpen(t, data), plan(false, fuxi))
			if got := r.Counts(); got[exchange.Added] != 2 {
				t.Fatalf("counts %v, problems %q", got, problems(r))
			}
			members := list(t, store, "member")
			if diff := cmp.Diff([]string{"梁小妹", "陈志强"}, names(members, "name")); diff != "" {
				t.Fatal(diff)
			}
			if diff := cmp.Diff([]string{"child", "spouse"}, names(members, "relation")); diff != "" {
				t.Error(diff)
			}
			head := members[0].Value("household").Bytes()
			for _, h := range households(t, store) {
				if string(h.Header.ID.Bytes()) == string(head) && h.HeadName != "陈秀英" {
					t.Errorf("the members are %s's", h.HeadName)
				}
			}
			again := mustWrite(t, store, mustOpen(t, data), plan(false, fuxi))
			if got := again.Counts(); got[exchange.Known] != 2 || len(list(t, store, "member")) != 2 {
				t.Errorf("again: %v, %d members", got, len(list(t, store, "member")))
			}
		})
	}
}

// TestResumesAfterAnyAct: an import that ends after any of its acts is continued with the same file, and the store holds
// then what it would hold without. Households without a number are among them, of which two have one name.
func TestResumesAfterAnyAct(t *testing.T) {
	var data strings.Builder
	data.WriteString("户主姓名,身份证号,组,门牌号,家庭人口,成员姓名,成员与户主关系\n")
	for i := range 120 {
		id := residentID(3000 + i)
		if i%3 == 0 {
			id = ""
		}
		fmt.Fprintf(&data, "陈%s,%s,%d组,%d号,3,梁小妹,配偶\n", string([]rune("英伟芳")[i%3]), id, i%4, i)
	}
	finished := false
	for acts := 0; !finished; acts++ {
		store := newStore(t)
		first, err := mustOpen(t, []byte(data.String())).Write(context.Background(), &recordtest.Off{Store: store, Acts: acts}, plan(true, fuxi))
		finished = err == nil
		if err != nil && !errors.Is(err, recordtest.ErrOff) {
			t.Fatal(err)
		}
		if got := first.Counts(); acts > 0 && got[exchange.Added] == 0 {
			t.Errorf("after %d acts nothing is told to be written: %v", acts, got)
		}
		mustWrite(t, store, mustOpen(t, []byte(data.String())), plan(true, fuxi))
		if n, m := len(list(t, store, "household")), len(list(t, store, "member")); n != 120 || m != 120 {
			t.Fatalf("after %d acts and again: %d households, %d members", acts, n, m)
		}
		all, err := exchange.Imports(context.Background(), store)
		if err != nil || len(all) != 1 || all[0].State != exchange.Finished || all[0].Rows != 120 {
			t.Fatalf("after %d acts: imports %+v, %v", acts, all, err)
		}
		if acts > 20 {
			t.Fatal("an import of 120 rows takes more than 20 acts")
		}
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	store, p := newStore(t), plan(true, fuxi)
	p.Progress = func(done, _ int) {
		if done == 300 {
			cancel()
		}
	}
	r, err := mustOpen(t, messy(t, 500)).Write(ctx, store, p)
	n := len(list(t, store, "household"))
	if !errors.Is(err, context.Canceled) || n == 0 || r.Counts()[exchange.Added] != n {
		t.Fatalf("%v, %d households, %v", err, n, r.Counts())
	}
}

func undoing(dry bool) exchange.Undoing {
	b, err := book()
	if err != nil {
		panic(err) // other tests say why
	}
	return exchange.Undoing{Book: b.Forms, Now: today.Add(time.Hour), Random: random, Dry: dry}
}

func soleImport(t testing.TB, s record.Store) exchange.Import {
	t.Helper()
	all, err := exchange.Imports(context.Background(), s)
	if err != nil || len(all) == 0 {
		t.Fatalf("imports %v, %v", all, err)
	}
	return all[0]
}

func edit(t testing.TB, s record.Store, row record.Row, f record.Field, v record.Value, source record.Source) {
	t.Helper()
	base, err := s.Base(context.Background(), row.Header.Scope)
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Apply(context.Background(), record.Act{Name: "household.edit", Scope: row.Header.Scope, Base: base, Source: source, Writes: []record.Write{{
		Op: record.Edit, Header: row.Header, Fields: map[record.Field]record.Value{f: v},
	}}})
	if err != nil {
		t.Fatal(err)
	}
}

func byName(t testing.TB, s record.Store, name string) record.Row {
	t.Helper()
	for _, r := range list(t, s, "household") {
		if r.Text("head_name") == name {
			return r
		}
	}
	t.Fatalf("no %s", name)
	return record.Row{}
}

// TestUndo: an import changes one household and makes two with a member; a colleague then changes one of those and one of
// the values that the import changed.
func TestUndo(t *testing.T) {
	ctx, world := context.Background(), newWorld(t)
	store, other := world.as(3), world.as(4)
	mustWrite(t, store, mustOpen(t, []byte("户主姓名,身份证号,组,家庭人口,联系电话\n陈秀英,"+residentID(8000)+",一组,3,19900000001\n")), plan(false, fuxi))
	file := fmt.Appendf(nil, "户主姓名,身份证号,组,家庭人口,联系电话,地址,成员姓名,成员与户主关系\n陈秀英,%s,三组,4,19900000002,示例路1号,,\n梁伟,%s,三组,3,,,梁小妹,配偶\n黄丽,%s,四组,2,,,,\n",
		residentID(8000), residentID(9001), residentID(9002))
	p := plan(false, fuxi)
	p.Update = true
	r := mustWrite(t, store, mustOpen(t, file), p)
	if got := r.Counts(); got[exchange.Updated] != 1 || got[exchange.Added] != 2 {
		t.Fatalf("counts %v, %q", got, problems(r))
	}
	edit(t, other, byName(t, store, "陈秀英"), "phone", record.OfText("19900000009"), record.Officer)
	edit(t, other, byName(t, store, "黄丽"), "address", record.OfText("示例路9号"), record.Officer)

	one := soleImport(t, store)
	want := []string{"2 phone exchange.left.changed", "4  exchange.left.changed"}
	for _, dry := range []bool{true, false} {
		rows, left, err := words(t).Undo(ctx, store, one.ID, undoing(dry))
		if err != nil || rows != 2 {
			t.Fatalf("dry %t: %d rows, %v", dry, rows, err)
		}
		var got []string
		for _, l := range left {
			got = append(got, fmt.Sprint(l.Row, " ", l.Field, " ", l.Why))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("dry %t: %s", dry, diff)
		}
		if n := len(list(t, store, "household")); dry && n != 3 || !dry && n != 2 {
			t.Fatalf("dry %t: %d households", dry, n)
		}
	}
	chen := byName(t, store, "陈秀英")
	if chen.Int("population") != 3 || chen.Text("group_no") != "一组" || chen.Text("phone") != "19900000009" || chen.Text("address") != "" {
		t.Errorf("population %d, group %q, phone %q, address %q", chen.Int("population"), chen.Text("group_no"), chen.Text("phone"), chen.Text("address"))
	}
	if n := len(list(t, store, "member")); n != 0 {
		t.Errorf("%d members are left", n)
	}
	if got := soleImport(t, store); got.State != exchange.Undone || got.Kept != 2 {
		t.Errorf("import %+v", got)
	}
	if rows, _, err := words(t).Undo(ctx, store, one.ID, undoing(false)); err != nil || len(list(t, store, "household")) != 2 {
		t.Errorf("again: %d rows, %v", rows, err)
	}

	// The file can be imported anew.
	p = plan(false, fuxi)
	p.Update = true
	if got := mustWrite(t, store, mustOpen(t, file), p).Counts(); got[exchange.Added] != 1 || got[exchange.Updated] != 1 || got[exchange.Known] != 1 {
		t.Errorf("anew: %v", got)
	}
}

// TestUndoLeavesWhatIsUsed: a household with a consent given since stays.
func TestUndoLeavesWhatIsUsed(t *testing.T) {
	ctx, store := context.Background(), newStore(t)
	mustWrite(t, store, mustOpen(t, familyFile()), plan(false, fuxi))
	row := byName(t, store, "梁伟")
	id, err := ident.New[ident.Record](today.UnixMilli(), random)
	if err != nil {
		t.Fatal(err)
	}
	_, err = store.Apply(ctx, record.Act{Name: "consent.give", Scope: row.Header.Scope, Source: record.Officer, Writes: []record.Write{{
		Op: record.Create, Header: record.Header{ID: id, Kind: "consent", Scope: row.Header.Scope, Subject: row.Header.Subject},
		Fields: map[record.Field]record.Value{"consent_purpose": record.OfText("household_file")},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	_, left, err := words(t).Undo(ctx, store, soleImport(t, store).ID, undoing(false))
	if err != nil || len(left) != 1 || left[0].Why != "exchange.left.referred" {
		t.Fatalf("left %+v, %v", left, err)
	}
	if diff := cmp.Diff([]string{"梁伟"}, names(list(t, store, "household"), "head_name")); diff != "" {
		t.Error(diff)
	}
}

// TestProposed: what an officer found out stays; the village's list is noted beside it, and the dry run says so.
func TestProposed(t *testing.T) {
	store := newStore(t)
	mustWrite(t, store, mustOpen(t, []byte("户主姓名,身份证号,家庭人口\n陈秀英,"+residentID(8000)+",3\n")), plan(false, fuxi))
	edit(t, store, byName(t, store, "陈秀英"), "population", record.OfInt(5), record.Officer)
	data := []byte("户主姓名,身份证号,家庭人口,组\n陈秀英," + residentID(8000) + ",4,三组\n")
	r := mustCheck(t, store, mustOpen(t, data), options(fuxi))
	got := map[record.Field]bool{}
	for _, d := range r.Lines[0].Diffs {
		got[d.Field] = d.Proposed
	}
	if diff := cmp.Diff(map[record.Field]bool{"population": true, "group_no": false}, got); diff != "" {
		t.Fatal(diff)
	}
	p := plan(false, fuxi)
	p.Update = true
	mustWrite(t, store, mustOpen(t, data), p)
	row := byName(t, store, "陈秀英")
	if row.Int("population") != 5 || len(row.Proposed()) != 1 || row.Text("group_no") != "三组" {
		t.Errorf("population %d, proposed %v", row.Int("population"), row.Proposed())
	}
	_, left, err := words(t).Undo(context.Background(), store, soleImport(t, store).ID, undoing(false))
	if err != nil || len(left) != 1 || left[0].Field != "population" || left[0].Why != "exchange.left.disputed" {
		t.Errorf("undo leaves %+v, %v", left, err)
	}
}

// TestWhoIsMeant: keys, names and what contradicts.
func TestWhoIsMeant(t *testing.T) {
	store := newStore(t)
	base := "户主姓名,身份证号,组,门牌号\n陈秀英," + residentID(8000) + ",一组,1号\n陈秀英," + residentID(8001) + ",二组,2号\n梁伟,,三组,3号\n黄丽,,,\n"
	mustWrite(t, store, mustOpen(t, []byte(base)), plan(false, fuxi))
	tests := []struct {
		name, row string
		state     exchange.State
		problem   string
	}{
		{"the number", "陈秀英," + residentID(8000) + ",,", exchange.Known, ""},
		{"the name and the house", "陈秀英,,二组,2号", exchange.Known, ""},
		{"a name that two have", "陈秀英,,,", exchange.Wrong, "exchange.row.names"},
		{"the name and another group", "梁伟,,四组,", exchange.Ready, ""},
		{"the name and the group, now with a number", "梁伟," + residentID(9001) + ",三组,", exchange.Changed, ""},
		{"the name alone", "黄丽,,五组,", exchange.Unsure, "exchange.row.unsure"},
		{"another number", "陈秀英," + residentID(8002) + ",一组,1号", exchange.Ready, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := mustCheck(t, store, mustOpen(t, []byte("户主姓名,身份证号,组,门牌号\n"+tt.row+"\n")), options(fuxi))
			got := ""
			if all := problems(r); len(all) > 0 {
				got = all[0][strings.LastIndexByte(all[0], ' ')+1:]
			}
			if r.Lines[0].State != tt.state || got != tt.problem {
				t.Errorf("%s %q, want %s %q", r.Lines[0].State, got, tt.state, tt.problem)
			}
		})
	}
	o := options(fuxi)
	o.Unsure = true
	if r := mustCheck(t, store, mustOpen(t, []byte("户主姓名,身份证号,组,门牌号\n黄丽,,五组,\n")), o); r.Lines[0].State != exchange.Changed || !r.Lines[0].ByName {
		t.Errorf("with leave: %s", r.Lines[0].State)
	}
}

func TestMerchants(t *testing.T) {
	store := newStore(t)
	data := "商户名称,统一社会信用代码,行业,专业市场,档口号,经营者姓名,联系电话,年营业额（万元）,成立日期\n" +
		"大沙水产店,,水产,大沙市场,A1,周小梅,19900000001,120.5,2019年3月5日\n兴记茶行,,茶叶,,,李兴,19900000002,80,43466\n"
	table := mustOpenKind(t, kindOf(t, "merchant"), []byte(data))
	r := mustWrite(t, store, table, plan(false, fuxi))
	if got := r.Counts(); got[exchange.Added] != 2 {
		t.Fatalf("counts %v, %q", got, problems(r))
	}
	rows := list(t, store, "merchant")
	if diff := cmp.Diff([]string{"2019-01-01", "2019-03-05"}, names(rows, "opened")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"seafood", "tea"}, names(rows, "industry")); diff != "" {
		t.Error(diff)
	}
	for _, row := range rows {
		if row.Text("name") == "大沙水产店" && (row.Int("yearly_revenue") != 120_500_000 || row.Text("region_code") != string(fuxi.Code)) {
			t.Errorf("revenue %d, place %s", row.Int("yearly_revenue"), row.Text("region_code"))
		}
	}
}

func TestMappings(t *testing.T) {
	k := kindOf(t, "household")
	data := []byte("当家人,证号,几口,电话\n陈秀英," + residentID(8000) + ",4,19900000001\n")
	if _, err := open(t, k, data, ""); err == nil {
		t.Fatal("a heading that nobody knows was recognised")
	}
	b, err := exchange.Open("x.csv", data)
	if err != nil {
		t.Fatal(err)
	}
	l, err := k.At(b, "", 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	for i, path := range []string{"head_name", "resident_id", "population"} {
		l.Set(i, path)
	}
	l.Set(3, "")
	file, err := exchange.Mappings{}.Learn("household", "441284", l).Encode()
	if err != nil {
		t.Fatal(err)
	}
	m, err := exchange.ParseMappings(file)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := m.For("household", "440111105203"); ok {
		t.Error("another county has the mapping")
	}
	s, ok := m.For("household", string(fuxi.Code))
	if !ok {
		t.Fatal("the county has no mapping")
	}
	fresh, err := k.At(b, "", 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	s.Use(k, &fresh)
	if diff := cmp.Diff(l, fresh); diff != "" {
		t.Fatal(diff)
	}
	store := newStore(t)
	table := &exchange.Table{Kind: k, Book: b, Layouts: []exchange.Layout{fresh}}
	mustWrite(t, store, table, plan(false, fuxi))
	if h := households(t, store); len(h) != 1 || h[0].Population.Value != 4 || !h[0].Phone.IsZero() {
		t.Errorf("households %d", len(h))
	}
}
