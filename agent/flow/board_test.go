// SPDX-License-Identifier: Apache-2.0

package flow_test

import (
	"bytes"
	"image/color"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yuexin/agent/flow"
	"yuexin/agent/stage"
	"yuexin/shared/credit/carbon"
	"yuexin/shared/credit/lending"
	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// survey fills in a form about a village, or about somebody in it, with a photo where the answer is "photo".
func survey(t *testing.T, d *flow.Desk, form string, of ident.Record, answers map[string]string) ident.Record {
	t.Helper()
	e, err := d.NewVillageSurvey(ctx(), form, stage.Fuxi)
	if !of.IsZero() {
		e, err = d.NewSurvey(ctx(), form, of)
	}
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // once more for what is asked for only after another answer
		for path, text := range answers {
			if text == "photo" {
				taken, err := e.Take(bytes.NewReader(stage.Door(color.White)))
				if err != nil {
					t.Fatal(err)
				}
				text = taken
			}
			_ = e.Session.Set(path, text) // Problems tells what is wrong in the end
		}
	}
	return explained(t, e)
}

func boardOf(t *testing.T, d *flow.Desk) flow.VillageBoard {
	t.Helper()
	b, err := d.Board(ctx(), stage.Fuxi)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestBoard: what a cadre or officer reports of the five elements stands on the board at once, without a link; what no photo
// shows does not count.
func TestBoard(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	if b := boardOf(t, s.Desk); b.Held != 0 || b.Of != 5 || b.Green.State != "还没有评分" || len(b.Posts) != 1 || !b.Posts[0].Held || b.Carbon != "" {
		t.Errorf("before: %+v", b)
	}
	branch := map[string]string{"element": "branch", "since": "2026-06-01", "partner": "示例银行党支部"}
	survey(t, s.Desk, "element", ident.Record{}, branch)
	if b := boardOf(t, s.Desk); b.Held != 0 || b.Elements[0].State != "没有照片" {
		t.Errorf("without a photo: %+v", b.Elements[0])
	}
	branch["proof"] = "photo"
	survey(t, s.Desk, "element", ident.Record{}, branch)
	survey(t, s.Desk, "element", ident.Record{}, map[string]string{"element": "machine", "place": "村委会大厅", "proof": "photo"})
	survey(t, s.Desk, "element", ident.Record{}, map[string]string{"element": "credit", "partner": "示例银行", "credit_stage": "posted", "proof": "photo"})
	posting := lending.Posting{
		Header: record.Header{ID: ident.Record{77}, Scope: stage.Fuxi}, Officer: stage.Other, From: "2026-03-01", Until: "2027-03-01", Post: lending.Specialist,
	}
	desk := s.As(ident.Actor{1}, "desk")
	if _, err := desk.Apply(ctx(), record.Act{Name: "posting.add", Scope: stage.Fuxi, Source: record.Authoritative, Writes: []record.Write{posting.Create()}}); err != nil {
		t.Fatal(err)
	}
	b := boardOf(t, s.Desk)
	var got []string
	for _, e := range b.Elements {
		got = append(got, e.Title+" "+e.State)
	}
	if diff := cmp.Diff([]string{"一支部 已有", "一体机 已有", "一特派 已有", "一平台 还没有", "一授信 还没到签约"}, got); diff != "" || b.Held != 3 {
		t.Errorf("%d held (-want +got):\n%s", b.Held, diff)
	}
	if note := b.Elements[2].Note; !strings.Contains(note, "李金华") || !strings.Contains(note, "2027-03-01") {
		t.Errorf("the specialist is %q", note)
	}
}

// TestGreenBoard: the village does not pass, and the board names the indicator; a sheet says why each criterion has its points.
func TestGreenBoard(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	full := map[string]string{"clean": "25", "planting": "15", "penned": "15", "organic": "20", "solar": "15", "project": "10"}
	for _, f := range []string{"clean", "planting", "penned", "organic", "project"} {
		full["photo_"+f] = "photo"
	}
	id := survey(t, s.Desk, "green", stage.Chen, full)
	x, err := s.Desk.Survey(ctx(), id)
	if err != nil {
		t.Fatal(err)
	}
	if x.Sections[0].Title != "通过：85/100 分" || x.Sections[0].Facts[0].Value != "25/25 分、满分" || !strings.HasPrefix(x.Sections[0].Facts[4].Value, "0/15 分、没有照片，不计分；可以：") {
		t.Errorf("%+v", x.Sections[0])
	}
	b := boardOf(t, s.Desk)
	if b.Green.Held || !strings.HasPrefix(b.Green.State, "未达标：光伏养殖") || b.Green.Note != "评了 1 户，共 7 户，达标 1 户" || len(b.Checks) != 9 {
		t.Errorf("%+v", b.Green)
	}
	survey(t, s.Desk, "green", ident.Record{}, full) // the village itself is no household
	if again := boardOf(t, s.Desk); again.Green.Note != b.Green.Note || !again.Checks[2].Held {
		t.Errorf("%+v, %+v", again.Green, again.Checks[2])
	}
}

// TestTask: two teams collect for one task; every record that is saved names who collected it, a household that both went to is
// one, and nobody's names take the place of others.
func TestTask(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	id := survey(t, s.Desk, "task", ident.Record{}, map[string]string{"title": "整村建档", "teams": "bank,work_team", "goal": "2", "from": "2026-11-01"})
	wantKey(t, s.Desk.JoinTask(ctx(), stage.Fuxi, id, "developer", ""), "village.task.team")
	wantKey(t, s.Desk.JoinTask(ctx(), stage.Fuxi, stage.Chen, "bank", ""), "record.missing")
	if err := s.Desk.JoinTask(ctx(), stage.Fuxi, id, "bank", "黄伟强、 植副主任"); err != nil {
		t.Fatal(err)
	}
	seven := survey(t, s.Desk, "seven", stage.Chen, sevenMet)
	english := s.Desk.In(stage.New(i18n.En).Desk.Print)
	survey(t, english, "carbon", stage.Chen, map[string]string{"carbon_item": "solar", "quantity": "10", "proof": "photo"})

	theirs := s.Colleague()
	if err := theirs.JoinTask(ctx(), stage.Fuxi, id, "work_team", ""); err != nil {
		t.Fatal(err)
	}
	e, err := theirs.Edit(ctx(), stage.Chen)
	if err != nil {
		t.Fatal(err)
	}
	fill(t, e, map[string]string{"population": "5"})
	explained(t, e)
	mine, err := s.Desk.Edit(ctx(), stage.Chen)
	if err != nil {
		t.Fatal(err)
	}
	fill(t, mine, map[string]string{"house_no": "12号之一"})
	explained(t, mine)

	task := boardOf(t, s.Desk).Tasks[0]
	if task.State != "已采集 3/2 户" || !task.Mine || !strings.Contains(task.Note, "1 户有几支队伍采集") || !strings.Contains(task.Note, "同事") {
		t.Errorf("%+v", task)
	}
	x, err := s.Desk.Survey(ctx(), seven)
	if err != nil {
		t.Fatal(err)
	}
	last := x.Sections[len(x.Sections)-1]
	if last.Title != "采集人" || !strings.Contains(last.Facts[0].Value, "植副主任") || !strings.Contains(last.Facts[0].Value, s.Desk.Name) || !strings.Contains(last.Facts[0].Value, "整村建档") {
		t.Errorf("%+v", last)
	}
	house, err := s.Desk.Detail(ctx(), stage.Chen)
	if err != nil {
		t.Fatal(err)
	}
	if last := house.Sections[len(house.Sections)-1]; last.Title != "采集人" || len(last.Facts) != 2 {
		t.Errorf("the household names %+v", last)
	}
	s.Desk.LeaveTask(stage.Fuxi)
	survey(t, s.Desk, "seven", stage.Chen, sevenMet)
	if task := boardOf(t, s.Desk).Tasks[0]; task.Mine || task.State != "已采集 3/2 户" {
		t.Errorf("after leaving: %+v", task)
	}
}

// TestCarbon: the entry is worth what the rules say, whatever the form sends; it is taken back by another and never changed.
func TestCarbon(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	first := survey(t, s.Desk, "carbon", stage.Chen, map[string]string{"carbon_item": "solar", "quantity": "3001", "proof": "photo"})
	second := survey(t, s.Desk, "carbon", stage.Chen, map[string]string{"carbon_item": "straw", "quantity": "500", "proof": "photo"})
	row, err := s.Desk.Store.Get(ctx(), first)
	if err != nil || carbon.Of(row).Grams != 1_610_336 || carbon.Of(row).Edition != 1 {
		t.Fatalf("%+v, %v", carbon.Of(row), err)
	}
	sum := func() string {
		t.Helper()
		of, err := s.Desk.Surveys(ctx(), stage.Chen)
		if err != nil {
			t.Fatal(err)
		}
		return of[1].Sum
	}
	if sum() != "余额：减碳 1657.33 公斤" || boardOf(t, s.Desk).Carbon != "1657.33 公斤" {
		t.Errorf("%s, of the village %s", sum(), boardOf(t, s.Desk).Carbon)
	}
	if _, err := s.Desk.EditSurvey(ctx(), first); !fault.Is(err, fault.Unsupported) {
		t.Errorf("an entry is changed: %v", err)
	}
	if err := s.Desk.TakeBack(ctx(), first); err != nil {
		t.Fatal(err)
	}
	wantKey(t, s.Desk.TakeBack(ctx(), first), "carbon.back")
	wantKey(t, s.Desk.TakeBack(ctx(), stage.Chen), "record.missing")
	if sum() != "余额：减碳 47 公斤" {
		t.Error(sum())
	}
	if x, err := s.Desk.Survey(ctx(), second); err != nil || !x.Entry {
		t.Errorf("%+v, %v", x, err)
	}
	e, err := s.Desk.NewSurvey(ctx(), "carbon", stage.Chen)
	if err != nil {
		t.Fatal(err)
	}
	taken, err := e.Take(bytes.NewReader(stage.Door(color.White)))
	if err != nil {
		t.Fatal(err)
	}
	fill(t, e, map[string]string{"carbon_item": "solar", "quantity": "2000000", "proof": taken})
	_, _, err = e.Save(ctx())
	wantKey(t, err, "carbon.quantity")
}
