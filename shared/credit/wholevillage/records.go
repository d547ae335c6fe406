// SPDX-License-Identifier: Apache-2.0

package wholevillage

import (
	"encoding/json"
	"slices"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Step is what every record of the process says of itself, beside what its kind adds.
type Step struct {
	Header    record.Header
	By        ident.Actor  // whose act it was; of a record that was read
	Year      ident.Record // its village_year; zero for kinds without
	Household ident.Record // zero for kinds of the unit
	AtMS      int64        // ms since 1970 UTC
	Edition   uint32       // of the policy; 0 for kinds without
	Sample    bool
}

func stepOf(row record.Row) Step {
	return Step{
		Header: row.Header, By: row.Fields["at"].Winner.Actor, Year: ref(row, "village_year"), Household: ref(row, "household"), AtMS: row.Int("at"),
		Edition: uint32(row.Int("policy")), Sample: row.Bool("sample"),
	}
}

// create returns the write that makes a record of a kind with the step's own fields; None values are left out.
func (s Step) create(kind record.Kind, fields map[record.Field]record.Value) record.Write {
	s.Header.Kind = kind
	fields["at"] = record.OfInt(s.AtMS)
	for f, id := range map[record.Field]ident.Record{"village_year": s.Year, "household": s.Household} {
		fields[f] = refValue(id)
	}
	if s.Edition > 0 {
		fields["policy"] = record.OfInt(int64(s.Edition))
	}
	if s.Sample {
		fields["sample"] = record.OfBool(true)
	}
	for f, v := range fields {
		if v.IsNone() {
			delete(fields, f)
		}
	}
	return record.Write{Op: record.Create, Header: s.Header, Fields: fields}
}

func ref(row record.Row, f record.Field) (id ident.Record) {
	copy(id[:], row.Value(f).Bytes())
	return id
}

func refValue(id ident.Record) record.Value {
	if id.IsZero() {
		return record.Value{}
	}
	return record.OfBytes(id.Bytes())
}

func text(s string) record.Value {
	if s == "" {
		return record.Value{}
	}
	return record.OfText(s)
}

func set(codes []string) record.Value {
	if len(codes) == 0 {
		return record.Value{}
	}
	return record.OfSet(slices.Sorted(slices.Values(codes))...)
}

// packed is a list in a text field: plain values always marshal.
func packed(v any) record.Value {
	b, err := json.Marshal(v)
	if err != nil {
		panic("wholevillage: " + err.Error())
	}
	return record.OfText(string(b))
}

// unpack reads what packed wrote; what cannot be read is empty.
func unpack[T any](row record.Row, f record.Field) (out T) {
	if json.Unmarshal([]byte(row.Text(f)), &out) != nil {
		var none T
		return none
	}
	return out
}

// Year is that a unit's process of one year began.
type Year struct {
	Step
	Year int
}

// YearOf reads a year.
func YearOf(row record.Row) Year { return Year{stepOf(row), int(row.Int("year"))} }

// Create returns the write that makes it.
func (y Year) Create() record.Write {
	return y.create(KindYear, map[record.Field]record.Value{"year": record.OfInt(int64(y.Year))})
}

// Screening is on which list a household is, and why.
type Screening struct {
	Step
	List    List
	Reasons []Ground
	Limit   int64 // fen, by the card
	Grade   string
	Score   []byte // scoring.Result.Bytes
	Day     string
	Seen    record.Version
}

// ScreeningOf reads a screening.
func ScreeningOf(row record.Row) Screening {
	return Screening{
		stepOf(row), List(row.Text("screen_list")), unpack[[]Ground](row, "reasons"), row.Int("limit"), row.Text("grade"), row.Value("score").Bytes(),
		row.Text("day"), record.Version(row.Int("seen")),
	}
}

// Create returns the write that makes it.
func (s Screening) Create() record.Write {
	return s.create(KindScreening, map[record.Field]record.Value{
		"screen_list": text(string(s.List)), "reasons": packed(s.Reasons), "limit": record.OfInt(s.Limit), "grade": text(s.Grade),
		"score": record.OfBytes(s.Score), "day": text(s.Day), "seen": record.OfInt(int64(s.Seen)),
	})
}

// Check is what an officer found of a household that the screening or the rounds sent them.
type Check struct {
	Step
	About ident.Record // a screening or a pre-limit
	Pass  bool
	Words string
}

// CheckOf reads a check.
func CheckOf(row record.Row) Check {
	return Check{stepOf(row), ref(row, "about"), row.Text("check") == "pass", row.Text("words")}
}

// Create returns the write that makes it.
func (c Check) Create() record.Write {
	found := "refuse"
	if c.Pass {
		found = "pass"
	}
	return c.create(KindCheck, map[record.Field]record.Value{"about": refValue(c.About), "check": text(found), "words": text(c.Words)})
}

// Meeting is that the village talked about households whose rounds are over. It asks the desk for their limits.
type Meeting struct {
	Step
	Day        string
	Present    int
	Households []ident.Record
	Note       string
}

// MeetingOf reads a meeting.
func MeetingOf(row record.Row) Meeting {
	return Meeting{stepOf(row), row.Text("day"), int(row.Int("present")), unpack[[]ident.Record](row, "households"), row.Text("note")}
}

// Create returns the write that makes it.
func (m Meeting) Create() record.Write {
	return m.create(KindMeeting, map[record.Field]record.Value{
		"day": text(m.Day), "present": record.OfInt(int64(m.Present)), "households": packed(m.Households), "note": text(m.Note),
	})
}

// Signing is that somebody talked with the household, saw who it is and signs for the amount with their own key. It takes two
// persons: the second names the record of the first in With.
type Signing struct {
	Step
	Limit    ident.Record
	With     ident.Record
	Amount   int64 // fen
	Identity bool
	Day      string
}

// SigningOf reads a signing.
func SigningOf(row record.Row) Signing {
	return Signing{stepOf(row), ref(row, "pre_limit"), ref(row, "with"), row.Int("amount"), row.Bool("identity_seen"), row.Text("day")}
}

// Create returns the write that makes it.
func (s Signing) Create() record.Write {
	return s.create(KindInterview, map[record.Field]record.Value{
		"pre_limit": refValue(s.Limit), "with": refValue(s.With), "amount": record.OfInt(s.Amount), "identity_seen": record.OfBool(s.Identity), "day": text(s.Day),
	})
}

// Agreement is the contract about a limit. It counts once its ask took room of the household's limit.
type Agreement struct {
	Step
	Limit       ident.Record
	Ask         ident.Record // of package exposure
	Bank        ident.Org
	Number      string
	Amount      int64 // fen
	Rate        int64 // basis points a year
	From, Until string
}

// AgreementOf reads a contract.
func AgreementOf(row record.Row) Agreement {
	return Agreement{
		stepOf(row), ref(row, "pre_limit"), ref(row, "ask"), ident.Org(ref(row, "bank")), row.Text("contract_no"), row.Int("amount"), row.Int("rate"),
		row.Text("from"), row.Text("until"),
	}
}

// Create returns the write that makes it.
func (a Agreement) Create() record.Write {
	return a.create(KindContract, map[record.Field]record.Value{
		"pre_limit": refValue(a.Limit), "ask": refValue(a.Ask), "bank": refValue(ident.Record(a.Bank)), "contract_no": text(a.Number),
		"amount": record.OfInt(a.Amount), "rate": record.OfInt(a.Rate), "from": text(a.From), "until": text(a.Until),
	})
}

// Drawing is money that the household took, or with an amount below zero paid back.
type Drawing struct {
	Step
	Contract ident.Record
	Amount   int64 // fen
	Day      string
}

// DrawingOf reads a drawing.
func DrawingOf(row record.Row) Drawing {
	return Drawing{stepOf(row), ref(row, "credit_contract"), row.Int("amount"), row.Text("day")}
}

// Create returns the write that makes it.
func (d Drawing) Create() record.Write {
	return d.create(KindDrawing, map[record.Field]record.Value{"credit_contract": refValue(d.Contract), "amount": record.OfInt(d.Amount), "day": text(d.Day)})
}

// Renewed is what the yearly review of a contract came to: "keep", "lower" to Amount, "end".
type Renewed struct {
	Step
	Contract ident.Record
	Outcome  string
	Amount   int64 // fen
	Words    string
	Day      string
}

// RenewedOf reads a yearly review.
func RenewedOf(row record.Row) Renewed {
	return Renewed{stepOf(row), ref(row, "credit_contract"), row.Text("renewal"), row.Int("amount"), row.Text("words"), row.Text("day")}
}

// Create returns the write that makes it.
func (r Renewed) Create() record.Write {
	return r.create(KindRenewal, map[record.Field]record.Value{
		"credit_contract": refValue(r.Contract), "renewal": text(r.Outcome), "amount": record.OfInt(r.Amount), "words": text(r.Words), "day": text(r.Day),
	})
}
