// SPDX-License-Identifier: Apache-2.0

package flow_test

import (
	"strings"
	"testing"

	"yuexin/kiosk/flow"
	"yuexin/shared/credit/consent"
	"yuexin/shared/sync/record"
)

// TestWallet: whoever opens their file reads whom they gave what until when, and who looked, with what came after they had taken
// it back; a tap takes a consent back, without a link, and from then on this machine knows.
func TestWallet(t *testing.T) {
	s := stage(t)
	opened(t, s)
	s.Flow.OpenWallet()
	at(t, s.Flow, flow.Wallet)
	permits, uses := s.Flow.Wallet()
	var text strings.Builder
	for _, p := range permits {
		text.WriteString(strings.Join([]string{p.Who, p.What, p.For, p.State, p.Given}, " ") + "\n")
	}
	for _, want := range []string{"四会农村商业银行", "姓名、身份证号", "建立农户信用档案", "到 2029年3月22日 为止", "2026年11月19日 09:30 您已经收回", "陈小明帮忙"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("%q is not said in %s", want, text.String())
		}
	}
	if len(uses) != 3 || !uses[0].Refused || uses[0].After || !uses[1].After || uses[2].After || !strings.Contains(uses[1].What, "打印了：收入和支出") {
		t.Errorf("who looked: %+v", uses)
	}

	var loan flow.Permit
	for _, p := range permits {
		if p.For == "办理贷款需求" {
			loan = p
		}
	}
	s.Flow.AskTakeBack(loan)
	at(t, s.Flow, flow.TakeBack)
	if p := s.Flow.TakingBack(); p.For != loan.For || !p.Holds {
		t.Errorf("asked about %+v", p)
	}
	if err := s.Flow.HandInWithdrawal(); err != nil {
		t.Fatal(err)
	}
	at(t, s.Flow, flow.Done)
	if r := s.Flow.Receipt(); r.Number == "" || r.Task != flow.Withdrawal {
		t.Errorf("receipt %+v", r)
	}
	ends, err := s.Desk.List(t.Context(), record.Query{Kind: consent.KindEnd})
	if err != nil || len(ends) != 1 || consent.EndOf(ends[0]).AtMS != s.Time.UnixMilli() {
		t.Fatalf("%d withdrawals, %v", len(ends), err)
	}
	s.Flow.BackToFile()
	s.Flow.OpenWallet()
	permits, _ = s.Flow.Wallet()
	for _, p := range permits {
		if p.For == loan.For && (p.Holds || !p.Sends || !strings.Contains(p.State, "2026年11月22日")) {
			t.Errorf("after it was taken back: %+v", p)
		}
	}
	s.Flow.AskTakeBack(loan) // the page is older than what was done on it
	if s.Flow.Route() == flow.TakeBack {
		if err := s.Flow.HandInWithdrawal(); err == nil {
			t.Error("a consent was taken back twice")
		}
	}
	if ends, _ := s.Desk.List(t.Context(), record.Query{Kind: consent.KindEnd}); len(ends) != 1 {
		t.Errorf("%d withdrawals", len(ends))
	}
}

// TestNoteStandsBesideItsValue: what somebody objects to is said where the value is, as long as it stands.
func TestNoteStandsBesideItsValue(t *testing.T) {
	s := stage(t)
	opened(t, s)
	notes := map[string]string{}
	for n := 1; ; n++ {
		p := s.Flow.FilePage()
		for _, l := range p.Lines {
			if l.Note != "" {
				notes[l.Label] = l.Note
			}
		}
		if n == p.All {
			break
		}
		s.Flow.TurnFile(1)
	}
	for label, want := range map[string]string{
		"联系电话": "应该是“19900009999”。正在核查，2026年12月9日前答复", "家庭人口": "核查后保留原值：户口簿上是 4 人", "经营土地（亩）": "还没有答复",
	} {
		if !strings.Contains(notes[label], want) {
			t.Errorf("beside %s: %q, want %q; all: %v", label, notes[label], want, notes)
		}
	}
}
