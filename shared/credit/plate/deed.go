// SPDX-License-Identifier: Apache-2.0

// Package plate is the life of a doorplate: who asks that something becomes of it, how that is decided, and what it says
// in each place. The token in its QR code is of package doorplate.
//
// A plate is a decision of the desk. Whoever is at the door asks, offline if need be: an [Ask] is an entry under their name.
// The desk decides, in the one act in which it changes the plates and households, and says so in a [Decided], which comes
// back to whoever asked. What the policy keeps for the office waits there for somebody to look at it.
package plate

import (
	"slices"
	"strings"

	"yuexin/shared/credit/doorplate"
	"yuexin/shared/credit/forms"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// The kinds of records, in the scope of the plate's village; the subject is the plate's own.
const (
	KindAsk     record.Kind = "plate_ask"
	KindDecided record.Kind = "plate_deed"
)

// Deed is what becomes of a plate.
type Deed string

// The deeds, codes of the catalogue.
const (
	PutUp   Deed = "put_up"  // it hangs at its door now
	Bind    Deed = "bind"    // households live behind it
	Renew   Deed = "renew"   // damaged or gone: another one for the same door
	Split   Deed = "split"   // the door became several
	Merge   Deed = "merge"   // the door became one with another
	Void    Deed = "void"    // it counts no more, and nothing takes its place
	Foreign Deed = "foreign" // somebody else's plate at the same door stands for it
	Covered Deed = "covered" // something was stuck over it, or it hangs where it does not belong
)

// Deeds are all deeds.
var Deeds = []Deed{PutUp, Bind, Renew, Split, Merge, Void, Foreign, Covered}

// Bounds of an ask.
const (
	MaxReason     = 200 // characters
	MaxNumbers    = 8   // doors into which one is split
	MaxNumber     = 14  // characters of a house number, as platesheet prints it
	MaxHouseholds = 20
)

// Ask is what somebody asks for.
type Ask struct {
	Header record.Header // Subject and Scope are the plate's
	Plate  ident.Record
	Deed   Deed
	Reason string
	AtMS   int64

	Fix        string               // of PutUp and Covered: where it hangs, as forms.Fix.String writes it
	Photo      record.Value         // of PutUp and Covered: an attachment
	Households []ident.Record       // of Bind
	Numbers    []string             // of Split: the new house numbers
	Into       ident.Record         // of Merge: the plate that stays
	Foreign    doorplate.ForeignKey // of Foreign
	Sample     bool
}

// Check says whether an ask is whole. Faults are Invalid with the field at fault: "plate.reason", "plate.position",
// "plate.photo", "plate.households", "plate.numbers", "plate.into", "plate.foreign", "plate.deed".
func (a Ask) Check() error {
	bad := func(key, field string) error { return fault.New(fault.Invalid, key).WithField(field) }
	if !slices.Contains(Deeds, a.Deed) {
		return bad("plate.deed", "deed")
	}
	if r := strings.TrimSpace(a.Reason); a.Deed.NeedsReason() && r == "" || len([]rune(r)) > MaxReason {
		return bad("plate.reason", "reason")
	}
	switch a.Deed {
	case PutUp:
		if _, err := forms.ParseFix(a.Fix); err != nil {
			return bad("plate.position", "position")
		}
		if a.Photo.IsNone() {
			return bad("plate.photo", "photo")
		}
	case Bind:
		if n := len(a.Households); n == 0 || n > MaxHouseholds {
			return bad("plate.households", "households")
		}
	case Split:
		return checkNumbers(a.Numbers)
	case Merge:
		if a.Into.IsZero() || a.Into == a.Plate {
			return bad("plate.into", "into")
		}
	case Foreign:
		if a.Foreign == "" {
			return bad("plate.foreign", "foreign")
		}
	}
	return nil
}

// checkNumbers wants two doors or more, each with a number of its own.
func checkNumbers(numbers []string) error {
	bad := fault.New(fault.Invalid, "plate.numbers").WithField("numbers")
	if len(numbers) < 2 || len(numbers) > MaxNumbers {
		return bad
	}
	seen := map[string]bool{}
	for _, n := range numbers {
		if strings.TrimSpace(n) != n || n == "" || len([]rune(n)) > MaxNumber || seen[n] {
			return bad
		}
		seen[n] = true
	}
	return nil
}

// NeedsReason says whether a deed is asked for with a reason: hanging a plate, saying who lives there and what hangs beside
// it explain themselves.
func (d Deed) NeedsReason() bool { return d != PutUp && d != Bind && d != Foreign }

// Create returns the write that makes the ask's record. Faults are those of Check.
func (a Ask) Create() (record.Write, error) {
	if err := a.Check(); err != nil {
		return record.Write{}, err
	}
	a.Header.Kind = KindAsk
	f := map[record.Field]record.Value{
		"plate": record.OfBytes(a.Plate.Bytes()), "deed": record.OfText(string(a.Deed)), "at": record.OfInt(a.AtMS),
	}
	text(f, "deed_reason", strings.TrimSpace(a.Reason))
	text(f, "position", a.Fix)
	text(f, "foreign", string(a.Foreign))
	if !a.Photo.IsNone() {
		f["photo"] = a.Photo
	}
	if len(a.Households) > 0 {
		f["households"] = record.OfBytes(join(a.Households))
	}
	if len(a.Numbers) > 0 {
		f["numbers"] = record.OfText(strings.Join(a.Numbers, "\n"))
	}
	if !a.Into.IsZero() {
		f["into"] = record.OfBytes(a.Into.Bytes())
	}
	if a.Sample {
		f["sample"] = record.OfBool(true)
	}
	return record.Write{Op: record.Create, Header: a.Header, Fields: f}, nil
}

func text(f map[record.Field]record.Value, name record.Field, s string) {
	if s != "" {
		f[name] = record.OfText(s)
	}
}

// AskOf reads an ask. What fails its check reads as none.
func AskOf(row record.Row) Ask {
	a := Ask{
		Header: row.Header, Deed: Deed(row.Text("deed")), Reason: row.Text("deed_reason"), AtMS: row.Int("at"),
		Fix: row.Text("position"), Photo: row.Value("photo"), Foreign: doorplate.ForeignKey(row.Text("foreign")),
		Households: split(row.Value("households").Bytes()), Sample: row.Bool("sample"),
	}
	copy(a.Plate[:], row.Value("plate").Bytes())
	copy(a.Into[:], row.Value("into").Bytes())
	if n := row.Text("numbers"); n != "" {
		a.Numbers = strings.Split(n, "\n")
	}
	return a
}

// join puts the ids of records into one value, split takes them out.
func join(ids []ident.Record) []byte {
	var out []byte
	for _, id := range ids {
		out = append(out, id.Bytes()...)
	}
	return out
}

func split(raw []byte) (ids []ident.Record) {
	for part := range slices.Chunk(raw, ident.Size) {
		if len(part) == ident.Size {
			ids = append(ids, ident.Record(part))
		}
	}
	return ids
}

// Outcome is how an ask was decided.
type Outcome string

// The outcomes, codes of the catalogue.
const (
	Done    Outcome = "done"
	Refused Outcome = "refused"
)

// Decided is the decision about a plate.
type Decided struct {
	Header  record.Header
	Plate   ident.Record
	Deed    Deed
	Outcome Outcome
	Ask     ident.Record // zero where nobody asked: the office did it
	By      ident.Actor  // who decided; zero for the desk, by the rules
	Reason  string
	Why     string         // why it was refused: the key of a text
	Made    []ident.Record // plates that were issued
	AtMS    int64
	Sample  bool
}

// AnswerID is the id of the decision about an ask. It follows from the ask, so that however often one decides there is one.
func AnswerID(ask ident.Record) ident.Record {
	ask[len(ask)-1] ^= 1
	return ask
}

// Create returns the write that makes the decision's record under d.Header.
func (d Decided) Create() record.Write {
	d.Header.Kind = KindDecided
	f := map[record.Field]record.Value{
		"plate": record.OfBytes(d.Plate.Bytes()), "deed": record.OfText(string(d.Deed)),
		"deed_outcome": record.OfText(string(d.Outcome)), "at": record.OfInt(d.AtMS),
	}
	text(f, "deed_reason", d.Reason)
	text(f, "why", d.Why)
	if !d.Ask.IsZero() {
		f["ask"] = record.OfBytes(d.Ask.Bytes())
	}
	if !d.By.IsZero() {
		f["by"] = record.OfBytes(d.By[:])
	}
	if len(d.Made) > 0 {
		f["made"] = record.OfBytes(join(d.Made))
	}
	if d.Sample {
		f["sample"] = record.OfBool(true)
	}
	return record.Write{Op: record.Create, Header: d.Header, Fields: f}
}

// DecidedOf reads a decision. What fails its check reads as none.
func DecidedOf(row record.Row) Decided {
	d := Decided{
		Header: row.Header, Deed: Deed(row.Text("deed")), Outcome: Outcome(row.Text("deed_outcome")), Reason: row.Text("deed_reason"),
		Why: row.Text("why"), Made: split(row.Value("made").Bytes()), AtMS: row.Int("at"), Sample: row.Bool("sample"),
	}
	copy(d.Plate[:], row.Value("plate").Bytes())
	copy(d.Ask[:], row.Value("ask").Bytes())
	copy(d.By[:], row.Value("by").Bytes())
	return d
}

// ForeignKey is what stands for the code on somebody else's plate. Faults: those of doorplate.Foreign, and Invalid
// "plates.foreign.own" for a code that is ours, both on the field "foreign".
func ForeignKey(text string) (doorplate.ForeignKey, error) {
	if _, err := doorplate.Parse(text); err == nil {
		return "", fault.New(fault.Invalid, "plates.foreign.own").WithField("foreign")
	}
	key, err := doorplate.Foreign(text)
	if err != nil {
		return "", fault.From(err).WithField("foreign")
	}
	return key, nil
}
