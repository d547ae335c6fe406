// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"yuexin/kiosk/flow"
	"yuexin/kiosk/flow/flowtest"
	"yuexin/shared/credit/myfile"
)

// myFileScenes are a resident with a file card.
func myFileScenes() []Prepared {
	begun := "60RK4CSM6MV3EE"
	return []Prepared{
		{Name: "mine", Lead: func(s *flowtest.Stage) { s.Flow.Open(flow.Mine) }},
		{Name: "mine-dead", Lead: func(s *flowtest.Stage) {
			card := fileCard(s)
			must(s.EndCard(card))
			s.Flow.Scan(card.QR())
		}},
		{Name: "minecode", Lead: func(s *flowtest.Stage) { s.Flow.Open(flow.MineCode) }, Then: coded(begun)},
		{Name: "minecode-large", Lead: func(s *flowtest.Stage) { s.Flow.Open(flow.MineCode) }, Then: coded(begun), Large: true},
		{Name: "pin", Lead: cardShown, Then: coded("8305")},
		{Name: "pin-large", Lead: cardShown, Then: coded("8305"), Large: true},
		{Name: "pin-wrong", Lead: func(s *flowtest.Stage) { cardShown(s); s.Flow.EnterPIN("830518") }},
		{Name: "pin-opening", Lead: func(s *flowtest.Stage) {
			cardShown(s)
			s.Flow.Work = func(_, _ func()) {}
			s.Flow.EnterPIN(flowtest.PIN)
		}},
		{Name: "file", Lead: fileOpen(0)},
		{Name: "file-large", Lead: fileOpen(0), Large: true},
		{Name: "file-disputed", Lead: fileOpen(4)},
		{Name: "file-said", Lead: fileOpen(6)},
		{Name: "file-said-large", Lead: fileOpen(6), Large: true},
		{Name: "file-missing", Lead: fileOpen(100)},
		{Name: "file-limit", Lead: func(s *flowtest.Stage) {
			s.Limit = &myfile.Limit{Amount: 8_000_000, Until: "2027-11-05"}
			fileOpen(100)(s)
		}},
		{Name: "object", Lead: objecting},
		{Name: "right", Lead: func(s *flowtest.Stage) { objecting(s); must(s.Flow.Object(myfile.Correct)) }},
		{Name: "right-large", Lead: func(s *flowtest.Stage) { objecting(s); must(s.Flow.Object(myfile.Correct)) }, Large: true},
		{Name: "wallet", Lead: walletOpen},
		{Name: "wallet-large", Lead: walletOpen, Large: true},
		{Name: "takeback", Lead: takingBack},
		{Name: "takeback-large", Lead: takingBack, Large: true},
		{Name: "done-withdrawal", Lead: func(s *flowtest.Stage) { takingBack(s); must(s.Flow.HandInWithdrawal()) }},
		{Name: "done-objection", Lead: func(s *flowtest.Stage) { objecting(s); must(s.Flow.Object(myfile.NotMine)) }},
	}
}

func fileCard(s *flowtest.Stage) myfile.Card {
	card, err := s.FileCard()
	must(err)
	return card
}

func cardShown(s *flowtest.Stage) { s.Flow.Scan(fileCard(s).QR()) }

// fileOpen opens a file at a page, the last if there are not so many.
func fileOpen(page int) func(*flowtest.Stage) {
	return func(s *flowtest.Stage) {
		cardShown(s)
		s.Flow.EnterPIN(flowtest.PIN)
		s.Flow.TurnFile(page)
	}
}

func objecting(s *flowtest.Stage) {
	fileOpen(0)(s)
	s.Flow.ObjectTo(s.Flow.FilePage().Lines[2])
}

func walletOpen(s *flowtest.Stage) {
	fileOpen(0)(s)
	s.Flow.OpenWallet()
}

func takingBack(s *flowtest.Stage) {
	walletOpen(s)
	permits, _ := s.Flow.Wallet()
	for _, p := range permits {
		if p.Holds {
			s.Flow.AskTakeBack(p)
			return
		}
	}
}
