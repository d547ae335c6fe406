// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"slices"
	"sync"

	"fyne.io/fyne/v2"

	"yuexin/kiosk/flow"
	"yuexin/kiosk/flow/flowtest"
	"yuexin/shared/i18n"
	"yuexin/shared/pinyin"
	"yuexin/shared/typing"
	"yuexin/shared/uikit/scene"
	"yuexin/shared/uikit/theme"
)

// Prepared is a screen as it is seen in the middle of something, over the made-up villages of package flowtest.
type Prepared struct {
	Name  string // of the picture; lower case
	Lead  func(s *flowtest.Stage)
	Then  func(k *Kiosk) // once it is in a window; nil for nothing
	Large bool           // in the large mode, for screens where that is tight
	Main  bool           // see scene.Scene
}

// Scenes returns all prepared screens: every route, every sort of question, and what goes wrong. A test holds the list to
// the table of screens and to the forms.
func Scenes() []Prepared {
	return slices.Concat(placeScenes(), questionScenes(), endScenes(), deviceScenes(), soundScenes(), officeScenes(), shopScenes(), newsScenes(), pointScenes(),
		myFileScenes())
}

// placeScenes lead from the start to where somebody lives.
func placeScenes() []Prepared {
	return []Prepared{
		{Name: "start", Lead: start, Main: true},
		{Name: "start-large", Lead: start, Large: true},
		{Name: "start-known", Lead: func(s *flowtest.Stage) { scan(s); s.Flow.AcceptPlace() }},
		{Name: "start-guest", Lead: func(s *flowtest.Stage) { must(s.Flow.Enter(flow.Matter{})) }},
		{Name: "start-offline", Lead: trouble(flow.NoLink)},
		{Name: "start-wrong-clock", Lead: trouble(flow.WrongClock)},
		{Name: "start-disk-full", Lead: trouble(flow.DiskFull)},
		{Name: "staff", Lead: func(s *flowtest.Stage) { s.Flow.Open(flow.Staff) }},
		{Name: "staff-trouble", Lead: func(s *flowtest.Stage) {
			s.Flow.SetTroubles([]flow.Trouble{flow.WrongClock, flow.NoLink})
			s.Flow.Open(flow.Staff)
		}},
		{Name: "where", Lead: func(s *flowtest.Stage) { s.Flow.Choose(flow.Demand) }},
		{Name: "code", Lead: code, Then: coded("4K7")},
		{Name: "code-large", Lead: code, Large: true},
		{Name: "code-unknown", Lead: func(s *flowtest.Stage) { code(s); s.Flow.EnterCode(strange()) }},
		{Name: "village", Lead: func(s *flowtest.Stage) { s.Flow.Choose(flow.Demand); s.Flow.Pick() }},
		{Name: "group", Lead: group},
		{Name: "house", Lead: house},
		{Name: "place", Lead: give(flow.Demand)},
		{Name: "place-renewed", Lead: renewed},
		{Name: "plate", Lead: func(s *flowtest.Stage) { s.Flow.Scan("https://police.example.cn/1") }},
	}
}

// questionScenes are the sorts of questions.
func questionScenes() []Prepared {
	return []Prepared{
		{Name: "question-money", Lead: demandAt("asked"), Then: pressing("5", "万")},
		{Name: "question-missing", Lead: func(s *flowtest.Stage) { demandAt("purpose")(s); s.Flow.Type(""); s.Flow.Next() }},
		{Name: "question-number", Lead: demandAt("term_months")},
		{Name: "question-name", Lead: demandAt("applicant_name"), Main: true},
		{Name: "question-name-pinyin", Lead: demandAt("applicant_name"), Then: pressing("c", "h", "e", "n", "x", "i", "u", "y", "i", "n", "g")},
		{Name: "question-name-strokes", Lead: demandAt("applicant_name"), Then: pressing("笔画", "丶 点", "⺂ 折", "丶 点", "＊ 任意", "⺂ 折")},
		{Name: "question-name-strokes-large", Lead: demandAt("applicant_name"), Large: true, Then: pressing("笔画")},
		{Name: "question-name-large", Lead: demandAt("applicant_name"), Large: true},
		{Name: "question-choice", Lead: demandAt("contact")},
		{Name: "question-consent", Lead: demandAt("agree")},
		{Name: "question-consent-large", Lead: demandAt("agree"), Large: true},
		{Name: "question-identity", Lead: householdAt("resident_id")},
		{Name: "question-phone", Lead: householdAt("phone")},
		{Name: "question-yes-no", Lead: householdAt("assisted")},
		{Name: "question-text", Lead: merchantAt("market")},
		{Name: "question-rows", Lead: householdAt("members")},
		{Name: "question-rows-filled", Lead: family},
		{Name: "question-row", Lead: householdAt("members.0.relation")},
		{Name: "question-date", Lead: householdAt("members.0.birth_date")},
		{Name: "question-choices", Lead: householdAt("crops")},
		{Name: "question-choices-large", Lead: householdAt("crops"), Large: true},
		{Name: "question-area", Lead: householdAt("land_area")},
		{Name: "question-consent-finance", Lead: householdAt("agree_finance")},
		{Name: "question-signature", Lead: householdAt("~sign.finance")},
		{Name: "question-merchant-code", Lead: merchantAt("uscc")},
		{Name: "question-merchant-trade", Lead: merchantAt("industry")},
	}
}

// endScenes come after the last question.
func endScenes() []Prepared {
	return []Prepared{
		{Name: "review", Lead: demandAt("")},
		{Name: "review-large", Lead: demandAt(""), Large: true},
		{Name: "review-household", Lead: householdAt("")},
		{Name: "review-disk-full", Lead: func(s *flowtest.Stage) { demandAt("")(s); s.Disk.Acts = true; s.Flow.HandIn() }},
		{Name: "leaving", Lead: func(s *flowtest.Stage) { demandAt("phone")(s); s.Flow.Leave() }},
		{Name: "kept", Lead: func(s *flowtest.Stage) { demandAt("phone")(s); must(s.Flow.PutAside()) }},
		{Name: "slip", Lead: func(s *flowtest.Stage) { s.Flow.Open(flow.Slip) }, Then: coded("AB")},
		{Name: "idle", Lead: func(s *flowtest.Stage) { demandAt("phone")(s); s.Pass(s.Flow.Mode().Patience()) }},
		{Name: "idle-large", Lead: func(s *flowtest.Stage) { s.Flow.SetLarge(true); demandAt("phone")(s); s.Pass(s.Flow.Mode().Patience()) }, Large: true},
		{Name: "done", Lead: done, Main: true},
		{Name: "done-offline", Lead: func(s *flowtest.Stage) { s.Flow.SetTroubles([]flow.Trouble{flow.NoLink}); done(s) }},
		{Name: "done-large", Lead: done, Large: true},
		{Name: "done-household", Lead: func(s *flowtest.Stage) { householdAt("")(s); must(s.Flow.HandIn()) }},
		{Name: "ask", Lead: func(s *flowtest.Stage) { s.Flow.Open(flow.Ask) }},
		{Name: "stand", Lead: stand},
		{Name: "stand-reviewed", Lead: reviewed},
		{Name: "stand-reviewed-large", Lead: reviewed, Large: true},
		{Name: "stand-none", Lead: func(s *flowtest.Stage) { prove(s, done) }},
		{Name: "proof", Lead: func(s *flowtest.Stage) { stand(s); s.Flow.OpenProof() }, Then: coded("041733")},
		{Name: "proof-wrong", Lead: func(s *flowtest.Stage) { stand(s); s.Flow.OpenProof(); s.Flow.EnterProof("00000000") }},
	}
}

// RegisterScenes puts the screens into the gallery, which has a switch for the large mode of its own.
func RegisterScenes() {
	for _, p := range Scenes() {
		if !p.Large {
			scene.Register(p.Scene())
		}
	}
}

// Scene returns the screen for the gallery and for a picture.
func (p Prepared) Scene() scene.Scene {
	var k *Kiosk // of the drawing that Build made last
	return scene.Scene{
		Name: "kiosk/" + p.Name, Place: theme.Kiosk, Main: p.Main,
		Build: func(t *i18n.Printer) fyne.CanvasObject {
			k = p.open(t)
			return k.Content()
		},
		Over: func(_ *i18n.Printer, c fyne.Canvas) {
			k.canvas = func() fyne.Canvas { return c }
			k.Show() // with the keyboard of its first entry
			if p.Then != nil {
				p.Then(k)
			}
		},
	}
}

// open returns a kiosk at the prepared screen, in the language and size of the gallery.
func (p Prepared) open(t *i18n.Printer) *Kiosk {
	kit, err := loadKit()
	must(err)
	stage, err := flowtest.New(nil)
	must(err)
	k := New(stage.Flow, kit, learnedLocal(kit))
	k.Forget = func() error { k.local.Forget(); return nil }
	k.Facts = func() []Fact { return facts(k) }
	p.Lead(stage)
	if stage.Flow.Printer().Lang() != t.Lang() {
		stage.Flow.SwitchLanguage()
	}
	if large := p.Large || theme.Current().Mode == theme.Elder; stage.Flow.Route() != flow.Idle {
		stage.Flow.SetLarge(large)
	}
	k.Show()
	return k
}

// loadKit reads the dictionary once for all scenes.
var loadKit = sync.OnceValues(typing.Load)

// learnedLocal is a keyboard that has learned in three visits that this is a village of the 冼.
func learnedLocal(kit *typing.Kit) *pinyin.Local {
	local, err := kit.NewLocal()
	must(err)
	for range 3 {
		local.Note(pinyin.Names, "冼")
		local.EndVisit()
	}
	return local
}

// facts is what staff read about a machine that is well.
func facts(k *Kiosk) []Fact {
	return []Fact{
		{k.t("kiosk.staff.device"), "富溪村 1 号机"}, {k.t("kiosk.staff.link"), k.t("kiosk.staff.link.on")},
		{k.t("kiosk.staff.settled"), k.Flow.SettledWord(3, k.Flow.Now())},
		{k.t("kiosk.staff.disk"), "98.2 GB"}, {k.t("kiosk.staff.clock"), k.Flow.Printer().DateTime(k.Flow.Now())},
		{k.t("kiosk.staff.time"), k.Flow.Printer().DateTime(k.Flow.Now())},
		{k.t("kiosk.staff.paper"), k.t("kiosk.staff.paper.none")}, {k.t("kiosk.staff.version"), "0.1.0"},
	}
}

// must stops the gallery when its own preparation is wrong.
func must(err error) {
	if err != nil {
		panic(err)
	}
}
