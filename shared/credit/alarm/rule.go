// SPDX-License-Identifier: Apache-2.0

package alarm

import (
	"cmp"
	"slices"

	"yuexin/shared/credit/forms"
	"yuexin/shared/credit/outreach"
	"yuexin/shared/ident"
)

const day = 24 * 60 * 60 * 1000 // ms

// Demand is what the rules look at of a demand.
type Demand struct {
	ID    ident.Record
	Phone string
	Plate string // "" without
	AtMS  int64
}

// Demands returns the alarms of the demands of one telephone: Duplicate for each that comes within days of the one before,
// at the same plate, and SamePhone for the first at so many different plates within days. What has no telephone is left out.
func (p *Policy) Demands(all []Demand) (out []Alarm) {
	byPhone := map[string][]Demand{}
	for _, d := range all {
		if d.Phone != "" {
			byPhone[d.Phone] = append(byPhone[d.Phone], d)
		}
	}
	for _, of := range byPhone {
		slices.SortFunc(of, func(a, b Demand) int { return cmp.Or(cmp.Compare(a.AtMS, b.AtMS), slices.Compare(a.ID[:], b.ID[:])) })
		out = append(out, p.ofPhone(of)...)
	}
	slices.SortFunc(out, func(a, b Alarm) int { return cmp.Or(cmp.Compare(a.AtMS, b.AtMS), cmp.Compare(a.Kind, b.Kind)) })
	return out
}

func (p *Policy) ofPhone(of []Demand) (out []Alarm) {
	quiet := int64(0) // no alarm of SamePhone before
	for i, d := range of {
		if i > 0 && d.Plate == of[i-1].Plate && d.AtMS-of[i-1].AtMS <= p.DuplicateDays*day {
			out = append(out, Alarm{Kind: Duplicate, AtMS: d.AtMS, Count: 2, Of: []ident.Record{of[i-1].ID, d.ID}})
		}
		plates, ids := map[string]bool{}, []ident.Record(nil)
		for _, before := range of[:i+1] {
			if before.Plate != "" && d.AtMS-before.AtMS <= p.SamePhone.Days*day {
				plates[before.Plate] = true
				ids = append(ids, before.ID)
			}
		}
		if len(plates) >= p.SamePhone.Plates && d.AtMS >= quiet {
			quiet = d.AtMS + p.SamePhone.Days*day
			out = append(out, Alarm{Kind: SamePhone, AtMS: d.AtMS, Count: int64(len(plates)), Of: ids})
		}
	}
	return out
}

// Stop is where an officer was.
type Stop struct {
	ID    ident.Record // of the visit
	AtMS  int64
	Where forms.Fix
}

// Travel returns an alarm for every stop of one officer that they cannot have reached from the one before. The errors of both
// positions are taken off the way; positions that somebody typed prove nothing and are left out.
func (p *Policy) Travel(officer ident.Actor, stops []Stop) (out []Alarm) {
	measured := slices.DeleteFunc(slices.Clone(stops), func(s Stop) bool { return s.Where.Source == forms.FixTyped })
	slices.SortFunc(measured, func(a, b Stop) int { return cmp.Or(cmp.Compare(a.AtMS, b.AtMS), slices.Compare(a.ID[:], b.ID[:])) })
	for i := 1; i < len(measured); i++ {
		a, b := measured[i-1], measured[i]
		metres := int64(Metres(a.Where, b.Where) - a.Where.Accuracy - b.Where.Accuracy)
		took := max(b.AtMS-a.AtMS, 0)
		// metres / (took/1000 s) > km/h · 1000/3600, in whole numbers; a minute more or less is what clocks are worth.
		if metres > p.MovedMetres && metres*3600 > p.TravelKMH*(took+60_000) {
			out = append(out, Alarm{Kind: Travel, AtMS: b.AtMS, Count: metres / 1000, Of: []ident.Record{a.ID, b.ID}, Actor: officer})
		}
	}
	return out
}

// Away says whether a plate that was put up at one position and seen at another is not where it belongs, and how many metres off.
// Neither may be worth less than the distance.
func (p *Policy) Away(hung, seen forms.Fix) (metres int, away bool) {
	metres = Metres(hung, seen)
	return metres, int64(metres-hung.Accuracy-seen.Accuracy) > p.MovedMetres
}

// Metres is the distance of two positions.
func Metres(a, b forms.Fix) int {
	return outreach.Metres(outreach.Place{Lat: a.Lat, Lon: a.Lon}, outreach.Place{Lat: b.Lat, Lon: b.Lon})
}
