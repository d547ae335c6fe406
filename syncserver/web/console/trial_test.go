// SPDX-License-Identifier: Apache-2.0

package console_test

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"yuexin/assets"
	"yuexin/shared/credit/scoring"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/score"
	"yuexin/syncserver/web/console"
	"yuexin/syncserver/web/htmlcheck"
)

// trying is a world with households that have many grades, in which cards are tried out. Every village waits at gate, if there is one.
func trying(t *testing.T, gate chan struct{}) *world {
	var w *world
	w = newWorld(t, withPapers, func(c *console.Config) {
		c.Try = func(ctx context.Context, of console.TryOf, keep func(*scoring.Trial)) error {
			run := score.Run{Card: of.Card, Rival: of.Rival, Day: of.Day, Store: w.as("desk", "desk"), Named: of.Named}
			return run.All(ctx, of.Villages, func(v score.Village) {
				if gate != nil {
					select {
					case <-gate:
					case <-ctx.Done():
					}
				}
				keep(v.Trial)
			})
		}
	})
	for i := range 12 { // deposits, incomes and arrears that differ
		id := newID[ident.Record](w)
		money := func(yuan int) record.Value { return record.OfInt(int64(yuan) * 100) }
		w.about(w.village["富溪村"], ident.Subject(id), "household", map[record.Field]record.Value{
			"head_name": text(fmt.Sprintf("试算户%02d", i)), "population": record.OfInt(4), "labour": record.OfInt(2), "land_used": record.OfInt(600), "house_value": money(300_000),
			"deposits": money(50_000), "assets_other": money(50_000), "debt_own_bank": money(40_000), "guarantees": money(0), "income_planting": money(60_000 - 4_000*i),
			"income_labour": money(60_000 - 3_000*i), "cost_production": money(10_000), "cost_living": money(30_000), "deposit_average": money(20_000),
			"overdue_times": record.OfInt(int64(i % 4)), "figures_year": record.OfInt(2025), "conduct": text("good"),
		})
	}
	return w
}

// ended asks until a trial has ended, and returns the page.
func (b *browser) ended() string {
	b.w.t.Helper()
	for {
		if page := b.get("/trials").body; !strings.Contains(page, "正在试算") {
			return page
		}
	}
}

// A weight or a threshold is tried out before it is published: how many move, from where to where, why, and who moves farthest.
// Nothing is written. Whoever may not know the grades of households sees sums.
func TestTrialOfAWeight(t *testing.T) {
	w := trying(t, nil)
	before := w.standing()
	admin, deng := w.login("admin"), w.login("deng")
	htmlcheck.Run(t, admin.get("/trials").body, htmlcheck.Count("#weights .weight", 14+4), htmlcheck.None("#trial"))
	change := url.Values{"weight-overdue": {"40"}, "step-AA": {"84.5"}}
	if got := admin.post("/trials", change); got.status != http.StatusSeeOther {
		t.Fatalf("status %d:\n%s", got.status, got.body)
	}
	page := admin.ended()
	htmlcheck.Run(t, page, htmlcheck.Count("#matrix tbody tr", 6), htmlcheck.Count("#spread tr", 5), htmlcheck.Some("#causes tr"), htmlcheck.Some("#movers tbody tr"),
		htmlcheck.Texts(".changes li", "借款逾期次数 16 → 40", "AA 级 80 → 84.5"), htmlcheck.Text("#movers", "试算户"), htmlcheck.Some("#publish"), htmlcheck.None("#unnamed"))
	if page := deng.get("/trials").body; strings.Contains(page, "试算户") || strings.Contains(page, "#matrix") {
		t.Error("the trial of somebody else is shown")
	}
	deng.post("/trials", change)
	page = deng.ended()
	htmlcheck.Run(t, page, htmlcheck.Some("#unnamed"), htmlcheck.None("#movers"), htmlcheck.Some("#matrix td.down"))
	if strings.Contains(page, "试算户") {
		t.Error("an analyst reads who it is")
	}
	if now := w.standing(); now != before {
		t.Errorf("a trial changed something:\n%s\n%s", before, now)
	}
}

// What cannot be compared is refused with what to do; nothing begins.
func TestTrialRefusals(t *testing.T) {
	w := trying(t, nil)
	b := w.login("admin")
	for says, form := range map[string]url.Values{
		"没有任何改动": {"weight-overdue": {"16"}}, "分数不对": {"weight-overdue": {"viel"}}, "这样的评分卡不能用": {"step-AA": {"95"}}, "还没有选": {"region": {"999999"}, "weight-overdue": {"3"}},
	} {
		if got := b.post("/trials", form); got.status == http.StatusSeeOther || !strings.Contains(got.body, says) {
			t.Errorf("%v: %d, without %q", form, got.status, says)
		}
	}
	if strings.Contains(b.get("/trials").body, `id="trial"`) {
		t.Error("something began")
	}
	card := string(must(fs.ReadFile(assets.Folder("scorecards"), "card-household-1.json"))(t))
	for says, content := range map[string]string{
		"这样的评分卡不能用": strings.Replace(card, `"weight": 16`, `"weight": 15`, 1), "的等级和现行的不一样": strings.ReplaceAll(card, "AAA", "S"), "": strings.Replace(card, `"version": 1`, `"version": 2`, 1),
	} {
		got := b.upload("/trials", "card", content)
		if says == "" {
			if got.status != http.StatusSeeOther {
				t.Errorf("a good card: %d", got.status)
			}
			htmlcheck.Run(t, b.ended(), htmlcheck.Text(".changes", "第 2 版"), htmlcheck.Text("#trial", "没有一户的等级变化"))
			continue
		}
		if got.status == http.StatusSeeOther || !strings.Contains(got.body, says) {
			t.Errorf("%d, without %q", got.status, says)
		}
	}
	if got := b.upload("/trials", "card", strings.Repeat("x", 70<<10)); got.status != http.StatusRequestEntityTooLarge {
		t.Errorf("a card of 70 kB: %d", got.status)
	}
}

// upload posts a file.
func (b *browser) upload(path, field, content string) page {
	b.w.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	file := must(form.CreateFormFile(field, "card.json"))(b.w.t)
	_, _ = file.Write([]byte(content)) // into memory
	_ = form.Close()
	return b.raw(path, form.FormDataContentType(), body.String())
}

// A trial says how far it is, stops when its owner says so and keeps what was counted; meanwhile nobody else begins one.
func TestTrialProgressAndStop(t *testing.T) {
	gate := make(chan struct{})
	w := trying(t, gate)
	b, deng := w.login("admin"), w.login("deng")
	b.post("/trials", url.Values{"weight-overdue": {"40"}})
	gate <- struct{}{} // one village
	for !strings.Contains(b.get("/trials").body, "1 / ") {
	}
	htmlcheck.Run(t, b.get("/trials").body, htmlcheck.Some("progress"), htmlcheck.Some("#trial[hx-get]"))
	if got := deng.post("/trials", url.Values{"weight-overdue": {"40"}}); got.status != http.StatusConflict || !strings.Contains(got.body, "一次只能算一个") {
		t.Errorf("a second one: %d", got.status)
	}
	b.post("/trials", url.Values{"do": {"stop"}})
	htmlcheck.Run(t, b.ended(), htmlcheck.Text("#trial h2", "已停止"), htmlcheck.None("progress"))
}
