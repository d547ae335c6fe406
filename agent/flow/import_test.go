// SPDX-License-Identifier: Apache-2.0

package flow_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yuexin/agent/flow"
	"yuexin/agent/stage"
	"yuexin/shared/exchange"
	"yuexin/shared/i18n"
	"yuexin/shared/parcel"
	"yuexin/shared/sync/record"
)

// villageList is a list that a village clerk sent: one who is registered with other figures, one who is the same, a new one,
// and one with a slip.
const villageList = "富溪村农户表\n户主姓名,组,门牌号,家庭人口,联系电话,耕地面积（亩）,主营\n" +
	"陈秀英,第三组,12号,5,13800138001,5.2,种植\n李志强,第一组,3号,5,13800138002,6.5,养殖\n" +
	"周小梅,第二组,7号,3,13900139000,2.1,务工\n梁少珍,第三组,1号,两个,13800138006,2.6,种植\n合计,,,13,,,\n"

func mustImport(t *testing.T, d *flow.Desk, data string) *flow.Import {
	t.Helper()
	im, err := d.NewImport(ctx(), "household", stage.Fuxi, "/home/x/富溪村.csv", []byte(data), "")
	if err != nil {
		t.Fatal(err)
	}
	return im
}

func piles(im *flow.Import) map[string]int {
	out := map[string]int{}
	for _, p := range im.Piles() {
		out[p.Key] = p.N
	}
	return out
}

func TestImportFlow(t *testing.T) {
	d := stage.New(i18n.ZhHans).Desk
	im := mustImport(t, d, villageList)
	if !im.Found() || im.Heading() != 2 || im.File() != "富溪村.csv" {
		t.Fatalf("heading in row %d of %s", im.Heading(), im.File())
	}
	if err := im.Check(ctx(), nil); err != nil {
		t.Fatal(err)
	}
	want := map[string]int{flow.PileNew: 1, flow.PileChanged: 1, flow.PileSame: 1, flow.PileWrong: 1, flow.PileLeft: 1}
	if diff := cmp.Diff(want, piles(im)); diff != "" {
		t.Fatal(diff)
	}
	chen := im.Lines(flow.PileChanged, 0, 9)[0]
	if diff := cmp.Diff([]flow.ImportDiff{{Label: "家庭人口", Old: "4", New: "5", Proposed: true}}, chen.Diffs); diff != "" || chen.Place != "第 3 行" {
		t.Errorf("%s: %s", chen.Place, diff)
	}
	if wrong := im.Lines(flow.PileWrong, 0, 9); len(wrong) != 1 || !strings.Contains(wrong[0].Text, "这里要填数字") {
		t.Errorf("wrong %+v", wrong)
	}
	if im.Ready() != 2 {
		t.Errorf("%d rows are ready", im.Ready())
	}
	if err := im.Write(ctx(), nil); err != nil {
		t.Fatal(err)
	}
	name, data, err := im.Copy()
	if err != nil || name != "富溪村-导入结果.csv" || !strings.Contains(string(data), "没有导入：") || !strings.Contains(string(data), "已导入") {
		t.Errorf("%s, %v:\n%s", name, err, data)
	}
	list := d.Households()
	list.Search = "周小梅"
	if err := list.Read(ctx()); err != nil || len(list.Lines()) != 1 {
		t.Fatalf("%d lines, %v", len(list.Lines()), err)
	}
	row, err := d.Store.Get(ctx(), stage.Chen)
	if err != nil || row.Int("population") != 4 || !slices.Contains(row.Proposed(), "population") {
		t.Errorf("the officer's figure became %d", row.Int("population"))
	}

	past, err := d.Imports(ctx())
	if err != nil || len(past) != 1 || past[0].Rows != 2 || past[0].State != exchange.Finished || past[0].Village != "富溪村" || past[0].Who != "您" {
		t.Fatalf("past %+v, %v", past, err)
	}
	undone, err := d.UndoImport(ctx(), past[0].ID, false, nil)
	if err != nil || undone.Rows != 2 || len(undone.Left) != 1 || !strings.Contains(undone.Left[0], "第 3 行 家庭人口：两个人说法不同") {
		t.Fatalf("undone %+v, %v", undone, err)
	}
	if err := list.Read(ctx()); err != nil || len(list.Lines()) != 0 {
		t.Errorf("%d lines are left, %v", len(list.Lines()), err)
	}
}

// TestImportOwnList: an officer's own list prevails over what officers wrote before.
func TestImportOwnList(t *testing.T) {
	d := stage.New(i18n.ZhHans).Desk
	im := mustImport(t, d, villageList)
	im.Own = true
	if err := errors.Join(im.Check(ctx(), nil), im.Write(ctx(), nil)); err != nil {
		t.Fatal(err)
	}
	if row, err := d.Store.Get(ctx(), stage.Chen); err != nil || row.Int("population") != 5 {
		t.Errorf("population %d, %v", row.Int("population"), err)
	}
}

func TestImportCorrected(t *testing.T) {
	d := stage.New(i18n.ZhHans).Desk
	const odd = "说明：当家人就是户主\n当家人,几口人,小队\n周小梅,3,第二组\n"
	im := mustImport(t, d, odd)
	if im.Found() {
		t.Fatal("a heading that nobody knows was found")
	}
	wantKey(t, im.SetHeading(9), "exchange.heading.row")
	if err := im.SetHeading(2); err != nil {
		t.Fatal(err)
	}
	columns, err := im.Columns()
	if err != nil || len(columns) != 3 || columns[0].Sample != "周小梅" || columns[1].Path != "population" {
		t.Fatalf("columns %+v, %v", columns, err)
	}
	im.SetColumn(0, "head_name")
	im.SetColumn(2, "group_no")
	if code, name := im.County(); code != "441284" || name != "四会市" {
		t.Errorf("county %s %s", code, name)
	}
	if err := im.Keep(); err != nil {
		t.Fatal(err)
	}
	again := mustImport(t, d, odd)
	if err := again.SetHeading(2); err != nil {
		t.Fatal(err)
	}
	if err := again.Check(ctx(), nil); err != nil || piles(again)[flow.PileNew] != 1 {
		t.Errorf("with what was kept: %v, %v", piles(again), err)
	}
	file, err := d.ShareMappings()
	if err != nil || strings.Contains(string(file), "周小梅") {
		t.Fatalf("%v: %s", err, file)
	}
	other := stage.New(i18n.ZhHans).Desk
	wantKey(t, other.TakeMappings([]byte("nothing")), "exchange.mapping.damaged")
	if err := other.TakeMappings(file); err != nil {
		t.Fatal(err)
	}
	theirs := mustImport(t, other, odd)
	if err := errors.Join(theirs.SetHeading(2), theirs.Check(ctx(), nil)); err != nil || piles(theirs)[flow.PileNew] != 1 {
		t.Errorf("a colleague: %v, %v", piles(theirs), err)
	}
}

func TestImportCancelled(t *testing.T) {
	d := stage.New(i18n.ZhHans).Desk
	im := mustImport(t, d, villageList)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := im.Check(ctx, nil); !errors.Is(err, context.Canceled) || im.Piles() != nil {
		t.Errorf("%v, %v", err, im.Piles())
	}
	_, _, err := im.Copy()
	wantKey(t, err, "agent.import.unchecked")
}

// The key of somebody who gets an export, and the secret that opens it.
const (
	theirKey    = "age146w45vvsxmvc6z2ns2p864x3vjlyetcxz9p0wmj6p5y8ugxpm3fqumkc0p"
	theirSecret = "AGE-SECRET-KEY-187KFKSTHSNLPKZ09JWRCJSQ4DJ4JMWX3CCCD3W6VRUKLCS8SQDEQ8NUWZK"
)

// TestExport: the list that is shown goes out sealed, with who, when and why in it and identity numbers masked; another
// laptop reads it, and nothing is left of one that was cancelled.
func TestExport(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	d, dir := s.Desk, t.TempDir()
	row, err := d.Store.Get(ctx(), stage.Chen)
	if err != nil {
		t.Fatal(err)
	}
	_, err = d.Store.Apply(ctx(), record.Act{Name: "household.edit", Scope: stage.Fuxi, Source: record.Officer, Writes: []record.Write{{
		Op: record.Edit, Header: row.Header, Fields: map[record.Field]record.Value{"remark": record.OfText("=1+1")},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	list := d.Households()
	list.Scope = stage.Fuxi
	e, err := d.NewExport(ctx(), list)
	if err != nil {
		t.Fatal(err)
	}
	wantKey(t, e.Check(), "agent.export.reason")
	e.Reason = "镇里核对名单"
	wantKey(t, e.Check(), "parcel.passphrase.short")
	e.To.Key = theirKey
	for _, path := range []string{"land_area", "income_planting", "remark"} {
		e.Choose(path, true)
	}
	done, err := e.Write(ctx(), dir, nil)
	if err != nil || done.Rows != 7 || done.File != "富溪村-农户-20261122-0930.xlsx.age" {
		t.Fatalf("%+v, %v", done, err)
	}
	data, err := os.ReadFile(filepath.Join(dir, done.File))
	if err != nil || strings.Contains(string(data), "陈秀英") {
		t.Fatalf("it is not sealed: %v", err)
	}
	wantKey(t, func() error { _, err := e.Write(ctx(), dir, nil); return err }(), "parcel.taken")

	_, err = s.Colleague().NewImport(ctx(), "household", stage.Fuxi, done.File, data, "")
	if !errors.Is(err, flow.Locked) {
		t.Fatalf("without the passphrase: %v", err)
	}
	im, err := s.Colleague().NewImport(ctx(), "household", stage.Fuxi, done.File, data, theirSecret)
	if err != nil || im.File() != "富溪村-农户-20261122-0930.xlsx" || im.Heading() != 2 {
		t.Fatalf("%v", err)
	}
	if err := im.Check(ctx(), nil); err != nil {
		t.Fatal(err)
	}
	if got := piles(im); got[flow.PileSame] != 6 || got[flow.PileWrong] != 1 { // a masked number is no number
		t.Errorf("there and back: %v, %+v", got, im.Lines(flow.PileWrong, 0, 9))
	}

	e.Format, e.Clear, e.Whole = exchange.CSV, true, true
	clear, err := e.Write(ctx(), dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(dir, clear.File))
	if err != nil || clear.File != "富溪村-农户-20261122-0930.csv" {
		t.Fatalf("%s, %v", clear.File, err)
	}
	for _, want := range []string{"导出人 陈建国 · 2026-11-22 09:30 · 用途：镇里核对名单", "陈秀英", "44128419680312038X", "'=1+1", "种植收入（元）", "68000", "5.2"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("%q is not in the table", want)
		}
	}

	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	empty := t.TempDir()
	if _, err := e.Write(ctx, empty, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	if left, err := os.ReadDir(empty); err != nil || len(left) != 0 {
		t.Errorf("%d files are left, %v", len(left), err)
	}
}

// TestExportToKey: a key of somebody's own instead of a passphrase.
func TestExportToKey(t *testing.T) {
	d := stage.New(i18n.ZhHans).Desk
	e, err := d.NewExport(ctx(), d.Merchants())
	if err != nil {
		t.Fatal(err)
	}
	e.Reason = "核对"
	wantKey(t, e.Check(), "agent.export.for") // of all villages: for which bank has to be said
	e.For = e.Orgs[0].ID
	e.To = parcel.To{Key: "age1qqqq"}
	wantKey(t, e.Check(), "parcel.key")
	e.To.Key = "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"
	if out, err := e.Write(ctx(), t.TempDir(), nil); err != nil || out.Rows != 1 || !strings.HasSuffix(out.File, ".xlsx.age") {
		t.Errorf("%+v, %v", out, err)
	}
}
