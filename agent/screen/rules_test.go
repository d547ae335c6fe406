// SPDX-License-Identifier: Apache-2.0

package screen_test

import (
	"testing"

	"yuexin/agent/flow"
	"yuexin/assets"
	"yuexin/shared/credit/rulebook"
	"yuexin/shared/station/stationtest"
)

// TestRulesComeOnTheList: newer rules come where a list is shown, not into an open form;
// that is finished as it was begun.
func TestRulesComeOnTheList(t *testing.T) {
	l := unlocked(t, nil)
	asked, came := 0, false
	l.app.Renew = func() *flow.Desk {
		asked++
		if came {
			return nil
		}
		came = true
		book, err := rulebook.Load(assets.Folder("policies"), assets.Folder("forms"), assets.Folder("scorecards"),
			stationtest.Later(t, "forms", "household.json", "2", `"zh-Hans": "有人帮您填写吗"`, `"zh-Hans": "是您自己填写吗"`))
		if err != nil {
			t.Fatal(err)
		}
		d := l.Desk
		return &flow.Desk{
			Store: d.Store, Files: d.Files, Book: book, Regions: d.Regions, Print: d.Print,
			Actor: d.Actor, Role: d.Role, Name: d.Name, Now: d.Now, Random: d.Random, Numbers: d.Numbers, Unfinished: d.Unfinished,
		}
	}
	l.Tap("登记农户")
	l.Tap("富溪村")
	l.wantShown("农户登记 · 富溪村", "户主姓名")
	l.app.Rest()
	l.into("户主姓名", "周小梅")
	if asked != 0 {
		t.Error("rules change inside a form")
	}
	l.into("联系电话", "13800138099")
	l.into("家庭人口", "3")
	l.choose("主要经营", "种植")
	l.choose("我已看过授权书，同意建立农户信用档案", "是")
	l.Tap("保存")
	l.wantShown("已登记：周小梅")
	l.app.Rest()
	if asked != 0 {
		t.Error("rules change while a person's page is open")
	}
	l.Tap("返回")
	if asked == 0 {
		t.Error("the list does not ask for newer rules")
	}
	l.wantLine("周小梅", true)
	l.Tap("登记农户")
	l.Tap("富溪村")
	l.wantShown("农户登记 · 富溪村", "是您自己填写吗")
}
