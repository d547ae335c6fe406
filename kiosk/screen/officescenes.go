// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"time"

	"yuexin/kiosk/flow"
	"yuexin/kiosk/flow/flowtest"
	"yuexin/shared/credit/lending"
	"yuexin/shared/money"
	"yuexin/shared/sync/record"
)

// officeScenes are the staff's part.
func officeScenes() []Prepared {
	return []Prepared{
		{Name: "cadre", Lead: func(s *flowtest.Stage) { s.Flow.OpenOffice() }},
		{Name: "cadre-wrong", Lead: func(s *flowtest.Stage) { s.Flow.OpenOffice(); s.Flow.LogIn("1234567890") }},
		{Name: "cadre-none", Lead: func(s *flowtest.Stage) { s.Cadres.None = true; s.Flow.OpenOffice() }},
		{Name: "cadre-trying", Lead: func(s *flowtest.Stage) {
			s.Cadres.Slow = true
			must(s.Enter())
		}},
		{Name: "office", Lead: func(s *flowtest.Stage) { s.Refuse(12); must(s.Enter()) }},
		{Name: "office-large", Lead: func(s *flowtest.Stage) { must(s.Enter()) }, Large: true},
		{Name: "roll", Lead: roll(lending.KindDemand, 8)},
		{Name: "roll-large", Lead: roll(lending.KindDemand, 8), Large: true},
		{Name: "roll-households", Lead: roll("household", 0)},
		{Name: "returned", Lead: func(s *flowtest.Stage) { s.Refuse(12); must(s.Enter()); s.Flow.Open(flow.Returned) }},
		{Name: "settle", Lead: func(s *flowtest.Stage) { s.Refuse(12); must(s.Enter()); s.Flow.OpenSettle(refusal(s)) }},
		{Name: "review-collected", Lead: func(s *flowtest.Stage) {
			must(s.Enter())
			s.Flow.Collect(flow.Demand)
			answeredHere(s, flow.Demand, "")
		}},
	}
}

// roll is a list of the village after some have registered a demand, or a household.
func roll(kind record.Kind, demands int) func(*flowtest.Stage) {
	return func(s *flowtest.Stage) {
		names := []string{"陈秀英", "李国强", "欧阳冬梅", "冼志明", "梁桂芳", "谢国栋", "罗燕红", "何木根"}
		for i := range demands {
			must(s.AddDemand(names[i%len(names)], money.Fen(i+1)*1_000_000))
			s.Time = s.Time.Add(3 * time.Hour)
		}
		for _, name := range names[:4] {
			must(s.AddHousehold(name, "三组"))
		}
		must(s.Enter())
		s.Flow.OpenRoll(kind)
	}
}
