// SPDX-License-Identifier: Apache-2.0

package screen_test

import (
	"errors"
	"strings"
	"testing"

	"yuexin/kiosk/flow"
	"yuexin/shared/pinyin"
	"yuexin/shared/typing"
)

// TestStaffClearWhatWasLearned: the key is there while there is something to clear, and stays where clearing failed.
func TestStaffClearWhatWasLearned(t *testing.T) {
	kit, err := typing.Load()
	if err != nil {
		t.Fatal(err)
	}
	local, err := kit.NewLocal()
	if err != nil {
		t.Fatal(err)
	}
	h := openWith(t, local)
	failing := true
	h.screen.Forget = func() error {
		if failing {
			return errors.New("the disk is gone")
		}
		local.Forget()
		return nil
	}
	const key = "清除键盘记住的姓氏和常用词（1 个）"
	written := func() bool { return strings.Contains(strings.Join(h.Written(), "\n"), key) }

	h.Flow.Open(flow.Staff)
	if written() {
		t.Error("there is nothing to clear yet")
	}
	for range kit.Settings.Learning.Visits {
		local.Note(pinyin.Names, "冼秀英")
		local.EndVisit()
	}
	h.screen.Show()
	if !written() {
		t.Fatalf("no key to clear it: %v", h.Written())
	}
	h.Tap(key)
	if !written() {
		t.Error("said to be gone, and is not")
	}
	failing = false
	h.Tap(key)
	if written() || local.Learned() != 0 {
		t.Error("still there")
	}
}
