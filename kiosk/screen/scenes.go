// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"fyne.io/fyne/v2"

	"yuexin/kiosk/flow"
	"yuexin/kiosk/flow/flowtest"
	"yuexin/shared/i18n"
	"yuexin/shared/uikit/keyboard"
	"yuexin/shared/uikit/scene"
	"yuexin/shared/uikit/theme"
)

// RegisterScenes puts every screen into the gallery, over the made-up village of package flowtest.
func RegisterScenes() {
	for _, s := range []struct {
		name string
		lead func(s *flowtest.Stage)
	}{
		{"start", func(*flowtest.Stage) {}},
		{"trouble", func(s *flowtest.Stage) { s.Flow.SetTroubles([]flow.Trouble{flow.NoLink}) }},
		{"staff", func(s *flowtest.Stage) { s.Flow.Open(flow.Staff) }},
		{"where", func(s *flowtest.Stage) { s.Flow.Choose(flow.Demand) }},
		{"code", func(s *flowtest.Stage) { s.Flow.Choose(flow.Demand); s.Flow.Open(flow.Code) }},
		{"group", pickGroup},
		{"foreign-plate", func(s *flowtest.Stage) { s.Flow.Scan("https://police.example.cn/1") }},
		{"place", give},
		{"amount", func(s *flowtest.Stage) { answer(s, "asked") }},
		{"name", func(s *flowtest.Stage) { answer(s, "applicant_name") }},
		{"consent", func(s *flowtest.Stage) { answer(s, "agree") }},
		{"review", func(s *flowtest.Stage) { answer(s, "") }},
		{"leaving", func(s *flowtest.Stage) { answer(s, "phone"); s.Flow.Leave() }},
		{"idle", func(s *flowtest.Stage) { answer(s, "phone"); s.Pass(flow.Patience) }},
		{"receipt", func(s *flowtest.Stage) { answer(s, ""); must(s.Flow.HandIn()) }},
		{"stand", showStand},
	} {
		scene.Register(scene.Scene{Name: "kiosk/" + s.name, Place: theme.Kiosk, Build: func(p *i18n.Printer) fyne.CanvasObject {
			stage, k := staged(p)
			s.lead(stage)
			k.Show()
			return k.Content()
		}})
	}
}

// staged returns a kiosk in the language and size of the gallery.
func staged(p *i18n.Printer) (*flowtest.Stage, *Kiosk) {
	engine, err := keyboard.LoadEngine()
	must(err)
	stage, err := flowtest.New(nil)
	must(err)
	for range i18n.Langs() {
		if stage.Flow.Printer().Lang() != p.Lang() {
			stage.Flow.SwitchLanguage()
		}
	}
	stage.Flow.SetLarge(theme.Current().Mode == theme.Elder)
	return stage, New(stage.Flow, engine)
}

// must stops the gallery when its own preparation is wrong.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

// give shows a plate of the made-up village to the scanner.
func give(s *flowtest.Stage) {
	s.Flow.Choose(flow.Demand)
	token, err := s.Token(s.Door["富溪村三组12号"])
	must(err)
	s.Flow.Scan(token)
}

func pickGroup(s *flowtest.Stage) {
	s.Flow.Choose(flow.Demand)
	s.Flow.Pick()
	villages, err := s.Flow.Villages()
	must(err)
	s.Flow.PickVillage(villages[0])
}

// answer answers the questions of a demand up to the one with this path, or all of them.
func answer(s *flowtest.Stage, until string) {
	give(s)
	s.Flow.AcceptPlace()
	for s.Flow.Route() == flow.Question && s.Flow.Page().Path != until {
		s.Flow.Type(map[string]string{
			"asked": "5万", "purpose": "planting", "term_months": "12", "applicant_name": "陈秀英", "contact": "helper",
			"helper_name": "李国强", "phone": "13800138000", "agree": "yes",
		}[s.Flow.Page().Path])
		must(s.Flow.Next())
	}
}

// showStand asks for the state of the demand just handed in.
func showStand(s *flowtest.Stage) {
	answer(s, "")
	must(s.Flow.HandIn())
	number := string(s.Flow.Receipt().Number)
	s.Flow.Clear()
	s.Flow.Open(flow.Ask)
	s.Flow.AskState(number)
}
