// SPDX-License-Identifier: Apache-2.0

package console_test

import (
	"context"
	"net/http"
	"net/url"
	"testing"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/syncserver/store"
	"yuexin/syncserver/web/console"
	"yuexin/syncserver/web/htmlcheck"
)

// leaver and taker are two officers of the handOverDesk.
var leaver, taker = ident.Actor{1}, ident.Actor{2}

// handOverDesk is an office where one officer has two villages, and work on a laptop that was not sent.
type handOverDesk struct {
	asks []console.HandOverAsk
	by   []string
}

func withHandOver(cfg *console.Config) { cfg.HandOver = &handOverDesk{} }

func (d *handOverDesk) Staff(context.Context) ([]console.Person, error) {
	return []console.Person{{Actor: leaver, Name: "梁志明"}, {Actor: taker, Name: "黎婉仪"}}, nil
}

func (d *handOverDesk) HandOver(_ context.Context, a console.HandOverAsk, by store.User) (console.HandOverView, error) {
	if a.From == a.To {
		return console.HandOverView{}, fault.New(fault.Invalid, "server.handover.same").WithField("to")
	}
	v := console.HandOverView{From: "梁志明", To: "黎婉仪"}
	if a.From != leaver.String() {
		return v, nil
	}
	v.Villages = []console.ChargeView{{Village: "富溪村", Posted: true, Demands: []string{"000070003318", "000070003326"}}, {Village: "大沙村"}}
	v.Devices = []console.UnsentView{{ID: ident.Device{9}.String(), Name: "梁志明的电脑", Waiting: 12, Files: 3, LastSeen: "2026-11-20 09:10"}}
	if a.Do && a.Force == "" {
		return v, fault.New(fault.Conflict, "server.handover.unsent").With("devices", "梁志明的电脑").WithField("force")
	}
	if a.Do {
		d.asks, d.by, v.Done = append(d.asks, a), append(d.by, by.Name), true
	}
	return v, nil
}

// TestHandOverPage: an administrator sees what moves before it does, says why, and why they do not wait for work that was not
// sent; only then is it done, once, under their name.
func TestHandOverPage(t *testing.T) {
	office := &handOverDesk{}
	w := newWorld(t, func(c *console.Config) { c.HandOver = office })
	b := w.login("admin")
	htmlcheck.Run(t, b.get("/users").body, htmlcheck.Some("a[href$=/users/handover]"))
	htmlcheck.Run(t, b.get("/users/handover").body, htmlcheck.Text("h1", "离岗移交"), htmlcheck.Texts("#from option", "请选择", "梁志明", "黎婉仪"), htmlcheck.None("#moves"), htmlcheck.None("#do"))

	pair := "/users/handover?from=" + leaver.String() + "&to=" + taker.String()
	htmlcheck.Run(t, b.get(pair).body,
		htmlcheck.Text("h2", "梁志明移交给黎婉仪"), htmlcheck.Text("#moves", "富溪村"), htmlcheck.Text("#moves", "000070003318、000070003326"),
		htmlcheck.Text("#moves", "大沙村"), htmlcheck.Text("#laptops", "梁志明的电脑"), htmlcheck.Text("#laptops", "12"), htmlcheck.Text("#laptops", "2026-11-20 09:10"),
		htmlcheck.Text(".notice", "密封保存"), htmlcheck.Some("#do input[name=reason]"), htmlcheck.Some("#do input[name=force]"))
	htmlcheck.Run(t, b.get("/users/handover?from="+taker.String()+"&to="+leaver.String()).body, htmlcheck.Text("#moves", "没有负责的村和需求"), htmlcheck.None("#do"))
	for path, problem := range map[string]string{
		"/users/handover?from=" + leaver.String() + "&to=" + leaver.String():         "#to-problem",
		"/users/handover?from=act_1&to=" + taker.String():                            "#from-problem",
		"/users/handover?from=" + ident.Actor{7}.String() + "&to=" + leaver.String(): "#from-problem",
	} {
		htmlcheck.Run(t, b.get(path).body, htmlcheck.Some(problem), htmlcheck.None("#moves"))
	}

	form := url.Values{"from": {leaver.String()}, "to": {taker.String()}}
	refused := func(problem, text string) {
		t.Helper()
		got := b.post("/users/handover", form)
		if got.status != http.StatusUnprocessableEntity || len(office.asks) > 0 {
			t.Fatalf("status %d, handed over %v", got.status, office.asks)
		}
		htmlcheck.Run(t, got.body, htmlcheck.Text(problem, text), htmlcheck.Some("#moves"))
	}
	refused("#reason-problem", "还没有填")
	form.Set("reason", "调离")
	refused("#force-problem", "梁志明的电脑")
	form.Set("force", "电脑已损坏")
	if got := b.post("/users/handover", form); got.status != http.StatusSeeOther {
		t.Fatalf("status %d", got.status)
	}
	want := console.HandOverAsk{From: leaver.String(), To: taker.String(), Reason: "调离", Force: "电脑已损坏", Do: true}
	if len(office.asks) != 1 || office.asks[0] != want || office.by[0] != "admin" {
		t.Errorf("handed over %+v by %v", office.asks, office.by)
	}
	htmlcheck.Run(t, b.get("/users").body, htmlcheck.Text(".notice", "已经移交"))
}

// TestHandOverIsTheAdministrators: nobody else is shown the page or hands over, and without an office there is none.
func TestHandOverIsTheAdministrators(t *testing.T) {
	office := &handOverDesk{}
	w := newWorld(t, func(c *console.Config) { c.HandOver = office })
	form := url.Values{"from": {leaver.String()}, "to": {taker.String()}, "reason": {"x"}, "force": {"x"}}
	for _, name := range []string{"liang", "he", "su", "deng", "tan"} {
		b := w.login(name)
		if got := b.get("/users/handover"); got.status != http.StatusForbidden {
			t.Errorf("%s is shown it: %d", name, got.status)
		}
		if got := b.post("/users/handover", form); got.status != http.StatusForbidden || len(office.asks) > 0 {
			t.Errorf("%s hands over: %d", name, got.status)
		}
	}
	b := newWorld(t).login("admin")
	htmlcheck.Run(t, b.get("/users").body, htmlcheck.None("a[href$=/users/handover]"))
	if got := b.get("/users/handover"); got.status != http.StatusNotFound {
		t.Errorf("without an office: %d", got.status)
	}
}
