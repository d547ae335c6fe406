// SPDX-License-Identifier: Apache-2.0

package widget_test

import (
	"image"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
	fynetheme "fyne.io/fyne/v2/theme"
	"github.com/google/go-cmp/cmp"
	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"

	"yuexin/shared/fault"
	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/uitest"
	"yuexin/shared/uikit/widget"
)

func TestMain(m *testing.M) { uitest.Main(m, theme.Desk) }

// linesOf returns the lines that a text is drawn in.
func linesOf(text *widget.Text) []string {
	var out []string
	for _, o := range test.WidgetRenderer(text).Objects() {
		out = append(out, o.(*canvas.Text).Text)
	}
	return out
}

func TestTextWraps(t *testing.T) {
	tests := []struct {
		name, text string
		ems        float32
		want       []string
	}{
		{"one line", "大沙村", 10, []string{"大沙村"}},
		{"between characters", "大沙村富溪村", 4.1, []string{"大沙村富", "溪村"}},
		{"no closing mark at the start", "大沙村富，溪村", 4.1, []string{"大沙村", "富，溪村"}},
		{"no opening mark at the end", "大沙村（溪村）", 4.1, []string{"大沙村", "（溪村）"}},
		{"not between a number and its unit", "会在 3 天内核实", 3, []string{"会在", "3 天内", "核实"}},
		{"between words", "send it again now", 5, []string{"send it", "again now"}},
		{"own line ends", "甲\n乙", 9, []string{"甲", "乙"}},
		{"a word wider than the line", "abcdefghijklmnop", 4, nil},
		{"nothing", "", 4, []string{""}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			text := widget.NewText(tt.text)
			text.Resize(fyne.NewSize(tt.ems*theme.Size(theme.Text), 200))
			got := linesOf(text)
			if tt.want == nil { // broken anywhere, nothing lost
				if joined := strings.Join(got, ""); joined != tt.text || len(got) < 2 {
					t.Errorf("lines = %q", got)
				}
				return
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("lines (-want +got):\n%s", diff)
			}
		})
	}
}

// Centred text is broken into lines of about one length, as many as there would be anyway.
func TestCentredTextIsEven(t *testing.T) {
	text := widget.NewText("服务官会来核对，不用再来一趟。").Align(fyne.TextAlignCenter)
	text.Resize(fyne.NewSize(13.1*theme.Size(theme.Text), 200))
	if diff := cmp.Diff([]string{"服务官会来核对，", "不用再来一趟。"}, linesOf(text)); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
}

func TestTextIsAsHighAsItsLines(t *testing.T) {
	text := widget.NewText(strings.Repeat("四会市大沙镇", 20))
	one := text.HeightFor(10000)
	if got, want := text.HeightFor(12.1*theme.Size(theme.Text)), 10*one; got != want {
		t.Errorf("height = %v, want %v", got, want)
	}
	w := uitest.Open(t, container.NewVBox(text), fyne.NewSize(300, 600))
	w.AssertWhole()
}

func TestButton(t *testing.T) {
	pressed := 0
	b := widget.NewButton("停用设备", widget.Danger, nil, func() { pressed++ })
	w := uitest.Open(t, container.NewVBox(b), fyne.NewSize(300, 100))
	w.Tap("停用设备")
	w.Canvas().Focus(b)
	w.Press(fyne.KeyReturn)
	w.Type(" ")
	if pressed != 3 {
		t.Errorf("pressed %d times, want 3: touch, Enter, space", pressed)
	}
	b.Disable()
	b.Tapped(nil)
	if pressed != 3 {
		t.Error("a disabled button was pressed")
	}
}

func TestNothingDelaysATap(t *testing.T) {
	for _, o := range []any{widget.NewButton("继续", widget.Primary, nil, nil), widget.NewTouchScroll(widget.NewText("")),
		widget.NewSheet(widget.NewText("")), widget.NewSyncBadge(uitest.Printer(t), nil)} {
		if _, double := o.(fyne.DoubleTappable); double {
			t.Errorf("%T is double-tappable: Fyne waits 300 ms for the second tap", o)
		}
	}
}

func TestTargetsInEveryLook(t *testing.T) {
	for _, look := range []theme.Look{{}, {Mode: theme.Elder}, {Place: theme.Kiosk}, {Place: theme.Kiosk, Mode: theme.Elder}} {
		uitest.Look(t, look)
		choice := widget.NewChoice([]widget.Option{{Code: "yes", Label: "是"}, {Code: "no", Label: "否"}}, false, nil)
		w := uitest.Open(t, layout.Stack(theme.S2, choice, widget.NewMain("下一步", nil), widget.NewEntry("")), fyne.NewSize(1080, 800))
		w.AssertTargets()
		w.AssertWhole()
	}
}

func TestChoice(t *testing.T) {
	options := []widget.Option{{Code: "rice", Label: "水稻"}, {Code: "fish", Label: "鱼"}, {Code: "tea", Label: "茶叶"}}
	tests := []struct {
		name    string
		several bool
		press   []string
		want    []string
	}{
		{"one", false, []string{"鱼"}, []string{"fish"}},
		{"another instead", false, []string{"鱼", "茶叶"}, []string{"tea"}},
		{"taken back", false, []string{"鱼", "鱼"}, []string{}},
		{"several in their order", true, []string{"茶叶", "水稻"}, []string{"rice", "tea"}},
		{"one of several taken back", true, []string{"茶叶", "水稻", "茶叶"}, []string{"rice"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []string
			w := uitest.Open(t, widget.NewChoice(options, tt.several, func(codes []string) { got = codes }), fyne.NewSize(400, 100))
			for _, label := range tt.press {
				w.Tap(label)
			}
			if diff := cmp.Diff(tt.want, got); len(got)+len(tt.want) > 0 && diff != "" {
				t.Errorf("chosen (-want +got):\n%s", diff)
			}
			for _, o := range options {
				chosen := cmp.Equal(w.Button(o.Label).Chosen(), strings.Contains(strings.Join(got, ","), o.Code))
				if !chosen {
					t.Errorf("%s is not marked as it is chosen", o.Code)
				}
			}
		})
	}
}

var now = time.Date(2026, 11, 22, 20, 30, 0, 0, time.UTC)

func TestSyncWords(t *testing.T) {
	p := uitest.Printer(t)
	tests := []struct {
		name  string
		state widget.SyncState
		want  string
		tone  widget.Tone
	}{
		{"never", widget.SyncState{}, "还没有同步过", widget.Quiet},
		{"done", widget.SyncState{Online: true}, "已全部上传", widget.Well},
		{"sending", widget.SyncState{Online: true, Waiting: 3}, "正在上传，还有 3 条", widget.Well},
		{"waiting", widget.SyncState{Waiting: 3, Oldest: now.Add(-2 * time.Hour)}, "3 条待上传，最早 2 小时前", widget.Look},
		{"refused before all", widget.SyncState{Online: true, Waiting: 3, Refused: 1}, "1 条没有被接收，请查看原因", widget.Bad},
		{"switched off", widget.SyncState{Off: true, Refused: 1}, "这台设备已停用，请联系管理员", widget.Bad},
		{"away", widget.SyncState{Last: now}, "没有网络", widget.Quiet},
		{"first", widget.SyncState{Online: true, Receiving: true, Got: 34_400, Total: 1_150_000}, "首次接收，已到 34 kB，共 1.1 MB", widget.Well},
		{"first, away", widget.SyncState{Got: 1_000_000, Total: 1_200_000}, "首次接收，已到 1.0 MB，共 1.2 MB", widget.Quiet},
		{"review", widget.SyncState{Online: true, Review: 2}, "2 条等待核对", widget.Look},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			badge := widget.NewSyncBadge(p, nil)
			badge.Tell(tt.state, now)
			if _, tone := tt.state.Words(p, now); badge.Text() != tt.want || tone != tt.tone {
				t.Errorf("%q in tone %d, want %q in %d", badge.Text(), tone, tt.want, tt.tone)
			}
		})
	}
}

func TestFieldTells(t *testing.T) {
	f := widget.NewField("联系电话", "必填", "11 位手机号", widget.NewEntry(""))
	w := uitest.Open(t, f, fyne.NewSize(300, 300))
	if !w.Shows("联系电话") || !w.Shows("必填") || !w.Shows("11 位手机号") {
		t.Errorf("written: %q", w.Written())
	}
	f.SetRefusal("手机号应为 11 位", "请再读一遍号码")
	if !w.Shows("手机号应为 11 位") || !w.Shows("请再读一遍号码") || f.Refusal() == "" {
		t.Errorf("written: %q", w.Written())
	}
	w.AssertWhole()
	f.SetRefusal("", "")
	if w.Shows("手机号应为 11 位") {
		t.Error("the refusal stays")
	}
}

func TestFaultBanner(t *testing.T) {
	p := uitest.Printer(t)
	err := fault.New(fault.Unavailable, "uikit.no_gl")
	w := uitest.Open(t, widget.NewFaultBanner(p, err), fyne.NewSize(500, 200))
	if message, hint := p.Explain(err); !w.Shows(message) || !w.Shows(hint) {
		t.Errorf("written: %q", w.Written())
	}
}

func TestSearchEntry(t *testing.T) {
	var got []string
	s := widget.NewSearchEntry("查找", "清除", func(text string) { got = append(got, text) })
	w := uitest.Open(t, s, fyne.NewSize(400, 100))
	w.Canvas().Focus(s.Entry())
	w.Type("ds")
	w.Tap("清除")
	if diff := cmp.Diff([]string{"d", "ds", ""}, got); diff != "" {
		t.Errorf("searches (-want +got):\n%s", diff)
	}
}

func TestSheets(t *testing.T) {
	p := uitest.Printer(t)
	w := uitest.Open(t, widget.NewText("下面"), fyne.NewSize(600, 500))
	done := ""
	confirm := widget.NewConfirmSheet(p, widget.Question{Title: "停用？", Text: "不能再上传。", Deed: "停用设备", Final: true}, func() { done = "deed" })
	confirm.Open(w.Canvas())
	w.AssertWhole()
	w.AssertTargets()
	w.Tap(p.T("action.cancel"))
	if done != "" || confirm.Opened() {
		t.Errorf("after cancel: done %q, opened %v", done, confirm.Opened())
	}
	confirm.Open(w.Canvas())
	w.Tap("停用设备")
	if done != "deed" || confirm.Opened() || w.Shows("停用？") {
		t.Errorf("after the deed: done %q, opened %v", done, confirm.Opened())
	}
	idle := widget.NewCountdownSheet(p, func() { done = "keep" }, func() { done = "clear" })
	idle.Left(18)
	idle.Open(w.Canvas())
	if !w.Shows("18") {
		t.Errorf("written: %q", w.Written())
	}
	w.Tap(p.T("action.continue"))
	if done != "keep" || idle.Opened() {
		t.Errorf("after 继续: %q", done)
	}
	idle.Open(w.Canvas())
	w.Tap(p.T("uikit.idle.clear"))
	if done != "clear" {
		t.Errorf("after 清除: %q", done)
	}
}

func TestToastGoes(t *testing.T) {
	var waiting []func()
	toast := widget.NewToast(func(_ time.Duration, f func()) { waiting = append(waiting, f) })
	uitest.Open(t, layout.Over(widget.NewText("页"), toast), fyne.NewSize(400, 300))
	toast.Tell("已保存")
	toast.Tell("已提交")
	waiting[0]()
	if toast.Text() != "已提交" {
		t.Errorf("after the first timer: %q", toast.Text())
	}
	waiting[1]()
	if toast.Text() != "" {
		t.Errorf("after the second timer: %q", toast.Text())
	}
}

func TestQRIsRead(t *testing.T) {
	const link = "HTTPS://YUEXIN.EXAMPLE.CN/R/004277193065"
	code, err := widget.NewQR(link)
	if err != nil {
		t.Fatal(err)
	}
	for _, look := range []theme.Look{{}, {Dark: true}} {
		uitest.Look(t, look)
		w := uitest.Open(t, layout.Centre(code), fyne.NewSize(400, 400))
		if got := read(t, w.Canvas().Capture()); got != link {
			t.Errorf("read %q, want %q", got, link)
		}
	}
	if _, err := widget.NewQR(strings.Repeat("x", 5000)); err == nil {
		t.Error("5000 bytes fit")
	}
}

func read(t *testing.T, img image.Image) string {
	t.Helper()
	bitmap, err := gozxing.NewBinaryBitmapFromImage(img)
	if err != nil {
		t.Fatal(err)
	}
	result, err := qrcode.NewQRCodeReader().Decode(bitmap, nil)
	if err != nil {
		t.Fatalf("read code: %v", err)
	}
	return result.GetText()
}

func TestPieces(t *testing.T) {
	p := uitest.Printer(t)
	card, err := widget.NewReceiptCard(widget.Receipt{Label: "回执编号", Number: "0042 7719 3065", Link: "HTTPS://X.CN/R/1", Next: "三天内打电话给您。"})
	if err != nil {
		t.Fatal(err)
	}
	page := layout.Stack(theme.S3, card,
		widget.NewFacts(p, widget.Fact{Label: "电话", Value: "138****0001", Standing: widget.Disputed, Note: "以村委填的为准"}, widget.Fact{Label: "耕地", Standing: widget.Pending}),
		widget.NewTimeline(widget.Event{When: "2 小时前", Who: "李服务官", What: "已走访", Note: "三天内告诉您结果。"}, widget.Event{When: "昨天", What: "已登记"}),
		widget.NewSteps([]string{"已登记", "已走访"}, 1),
		widget.NewEmptyState(fynetheme.SearchIcon(), "没有找到", "换一个词", nil))
	for _, look := range []theme.Look{{}, {Mode: theme.Elder}, {Place: theme.Kiosk, Mode: theme.Elder}} {
		uitest.Look(t, look)
		w := uitest.Open(t, widget.NewTouchScroll(page), fyne.NewSize(1000, 900))
		w.AssertWhole()
		for _, want := range []string{"0042 7719 3065", "有不同的值", "以村委填的为准", "待上传", "—", "2 小时前 · 李服务官", "三天内告诉您结果。", "换一个词"} {
			if !w.Shows(want) {
				t.Errorf("%+v: %q is not shown", look, want)
			}
		}
	}
}
