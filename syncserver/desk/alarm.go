// SPDX-License-Identifier: Apache-2.0

package desk

import (
	"context"
	"log/slog"
	"time"

	"yuexin/shared/credit/alarm"
	"yuexin/shared/credit/forms"
	"yuexin/shared/credit/lending"
	"yuexin/shared/credit/outreach"
	"yuexin/shared/credit/plate"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Guard raises the alarms. What stands in the records it looks at village by village; what happens at the residents' page it is
// told.
type Guard struct {
	Desk   Desk
	Policy func() *alarm.Policy // the one in force
	Meter  *alarm.Meter
	Scans  <-chan alarm.Scan // nil for none
	Log    *slog.Logger
	// After is time.After, or the clock of a test.
	After func(time.Duration) <-chan time.Time
}

// Run looks at all villages, then at each that changes, and takes what happens at the residents' page, until heads is closed.
func (g Guard) Run(ctx context.Context, heads <-chan ident.Scope) {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		g.listen(ctx)
	}()
	round{what: "alarms", log: g.Log, after: g.After, all: g.villages, village: g.Village}.run(ctx, heads)
	<-ended
}

// listen takes scans until ctx ends.
func (g Guard) listen(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case s := <-g.Scans:
			if err := g.Scan(ctx, s); err != nil && ctx.Err() == nil {
				g.Log.Error("an alarm was not raised", "alarm", string(s.Kind), fault.Attr(err))
			}
		}
	}
}

// Scan counts what happened at the residents' page, and raises an alarm where it is one. One about a plate stands in the
// plate's village; others concern no village and stand in the scope ref.
func (g Guard) Scan(ctx context.Context, s alarm.Scan) error {
	n := g.Meter.Note(g.Policy(), s)
	if n == 0 {
		return nil
	}
	a, scope := alarm.Alarm{Kind: s.Kind, AtMS: s.At.UnixMilli(), Count: int64(n), Mark: s.Source}, ident.Ref
	if !s.Plate.IsZero() {
		row, err := g.Desk.Store.Get(ctx, s.Plate)
		if err != nil {
			return err
		}
		a.Plate, scope = s.Plate, row.Header.Scope
	}
	return g.raise(ctx, scope, a)
}

func (g Guard) villages(ctx context.Context) (map[ident.Scope]bool, error) {
	out := map[ident.Scope]bool{}
	return out, g.Desk.each(ctx, record.Query{Kind: KindUnit}, func(row record.Row) { out[row.Header.Scope] = true })
}

// Village raises the alarms of what stands in one village. What was raised before is not raised again.
func (g Guard) Village(ctx context.Context, scope ident.Scope) error {
	if _, village := scope.Unit(); !village {
		return nil
	}
	for _, look := range []func(context.Context, ident.Scope) ([]alarm.Alarm, error){g.demands, g.travel, g.asks} {
		alarms, err := look(ctx, scope)
		if err != nil {
			return err
		}
		for _, a := range alarms {
			if err := g.raise(ctx, scope, a); err != nil {
				return err
			}
		}
	}
	return nil
}

// demands looks at the telephones of a village's demands of late, wherever else they stand.
func (g Guard) demands(ctx context.Context, scope ident.Scope) (out []alarm.Alarm, err error) {
	policy, here, phones := g.Policy(), map[ident.Record]bool{}, map[string]bool{}
	since := g.Desk.Now().AddDate(0, 0, -int(max(policy.SamePhone.Days, policy.DuplicateDays)))
	err = g.Desk.each(ctx, record.Query{Kind: lending.KindDemand, Scope: scope}, func(row record.Row) {
		if phone := row.Text("phone"); phone != "" && row.Header.ID.Millis() >= since.UnixMilli() && !row.Deleted() {
			here[row.Header.ID], phones[phone] = true, true
		}
	})
	if err != nil {
		return nil, err
	}
	for phone := range phones {
		var all []alarm.Demand
		err := g.Desk.each(ctx, record.Query{Kind: lending.KindDemand, Where: []record.Term{
			{Field: "phone", Value: record.OfText(phone)},
		}}, func(row record.Row) {
			if !row.Deleted() {
				all = append(all, alarm.Demand{
					ID: row.Header.ID, Phone: phone, Plate: string(row.Value("plate").Bytes()), AtMS: row.Header.ID.Millis(),
				})
			}
		})
		if err != nil {
			return nil, err
		}
		for _, a := range policy.Demands(all) {
			if here[a.Of[len(a.Of)-1]] { // that of the last stands where it was made
				out = append(out, a)
			}
		}
	}
	return out, nil
}

// travelDays is how far back visits are looked at.
const travelDays = 30

// travel looks at the ways of the officers who were in a village of late, wherever else they were.
func (g Guard) travel(ctx context.Context, scope ident.Scope) (out []alarm.Alarm, err error) {
	since := g.Desk.Now().AddDate(0, 0, -travelDays).UnixMilli()
	here, officers := map[ident.Record]bool{}, map[ident.Actor]bool{}
	err = g.Desk.each(ctx, record.Query{Kind: outreach.Kind, Scope: scope}, func(row record.Row) {
		if raw := row.Value("officer").Bytes(); len(raw) == ident.Size && row.Int("visited_at") >= since {
			here[row.Header.ID], officers[ident.Actor(raw)] = true, true
		}
	})
	if err != nil {
		return nil, err
	}
	for officer := range officers {
		var stops []alarm.Stop
		err := g.Desk.each(ctx, record.Query{Kind: outreach.Kind, Where: []record.Term{
			{Field: "officer", Value: record.OfBytes(officer[:])},
		}}, func(row record.Row) {
			if where, known := outreach.Of(row).Where(); known && row.Int("visited_at") >= since && !row.Deleted() {
				stops = append(stops, alarm.Stop{ID: row.Header.ID, AtMS: row.Int("visited_at"), Where: where})
			}
		})
		if err != nil {
			return nil, err
		}
		for _, a := range g.Policy().Travel(officer, stops) {
			if here[a.Of[1]] {
				out = append(out, a)
			}
		}
	}
	return out, nil
}

// asks looks at what those who stood before a plate say of it: that it is covered, or where it hangs.
func (g Guard) asks(ctx context.Context, scope ident.Scope) (out []alarm.Alarm, err error) {
	var asks []plate.Ask
	err = g.Desk.each(ctx, record.Query{Kind: plate.KindAsk, Scope: scope}, func(row record.Row) { asks = append(asks, plate.AskOf(row)) })
	if err != nil {
		return nil, err
	}
	hung := map[ident.Record]forms.Fix{} // where a plate was put up first
	for _, a := range asks {
		one := alarm.Alarm{AtMS: a.AtMS, Count: 1, Plate: a.Plate, Of: []ident.Record{a.Header.ID}, Sample: a.Sample}
		if a.Deed == plate.Covered {
			one.Kind = alarm.Covered
			out = append(out, one)
		}
		seen, err := forms.ParseFix(a.Fix)
		if err != nil {
			continue
		}
		first, known := hung[a.Plate]
		if !known && a.Deed == plate.PutUp {
			hung[a.Plate] = seen
		} else if metres, away := g.Policy().Away(first, seen); known && away {
			one.Kind, one.Count = alarm.Moved, int64(metres)
			out = append(out, one)
		}
	}
	return out, nil
}

// raise writes an alarm down, once.
func (g Guard) raise(ctx context.Context, scope ident.Scope, a alarm.Alarm) error {
	a.Sample = a.Sample || g.Desk.Sample
	a, err := a.Place(scope)
	if err != nil {
		return err
	}
	if _, err := g.Desk.Store.Get(ctx, a.Header.ID); !fault.Is(err, fault.NotFound) {
		return err
	}
	return g.Desk.apply(ctx, "alarm.raise", scope, a.Create())
}

// CloseAlarm settles an alarm, with what somebody found. Faults: those of alarm.Alarm.Close; NotFound for no alarm.
func (d Desk) CloseAlarm(ctx context.Context, id ident.Record, by ident.Actor, why string) error {
	row, err := d.Store.Get(ctx, id)
	if err == nil && row.Header.Kind != alarm.KindAlarm {
		err = fault.New(fault.NotFound, "record.missing")
	}
	if err != nil {
		return err
	}
	write, err := alarm.Of(row).Close(by, why, d.Now().UnixMilli())
	if err != nil {
		return err
	}
	return d.apply(ctx, "alarm.close", row.Header.Scope, write)
}
