// SPDX-License-Identifier: Apache-2.0

package console

import (
	"cmp"
	"net/http"
	"slices"
	"time"

	"yuexin/shared/credit/alarm"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// alarmsShown is how many alarms the page shows; those that nobody has settled come first.
const alarmsShown = 200

type alarmsPage struct {
	*frame
	Rows []alarmRow
	Open int
}

type alarmRow struct {
	alarm.Alarm
	Place, Who, ClosedName string
	When, ClosedWhen       time.Time
	PlateHref              string
	Demands                []string // where the demands are
}

// onAlarms shows what somebody should look at.
func (c *Console) onAlarms(w http.ResponseWriter, r *http.Request, v *visit) error {
	places, err := c.places(r.Context(), v)
	if err != nil {
		return err
	}
	page := alarmsPage{frame: c.frame(v, r, string(PageAlarms))}
	err = c.each(r.Context(), v, record.Query{Kind: alarm.KindAlarm}, func(row record.Row) {
		a := alarm.Of(row)
		one := alarmRow{Alarm: a, Place: places.byID[a.Header.Scope].Name, When: time.UnixMilli(a.AtMS), ClosedWhen: time.UnixMilli(a.ClosedAt)}
		if !a.Plate.IsZero() {
			one.PlateHref = c.Base + "/plates/" + a.Plate.String()
		}
		if a.Kind == alarm.Duplicate || a.Kind == alarm.SamePhone {
			for _, id := range a.Of {
				one.Demands = append(one.Demands, c.Base+"/demands/"+id.String())
			}
		}
		page.Rows = append(page.Rows, one)
	})
	if err != nil {
		return err
	}
	open := func(a alarmRow) int { return map[bool]int{false: 0, true: 1}[a.Closed] }
	slices.SortStableFunc(page.Rows, func(a, b alarmRow) int { return cmp.Or(cmp.Compare(open(a), open(b)), cmp.Compare(b.AtMS, a.AtMS)) })
	page.Rows = page.Rows[:min(len(page.Rows), alarmsShown)]
	people := c.people()
	for i := range page.Rows {
		row := &page.Rows[i]
		page.Open += 1 - open(*row)
		if row.Who, err = people.of(r.Context(), row.Actor); err != nil {
			return err
		}
		if row.ClosedName, err = people.of(r.Context(), row.ClosedBy); err != nil {
			return err
		}
	}
	return c.show(w, http.StatusOK, "alarms", page)
}

// onAlarmPost settles an alarm, with what somebody found.
func (c *Console) onAlarmPost(w http.ResponseWriter, r *http.Request, v *visit) error {
	f, err := readForm(r, v.print)
	if err != nil {
		return err
	}
	id, err := parseID[ident.Record](r.PathValue("id"), unknownAlarm.Key)
	if err != nil {
		return err
	}
	row, err := c.Store.As(v.user.Login).Get(r.Context(), id)
	if fault.Is(err, fault.NotFound) || err == nil && row.Header.Kind != alarm.KindAlarm {
		return unknownAlarm
	}
	if err != nil {
		return err
	}
	if err := c.act(r, v, "alarm.close", id.String()); err != nil {
		return err
	}
	if err := c.Plates.CloseAlarm(r.Context(), id, v.user.Login.Actor, f.Get("why")); err != nil {
		return err
	}
	return c.goOn(w, r, "console.alarm.closed", "/alarms")
}

// unknownAlarm is the answer for an alarm that is not there.
var unknownAlarm = fault.New(fault.NotFound, "console.alarm.unknown")
