// SPDX-License-Identifier: Apache-2.0

package screen_test

import (
	"testing"

	"yuexin/agent/stage"
	"yuexin/shared/credit/plate"
	"yuexin/shared/sync/record"
)

// TestPlateIsAskedFor: at a door an officer asks for another plate in place of a damaged one, and sees that it waits.
func TestPlateIsAskedFor(t *testing.T) {
	l := unlocked(t, nil)
	l.wantLine("陈秀英", true)
	l.line(0)
	l.Tap("门牌")
	l.Tap("安装上墙")
	l.Tap("提交")
	l.wantShown("还没有定位。")
	l.Tap("换新")
	l.Tap("提交")
	l.wantShown("要写明原因。")
	l.into("原因", "雨淋破损")
	l.Tap("提交")
	l.wantShown("雨淋破损")
	rows, err := l.As(stage.Desk, "desk").List(t.Context(), record.Query{Kind: plate.KindAsk})
	if err != nil || len(rows) != 1 || plate.AskOf(rows[0]).Deed != plate.Renew || plate.AskOf(rows[0]).Reason != "雨淋破损" {
		t.Fatalf("asks %v, %v", rows, err)
	}
}
