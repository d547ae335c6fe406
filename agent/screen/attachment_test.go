// SPDX-License-Identifier: Apache-2.0

package screen_test

import (
	"testing"

	"yuexin/agent/flow"
	"yuexin/agent/stage"
	"yuexin/shared/sync/record"
	"yuexin/shared/uikit/widget"
)

func TestFiles(t *testing.T) {
	l := unlocked(t, func(s *stage.Stage) { s.Files.Cut = true })
	l.search("cxy")
	l.line(0)
	l.wantShown("3 张照片已到 2 张", "门牌照片", "生产经营照片", "签名", "待上传")
	l.AssertWhole()
	l.Tap("下载")
	l.wantShown("现在连不上网络。")
	l.Files.Cut = false
	l.Tap("下载")
	if l.Shows("下载") {
		t.Error("after the download the button is still there")
	}
	l.Tap("查看")
	l.wantShown("关闭")
	l.Tap("关闭")
}

// badge presses the badge that says how sync stands.
func (l *laptop) badge() {
	l.t.Helper()
	for _, o := range l.objects() {
		if b, ok := o.(*widget.SyncBadge); ok {
			b.Tapped(nil)
			return
		}
	}
	l.t.Fatal("there is no badge")
}

func TestPauseFiles(t *testing.T) {
	l := unlocked(t, nil)
	for _, step := range []struct {
		button string
		paused bool
	}{{"暂停上传附件", true}, {"继续上传附件", false}} {
		r := flow.Reading{Online: true, Settled: true, Since: stage.Now, Files: flow.FilesReading{Waiting: 2, Paused: l.Sync.Paused}}
		l.app.SetReading(r)
		l.badge()
		l.Tap(step.button)
		if l.Sync.Paused != step.paused {
			t.Errorf("after %s: paused is %t", step.button, l.Sync.Paused)
		}
	}
}

// TestFilesOnCards: the inbox has the files beside the values, to be looked at and fetched,
// not to be changed.
func TestFilesOnCards(t *testing.T) {
	l := unlocked(t, nil)
	row, err := l.Desk.Store.Get(t.Context(), stage.Chen)
	if err != nil {
		t.Fatal(err)
	}
	base, _ := l.Desk.Store.Base(t.Context(), stage.Fuxi)
	for i, store := range []record.Store{l.Desk.Store, l.Colleague().Store} {
		if _, err := store.Apply(t.Context(), record.Act{Name: "household.edit", Scope: stage.Fuxi, Base: base, Writes: []record.Write{{
			Op: record.Edit, Header: row.Header, Fields: map[record.Field]record.Value{"debt_private": record.OfInt(int64(i+1) * 1_000_000)},
		}}}); err != nil {
			t.Fatal(err)
		}
	}
	l.Tap("待核实")
	l.wantShown("照片和附件", "门牌照片", "生产经营照片", "签名")
	if l.Shows("更换") || l.Shows("添加") {
		t.Error("a card lets its files be changed")
	}
	l.AssertWhole()
	l.Tap("下载")
	if l.Shows("下载") {
		t.Error("after the download the button is still there")
	}
	l.Tap("查看")
	l.wantShown("关闭")
}

// later lets work wait until the test goes on with it, as a slow link does.
func (l *laptop) later() (finish func()) {
	var waiting []func()
	work := l.app.Work
	l.app.Work = func(do, done func()) { waiting = append(waiting, func() { do(); done() }) }
	return func() {
		l.app.Work = work
		for _, one := range waiting {
			one()
		}
	}
}

// TestCancelDownload: a download under way can be ended; nothing is reported as a
// failure, and it can be begun again.
func TestCancelDownload(t *testing.T) {
	l := unlocked(t, func(s *stage.Stage) { s.Files.Slow = true })
	l.search("cxy")
	l.line(0)
	finish := l.later()
	l.Tap("下载")
	l.wantShown("正在取回 0%", "取消")
	if l.Shows("下载") {
		t.Error("while it is under way it can be begun once more")
	}
	l.AssertWhole()
	l.Tap("取消") // or the stage's download never ends
	finish()
	l.wantShown("下载")
	if l.Shows("取消") || l.Shows("正在取回 0%") || l.Shows("现在连不上网络。") {
		t.Error("a download that was cancelled goes on, or is called a failure")
	}
	l.Files.Slow = false
	l.Tap("下载")
	if l.Shows("下载") || l.Shows("取消") {
		t.Error("after the second download the button is still there")
	}
}

// TestDownloadTellsHowFar: the percentage that is here is shown while more comes.
func TestDownloadTellsHowFar(t *testing.T) {
	l := unlocked(t, func(s *stage.Stage) { s.Files.Slow = true })
	l.search("cxy")
	l.line(0)
	var waiting []func()
	l.app.Work = func(do, done func()) { waiting = append(waiting, func() { do(); done() }) }
	l.Tap("下载")
	told := 0
	l.app.Work = func(do, done func()) {
		l.app.Work = func(do, done func()) { do(); done() } // pictures that are drawn anew
		do()
		done()
		told++
		l.wantShown("正在取回 40%")
		l.Tap("取消") // or the stage's download never ends
	}
	for _, one := range waiting { // the download is among them
		one()
	}
	if told != 1 {
		t.Errorf("told %d times", told)
	}
	l.wantShown("下载")
}

// TestLockEndsDownloads: what nobody waits for any more does not go on.
func TestLockEndsDownloads(t *testing.T) {
	l := unlocked(t, func(s *stage.Stage) { s.Files.Slow = true })
	l.search("cxy")
	l.line(0)
	finish := l.later()
	l.Tap("下载")
	l.lock()
	l.wantShown("解锁口令")
	finish() // returns: the stage's download ends with its context alone
	l.wantShown("解锁口令")
}
