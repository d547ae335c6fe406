// SPDX-License-Identifier: Apache-2.0

package desk

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"yuexin/shared/credit/scoring"
	"yuexin/shared/credit/title"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/region"
	"yuexin/shared/sync/record"
)

// Titles judges villages, towns and parks, and gives, confirms, lowers and withdraws what they are called.
type Titles struct {
	Desk   Desk
	Policy func() *title.Policy
	Card   func(day string) *scoring.Card // that of households on a day; nil: none counts then
}

// Judged is what a place comes to by its records, and how its title stands.
type Judged struct {
	Place    title.Place
	Verdict  title.Verdict
	Standing title.Standing
	card     uint32
}

// Judge judges a place by a title: a village by its scope, a town by its code, a park by the code of where it is and its name.
// Faults: NotFound "title.unknown", "title.place" and "exposure.card".
func (t Titles) Judge(ctx context.Context, id, place, name string) (j Judged, err error) {
	what, known := t.Policy().Title(id)
	if !known {
		return j, fault.New(fault.NotFound, "title.unknown").WithField("title")
	}
	villages, err := t.villages(ctx)
	if err != nil {
		return j, err
	}
	var in []unit
	if j.Place, in, err = t.place(what.Level, place, name, villages); err != nil {
		return j, err
	}
	standings, err := title.All(ctx, t.Desk.Store)
	if err != nil {
		return j, err
	}
	now := t.Desk.Now().In(zone)
	card := t.Card(now.Format(time.DateOnly))
	if card == nil {
		return j, fault.New(fault.NotFound, "exposure.card")
	}
	j.card = card.Version()
	var sum title.Count
	for _, u := range in {
		c, err := t.Policy().Read(ctx, t.Desk.Store, card, u.scope, now)
		if err != nil {
			return j, err
		}
		if t.titled(standings, u.scope) {
			c.Titled = 1
		}
		sum = sum.Add(c)
	}
	j.Standing = title.Find(standings, id, j.Place)
	j.Verdict, err = t.Policy().Judge(id, sum)
	return j, err
}

// titled says whether a village has a title of villages that holds.
func (t Titles) titled(all []title.Standing, scope ident.Scope) bool {
	return slices.ContainsFunc(all, func(s title.Standing) bool {
		what, known := t.Policy().Title(s.Title)
		return known && what.Level == title.Village && s.Place.ID == string(scope) && s.Holds()
	})
}

// unit is a village of this server.
type unit struct {
	scope ident.Scope
	code  region.Code
	name  string
}

func (t Titles) villages(ctx context.Context) (out []unit, err error) {
	err = t.Desk.each(ctx, record.Query{Kind: KindUnit}, func(row record.Row) {
		out = append(out, unit{row.Header.Scope, region.Code(row.Text("region_code")), row.Text("name")})
	})
	return out, err
}

// place returns a place and the villages in it.
func (t Titles) place(level title.Level, text, name string, all []unit) (title.Place, []unit, error) {
	missing := fault.New(fault.NotFound, "title.place").With("place", text).WithField("place")
	if level == title.Village {
		i := slices.IndexFunc(all, func(u unit) bool { return string(u.scope) == text })
		if i < 0 {
			return title.Place{}, nil, missing
		}
		return title.Place{ID: text, Name: cmp.Or(t.Desk.Regions.PathName(all[i].code), all[i].name)}, all[i : i+1], nil
	}
	code := region.Code(text)
	if _, known := t.Desk.Regions.Unit(code); !known {
		return title.Place{}, nil, missing
	}
	in := slices.DeleteFunc(all, func(u unit) bool { return u.code != code && !t.Desk.Regions.Contains(code, u.code) })
	if len(in) == 0 {
		return title.Place{}, nil, missing
	}
	place := title.Place{ID: text, Name: t.Desk.Regions.PathName(code)}
	if name = strings.TrimSpace(name); level == title.Park {
		if name == "" {
			return title.Place{}, nil, fault.New(fault.Invalid, "title.park").WithField("name")
		}
		place = title.Place{ID: text + " " + name, Name: place.Name + " " + name}
	}
	return place, in, nil
}

// Did is one of the deeds of title.Policy: Give, Recheck or Withdraw.
type Did func(p *title.Policy, a title.Ask, s title.Standing, v title.Verdict, now time.Time) (title.Deed, error)

// Do judges a place as it is now and does a deed about it for persons who proved who they are. a.Place is made by Judge. Faults:
// those of Judge, of title.Policy.Allow and of the deed.
func (t Titles) Do(ctx context.Context, do Did, a title.Ask, place, name string, who ...title.Person) (title.Deed, error) {
	if err := t.Policy().Allow(who...); err != nil {
		return title.Deed{}, err
	}
	j, err := t.Judge(ctx, a.Title, place, name)
	if err != nil {
		return title.Deed{}, err
	}
	a.Place = j.Place
	now := t.Desk.Now().In(zone)
	deed, err := do(t.Policy(), a, j.Standing, j.Verdict, now)
	if err != nil {
		return deed, err
	}
	id, err := ident.New[ident.Record](now.UnixMilli(), t.Desk.Random)
	if err != nil {
		return deed, err
	}
	deed.Header = record.Header{ID: id, Kind: title.Kind, Scope: ident.Ref, Subject: ident.Subject(id)}
	deed.Card, deed.By, deed.Sample = j.card, who[0].Actor, t.Desk.Sample
	if len(who) > 1 {
		deed.Second = who[1].Actor
	}
	return deed, t.Desk.apply(ctx, "title."+string(deed.Act), ident.Ref, deed.Create())
}
