// SPDX-License-Identifier: Apache-2.0

package screen_test

import (
	"testing"

	"yuexin/agent/stage"
)

// TestBrokenIsPutAside: something damaged stands in the tray until a person says why it can be put aside.
func TestBrokenIsPutAside(t *testing.T) {
	l := unlocked(t, func(s *stage.Stage) { s.Tray.Break() })
	l.Tap("退回 1")
	l.wantShown("富溪村 一条已损坏的内容", "服务器也没有", "对照纸质材料", "导出")
	l.Tap("放到一边")
	l.wantShown("为什么可以放到一边")
	l.Tap("取消")
	l.wantShown("一条已损坏的内容")
	l.Tap("放到一边")
	l.Tap("放到一边")
	l.wantShown("还没有写原因")
	l.into("为什么可以放到一边", "已照纸质表重新登记")
	l.Tap("放到一边")
	l.wantShown("没有退回的内容", "已放到一边")
	if len(l.Tray.Reasons) != 1 || l.Tray.Reasons[0] != "已照纸质表重新登记" {
		t.Errorf("the reasons are %q", l.Tray.Reasons)
	}
}
