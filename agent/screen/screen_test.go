// SPDX-License-Identifier: Apache-2.0

package screen_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	fynewidget "fyne.io/fyne/v2/widget"

	"yuexin/agent/flow"
	"yuexin/agent/screen"
	"yuexin/agent/stage"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/uikit/layout"
	"yuexin/shared/uikit/scene"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/uitest"
	"yuexin/shared/uikit/widget"
)

func TestMain(m *testing.M) {
	screen.RegisterScenes()
	uitest.Main(m, theme.Desk)
}

// laptop is the agent's window over the made-up laptop.
type laptop struct {
	*uitest.Window
	*stage.Stage
	app *screen.App
	t   *testing.T
}

// open shows the way in.
func open(t *testing.T, prepare func(*stage.Stage)) *laptop {
	t.Helper()
	s := stage.New(i18n.ZhHans)
	if prepare != nil {
		prepare(s)
	}
	w := uitest.Open(t, layout.Gap(), scene.DeskSize)
	a := &screen.App{
		Window: w.Window, Session: flow.NewSession(s.Gate, s.Desk.Now), Tray: s.Tray, Sync: s.Sync, Print: s.Desk.Print, Now: s.Desk.Now,
		Work: func(work, done func()) { work(); done() },
	}
	a.Open(context.Background())
	return &laptop{Window: w, Stage: s, app: a, t: t}
}

// unlocked shows the desk.
func unlocked(t *testing.T, prepare func(*stage.Stage)) *laptop {
	t.Helper()
	l := open(t, prepare)
	l.Type(stage.Passphrase)
	l.Press(fyne.KeyReturn)
	r, _, _ := l.Sync.Reading(context.Background())
	l.app.SetReading(r)
	return l
}

// objects returns all that is shown.
func (l *laptop) objects() []fyne.CanvasObject {
	all := test.LaidOutObjects(l.Content())
	for _, over := range l.Canvas().Overlays().List() {
		all = append(all, test.LaidOutObjects(over)...)
	}
	return all
}

// labels returns what stands in the lines of a list.
func (l *laptop) labels() []string {
	var out []string
	for _, o := range l.objects() {
		if label, ok := o.(*fynewidget.Label); ok && label.Text != "" {
			out = append(out, label.Text)
		}
	}
	return out
}

func (l *laptop) wantLine(text string, want bool) {
	l.t.Helper()
	if got := slices.Contains(l.labels(), text); got != want {
		l.t.Fatalf("line %q: got %v, want %v; lines: %s", text, got, want, strings.Join(l.labels(), " | "))
	}
}

func (l *laptop) wantShown(texts ...string) {
	l.t.Helper()
	for _, text := range texts {
		if !l.Shows(text) {
			l.t.Fatalf("%q is not shown; there is: %s", text, strings.Join(l.Written(), " | "))
		}
	}
}

// line opens a line of the list.
func (l *laptop) line(i int) {
	l.t.Helper()
	for _, o := range l.objects() {
		if list, ok := o.(interface{ Select(int) }); ok {
			list.Select(i)
			return
		}
	}
	l.t.Fatal("there is no list")
}

// into types into the entry of a field; \b in front takes out what stands there.
func (l *laptop) into(label, text string) {
	l.t.Helper()
	for _, o := range l.objects() {
		if f, ok := o.(*widget.Field); ok && f.Label() == label {
			for _, in := range test.LaidOutObjects(f.Control()) {
				if e, ok := in.(*widget.Entry); ok {
					l.Canvas().Focus(e)
					if rest, anew := strings.CutPrefix(text, "\b"); anew {
						e.SetText("")
						text = rest
					}
					l.Type(text)
					return
				}
			}
		}
	}
	l.t.Fatalf("no entry at %q", label)
}

// choose presses a choice of a field.
func (l *laptop) choose(label, option string) {
	l.t.Helper()
	for _, o := range l.objects() {
		if f, ok := o.(*widget.Field); ok && f.Label() == label {
			for _, in := range test.LaidOutObjects(f.Control()) {
				if b, ok := in.(*widget.BigButton); ok && b.Text() == option {
					test.Tap(b)
					return
				}
			}
		}
	}
	l.t.Fatalf("no choice %q at %q", option, label)
}

// search types into the line above the list.
func (l *laptop) search(text string) {
	l.t.Helper()
	for _, o := range l.objects() {
		if s, ok := o.(*widget.SearchEntry); ok {
			l.Canvas().Focus(s.Entry())
			l.Type(text)
			return
		}
	}
	l.t.Fatal("there is nothing to search with")
}

// TestUnlockShared: where several persons work nobody is greeted by another's name.
func TestUnlockShared(t *testing.T) {
	l := open(t, func(s *stage.Stage) { s.Gate.Share() })
	l.wantShown("您好，请输入您的口令")
	if l.Shows("陈建国，您好") {
		t.Error("one of them is greeted")
	}
}

func TestUnlock(t *testing.T) {
	l := open(t, nil)
	l.wantShown("陈建国，您好")
	l.Tap("解锁")
	l.wantShown("还没有输入口令", "请输入登记这台电脑时设定的口令")
	l.Type("错的口令")
	l.Press(fyne.KeyReturn)
	l.wantShown("口令不对")
	l.Type(stage.Passphrase)
	l.Press(fyne.KeyReturn)
	l.wantShown("全部村居", "富溪村", "大沙村", "示例数据")
	l.wantLine("陈秀英", true)
}

func TestEnrol(t *testing.T) {
	l := open(t, func(s *stage.Stage) { s.Gate.Fresh() })
	l.wantShown("登记这台电脑")
	l.into("登记文件或文字", "不是登记码")
	l.Tap("使用这段文字")
	l.wantShown("这不是登记二维码")
	l.into("服务器地址和短码", "credit.example.cn")
	l.Press(fyne.KeyTab)
	l.Canvas().FocusNext()
	l.Type("KD6HBD9FMT")
	l.Tap("连接服务器")
	l.wantShown("请与管理员核对这四个词")
	l.Tap("四个词一致")
	l.Type("四个不相干的词语凑数")
	l.Press(fyne.KeyReturn)
	l.Type("四个不相干的词语凑错")
	l.Tap("登记")
	l.wantShown("两次输入的口令不一样")
	l.Type("四个不相干的词语凑数")
	l.Tap("登记")
	l.wantShown("全部村居")
}

func TestSearch(t *testing.T) {
	l := unlocked(t, nil)
	l.search("cxy")
	l.wantLine("陈秀英", true)
	l.wantLine("李志强", false)
	l.Press(fyne.KeyReturn) // the only line found
	l.wantShown("修改资料", "陈国富")
}

func TestSearchFindsNothing(t *testing.T) {
	l := unlocked(t, nil)
	l.search("xyz")
	l.wantShown("没有找到“xyz”")
}

func TestRegisterHousehold(t *testing.T) {
	l := unlocked(t, nil)
	l.Tap("登记农户")
	l.Tap("富溪村")
	l.wantShown("农户登记 · 富溪村", "还有 4 处要填写或改正")
	l.Tap("保存")
	l.wantShown("这一项必须填写")
	l.into("联系电话", "1380013")
	l.into("户主姓名", "周小梅")
	l.wantShown("手机号应为 11 位")
	l.into("联系电话", "8099")
	l.into("家庭人口", "3")
	l.choose("主要经营", "种植")
	l.choose("我已看过授权书，同意建立农户信用档案", "是")
	l.wantShown("可以保存")
	l.Tap("保存")
	l.wantShown("已登记：周小梅", "13800138099")
	l.Tap("返回")
	l.wantLine("周小梅", true)
}

func TestEditShowsPending(t *testing.T) {
	l := unlocked(t, func(s *stage.Stage) {
		row, err := s.Desk.Store.Get(context.Background(), stage.Chen)
		if err != nil {
			t.Fatal(err)
		}
		state := row.Fields["population"]
		state.Pending, state.Version = true, 0
		row.Fields["population"] = state
		s.Memory.Show(row)
	})
	l.search("cxy")
	l.wantShown("待上传") // the badge of the line
	l.line(0)
	l.wantShown("待上传")
	l.Tap("修改资料")
	l.wantShown("修改：陈秀英", "可以保存")
	l.Tap("保存")
	l.wantShown("没有改动")
	l.Tap("关闭")
	l.into("住址", "富溪村第三组 12 号")
	l.Tap("返回") // what was typed is kept
	l.wantShown("没填完的已留在“没填完的表”里，随时可以接着填。")
	l.menu("没填完的表1")
	l.wantShown("陈秀英 农户登记")
	l.Tap("接着填")
	l.wantShown("修改：陈秀英", "不要上次填的")
	l.Tap("保存")
	l.wantShown("已保存：陈秀英", "富溪村第三组 12 号")
}

func TestConflict(t *testing.T) {
	l := unlocked(t, nil)
	ctx := context.Background()
	row, err := l.Desk.Store.Get(ctx, stage.Chen)
	if err != nil {
		t.Fatal(err)
	}
	l.search("cxy")
	l.line(0)
	l.Tap("修改资料")
	if _, err := l.As(stage.Other, "reviewer").Apply(ctx, record.Act{Name: "test", Scope: stage.Fuxi, Writes: []record.Write{{
		Op: record.Edit, Header: row.Header, Fields: map[record.Field]record.Value{"population": record.OfInt(5)},
	}}}); err != nil {
		t.Fatal(err)
	}
	l.app.Changed() // a form that is open stays
	l.into("家庭人口", "\b6")
	l.Tap("保存")
	l.wantShown("家庭人口现在用的是“5”（李金华，刚刚），因为来源更可靠：银行核实；您刚刚填的“6”列在旁边，供核对。")
}

// TestWords reads every scene: how data are kept has no place on a screen.
func TestWords(t *testing.T) {
	p := uitest.Printer(t)
	for _, s := range scene.All() {
		l := &laptop{Window: uitest.Open(t, s.Build(p), s.Bounds()), t: t}
		if s.Over != nil {
			s.Over(p, l.Canvas())
		}
		said := strings.Join(append(l.labels(), l.Written()...), "\n")
		for _, word := range []string{"版本", "合并", "⟦"} {
			if strings.Contains(said, word) {
				t.Errorf("%s says %s", s.Name, word)
			}
		}
	}
}

func TestDemandMove(t *testing.T) {
	l := unlocked(t, nil)
	l.Tap("贷款需求 5")
	l.wantLine("已超期 2 天", true)
	l.Tap("待分派  2")
	l.wantLine("李志强", true)
	l.wantLine("陈秀英", false)
	l.Tap("全部  6")
	l.line(3) // 陈秀英: after the two that are nobody's and the one overdue longer
	l.wantShown("申请人现在看到的话", "5万元")
	l.Tap("已上门走访")
	l.wantShown("申请人会看到")
	l.Tap("已上门走访")
	l.wantShown("已记下：已走访")
	l.Tap("有贷款意向")
	l.Type("很多")
	l.Press(fyne.KeyReturn)
	l.wantShown("金额")
	l.Tap("有贷款意向")
	if l.Shows("已记下：意向") {
		t.Fatal("taken without an amount")
	}
	l.Tap("取消")
	l.Tap("有贷款意向")
	l.Type("4万")
	l.Press(fyne.KeyReturn)
	l.wantShown("已记下：意向", "4万元")
}

func TestScan(t *testing.T) {
	l := unlocked(t, nil)
	address, err := l.Tokens[0].URL("https://credit.example.cn")
	if err != nil {
		t.Fatal(err)
	}
	// A scanner types while nothing has the focus.
	l.Canvas().Unfocus()
	for _, r := range address {
		l.Canvas().OnTypedRune()(r)
	}
	l.Canvas().OnTypedKey()(&fyne.KeyEvent{Name: fyne.KeyReturn})
	l.wantShown("修改资料", "陈国富")

	// A plate where nobody is registered yet begins a form there.
	l.Tap("返回")
	for _, r := range l.Code(1).String() {
		l.Canvas().OnTypedRune()(r)
	}
	l.Canvas().OnTypedKey()(&fyne.KeyEvent{Name: fyne.KeyReturn})
	l.wantShown("富溪村 第三组 15号还没有登记农户")
	l.Tap("登记这一户")
	l.wantShown("农户登记 · 富溪村", "第三组", "15号")
}

func TestScanRefusals(t *testing.T) {
	l := unlocked(t, nil)
	for _, tc := range []struct{ code, want string }{
		{"https://police.example/house?id=12345678", "这是别的单位的二维码"},
		{"AAAA-AAAB", "短码"},
	} {
		for _, r := range tc.code {
			l.Canvas().OnTypedRune()(r)
		}
		l.Canvas().OnTypedKey()(&fyne.KeyEvent{Name: fyne.KeyReturn})
		l.wantShown(tc.want)
		l.Tap("关闭")
	}
}

func TestTray(t *testing.T) {
	refused := func(s *stage.Stage) {
		row, err := s.Desk.Store.Get(context.Background(), stage.Chen)
		if err != nil {
			t.Fatal(err)
		}
		s.Tray.Refuse(record.Act{Name: "household.edit", Scope: stage.Fuxi, Writes: []record.Write{{
			Op: record.Edit, Header: row.Header, Fields: map[record.Field]record.Value{"phone": record.OfText("13900139000")},
		}}}, "sync.reject.access", "phone", nil)
	}
	l := unlocked(t, refused)
	l.Tap("退回 1")
	l.wantShown("陈秀英 修改农户", "您的岗位不能做这项操作", "13900139000")
	l.Tap("不要了")
	l.wantShown("不要这次填写的内容吗？")
	l.Tap("取消")
	l.Tap("改正后再交")
	l.wantShown("修改：陈秀英", "13900139000")
	l.Tap("保存")
	l.wantShown("已保存：陈秀英")
	l.Tap("返回")
	l.wantShown("没有退回的内容")

	l = unlocked(t, refused)
	l.Tap("退回 1")
	l.Tap("不要了")
	l.Tap("不要这次内容")
	l.wantShown("没有退回的内容", "已放弃")
}

func TestSync(t *testing.T) {
	l := unlocked(t, nil)
	l.Tap("3 条待上传，最早 2 小时前")
	l.wantShown("现在连不上网络")
	l.Tap("现在同步")
	if l.Sync.Kicks != 1 {
		t.Errorf("kicked %d times, want once", l.Sync.Kicks)
	}
	l.app.SetReading(flow.Reading{Online: true, Settled: true, Since: stage.Now})
	l.wantShown("已全部上传")
	l.app.SetReading(flow.Reading{Online: true, Pulling: true, Got: 2_310_000, Total: 8_666_000, Held: true})
	l.wantShown("首次接收，已到 2.3 MB，共 8.7 MB")
}

func TestLock(t *testing.T) {
	l := unlocked(t, nil)
	l.lock()
	l.wantShown("解锁口令")
}

// lock presses the button that locks the desk.
func (l *laptop) lock() { l.menu("锁定") }

// menu presses a line of the menu by a part of what is written on it.
func (l *laptop) menu(text string) {
	for _, o := range l.objects() {
		if m, ok := o.(fyne.Focusable); ok && strings.Contains(strings.Join(written(o), ""), text) {
			m.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
			return
		}
	}
	l.t.Fatalf("there is no line %q in the menu", text)
}

// written returns the texts in an object.
func written(o fyne.CanvasObject) []string {
	var out []string
	for _, in := range test.LaidOutObjects(o) {
		if text, ok := in.(*widget.Text); ok {
			out = append(out, text.Text())
		}
	}
	return out
}

// TestScenes walks every scene in every mode. In English no Chinese stands but what people entered and what places are called.
func TestScenes(t *testing.T) {
	uitest.Walk(t, uitest.Texts(t), "../testdata", func(t *testing.T, w *uitest.Window, p *i18n.Printer) {
		if p.Lang() != i18n.En || strings.Contains(t.Name(), "enrol-words") || strings.Contains(t.Name(), "recover-text") {
			return // the words that are compared over the telephone are Chinese for everybody
		}
		l := &laptop{Window: w, t: t}
		for _, text := range strangers(append(l.Written(), l.labels()...)) {
			t.Errorf("Chinese in English: %q", text)
		}
	})
}

// An inbox of which not all is shown says so, and shows the rest at a touch.
func TestInboxSaysThatThereIsMore(t *testing.T) {
	const many = flow.ReviewsShown + 5
	l := unlocked(t, func(s *stage.Stage) {
		for i := range uint64(many) {
			id := ident.Record{0x7f, byte(i)}
			mine := record.Head{Value: record.OfInt(1_000_000), Version: record.At(1, 90_000+2*i), Source: record.Officer}
			other := record.Head{Value: record.OfInt(2_000_000), Version: record.At(1, 90_001+2*i), Source: record.Officer}
			s.Memory.Show(record.Row{
				Header: record.Header{ID: id, Kind: "household", Scope: stage.Fuxi, Subject: ident.Subject(id)},
				Fields: map[record.Field]record.FieldState{
					"debt_private": {Value: mine.Value, Version: mine.Version, Winner: mine, Disputed: true, Aside: []record.Head{other}},
				},
			})
		}
	})
	l.Tap("待核实 105")
	if !l.Shows("还有更多") {
		t.Fatalf("it seems to be all: %q", l.Written()[:20])
	}
	l.Button("再显示一些").Tapped(nil)
	if l.Shows("还有更多") {
		t.Error("there seems to be more than all")
	}
}
