// SPDX-License-Identifier: Apache-2.0

package title

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Kind is the kind of a deed. It stands in the scope ref: everybody may know who has a plaque.
const Kind record.Kind = "credit_title"

// Act is what a deed does. Its text has the key "choice.title_act." and it.
type Act string

// The acts.
const (
	Given     Act = "given"
	Confirmed Act = "confirmed" // looked at again, in the same grade or a higher one
	Lowered   Act = "lowered"
	Withdrawn Act = "withdrawn"
)

// Place is what a title is of: a village by its scope, a town or park by the code of its region, a park by its name as well.
type Place struct {
	ID   string
	Name string // as it stood when the deed was done
}

// Deed is what the desk did about a title.
type Deed struct {
	Header record.Header
	Act    Act
	Title  string
	Place  Place
	Grade  string // "" where it is withdrawn
	Day    string // 2006-01-02
	Until  string // the last day before it has to be looked at again; "" where it is withdrawn
	Plaque string // number of the plaque
	Reason string
	Count  Count  // what the records came to on the day
	Policy uint32 // edition
	Card   uint32 // version, by which households were graded
	By     ident.Actor
	Second ident.Actor // who stood for it as well; zero where one person was enough
	AtMS   int64       // ms since 1970 UTC
	Sample bool
}

// Of reads a deed.
func Of(row record.Row) Deed {
	d := Deed{
		Header: row.Header, Act: Act(row.Text("title_act")), Title: row.Text("title_kind"), Place: Place{row.Text("place"), row.Text("place_name")},
		Grade: row.Text("title_grade"), Day: row.Text("day"), Until: row.Text("until"), Plaque: row.Text("plaque_no"), Reason: row.Text("reason"),
		Policy: uint32(row.Int("policy")), Card: uint32(row.Int("card")), AtMS: row.Int("at"), Sample: row.Bool("sample"),
	}
	copy(d.By[:], row.Value("by").Bytes())
	copy(d.Second[:], row.Value("second").Bytes())
	_ = json.Unmarshal([]byte(row.Text("counted")), &d.Count) // a deed of ours holds a count; of another the zero one is shown
	return d
}

// Create returns the write that makes the deed under d.Header.
func (d Deed) Create() record.Write {
	d.Header.Kind = Kind
	counted, _ := json.Marshal(d.Count) // of whole numbers
	fields := map[record.Field]record.Value{
		"title_act": record.OfText(string(d.Act)), "title_kind": record.OfText(d.Title), "place": record.OfText(d.Place.ID), "place_name": record.OfText(d.Place.Name),
		"day": record.OfText(d.Day), "policy": record.OfInt(int64(d.Policy)), "card": record.OfInt(int64(d.Card)), "counted": record.OfText(string(counted)),
		"by": record.OfBytes(d.By.Bytes()), "at": record.OfInt(d.AtMS),
	}
	for f, text := range map[record.Field]string{"title_grade": d.Grade, "until": d.Until, "plaque_no": d.Plaque, "reason": d.Reason} {
		if text != "" {
			fields[f] = record.OfText(text)
		}
	}
	if !d.Second.IsZero() {
		fields["second"] = record.OfBytes(d.Second.Bytes())
	}
	if d.Sample {
		fields["sample"] = record.OfBool(true)
	}
	return record.Write{Op: record.Create, Header: d.Header, Fields: fields}
}

// Standing is a title of a place as it stands, with all that was done about it.
type Standing struct {
	Title  string
	Place  Place
	Grade  string // "" where it does not hold
	Plaque string
	Since  string // when the plaque was given
	Until  string
	Deeds  []Deed // the oldest first
}

// Holds says whether the title holds. One that should have been looked at again holds until somebody did, and says so: Due.
func (s Standing) Holds() bool { return s.Grade != "" }

// Due says whether it has to be looked at again on a day.
func (s Standing) Due(day string) bool { return s.Holds() && s.Until < day }

// Fold reads how all titles stand, in the order of title and place. The order of the deeds does not matter.
func Fold(deeds []Deed) []Standing {
	deeds = slices.Clone(deeds)
	slices.SortFunc(deeds, func(a, b Deed) int {
		return cmp.Or(cmp.Compare(a.AtMS, b.AtMS), slices.Compare(a.Header.ID[:], b.Header.ID[:]))
	})
	at := map[[2]string]int{}
	var out []Standing
	for _, d := range deeds {
		key := [2]string{d.Title, d.Place.ID}
		i, known := at[key]
		if !known {
			i = len(out)
			at[key] = i
			out = append(out, Standing{Title: d.Title, Place: d.Place})
		}
		s := &out[i]
		s.Deeds = append(s.Deeds, d)
		s.Grade, s.Until = d.Grade, d.Until
		if d.Act == Given {
			s.Since, s.Plaque = d.Day, d.Plaque
		}
	}
	slices.SortFunc(out, func(a, b Standing) int {
		return cmp.Or(cmp.Compare(a.Title, b.Title), cmp.Compare(a.Place.ID, b.Place.ID))
	})
	return out
}

// Find returns the standing of a title of a place; one with nothing done about it for none.
func Find(all []Standing, title string, place Place) Standing {
	for _, s := range all {
		if s.Title == title && s.Place.ID == place.ID {
			return s
		}
	}
	return Standing{Title: title, Place: place}
}

// Ask is what somebody wants to be done about a title.
type Ask struct {
	Title  string
	Place  Place
	Plaque string // of one that is given
	Grade  string // of one that is given; "" for the highest that is reached
	Reason string // why it is lowered or withdrawn
}

const (
	maxReason = 200 // characters
	maxPlaque = 40
)

// Give gives a title that does not hold, on the day now. Faults: Conflict "title.held", and those of Verdict.Short for a grade that
// is not reached; Invalid "title.plaque" without a number.
func (p *Policy) Give(a Ask, s Standing, v Verdict, now time.Time) (Deed, error) {
	if s.Holds() {
		return Deed{}, fault.New(fault.Conflict, "title.held")
	}
	a.Plaque = strings.TrimSpace(a.Plaque)
	if n := utf8.RuneCountInString(a.Plaque); n == 0 || n > maxPlaque {
		return Deed{}, fault.New(fault.Invalid, "title.plaque").With("n", strconv.Itoa(maxPlaque)).WithField("plaque")
	}
	if a.Grade == "" {
		if a.Grade = v.Grade; a.Grade == "" {
			a.Grade = v.Title.Grades[len(v.Title.Grades)-1].ID
		}
	}
	if err := v.Short(a.Grade); err != nil {
		return Deed{}, err
	}
	d := p.deed(a, s, v, Given, a.Grade, now)
	d.Plaque = a.Plaque
	return d, nil
}

// Recheck looks at a title that holds, as every year: it is confirmed, in a higher grade too; lowered to the grade that is still
// reached; or withdrawn where none is. Faults: Conflict "title.none" for none that holds; Invalid "title.reason" without a reason
// for less.
func (p *Policy) Recheck(a Ask, s Standing, v Verdict, now time.Time) (Deed, error) {
	if !s.Holds() {
		return Deed{}, fault.New(fault.Conflict, "title.none")
	}
	act := Confirmed
	switch was, is := v.Title.height(s.Grade), v.Title.height(v.Grade); {
	case v.Grade == "":
		act = Withdrawn
	case is > was:
		act = Lowered
	}
	if err := reasoned(a.Reason, act != Confirmed); err != nil {
		return Deed{}, err
	}
	return p.deed(a, s, v, act, v.Grade, now), nil
}

// Withdraw takes a title away before its time. Faults: Conflict "title.none", Invalid "title.reason".
func (p *Policy) Withdraw(a Ask, s Standing, v Verdict, now time.Time) (Deed, error) {
	if !s.Holds() {
		return Deed{}, fault.New(fault.Conflict, "title.none")
	}
	if err := reasoned(a.Reason, true); err != nil {
		return Deed{}, err
	}
	return p.deed(a, s, v, Withdrawn, "", now), nil
}

func reasoned(reason string, needed bool) error {
	n := utf8.RuneCountInString(strings.TrimSpace(reason))
	if n > maxReason || needed && n == 0 {
		return fault.New(fault.Invalid, "title.reason").With("n", strconv.Itoa(maxReason)).WithField("reason")
	}
	return nil
}

// deed makes the deed; its author gives it an id, and says who did it.
func (p *Policy) deed(a Ask, s Standing, v Verdict, act Act, grade string, now time.Time) Deed {
	d := Deed{
		Act: act, Title: a.Title, Place: a.Place, Grade: grade, Day: now.Format(time.DateOnly), Plaque: s.Plaque, Reason: strings.TrimSpace(a.Reason),
		Count: v.Count, Policy: p.version, AtMS: now.UnixMilli(),
	}
	if n := len(s.Deeds); n > 0 { // a clock that stands still or goes back does not change the order of what was done
		d.AtMS = max(d.AtMS, s.Deeds[n-1].AtMS+1)
	}
	if grade != "" {
		d.Until = now.AddDate(0, p.months, -1).Format(time.DateOnly)
	}
	return d
}
