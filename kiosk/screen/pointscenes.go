// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"time"

	"yuexin/kiosk/flow/flowtest"
	"yuexin/shared/credit/points"
)

// pointScenes are civic points, for everybody and for staff.
func pointScenes() []Prepared {
	award := func(items ...string) func(*flowtest.Stage) {
		return func(s *flowtest.Stage) { awarded(s, items...) }
	}
	up := func(s *flowtest.Stage) {
		approved(s, "clean", "clean", "meeting", "pens")
		must(s.Flow.PublishPoints())
		s.Flow.Leave()
		s.Flow.OpenPoints()
	}
	putUp := func(s *flowtest.Stage) {
		up(s)
		s.Flow.OpenPutUp()
		lines, err := s.Flow.PutUp()
		must(err)
		s.Flow.Doubt(lines[1])
		must(s.Flow.SayDoubt(points.Objections[0]))
	}
	doubt := func(s *flowtest.Stage) {
		up(s)
		s.Flow.OpenPutUp()
		lines, err := s.Flow.PutUp()
		must(err)
		s.Flow.Doubt(lines[0])
	}
	work := func(s *flowtest.Stage) {
		putUp(s)
		must(s.EnterAs(flowtest.SecondPassphrase))
		propose(s, "volunteer", "neighbour")
		s.Flow.Leave()
		must(s.Enter())
		propose(s, "green")
		s.Flow.Leave()
		must(s.EnterAs(flowtest.SecondPassphrase))
		s.Flow.OpenPointWork()
	}
	return []Prepared{
		{Name: "points", Lead: up},
		{Name: "points-large", Lead: up, Large: true},
		{Name: "putup", Lead: putUp},
		{Name: "putup-large", Lead: putUp, Large: true},
		{Name: "putup-none", Lead: func(s *flowtest.Stage) { s.Flow.OpenPutUp() }},
		{Name: "doubt", Lead: doubt},
		{Name: "limits", Lead: limits},
		{Name: "limits-large", Lead: limits, Large: true},
		{Name: "limits-open", Lead: func(s *flowtest.Stage) { limits(s); s.Flow.Leave(); tell(s); s.Flow.OpenTold() }},
		{Name: "limitdoubt", Lead: func(s *flowtest.Stage) {
			limits(s)
			up, err := s.Flow.Limits()
			must(err)
			s.Flow.DoubtLimit(up[2])
		}},
		{Name: "award", Lead: award("clean")},
		{Name: "award-large", Lead: award(), Large: true},
		{Name: "award-refused", Lead: func(s *flowtest.Stage) {
			awarded(s, "pens")
			s.Time = s.Time.Add(5 * time.Second)
			s.Flow.Give("pens")
		}},
		{Name: "pointdesk", Lead: work},
		{Name: "pointdesk-large", Lead: work, Large: true},
		{Name: "pointdesk-none", Lead: func(s *flowtest.Stage) {
			must(s.Enter())
			s.Flow.OpenPointWork()
		}},
	}
}

// awarded proposes points for a household of the list.
func awarded(s *flowtest.Stage, items ...string) {
	must(s.AddHousehold("陈秀英", "三组"))
	must(s.Enter())
	propose(s, items...)
}

func propose(s *flowtest.Stage, items ...string) {
	s.Flow.OpenRoll(points.Household)
	lines, _, _, err := s.Flow.Roll()
	must(err)
	s.Flow.OpenAward(lines[0].ID)
	for _, item := range items {
		s.Time = s.Time.Add(5 * time.Second)
		must(s.Flow.Give(item))
	}
}

// approved lets the second cadre approve what the first proposed, and stay.
func approved(s *flowtest.Stage, items ...string) {
	awarded(s, items...)
	s.Flow.Leave()
	must(s.EnterAs(flowtest.SecondPassphrase))
	s.Flow.OpenPointWork()
	work, err := s.Flow.PointWork()
	must(err)
	for _, l := range work.Proposals {
		must(s.Flow.Approve(l.Entry.Header.ID))
	}
}

// limits puts up who is to have a limit; somebody objects to two of them, and one objection was answered.
func limits(s *flowtest.Stage) {
	must(s.PutUpLimits(flowtest.Fuxi, "陈*英", "李*强", "黄*芳", "欧**芬", "梁*珍"))
	s.Flow.OpenLimits()
	for _, i := range []int{0, 1} {
		up, err := s.Flow.Limits()
		must(err)
		s.Flow.DoubtLimit(up[i])
		must(s.Flow.SayLimitDoubt("wrong_facts"))
	}
	up, err := s.Flow.Limits()
	must(err)
	must(s.AnswerLimit(up[0].Limit, false))
}
