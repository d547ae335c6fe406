// SPDX-License-Identifier: Apache-2.0

package screen_test

import (
	"bytes"
	"image/color"
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"yuexin/agent/device"
	"yuexin/agent/flow"
	"yuexin/agent/stage"
	"yuexin/shared/credit/consent"
	"yuexin/shared/credit/lending"
	"yuexin/shared/fault"
	"yuexin/shared/sync/record"
	"yuexin/shared/uikit/widget"
)

// sign draws a line on the pad and confirms it.
func (l *laptop) sign() {
	l.t.Helper()
	for _, o := range l.objects() {
		pad, drags := o.(fyne.Draggable)
		pen, downs := o.(desktop.Mouseable)
		if c, points := o.(desktop.Cursorable); !drags || !downs || !points || c.Cursor() != desktop.CrosshairCursor {
			continue
		}
		pen.MouseDown(&desktop.MouseEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(20, 20)}})
		pad.Dragged(&fyne.DragEvent{PointEvent: fyne.PointEvent{Position: fyne.NewPos(90, 60)}})
		pad.DragEnd()
		l.Tap("确认签名")
		return
	}
	l.t.Fatal("nothing to sign on")
}

// TestVisitScreens: an officer picks a household, visits it together with a colleague, and closes the visit; what was left out
// is told on the way.
func TestVisitScreens(t *testing.T) {
	l := unlocked(t, nil)
	l.menu("今天走访")
	l.wantShown("今天还没有安排", "陈志明", "办理已超期 13 天", "严重超期")
	l.Tap("加入今天")
	l.wantShown("已走访 0 户，还有 1 户")
	l.Tap("开始走访")
	l.Tap("开始")
	l.wantShown("还没有选来做什么。")
	l.choose("来做什么", "贷款需求")
	l.choose("陪访人", "一个人去")
	l.Tap("开始")
	l.wantShown("这类走访要两个人一起去。")
	l.choose("陪访人", "李金华（可在本机签名）")
	l.Tap("开始")
	l.wantShown("走访 陈志明", "还差 6 步")
	if !l.Button("结束走访").Disabled() {
		t.Error("the visit could be ended")
	}

	l.Tap("看信并签收")
	l.wantShown("服务不收钱")
	l.Tap("确认签名")
	l.wantShown("还没有签名", "画一个记号")
	l.sign()
	l.wantShown("陈志明 已签收", "还差 5 步")

	l.app.Locator = &device.Sim{Fault: fault.New(fault.Unavailable, "gps.missing").With("port", "COM3")}
	l.Tap("定位")
	l.wantShown("没有找到定位器（COM3）")
	l.app.Locator = &device.Sim{Fixes: []device.Fix{{Lat: 230469470, Lon: 1124650120, Accuracy: 8, Source: device.FromNMEA}}}
	l.Tap("重新定位")
	l.wantShown("23.046947, 112.465012 · 误差约 8 米", "还差 4 步")

	l.Tap("填写")
	l.choose("结果", "已见面")
	l.Tap("保存")
	l.wantShown("走访 陈志明", "还差 3 步")
	l.photo(t)
	l.wantShown("校验值", "还差 2 步")
	l.Tap("签名")
	l.wantShown("我确认以上走访情况属实。")
	l.sign()
	l.wantShown("还差 1 步")

	l.Tap("陪访人签名")
	l.Type(stage.Passphrase)
	l.Press(fyne.KeyReturn)
	l.wantShown("这是正在使用这台电脑的人的口令。")
	l.Type(stage.Besides)
	l.Press(fyne.KeyReturn)
	l.wantShown("都做完了，可以结束", "李金华 已签名")
	l.Tap("结束走访")
	l.wantShown("走访已存档，不能再改。")
	l.Tap("返回")
	l.wantShown("已走访 1 户，还有 0 户", "已走访 09:30")
}

// TestVisitConsentAndDemand: who took back that their file may go to banks is asked again on a visit, signs on the screen, and
// registers a demand on the same visit; the store then holds one consent with the signature and one demand with its own consent
// more, and nothing is left to be signed.
func TestVisitConsentAndDemand(t *testing.T) {
	l := unlocked(t, withoutFinance(t))
	consents, demands := l.rows(t, consent.Kind), l.rows(t, lending.KindDemand)
	l.search("cxy")
	l.line(0)
	l.Tap("开始走访")
	l.choose("来做什么", "贷款需求")
	l.choose("陪访人", "李金华（可在本机签名）")
	l.Tap("开始")
	l.wantShown("走访 陈秀英", "1 项授权有效")

	l.Tap("签授权")
	l.wantShown("请选一项授权", "已同意，有效期到")
	l.Tap("收集收入、存款、借款等信息")
	l.wantShown("示例农村商业银行", "我已看过并同意")
	l.Tap("确认签名")
	l.wantShown("还没有签名")
	if got := l.rows(t, consent.Kind); len(got) != len(consents) {
		t.Error("a consent without a signature was kept")
	}
	l.sign()
	l.wantShown("走访 陈秀英", "2 项授权有效")
	given := l.added(t, consents)
	if len(given) != 1 || given[0].Text("consent_purpose") != "finance" || given[0].Text("given") != "signature" || given[0].Value("signature").IsNone() {
		t.Fatalf("consents that were added: %+v", given)
	}
	if l.offered("签授权") {
		t.Error("consents are still offered to be signed")
	}

	l.Tap("登记需求")
	l.into("想贷多少钱", "5万")
	l.choose("主要用来做什么", "种植")
	l.into("想借多少个月", "12")
	l.choose("我已看过授权书，同意把以上内容提供给银行", "是")
	l.Tap("保存")
	l.Tap("已告诉村民")
	l.wantShown("走访 陈秀英", "本次登记 1 笔")
	asked := l.added(t, demands)
	if len(asked) != 1 || asked[0].Int("asked") != 5_000_000 || lending.DemandOf(asked[0]).Household != stage.Chen {
		t.Fatalf("demands that were added: %+v", asked)
	}
	if given := l.added(t, consents); len(given) != 2 {
		t.Errorf("with the demand there are %d consents more, want its own too", len(given))
	}

	l.Tap("签名") // what the person signs for names both
	l.wantShown("2 项授权有效", "本次登记 1 笔", "我确认以上走访情况属实。")
}

// TestVisitAllAgreed: where every consent is given none is asked for; the sheet says which, and until when.
func TestVisitAllAgreed(t *testing.T) {
	l := unlocked(t, nil)
	l.search("cxy")
	l.line(0)
	l.Tap("开始走访")
	l.choose("来做什么", "建档")
	l.choose("陪访人", "一个人去")
	l.Tap("开始")
	if l.offered("签授权") {
		t.Error("it is offered to sign")
	}
	l.Tap("查看")
	l.wantShown("授权都已签过", "建立农户信用档案", "收集收入、存款、借款等信息", "已同意，有效期到")
	if l.Shows("请选一项授权") {
		t.Error("one is to be chosen of none")
	}
	l.Tap("关闭")
}

// withoutFinance has 陈秀英 take back that her file may go to banks.
func withoutFinance(t *testing.T) func(*stage.Stage) {
	return func(s *stage.Stage) {
		c, err := s.Desk.Consents(t.Context(), stage.Chen)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range c.Lines {
			if line.For == s.Desk.T("choice.consent_purpose.finance") && line.Holds {
				if err := c.Withdraw(t.Context(), line); err != nil {
					t.Fatal(err)
				}
				return
			}
		}
		t.Fatal("there is nothing to take back")
	}
}

// offered reports whether there is a button of that text.
func (l *laptop) offered(text string) bool {
	return slices.ContainsFunc(l.objects(), func(o fyne.CanvasObject) bool {
		b, ok := o.(*widget.BigButton)
		return ok && b.Text() == text
	})
}

// rows returns the records of a kind that the laptop holds.
func (l *laptop) rows(t *testing.T, kind record.Kind) []record.Row {
	t.Helper()
	rows, err := l.Desk.Store.List(t.Context(), record.Query{Kind: kind, Limit: 1000})
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// added returns the records of a kind that were not there before.
func (l *laptop) added(t *testing.T, before []record.Row) []record.Row {
	t.Helper()
	return slices.DeleteFunc(l.rows(t, before[0].Header.Kind), func(row record.Row) bool {
		return slices.ContainsFunc(before, func(b record.Row) bool { return b.Header.ID == row.Header.ID })
	})
}

// photo attaches a photo to the visit that is shown: the window of the desktop that asks for a file is not ours.
func (l *laptop) photo(t *testing.T) {
	t.Helper()
	list, err := l.Desk.Today(t.Context(), "", 1)
	if err != nil {
		t.Fatal(err)
	}
	x, err := l.Desk.Visit(t.Context(), list.Picked[0].Visit)
	if err == nil {
		err = l.Desk.Attach(t.Context(), x.Photos, "photo", bytes.NewReader(stage.Door(color.White)))
	}
	if err != nil {
		t.Fatal(err)
	}
	l.app.Changed()
}

// TestDayEndScreen: what is left follows sync as it goes, until the laptop may be switched off.
func TestDayEndScreen(t *testing.T) {
	l := unlocked(t, nil)
	l.menu("收工")
	l.wantShown("还有 3 条内容、0 个文件没有上传", "关机也不会丢", "连不上服务器")
	l.Tap("现在同步")
	if l.Sync.Kicks != 1 {
		t.Errorf("%d attempts", l.Sync.Kicks)
	}
	l.app.SetReading(flow.Reading{Online: true, Sending: true, Waiting: 1, Oldest: stage.Now})
	l.wantShown("正在上传，请稍等")
	if l.Shows("可以关机") {
		t.Error("it may be switched off already")
	}
	l.app.SetReading(flow.Reading{Online: true, Settled: true, Held: true, Since: stage.Now})
	l.wantShown("可以关机", "都已确认", "都已上传")
}
