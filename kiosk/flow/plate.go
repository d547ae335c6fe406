// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"fmt"

	"yuexin/shared/credit/doorplate"
	"yuexin/shared/credit/myfile"
	"yuexin/shared/credit/plate"
	"yuexin/shared/credit/receipt"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/region"
	"yuexin/shared/sync/record"
)

// The kinds of records that say where somebody lives.
const (
	kindPlate record.Kind = "plate"
	kindKey   record.Kind = "plate_key"
	kindUnit  record.Kind = "unit"
)

// Ways in which a place was given, codes of the catalogue.
const (
	ByPlate = "plate"
	ByCode  = "code"
	Picked  = "picked"
	NoPlate = "none"
)

// Spot is where somebody lives, as the plate says it: never who.
type Spot struct {
	Scope   ident.Scope
	Region  region.Code
	Group   string
	House   string
	Handle  doorplate.Handle // zero without a plate
	Code    doorplate.Code
	Via     string
	Renewed bool // the plate that was shown hangs no more; this is the one that replaced it
	Sample  bool
}

// spotOfPlate reads a plate's record.
func spotOfPlate(row record.Row, via string) Spot {
	s := Spot{
		Scope: row.Header.Scope, Region: region.Code(row.Text("region_code")),
		Group: row.Text("group_no"), House: row.Text("house_no"), Via: via, Sample: row.Bool("sample"),
	}
	copy(s.Handle[:], row.Value("handle").Bytes())
	if code, err := doorplate.ParseCode(row.Text("plate_code")); err == nil {
		s.Code = code
	}
	return s
}

func (f *Flow) spotOf(d draft) *Spot {
	s := &Spot{
		Scope: d.Scope, Region: region.Code(d.Region), Group: d.Group, House: d.House,
		Handle: d.Handle, Via: d.Via, Sample: d.Sample,
	}
	if !s.Handle.IsZero() {
		s.Code = doorplate.CodeOf(s.Handle)
	}
	return s
}

// Spot returns where the person lives, nil before they said it.
func (f *Flow) Spot() *Spot { return f.visit.place }

// SpotName returns the place in words: village, group, house number.
func (f *Flow) SpotName() string {
	s := f.visit.place
	if s == nil {
		return ""
	}
	unit, _ := f.Regions.Unit(s.Region)
	return unit.Short + " " + s.Group + s.House
}

// SpotPath returns the county and town of the place.
func (f *Flow) SpotPath() string {
	s := f.visit.place
	if s == nil {
		return ""
	}
	unit, _ := f.Regions.Unit(s.Region)
	return f.Regions.PathName(unit.Parent)
}

// Scan takes what a scanner read: a plate of ours, a card, a file card, a plate of somebody else that is known to be one of ours, or a
// receipt. Where the screen takes no scan nothing happens. A plate that does not count is explained on screen Plate.
func (f *Flow) Scan(text string) {
	f.Touch()
	if number, err := receipt.Parse(text); err == nil && (f.route == Start || f.route == Ask) {
		f.route = Start
		f.trail = nil
		f.open(Ask)
		f.AskState(string(number))
		return
	}
	if !f.Screen().Scan {
		return
	}
	if myfile.IsCard(text) {
		f.ShowCard(text)
		return
	}
	spot, err := f.plate(text)
	if err != nil {
		f.visit.refused = fault.From(err)
		f.open(Plate)
		return
	}
	f.found(spot)
}

// Refused returns why a plate does not count.
func (f *Flow) Refused() *fault.Error { return f.visit.refused }

func (f *Flow) found(spot Spot) {
	f.visit.place, f.visit.refused = &spot, nil
	if f.route == Start {
		f.trail = nil
	}
	f.open(Place)
}

// plate returns the place of what a scanner read.
func (f *Flow) plate(text string) (Spot, error) {
	token, err := doorplate.Parse(text)
	if fault.Is(err, fault.Unsupported) && fault.From(err).Key == "doorplate.token.foreign" {
		return f.foreign(text)
	}
	if err != nil {
		return Spot{}, fault.New(fault.Invalid, "kiosk.plate.damaged").WithCause(err)
	}
	keys, err := f.keys()
	if err != nil {
		return Spot{}, err
	}
	p, err := doorplate.Verify(keys, token)
	switch fault.KindOf(err) {
	case fault.OK:
	case fault.Stale:
		return Spot{}, fault.New(fault.Stale, "kiosk.plate.stale")
	default:
		return Spot{}, fault.New(fault.Corrupt, "kiosk.plate.forged")
	}
	return f.genuine(p)
}

// genuine returns the place of a plate of ours. The void list also names plates of villages that are not on this device;
// a plate that was replaced is on it and leads to the new one all the same.
func (f *Flow) genuine(p doorplate.Plate) (Spot, error) {
	err := doorplate.Voided(f.ctx, f.Store, p)
	void := fault.Is(err, fault.Gone)
	if err != nil && !void {
		return Spot{}, err
	}
	rows, err := f.plates(record.Term{Field: "handle", Value: record.OfBytes(p.Handle[:])})
	switch {
	case err != nil:
		return Spot{}, err
	case void && (len(rows) == 0 || rows[0].Text("plate_state") != "replaced"):
		return Spot{}, fault.New(fault.Gone, "kiosk.plate.void")
	case len(rows) == 0:
		return Spot{}, fault.New(fault.NotFound, "kiosk.plate.elsewhere")
	}
	return f.counting(rows[0], ByPlate)
}

// counting returns the place of a plate that counts, or of the one that replaced it. Where several did, the person is told
// their numbers.
func (f *Flow) counting(row record.Row, via string) (Spot, error) {
	row, renewed, err := plate.Follow(f.ctx, f.Store, row)
	switch {
	case fault.Is(err, fault.Gone) && fault.From(err).Key == "plate.split":
		return Spot{}, err
	case fault.Is(err, fault.Gone):
		return Spot{}, fault.New(fault.Gone, "kiosk.plate.void").WithCause(err)
	case err != nil:
		return Spot{}, err
	}
	spot := spotOfPlate(row, via)
	spot.Renewed = renewed
	return spot, nil
}

// foreign looks a code of somebody else's plate up.
func (f *Flow) foreign(text string) (Spot, error) {
	key, err := doorplate.Foreign(text)
	if err != nil {
		return Spot{}, fault.New(fault.Invalid, "kiosk.plate.damaged").WithCause(err)
	}
	rows, err := f.plates(record.Term{Field: "foreign", Value: record.OfText(string(key))})
	if err != nil {
		return Spot{}, err
	}
	if len(rows) == 0 {
		return Spot{}, fault.New(fault.NotFound, "kiosk.plate.foreign")
	}
	return f.counting(rows[0], ByPlate)
}

// plates returns the plates in the device's own villages that meet a condition.
func (f *Flow) plates(where record.Term) ([]record.Row, error) {
	rows, err := f.Store.List(f.ctx, record.Query{Kind: kindPlate, Where: []record.Term{where}})
	if err != nil {
		return nil, fmt.Errorf("look for a plate: %w", err)
	}
	return rows, nil
}

// keys returns the public keys whose plates count.
func (f *Flow) keys() (doorplate.KeySet, error) {
	rows, err := f.Store.List(f.ctx, record.Query{Kind: kindKey, Limit: 1000})
	if err != nil {
		return nil, fmt.Errorf("read plate keys: %w", err)
	}
	keys := doorplate.KeySet{}
	for _, row := range rows {
		one, err := doorplate.NewKeySet(row.Value("public").Bytes())
		if err != nil {
			return nil, fmt.Errorf("read a plate key: %w", err)
		}
		for kid, key := range one {
			keys[kid] = key
		}
	}
	return keys, nil
}

// EnterCode takes the short code of a plate as somebody types it. Faults: those of doorplate.ParseCode; NotFound
// "kiosk.code.unknown"; Conflict "kiosk.code.several" when two plates share it, with the person choosing by house number;
// Gone "kiosk.plate.void".
func (f *Flow) EnterCode(text string) error {
	code, err := doorplate.ParseCode(text)
	if err != nil {
		return f.fail(err)
	}
	rows, err := f.plates(record.Term{Field: "plate_code", Value: record.OfText(string(code))})
	switch {
	case err != nil:
		return f.fail(err)
	case len(rows) == 0:
		return f.fail(fault.New(fault.NotFound, "kiosk.code.unknown").WithField("code"))
	case len(rows) > 1:
		return f.fail(fault.New(fault.Conflict, "kiosk.code.several").WithField("code"))
	}
	spot, err := f.counting(rows[0], ByCode)
	if err != nil {
		return f.fail(err)
	}
	f.found(spot)
	return nil
}

// AcceptPlace says that the place is right; the task begins, or is chosen now.
func (f *Flow) AcceptPlace() {
	if f.visit.task == Nothing {
		f.trail = nil
		f.replace(Start)
		return
	}
	f.begin()
}

// RejectPlace says that the place is wrong.
func (f *Flow) RejectPlace() {
	f.forgetPlace()
	f.trail = []Route{Start}
	f.replace(Where)
}
