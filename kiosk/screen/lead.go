// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"fmt"

	"yuexin/kiosk/flow"
	"yuexin/kiosk/flow/flowtest"
	"yuexin/shared/credit/doorplate"
	"yuexin/shared/credit/receipt"
	"yuexin/shared/ident"
	"yuexin/shared/region"
)

// The ways to the prepared screens.

func start(*flowtest.Stage) {}

func trouble(t flow.Trouble) func(*flowtest.Stage) {
	return func(s *flowtest.Stage) { s.Flow.SetTroubles([]flow.Trouble{t}) }
}

func code(s *flowtest.Stage) {
	s.Flow.Choose(flow.Demand)
	s.Flow.Open(flow.Code)
}

// strange is the code of a plate that this machine does not know.
func strange() string { return doorplate.CodeOf(doorplate.Handle{1, 2, 3}).String() }

func group(s *flowtest.Stage) {
	s.Flow.Choose(flow.Demand)
	s.Flow.Pick()
	villages, err := s.Flow.Villages()
	must(err)
	s.Flow.PickVillage(villages[0])
}

func house(s *flowtest.Stage) {
	group(s)
	groups, err := s.Flow.Groups()
	must(err)
	s.Flow.PickGroup(groups[0])
}

// scan holds a plate of the made-up village to the scanner.
func scan(s *flowtest.Stage) { scanDoor(s, "富溪村三组12号") }

func scanDoor(s *flowtest.Stage, name string) {
	token, err := s.Token(s.Door[name])
	must(err)
	s.Flow.Scan(token)
}

func give(t flow.Task) func(*flowtest.Stage) {
	return func(s *flowtest.Stage) {
		s.Flow.Choose(t)
		scan(s)
	}
}

// renewed shows a plate that hangs no more.
func renewed(s *flowtest.Stage) {
	next, err := s.AddPlate(flowtest.Fuxi, "五组", "8号", "bound", ident.Record{})
	must(err)
	_, err = s.AddPlate(region.Code(flowtest.Fuxi), "五组", "8号", "replaced", next)
	must(err)
	s.Flow.Choose(flow.Demand)
	scanDoor(s, "replaced")
}

// answers are those of a villager who plants, by form and question.
var answers = map[flow.Task]map[string]string{
	flow.Demand: {
		"asked": "5万", "purpose": "planting", "term_months": "12", "applicant_name": "陈秀英", "contact": "helper",
		"helper_name": "李国强", "phone": "13800138000", "agree": "yes",
	},
	flow.Household: {
		"head_name": "陈秀英", "resident_id": "441284197203150002", "phone": "13800138000", "population": "4", "labour": "3",
		"members.0.member_name": "李国强", "members.0.relation": "spouse", "main_trade": "planting", "crops": "rice,gonggan",
		"land_area": "3.5", "agree": "yes", "agree_finance": "yes", "~sign.finance": "陈秀英", "figures_year": "2025",
	},
	flow.Merchant: {
		"name": "富溪茶行", "industry": "tea", "operator_name": "陈秀英", "phone": "13800138000", "agree": "yes", "agree_finance": "no",
	},
}

func demandAt(path string) func(*flowtest.Stage)    { return answered(flow.Demand, path) }
func householdAt(path string) func(*flowtest.Stage) { return answered(flow.Household, path) }
func merchantAt(path string) func(*flowtest.Stage)  { return answered(flow.Merchant, path) }

// answered answers the questions of a form up to the one with this path; all of them for "".
func answered(t flow.Task, until string) func(*flowtest.Stage) {
	return func(s *flowtest.Stage) {
		s.Flow.Choose(t)
		answeredHere(s, t, until)
	}
}

// answeredHere does so in the form that was chosen.
func answeredHere(s *flowtest.Stage, t flow.Task, until string) {
	scan(s)
	s.Flow.AcceptPlace()
	for s.Flow.Route() == flow.Question && s.Flow.Page().Path != until {
		path := s.Flow.Page().Path
		if path == "members" && len(s.Flow.RowNames()) == 0 {
			must(s.Flow.AddRow())
			continue
		}
		if text, ok := answers[t][path]; ok {
			s.Flow.Type(text)
		}
		must(s.Flow.Next())
	}
	if until != "" && s.Flow.Route() != flow.Question {
		must(fmt.Errorf("the form does not ask for %s", until))
	}
}

// family is the list once somebody is in it.
func family(s *flowtest.Stage) {
	householdAt("main_trade")(s)
	s.Flow.Back()
}

func done(s *flowtest.Stage) {
	demandAt("")(s)
	must(s.Flow.HandIn())
}

// stand asks for the state of the demand just handed in.
func stand(s *flowtest.Stage) {
	done(s)
	number := string(s.Flow.Receipt().Number)
	s.Flow.Clear()
	s.Flow.Open(flow.Ask)
	must(s.Flow.AskState(number))
}

// prove asks by number and code, as the picture code has them, for what lead has handed in.
func prove(s *flowtest.Stage, lead func(*flowtest.Stage)) {
	lead(s)
	r := s.Flow.Receipt()
	s.Flow.Clear()
	s.Flow.Open(flow.Ask)
	must(s.Flow.AskState(receipt.Text(r.Number, r.Code)))
}

// reviewed does so after staff settled two of the fields.
func reviewed(s *flowtest.Stage) {
	prove(s, func(s *flowtest.Stage) {
		done(s)
		must(s.Settle(string(s.Flow.Receipt().Number), "phone"))
		must(s.Settle(string(s.Flow.Receipt().Number), "applicant_name"))
	})
}

// refusal is the first thing that the server refused.
func refusal(s *flowtest.Stage) flow.Refused {
	all, err := s.Flow.Returned()
	must(err)
	return all[0]
}

// coded is a code that somebody has begun.
func coded(text string) func(*Kiosk) {
	return func(k *Kiosk) {
		k.code = []rune(text)
		k.Show()
	}
}

// pressing presses keys of the keyboard.
func pressing(labels ...string) func(*Kiosk) {
	return func(k *Kiosk) {
		for _, label := range labels {
			for _, key := range k.host.Keys() {
				if key.Label() == label {
					key.Tapped(nil)
					break
				}
			}
		}
	}
}
