// SPDX-License-Identifier: Apache-2.0

package screen_test

import "testing"

// Printing says before a place is chosen that the file will be in clear, and asks which form where there are two.
func TestPaperIsInClear(t *testing.T) {
	l := unlocked(t, nil)
	l.search("cxy")
	l.line(0)
	l.wantShown("纸质采集表", "附上签字的采集表")
	l.Tap("打印信息采集表")
	l.wantShown("保存的 PDF 文件没有加密，含有个人信息", "农户信用信息采集表（简表）", "农户信用信息采集表")
	l.AssertWhole()
	l.Tap("取消")
	if l.Shows("打印哪一种？") {
		t.Error("the question is still there")
	}
}
