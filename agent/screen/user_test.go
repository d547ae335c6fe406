// SPDX-License-Identifier: Apache-2.0

package screen_test

import (
	"crypto/rand"
	"strings"
	"testing"
	"time"

	"yuexin/agent/stage"
	"yuexin/shared/sync/enrol"
	"yuexin/shared/uikit/widget"
)

// TestAddUser: one more person gets a passphrase of their own; what is wrong stands beside its field.
func TestAddUser(t *testing.T) {
	l := unlocked(t, nil)
	l.badge()
	l.Tap("更多")
	l.Tap("增加使用人")
	l.wantShown("登记文件的内容", "新使用人的口令")
	entry := func(i int) *widget.Entry {
		var all []*widget.Entry
		for _, o := range l.objects() {
			if e, ok := o.(*widget.Entry); ok && (e.Password || e.MultiLine) {
				all = append(all, e)
			}
		}
		return all[i]
	}
	code, err := enrol.NewCode(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ticket, err := (enrol.Ticket{Servers: []string{"http://127.0.0.1:1"}, Code: code, Expires: stage.Now.Add(time.Hour)}).QR()
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct{ ticket, passphrase, again, shown string }{
		{"no ticket", "又一个很长很长的口令", "又一个很长很长的口令", ""},
		{ticket, "短", "短", "口令太短。"},
		{ticket, "又一个很长很长的口令", "又一个很长很长的日令", "两次"},
		{ticket, stage.Taken, stage.Taken, "这个口令不能用。"},
		{ticket, "又一个很长很长的口令", "又一个很长很长的口令", "王五可以用自己的口令打开这台电脑了"},
	} {
		entry(0).SetText(tc.ticket)
		entry(1).SetText(tc.passphrase)
		entry(2).SetText(tc.again)
		l.Tap("增加")
		if all := strings.Join(l.Written(), "\n"); !strings.Contains(all, tc.shown) {
			t.Errorf("want %q in\n%s", tc.shown, all)
		}
		if l.Shows("登记文件的内容") != (tc.again != tc.passphrase || tc.passphrase != "又一个很长很长的口令" || tc.ticket != ticket) {
			t.Errorf("%+v: the sheet is open: %v", tc, l.Shows("登记文件的内容"))
		}
	}
}
