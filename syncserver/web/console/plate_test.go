// SPDX-License-Identifier: Apache-2.0

package console_test

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"yuexin/shared/credit/alarm"
	"yuexin/shared/credit/doorplate"
	"yuexin/shared/credit/plate"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/plates"
	"yuexin/syncserver/web/console"
)

// The plate, what is asked of it, and the alarm that addPlate makes.
var plateAt, plateAsk, alarmAt = ident.Record{0x91}, ident.Record{0x92}, ident.Record{0x93}

// plateDesk notes what the pages want of the office; a reprint needs a reason, as everywhere.
type plateDesk struct {
	did    []plate.Ask
	by     ident.Actor
	no     string
	closed string
}

func (d *plateDesk) Issue(context.Context, ident.Scope) (int, error) { return 1, nil }

func (d *plateDesk) Do(_ context.Context, a plate.Ask, by ident.Actor) error {
	d.did, d.by = append(d.did, a), by
	return nil
}

func (d *plateDesk) Refuse(_ context.Context, _ plate.Ask, _ ident.Actor, reason string) error {
	d.no = reason
	return nil
}

func (d *plateDesk) Print(_ context.Context, w io.Writer, _ ident.Scope, _ plates.Form, _ []doorplate.Code, reason string, _ ident.Actor) (int, error) {
	if reason == "" {
		return 0, fault.New(fault.Invalid, "plates.reason").WithField("reason")
	}
	_, err := io.WriteString(w, "%PDF-1.3")
	return 1, err
}

func (d *plateDesk) Prints() ([]plates.Entry, error) { return nil, nil }

func (d *plateDesk) CloseAlarm(_ context.Context, _ ident.Record, _ ident.Actor, why string) error {
	d.closed = why
	return nil
}

func withPlates(cfg *console.Config) { cfg.Plates = &plateDesk{} }

// addPlate hangs a plate in 富溪村, somebody wants it void, and an alarm names it.
func (w *world) addPlate() {
	w.t.Helper()
	scope, handle := w.village["富溪村"], doorplate.Handle{7}
	p := plates.Plate{
		Handle: handle, Code: doorplate.CodeOf(handle), Group: "三组", HouseNo: "12号", State: plates.Issued, Issue: 1, IssueDay: "2026-11-22",
	}
	ask, err := plate.Ask{Plate: plateAt, Deed: plate.Void, Reason: "房子已经拆掉", AtMS: w.now.UnixMilli()}.Create()
	if err != nil {
		w.t.Fatal(err)
	}
	a := alarm.Alarm{Kind: alarm.VoidScans, AtMS: w.now.Add(-time.Hour).UnixMilli(), Count: 5, Plate: plateAt}
	w.put(plates.Kind, scope, plateAt, p.Create().Fields)
	ask.Header = record.Header{ID: plateAsk, Kind: plate.KindAsk, Scope: scope, Subject: ident.Subject(plateAsk)}
	act := record.Act{Name: "plate.ask", Scope: scope, Source: record.Officer, Writes: []record.Write{ask}}
	must(w.as("梁志明", "officer").Apply(w.t.Context(), act))(w.t)
	w.put(alarm.KindAlarm, scope, alarmAt, a.Create().Fields)
}

// The office sees what waits, agrees or says why not, decides about a plate itself, prints with a reason, and settles an alarm.
func TestTheOfficeOfPlates(t *testing.T) {
	office := &plateDesk{}
	w := newWorld(t, func(cfg *console.Config) { cfg.Plates = office })
	w.addPlate()
	b, fuxi := w.login("admin"), string(w.village["富溪村"])
	shows := func(p page, status int, parts ...string) {
		t.Helper()
		for _, part := range parts {
			if !strings.Contains(p.body, part) {
				t.Errorf("%q is missing", part)
			}
		}
		if p.status != status {
			t.Errorf("status %d, want %d", p.status, status)
		}
	}
	code := doorplate.CodeOf(doorplate.Handle{7}).String()
	shows(b.get("/plates?scope="+url.QueryEscape(fuxi)), http.StatusOK, "等办公室决定", "房子已经拆掉", "三组12号", code)
	shows(b.get("/plates/"+plateAt.String()), http.StatusOK, "三组12号", code)
	b.post("/plates/asks/"+plateAsk.String(), url.Values{"do": {"yes"}})
	if len(office.did) != 1 || office.did[0].Header.ID != plateAsk || office.did[0].Deed != plate.Void || office.by != w.actor["管理员"] {
		t.Errorf("agreed: %+v by %v", office.did, office.by)
	}
	b.post("/plates/asks/"+plateAsk.String(), url.Values{"do": {"no"}, "reason": {"门还在"}})
	if office.no != "门还在" {
		t.Errorf("refused with %q", office.no)
	}
	split := url.Values{"deed": {"split"}, "reason": {"分户"}, "numbers": {"12号"}}
	shows(b.post("/plates/"+plateAt.String(), split), http.StatusUnprocessableEntity, "拆分后的门牌号写得不对")
	split.Set("numbers", "12号 12-1号")
	b.post("/plates/"+plateAt.String(), split)
	if last := office.did[len(office.did)-1]; last.Deed != plate.Split || len(last.Numbers) != 2 || !last.Header.ID.IsZero() {
		t.Errorf("decided: %+v", last)
	}
	print := url.Values{"do": {"print"}, "scope": {fuxi}, "form": {"medium"}}
	shows(b.post("/plates", print), http.StatusUnprocessableEntity, "要写明原因")
	print.Set("reason", "丢了")
	shows(b.post("/plates", print), http.StatusOK, "%PDF-")
	shows(b.get("/alarms"), http.StatusOK, "作废门牌还在被扫", "被扫 5 次", "1 条待核对")
	b.post("/alarms/"+alarmAt.String(), url.Values{"why": {"已取下"}})
	if office.closed != "已取下" {
		t.Errorf("settled with %q", office.closed)
	}
}
