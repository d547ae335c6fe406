// SPDX-License-Identifier: Apache-2.0

package screen_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"yuexin/kiosk/flow"
	"yuexin/kiosk/flow/flowtest"
	"yuexin/kiosk/screen"
	"yuexin/shared/credit/doorplate"
	"yuexin/shared/credit/lending"
	"yuexin/shared/pinyin"
	"yuexin/shared/sync/record"
	"yuexin/shared/typing"
	"yuexin/shared/uikit/keyboard"
	"yuexin/shared/uikit/scene"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/uitest"
)

func TestMain(m *testing.M) {
	screen.RegisterScenes()
	uitest.Main(m, theme.Kiosk)
}

const door = "富溪村三组12号"

// hall is a kiosk in a window.
type hall struct {
	*flowtest.Stage
	*uitest.Window
	t      *testing.T
	screen *screen.Kiosk
}

func open(t *testing.T) *hall { return openWith(t, nil) }

// openWith opens a kiosk whose keyboard learns.
func openWith(t *testing.T, local *pinyin.Local) *hall {
	t.Helper()
	kit, err := typing.Load()
	if err != nil {
		t.Fatal(err)
	}
	h := &hall{t: t}
	h.Stage, err = flowtest.New(func() {
		if h.screen != nil {
			h.screen.Show()
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	k := screen.New(h.Flow, kit, local)
	uitest.Look(t, theme.Look{Place: theme.Kiosk})
	h.Window = uitest.Open(t, k.Content(), scene.PanelSize)
	k.Attach(h.Window.Window, func() time.Time { return h.Time })
	h.screen = k
	return h
}

// at fails unless the kiosk shows a screen.
func (h *hall) at(want flow.Route) {
	h.t.Helper()
	if got := h.Flow.Route(); got != want {
		h.t.Fatalf("the kiosk shows %s, want %s; there is: %s", got, want, strings.Join(h.Written(), " | "))
	}
}

// key presses a key of the keyboard.
func (h *hall) key(label string) {
	h.t.Helper()
	var seen []string
	for _, o := range test.LaidOutObjects(h.Content()) {
		k, ok := o.(*keyboard.Key)
		if !ok {
			continue
		}
		if k.Label() == label {
			test.Tap(k)
			return
		}
		seen = append(seen, k.Label())
	}
	h.t.Fatalf("no key %q among %v", label, seen)
}

// keys presses a key for each character.
func (h *hall) keys(text string) {
	h.t.Helper()
	for _, r := range text {
		h.key(string(r))
	}
}

// pinyin types letters and takes a candidate.
func (h *hall) pinyin(letters, candidate string) {
	h.t.Helper()
	h.keys(letters)
	h.key(candidate)
}

// writes fails unless all texts are on the screen.
func (h *hall) writes(texts ...string) {
	h.t.Helper()
	all := strings.Join(h.Written(), "\n")
	for _, text := range texts {
		if !strings.Contains(all, text) {
			h.t.Errorf("the screen does not say %q; it says:\n%s", text, all)
		}
	}
}

// give holds a plate to the scanner, which types it.
func (h *hall) give(name string) {
	h.t.Helper()
	token, err := h.Token(h.Door[name])
	if err != nil {
		h.t.Fatal(err)
	}
	for _, r := range token {
		h.Time = h.Time.Add(3 * time.Millisecond)
		h.Canvas().OnTypedRune()(r)
	}
	h.Time = h.Time.Add(3 * time.Millisecond)
	h.Canvas().OnTypedKey()(&fyne.KeyEvent{Name: fyne.KeyReturn})
}

// skip passes over the questions up to one.
func (h *hall) skip(path string) {
	h.t.Helper()
	for h.Flow.Page().Path != path {
		h.Tap("不填，下一步")
	}
}

func (h *hall) rows(kind record.Kind) []record.Row {
	h.t.Helper()
	rows, err := h.Desk.List(h.t.Context(), record.Query{Kind: kind})
	if err != nil {
		h.t.Fatal(err)
	}
	return rows
}

// TestRegisterByTouchAlone registers 陈秀英 with nothing but the screen.
func TestRegisterByTouchAlone(t *testing.T) {
	h := open(t)
	h.Tap("登记农户信息")
	h.Tap("输入门牌短码")
	for _, r := range string(doorplate.CodeOf(h.Door[door])) {
		h.Tap(string(r))
	}
	h.Tap("查找")
	h.at(flow.Place)
	h.writes("富溪村", "三组12号")
	h.Tap("对，就是这里")

	h.pinyin("chenxiuying", "陈秀英")
	h.Tap("下一步")
	h.keys("44128419720315000")
	h.key("3") // the check digit is 2
	h.Tap("下一步")
	if h.Flow.Problem() == nil {
		t.Fatal("a wrong identity number was taken")
	}
	message, _ := h.Flow.Printer().Explain(h.Flow.Problem())
	h.writes(message)
	h.key("⌫")
	h.key("2")
	h.Tap("下一步")
	h.keys("13800138000")
	h.key("完成")
	if got := h.Flow.Page().Path; got != "assisted" {
		t.Fatalf("after 完成 the kiosk asks for %s", got)
	}
	h.skip("population")
	h.keys("4")
	h.Tap("下一步")
	h.Tap("不填，下一步")
	h.Tap("添加一位")
	h.pinyin("liguoqiang", "李国强")
	h.Tap("下一步")
	h.Tap("配偶")
	h.Tap("下一步")
	for h.Flow.Page().Path != "members" {
		h.Tap("不填，下一步")
	}
	h.writes("李国强")
	h.Tap("填好了，下一步")
	h.Tap("种植")
	h.Tap("下一步")
	h.skip("agree")
	h.writes("36 个月", flowtest.Bank, "随时撤回")
	h.Tap("我看过了，同意")
	h.Tap("下一步")
	h.Tap("不同意")
	h.Tap("下一步")
	h.skip("remark")
	h.Tap("不填，下一步")
	h.at(flow.Review)
	h.writes("陈秀英", "李国强", "441284197203150002", "种植")
	h.Tap("没有错，提交")
	h.at(flow.Done)

	rows := h.rows("household")
	if len(rows) != 1 || rows[0].Text("head_name") != "陈秀英" || rows[0].Text("resident_id") != "441284197203150002" || rows[0].Int("population") != 4 {
		t.Fatalf("registered %d households", len(rows))
	}
	if members := h.rows("member"); len(members) != 1 || members[0].Text("name") != "李国强" || members[0].Text("relation") != "spouse" {
		t.Errorf("registered %d members", len(members))
	}
	if slices.ContainsFunc(h.Written(), func(s string) bool { return strings.Contains(s, "陈秀英") }) {
		t.Error("the last screen shows the name")
	}
}

// ask fills a demand in by touch, up to the receipt.
func (h *hall) ask() {
	h.t.Helper()
	h.review()
	h.Tap("没有错，提交")
	h.at(flow.Done)
}

// review fills a demand in by touch, up to the review.
func (h *hall) review() {
	h.t.Helper()
	h.give(door)
	h.Tap("对，就是这里")
	h.Tap("登记贷款需求")
	h.keys("5")
	h.key("万")
	h.writes("就是 50,000元")
	h.Tap("下一步")
	h.Tap("种植")
	h.Tap("下一步")
	h.Tap("不填，下一步")
	h.keys("12")
	h.Tap("下一步")
	h.pinyin("chenxiuying", "陈秀英")
	h.Tap("下一步")
	h.Tap("由村委转告")
	h.Tap("下一步")
	h.skip("agree")
	h.Tap("我看过了，同意")
	h.Tap("下一步")
	h.at(flow.Review)
	h.writes("5万元", "12 个月", "由村委转告")
}

func TestDemandToReceipt(t *testing.T) {
	h := open(t)
	h.ask()
	rows := h.rows(lending.KindDemand)
	if len(rows) != 1 {
		t.Fatalf("registered %d demands", len(rows))
	}
	d := lending.DemandOf(rows[0])
	h.writes(d.Receipt.String(), flowtest.Bank)
	if d.Via != flow.ByPlate || d.Contact != lending.ContactVillage || d.TermMonths != 12 {
		t.Errorf("the demand came by %s, contact %s, %d months", d.Via, d.Contact, d.TermMonths)
	}
	code := h.Flow.Receipt().Code
	h.writes(code.String(), "请勿告诉别人")
	h.Tap("办完了")
	h.at(flow.Start)

	h.Tap("查办到哪一步")
	h.keys(string(d.Receipt))
	h.Tap("查询")
	h.at(flow.Stand)
	h.writes("待核实")
	if err := h.Settle(string(d.Receipt), "asked"); err != nil {
		t.Fatal(err)
	}
	h.Tap("再查一个")
	h.keys(string(d.Receipt))
	h.Tap("查询")
	h.writes("待核实")
	for _, secret := range []string{"陈秀英", "5万", "富溪村", "看过身份证", "核对过"} {
		if all := strings.Join(h.Written(), "\n"); strings.Contains(all, secret) {
			t.Errorf("the number alone shows %q", secret)
		}
	}
	h.Tap("输入查询码")
	h.at(flow.Proof)
	for _, digit := range code {
		h.Tap(string(digit))
	}
	h.Tap("查询")
	h.at(flow.Stand)
	h.writes("待核实", "您填报的 5 项中，1 项经工作人员核对过", "希望贷款金额（2026年11月22日）", "采用了哪个值，本机没有")
	for _, secret := range []string{"陈秀英", "5万", "看过身份证"} {
		if all := strings.Join(h.Written(), "\n"); strings.Contains(all, secret) {
			t.Errorf("number and code show %q", secret)
		}
	}
}

// TestRefusalIsSettled: whoever of the staff is in settles what was carried to the server and refused, with a reason, and it is off their list.
func TestRefusalIsSettled(t *testing.T) {
	h := open(t)
	h.Refuse(12)
	h.Tap(h.Flow.Printer().T("kiosk.staff.open"))
	h.Tap("村干部登录")
	h.at(flow.Cadre)
	if err := h.Flow.LogIn(flowtest.Passphrase); err != nil {
		t.Fatal(err)
	}
	h.at(flow.Office)
	h.Tap("服务器退回（1）")
	h.writes("服务器退回了一份", "重复登记")
	h.Tap("处理")
	h.at(flow.Settle)
	h.Tap("是重复登记")
	h.at(flow.Returned)
	if all := strings.Join(h.Written(), "\n"); strings.Contains(all, "服务器退回了一份") || h.Stage.Tray.Why[12] != "是重复登记" {
		t.Errorf("settled because of %v; the page says %s", h.Stage.Tray.Why, all)
	}
}

func TestIdleShowsNothingAndDraftResumes(t *testing.T) {
	h := open(t)
	h.give(door)
	h.Tap("对，就是这里")
	h.Tap("登记贷款需求")
	h.keys("7")
	h.key("万")
	h.Tap("下一步")
	h.Pass(h.Flow.Mode().Patience())
	h.at(flow.Idle)
	h.writes("还在吗", "20 秒")
	for _, secret := range []string{"7万", "富溪村", "主要用来做什么"} {
		if all := strings.Join(h.Written(), "\n"); strings.Contains(all, secret) {
			t.Errorf("the countdown shows %q", secret)
		}
	}
	h.Pass(5 * time.Second)
	h.writes("15 秒")
	h.Tap("继续")
	h.at(flow.Question)
	h.Pass(h.Flow.Mode().Patience())
	slip, _ := h.Flow.IdleSlip()
	h.writes(slip)
	h.Pass(h.Flow.Mode().Countdown())
	h.at(flow.Start)
	if all := strings.Join(h.Written(), "\n"); strings.Contains(all, slip) || strings.Contains(all, "富溪村") {
		t.Error("the start shows something of the visit")
	}

	h.Tap("接着填上次没填完的")
	for _, r := range strings.ReplaceAll(slip, "-", "") {
		h.Tap(string(r))
	}
	h.Tap("接着填")
	h.at(flow.Question)
	h.writes("主要用来做什么")
	h.Tap("返回")
	if got := h.Flow.Page().Text; got != "7万" && got != "70000" {
		t.Errorf("the amount came back as %q", got)
	}
}

func TestNoNamesWherePlacesAreChosen(t *testing.T) {
	h := open(t)
	h.ask() // somebody lives here now
	h.Tap("办完了")
	h.Tap("登记贷款需求")
	h.Tap("按村、组、门牌号找")
	h.Tap("富溪村")
	h.Tap("三组")
	h.at(flow.House)
	for _, text := range h.Written() {
		if strings.Contains(text, "陈") {
			t.Errorf("the list of houses shows %q", text)
		}
	}
	h.Tap("12号")
	h.at(flow.Place)
	h.writes("富溪村", "三组12号")
}

func TestSecondTapDoesNothing(t *testing.T) {
	h := open(t)
	h.screen.Settle = screen.Settle
	h.give(door)
	h.Time = h.Time.Add(time.Second)
	h.Tap("对，就是这里")
	h.Tap("登记贷款需求") // within the same moment: a shaking hand
	h.at(flow.Start)
	h.Time = h.Time.Add(time.Second)
	h.Tap("登记贷款需求")
	h.at(flow.Question)
}

func TestTroubleBanner(t *testing.T) {
	h := open(t)
	h.Flow.SetTroubles([]flow.Trouble{flow.NoPaper, flow.NoLink})
	h.writes("现在没有网络，照常可以办理。")
	h.Tap("工作人员")
	h.writes("请检查网线和路由器", "打印机缺纸或没有打开")
	h.Tap("返回")
	h.Flow.SetTroubles([]flow.Trouble{flow.DiskFull})
	h.Tap("登记贷款需求")
	h.at(flow.Staff)
}

// TestFullDiskShowsOneBanner hands in to a full disk, before and after the machine has noticed that itself.
func TestFullDiskShowsOneBanner(t *testing.T) {
	h := open(t)
	h.review()
	h.Disk.Acts = true
	for _, troubles := range [][]flow.Trouble{nil, {flow.DiskFull}} {
		h.Flow.SetTroubles(troubles)
		h.Tap("没有错，提交")
		h.at(flow.Review)
		h.writes("机器存储满了", "您填的都还在", "陈秀英", "5万元")
		if n := strings.Count(strings.Join(h.Written(), "\n"), "机器存储满了"); n != 1 {
			t.Errorf("the screen says %d times that the disk is full", n)
		}
	}
	h.Disk.Acts = false
	h.Tap("没有错，提交")
	h.at(flow.Done)
}

// TestTroubleDisturbsNobody has the link come and go while somebody types: what is being composed stays, and the time
// without a touch goes on.
func TestTroubleDisturbsNobody(t *testing.T) {
	h := open(t)
	h.give(door)
	h.Tap("对，就是这里")
	h.Tap("登记农户信息")
	h.keys("chenxiu")
	h.Pass(h.Flow.Mode().Patience() / 2)
	h.Flow.SetTroubles([]flow.Trouble{flow.NoLink})
	h.key("陈秀")
	if got := h.Flow.Page().Text; got != "陈秀" {
		t.Errorf("typed %q", got)
	}
	h.Pass(h.Flow.Mode().Patience() / 2)
	h.Flow.SetTroubles(nil)
	h.at(flow.Question) // the key was a touch
	h.Pass(h.Flow.Mode().Patience() / 2)
	h.at(flow.Idle)
}
