// SPDX-License-Identifier: Apache-2.0

package screen_test

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"yuexin/agent/stage"
	"yuexin/shared/uikit/widget"
)

// challenge returns the text for the administrators as it is read from the screen, line by line.
func (l *laptop) challenge() string {
	l.t.Helper()
	lines := []string{"YXC:"}
	for _, o := range l.objects() {
		if text, ok := o.(*widget.Text); ok && strings.Count(text.Text(), "-") >= 1 && strings.ToUpper(text.Text()) == text.Text() {
			lines = append(lines, text.Text())
		}
	}
	return strings.Join(lines, "\n")
}

// TestRecovery: somebody forgot the passphrase, two administrators help, and what was not sent is still here.
func TestRecovery(t *testing.T) {
	const secret = "想出来的新口令要够长"
	l := open(t, nil)
	l.Tap("忘记口令")
	l.wantShown("选一个新口令", "哪两位管理员能帮您", "没有上传的内容不会丢失")
	l.into("选一个新口令", "太短")
	l.Tap("生成求助文字")
	l.wantShown("口令太短")
	l.into("选一个新口令", secret)
	l.Press(fyne.KeyReturn)
	l.Type("别的什么东西凑够十个字")
	l.Tap("生成求助文字")
	l.wantShown("两次输入的口令不一样")
	l.Type(secret)
	l.Tap("生成求助文字")
	l.wantShown("要选两位管理员")
	for _, admin := range l.administrators()[:2] {
		l.choose("哪两位管理员能帮您", admin)
	}
	l.Tap("生成求助文字")
	l.wantShown("请把这段文字交给两位管理员", "请和管理员核对这四个词，一致才能继续")
	challenge := l.challenge()
	l.Tap("复制文字")
	l.wantShown("已复制")
	if got := fyne.CurrentApp().Clipboard().Content(); got != challenge {
		t.Errorf("copied %q, shown %q", got, challenge)
	}
	partial, response := l.Gate.Approve(challenge)

	l.Tap("输入管理员的回复")
	l.Tap("启用新口令")
	l.wantShown("还没有输入管理员的回复")
	l.into("管理员的回复", partial)
	l.Tap("启用新口令")
	l.wantShown("这不是第二位管理员给的回复")
	l.into("管理员的回复", "\b"+response)
	l.into("找回开始时选的新口令", "想不起来了随便填一个")
	l.Tap("启用新口令")
	l.wantShown("这不是找回开始时选的新口令")
	l.into("找回开始时选的新口令", secret)
	l.Tap("启用新口令")
	l.wantShown("全部村居", "新口令已启用，资料都在，3 条待上传")
	l.wantLine("陈秀英", true)
}

// administrators returns the numbers that can be chosen.
func (l *laptop) administrators() []string {
	admins, err := l.Gate.Admins(l.t.Context())
	if err != nil {
		l.t.Fatal(err)
	}
	out := make([]string, len(admins))
	for i, id := range admins {
		out[i] = id.String()
	}
	return out
}

// TestRecoveryLater: the laptop was switched off while the administrators were at work.
func TestRecoveryLater(t *testing.T) {
	l := open(t, func(s *stage.Stage) { s.Gate.Administrators(2) })
	l.Tap("忘记口令")
	l.Tap("已经拿到回复")
	l.wantShown("输入管理员的回复")
	l.Tap("返回")
	l.wantShown("解锁口令")
}

func TestRecoveryWithoutAdministrators(t *testing.T) {
	l := open(t, func(s *stage.Stage) { s.Gate.Administrators(0) })
	l.Tap("忘记口令")
	l.wantShown("这台设备没有设置找回口令的管理员")
}
