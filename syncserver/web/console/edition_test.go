// SPDX-License-Identifier: Apache-2.0

package console_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"yuexin/shared/ident"
	"yuexin/syncserver/web/console"
	"yuexin/syncserver/web/htmlcheck"
)

// TestRules: the page says what became of every publication: its stage, who signed it,
// on how many devices it is. It publishes nothing itself and shows how that is done.
func TestRules(t *testing.T) {
	var list []console.Edition
	w := newWorld(t, func(c *console.Config) {
		c.Editions = func(context.Context) ([]console.Edition, error) { return list, nil }
	})
	b := w.login("admin")
	htmlcheck.Run(t, b.get("/rules").body, htmlcheck.Some("#none"), htmlcheck.None("#editions"), htmlcheck.Text("#publish", "syncserver publish"), htmlcheck.None("#widen"))

	list = []console.Edition{
		{What: "form", Name: "household", Title: "form household 2", Version: 2, By: "3f9c0d1e2a4b5c6d", At: start, Percent: 5, NotBefore: start.Add(time.Hour), InForce: true},
		{What: "lending", Title: "lending 3", Version: 3, By: "3f9c0d1e2a4b5c6d", At: start, Scopes: []ident.Scope{w.village["大沙村"]}},
		{What: "lending", Title: "lending 2", Version: 2, By: "aa9c0d1e2a4b5c6d", At: start, Percent: 100, Scopes: []ident.Scope{w.village["大沙村"]}},
		{What: "keys", Title: "keys 1", Version: 1, By: "3f9c0d1e2a4b5c6d", At: start, Percent: 100, InForce: true},
	}
	w.devices[0].Status.Rules = "catalogue 1\nform household 2\nlending 2"
	w.devices[1].Status.Rules = "form household 1\nform household 21"
	w.devices[4].Status.Rules = "form household 2" // switched off
	htmlcheck.Run(t, b.get("/rules").body,
		htmlcheck.Texts("#editions tbody .first", "表格 household", "贷款规则", "贷款规则", "管理员"),
		htmlcheck.Texts("#editions tbody .mono", "3f9c0d1e2a4b5c6d", "3f9c0d1e2a4b5c6d", "aa9c0d1e2a4b5c6d", "3f9c0d1e2a4b5c6d"),
		htmlcheck.Texts("#editions tbody .devices", "1 / 2", "0 / 2", "1 / 2", "—"),
		htmlcheck.Texts("#editions tbody .tag", "正在使用", "已被替换", "已停止扩大", "已被替换", "正在使用"),
		htmlcheck.Text("#editions", "5% 的设备"), htmlcheck.Text("#editions", "大沙村"), htmlcheck.Text("main", "另有 3 台设备"),
		htmlcheck.Text("#widen", "syncserver rules stage form household 2"), htmlcheck.Text("#stop", "syncserver rules stop form household 2"))
	for _, name := range []string{"liang", "su", "tan", "deng"} {
		if got := w.login(name).get("/rules"); got.status == http.StatusOK {
			t.Errorf("%s sees the page", name)
		}
	}
}

// TestUnderNewerRules: the console goes on by newer rules, and whoever is signed in stays so.
func TestUnderNewerRules(t *testing.T) {
	w := newWorld(t)
	b := w.login("admin")
	next := w.console.Under(console.Rules{Catalogue: w.cat, Access: w.access, Lending: w.lending, Audit: w.audit, Consent: w.consent})
	t.Cleanup(func() { _ = next.Close() })
	w.server.Config.Handler = next
	if got := b.get("/devices"); got.status != http.StatusOK {
		t.Errorf("after newer rules: status %d", got.status)
	}
}
