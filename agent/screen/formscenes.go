// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"bytes"
	"image/color"
	"strconv"

	"yuexin/agent/flow"
	"yuexin/agent/stage"
	"yuexin/shared/credit/forms"
	"yuexin/shared/ident"
)

// formScene is a scene of a form or of what was filled in of one.
type formScene struct {
	name string
	show func(a *App, s *stage.Stage)
}

// formScenes are the scenes of the forms, each right after somebody pressed save too early, or filled in.
func formScenes() []formScene {
	return []formScene{
		{"form-survey", func(a *App, _ *stage.Stage) { tried(a, stage.Chen, "household_survey", surveyAnswers) }},
		{"form-green", func(a *App, _ *stage.Stage) { tried(a, stage.Chen, "green", nil) }},
		{"form-seven", func(a *App, _ *stage.Stage) { tried(a, stage.Chen, "seven", sevenMet) }},
		{"form-pond", func(a *App, _ *stage.Stage) { tried(a, stage.Chen, "pond", pond) }},
		{"form-merchant", func(a *App, _ *stage.Stage) {
			tried(a, stage.Shop, "merchant_survey", map[string]string{"socially_insured": "99"})
		}},
		{"form-village", func(a *App, _ *stage.Stage) {
			triedIn(a, "village", map[string]string{"population": "300", "households": "400"})
		}},
		{"form-enterprise", func(a *App, _ *stage.Stage) {
			triedIn(a, "enterprise", map[string]string{"name": "示例食品有限公司", "uscc": "91000000MA00000158"})
		}},
		{"form-entity", func(a *App, _ *stage.Stage) {
			triedIn(a, "farm_entity", map[string]string{"entity_type": "cooperative", "leased_area": "20"})
		}},
		{"village-forms", func(a *App, s *stage.Stage) {
			filled(a, s, "village", villageFigures)
			filled(a, s, "enterprise", enterprise)
			a.home.scope = stage.Fuxi
			a.home.openVillage()
		}},
		{"village-board", func(a *App, s *stage.Stage) {
			boardStage(a)
			a.home.scope = stage.Fuxi
			a.home.openVillage()
		}},
		{"green-judged", func(a *App, s *stage.Stage) {
			id := filledOf(a, "green", stage.Chen, greenAnswers)
			a.home.openSurvey(id, a.home.list)
		}},
		{"carbon-entry", func(a *App, s *stage.Stage) {
			id := filledOf(a, "carbon", stage.Chen, map[string]string{"carbon_item": "solar", "quantity": "3001", "proof": photo})
			a.home.openSurvey(id, a.home.list)
		}},
		{"survey", func(a *App, s *stage.Stage) {
			id := filled(a, s, "pond", pond)
			a.home.openSurvey(id, a.home.list)
		}},
		{"begun", func(a *App, s *stage.Stage) {
			begin(a, "pond", pond)
			begin(a, "enterprise", enterprise)
			a.home.refresh()
			a.home.onBegun()
		}},
	}
}

var (
	surveyAnswers = map[string]string{
		"agree": "yes", "agree_finance": "yes", "phone": "1380013", "income_planting": "", "cost_production": "2万", "debts.0.lender_kind": "own_bank",
		"debts.0.owed": "3万", "debts.0.overdue": "yes", "plots.0.plot_area": "3.2", "figures_year": "",
	}
	sevenMet = map[string]string{
		"rule_law": "met", "rule_weddings": "met", "rule_clean": "met", "rule_family": "met", "rule_neighbours": "met", "rule_village": "met", "rule_work": "met",
	}
	pond = map[string]string{
		"pond_name": "东塘", "keeper": "陈秀英", "pond_area": "2", "pond_tenure": "rented", "lease_until": "2025-12-31", "pond_species": "shrimp,tilapia",
		"pond_income": "8万", "pond_cost": "9万",
	}
	enterprise = map[string]string{
		"name": "示例食品有限公司", "uscc": "91000000MA00000157", "legal_person": "示例 何某", "phone": "19900001234", "sector": "manufacturing", "operating": "open",
		"employees": "12", "socially_insured": "10", "agree": "yes",
	}
	villageFigures = map[string]string{"figures_year": "2025", "population": "2400", "households": "600", "filed": "320", "credit_households": "210", "borrowers": "90", "behind": "4"}
)

// answer fills in; rows are added as they are named.
func answer(e *flow.Entry, answers map[string]string) {
	for path := range answers {
		if rows, _, found := cutRows(path); found && e.Session.Rows(rows) == 0 {
			_, _ = e.Session.AddRow(rows) // there is room for one
		}
	}
	for range 2 { // once more for what is asked for only after another answer
		for path, text := range answers {
			_ = e.Session.Set(path, text) // a fault is what is to be seen
		}
	}
}

func cutRows(path string) (rows, rest string, found bool) {
	for i, r := range path {
		if r == '.' {
			return path[:i], path[i+1:], true
		}
	}
	return "", "", false
}

func tried(a *App, of ident.Record, name string, answers map[string]string) {
	e, err := a.home.desk.NewSurvey(a.ctx, name, of)
	show(a, e, err, answers)
}

func triedIn(a *App, name string, answers map[string]string) {
	e, err := a.home.desk.NewVillageSurvey(a.ctx, name, stage.Fuxi)
	show(a, e, err, answers)
}

func show(a *App, e *flow.Entry, err error, answers map[string]string) {
	if err != nil {
		panic(err) // all of them are on the stage
	}
	answer(e, answers)
	a.home.openForm(e, nil)
	a.home.page.(*form).onSave()
}

// photo stands for an answer that is a picture.
const photo = "photo"

var greenAnswers = map[string]string{
	"clean": "25", "planting": "15", "penned": "10", "organic": "5", "solar": "15", "project": "0",
	"photo_clean": photo, "photo_planting": photo, "photo_penned": photo, "photo_organic": photo,
}

// joinTask asks for which team somebody collects.
func joinTask(a *App) {
	boardStage(a)
	a.home.scope = stage.Fuxi
	a.home.openVillage()
	b, err := a.home.desk.Board(a.ctx, stage.Fuxi)
	if err != nil {
		panic(err) // it was shown just now
	}
	a.home.askTeam(stage.Fuxi, b.Tasks[0], func() {})
}

// boardStage is a village of which much is reported.
func boardStage(a *App) {
	for _, answers := range []map[string]string{
		{"element": "branch", "since": "2026-03-01", "until": "2028-03-01", "partner": "示例银行党支部", "proof": photo},
		{"element": "machine", "since": "2026-05-20", "place": "村委会一楼大厅", "proof": photo},
		{"element": "credit", "since": "2026-09-01", "partner": "示例农村商业银行", "credit_stage": "posted", "proof": photo},
	} {
		filledOf(a, "element", ident.Record{}, answers)
	}
	task := filledOf(a, "task", ident.Record{}, map[string]string{"title": "整村建档补采", "teams": "bank,work_team,committee", "goal": "7", "from": "2026-11-01", "due": "2026-12-31"})
	for _, of := range []ident.Record{stage.Chen, {}} {
		filledOf(a, "green", of, greenAnswers)
	}
	if err := a.home.desk.JoinTask(a.ctx, stage.Fuxi, task, "bank", "黄伟强"); err != nil {
		panic(err) // the task goes on
	}
	filledOf(a, "seven", stage.Chen, sevenMet)
	a.home.desk.LeaveTask(stage.Fuxi)
	filledOf(a, "carbon", stage.Chen, map[string]string{"carbon_item": "solar", "quantity": "3001", "proof": photo})
}

// filledOf saves a form about somebody, or about the village, with pictures and with a reason for each warning.
func filledOf(a *App, name string, of ident.Record, answers map[string]string) ident.Record {
	e, err := a.home.desk.NewVillageSurvey(a.ctx, name, stage.Fuxi)
	if !of.IsZero() {
		e, err = a.home.desk.NewSurvey(a.ctx, name, of)
	}
	if err != nil {
		panic(err) // all of them are on the stage
	}
	taken := map[string]string{}
	for path, text := range answers {
		if text == photo {
			if text, err = e.Take(bytes.NewReader(stage.Door(color.White))); err != nil {
				panic(err) // the stage has room
			}
		}
		taken[path] = text
	}
	answer(e, taken)
	for _, p := range e.Problems() {
		if p.Level == forms.Warn {
			e.Explain(p, "已问过本人")
		}
	}
	id, _, err := e.Save(a.ctx)
	if err != nil {
		panic(err) // they are complete
	}
	return id
}

// begin begins a form of the village and keeps it.
func begin(a *App, name string, answers map[string]string) *flow.Entry {
	e, err := a.home.desk.NewVillageSurvey(a.ctx, name, stage.Fuxi)
	if err != nil {
		panic(err) // all of them are on the stage
	}
	answer(e, answers)
	_ = e.Flush(a.ctx) // the shelf of the stage keeps everything
	return e
}

// filled saves a form of the village, with a reason for each warning.
func filled(a *App, _ *stage.Stage, name string, answers map[string]string) ident.Record {
	e := begin(a, name, answers)
	for i, p := range e.Problems() {
		if p.Level == forms.Warn {
			e.Explain(p, "已问过本人"+strconv.Itoa(i))
		}
	}
	id, _, err := e.Save(a.ctx)
	if err != nil {
		panic(err) // they are complete
	}
	return id
}
