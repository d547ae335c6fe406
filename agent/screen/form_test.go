// SPDX-License-Identifier: Apache-2.0

package screen_test

import (
	"context"
	"testing"

	"fyne.io/fyne/v2"

	"yuexin/agent/device"
	"yuexin/shared/credit/forms"
	"yuexin/shared/sync/record"
	"yuexin/shared/uikit/widget"
)

// TestPond fills in a pond of a household: its position comes from a receiver, a warning is passed over with a reason, and
// what is to be reviewed and how it came about is shown with it.
func TestPond(t *testing.T) {
	l := unlocked(t, nil)
	l.app.Locator = &device.Sim{Fixes: []device.Fix{{Lat: 230_469_470, Lon: 1_124_650_120, Accuracy: 4, Source: device.FromGPSD}}}
	l.search("cxy")
	l.line(0)
	l.wantShown("表格", "绿色信用六指标", "信用七条评议")
	surveys := 0
	for _, o := range l.objects() {
		if b, ok := o.(*widget.BigButton); ok && b.Text() == "填写" {
			if surveys++; surveys == 4 { // survey, carbon, green, pond
				b.Tapped(&fyne.PointEvent{})
				break
			}
		}
	}
	l.wantShown("鱼塘登记 · 陈秀英")
	l.into("塘名", "东塘")
	l.into("养殖户姓名", "陈秀英")
	l.into("水面", "2")
	l.choose("来源", "租用")
	l.into("租到哪天", "2025-12-31")
	l.choose("养什么", "罗氏虾")
	l.choose("已看过单独的授权书，同意记录位置", "是")
	l.Tap("定位")
	l.into("年收入", "80000")
	l.into("年投入", "90000")
	l.Tap("保存")
	l.wantShown("为什么仍然这样填", "投入高于收入，需要复核。")
	l.Type("正在续租") // the cursor is there
	l.Tap("保存")
	l.wantShown("已登记：东塘。存在本机，连上网后自动上传。", "待复核", "投入高于收入，需要复核。", "租到哪天：手填、原因：正在续租")

	rows, err := l.Desk.Store.List(context.Background(), record.Query{Kind: "pond", Limit: 9})
	if err != nil || len(rows) != 1 {
		t.Fatalf("%d ponds, %v", len(rows), err)
	}
	if fix, err := forms.ParseFix(rows[0].Text("position")); err != nil || fix.Accuracy != 4 || fix.Source != forms.FixGNSS {
		t.Errorf("position %q, %v", rows[0].Text("position"), err)
	}
	l.Tap("返回")
	l.wantShown("再填一份", "东塘")
}
