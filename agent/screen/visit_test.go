// SPDX-License-Identifier: Apache-2.0

package screen_test

import (
	"bytes"
	"image/color"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"yuexin/agent/device"
	"yuexin/agent/flow"
	"yuexin/agent/stage"
	"yuexin/shared/fault"
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
