// SPDX-License-Identifier: Apache-2.0

package screen_test

import (
	"bytes"
	"context"
	"testing"

	"yuexin/agent/stage"
	"yuexin/shared/credit/myfile"
	"yuexin/shared/fault"
	"yuexin/shared/sync/record"
)

// TestFileCardIsGiven: on the household's page an officer says what they saw, the holder chooses a PIN, the card is printed from
// memory, and once the page is left it is gone.
func TestFileCardIsGiven(t *testing.T) {
	var page []byte
	l := unlocked(t, nil)
	l.app.Printer = func(_ context.Context, pdf []byte) error { page = bytes.Clone(pdf); return nil }
	l.wantLine("陈秀英", true)
	l.line(0)
	l.Tap("档案卡")
	l.Tap("办卡")
	l.wantShown("请选核对了什么证件。")
	l.Tap("居民身份证")
	l.Tap("第一次办")
	l.into("密码，请本人输", "830517")
	l.into("再输一次", "830518")
	l.Tap("办卡")
	l.wantShown("两次输的密码不一样。")
	l.into("再输一次", "\b830517")
	l.Tap("办卡")
	l.wantShown("卡办好了")
	rows, err := l.As(stage.Desk, "desk").List(t.Context(), record.Query{Kind: myfile.KindRequest})
	if err != nil || len(rows) != 1 || !myfile.RequestOf(rows[0]).Good() {
		t.Fatalf("requests %v, %v", rows, err)
	}
	l.Tap("打印")
	l.wantShown("已经交给打印机。")
	if !bytes.HasPrefix(page, []byte("%PDF-")) {
		t.Errorf("printed %.20q", page)
	}
	l.app.Printer = func(context.Context, []byte) error { return fault.New(fault.Unavailable, "agent.card.noprinter") }
	l.Tap("打印")
	l.wantShown("这台电脑没有打印机。")
	l.Tap("已经交给本人")
	if l.Shows("卡办好了") {
		t.Error("the card is still shown")
	}
}
