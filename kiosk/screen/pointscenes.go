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
	board := func(s *flowtest.Stage) {
		awarded(s, "clean", "clean", "meeting", "volunteer")
		s.Flow.Leave()
		s.Flow.OpenPoints()
	}
	return []Prepared{
		{Name: "points", Lead: board},
		{Name: "points-large", Lead: board, Large: true},
		{Name: "award", Lead: award("clean")},
		{Name: "award-large", Lead: award(), Large: true},
		{Name: "award-refused", Lead: func(s *flowtest.Stage) {
			awarded(s, "solar")
			s.Time = s.Time.Add(5 * time.Second)
			s.Flow.Give("solar")
		}},
	}
}

// awarded gives points to a household of the list.
func awarded(s *flowtest.Stage, items ...string) {
	must(s.AddHousehold("陈秀英", "三组"))
	must(s.Enter())
	s.Flow.OpenRoll(points.Household)
	lines, _, _, err := s.Flow.Roll()
	must(err)
	s.Flow.OpenAward(lines[0].ID)
	for _, item := range items {
		s.Time = s.Time.Add(5 * time.Second)
		must(s.Flow.Give(item))
	}
}
