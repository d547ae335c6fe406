// SPDX-License-Identifier: Apache-2.0

package screen

import (
	"time"

	"yuexin/kiosk/flow/flowtest"
	news "yuexin/shared/credit/notice"
	"yuexin/shared/ident"
)

// newsScenes are what the village is told.
func newsScenes() []Prepared {
	read := func(s *flowtest.Stage) {
		tell(s)
		all, err := s.Flow.Told()
		must(err)
		s.Flow.OpenNotice(all[0].Header.ID)
	}
	return []Prepared{
		{Name: "notices", Lead: func(s *flowtest.Stage) { tell(s); s.Flow.OpenTold() }},
		{Name: "notices-large", Lead: func(s *flowtest.Stage) { tell(s); s.Flow.OpenTold() }, Large: true},
		{Name: "notices-none", Lead: func(s *flowtest.Stage) { s.Flow.OpenTold() }},
		{Name: "notice", Lead: read},
		{Name: "notice-large", Lead: read, Large: true},
	}
}

// tell publishes some notices.
func tell(s *flowtest.Stage) {
	for _, n := range []news.Notice{
		{Sort: news.News, Title: "环境整治日", Text: "本周六上午八点，各组带扫把到村口集合。", Publisher: "富溪村村委会"},
		{Sort: news.News, Title: "村民代表会议", Text: "下周一晚七点在祠堂开会，讨论鱼塘承包。", Publisher: "富溪村村委会"},
		{
			Sort: news.Policy, Title: "春耕贷款贴息", Publisher: "四会市农业农村局",
			Text: "买种子、化肥、农药的贷款，政府贴一部分利息。\n\n谁可以申请：本地种地的农户，贷款没有逾期。\n怎样申请：在这台一体机登记贷款需求，或者到村委会找驻点服务官。\n不收任何手续费。",
		},
	} {
		n.Until = "2027-03-31"
		scope := flowtest.Scope(flowtest.Fuxi)
		if n.Sort == news.Policy {
			scope = ident.Ref
		}
		_, err := s.Tell(scope, n)
		must(err)
		s.Time = s.Time.Add(2 * time.Hour)
	}
}
