// SPDX-License-Identifier: Apache-2.0

// Package alarm recognises what somebody should look at: plates that are forged, scanned in bulk, covered or moved, forms that are
// sent again and again, one telephone at many doors, the same demand twice, and visits that nobody can travel. A rule says that
// something is odd; what it means a person decides, and nobody is refused anything by an alarm.
package alarm

import (
	"encoding/json"
	"fmt"
	"io"
)

// Kind is what an alarm is about, a code of the catalogue.
type Kind string

// The kinds.
const (
	Forged    Kind = "forged"     // one source shows many tokens that nobody signed
	Serial    Kind = "serial"     // one source opens many plates
	Replay    Kind = "replay"     // one source sends the same form again and again
	VoidScans Kind = "void_scans" // a plate that counts no more is still scanned: it hangs somewhere
	Covered   Kind = "covered"    // somebody at the door says that a plate is covered
	Moved     Kind = "moved"      // a plate was seen far from where it was put up
	SamePhone Kind = "same_phone" // one telephone asks for loans at many plates
	Duplicate Kind = "duplicate"  // one telephone asks for a loan twice within days
	Travel    Kind = "travel"     // an officer was at two places faster than anybody travels
)

// Burst is how often something happens within some time before it is an alarm.
type Burst struct {
	Count   int   `json:"count"`
	Minutes int64 `json:"minutes"`
}

// Policy is one published version of the numbers.
type Policy struct {
	Edition   uint32 `json:"version"`
	Forged    Burst  `json:"forged"`
	Serial    Burst  `json:"serial"`
	Replay    Burst  `json:"replay"`
	VoidScans Burst  `json:"void_scans"`
	SamePhone struct {
		Plates int   `json:"plates"`
		Days   int64 `json:"days"`
	} `json:"same_phone"`
	DuplicateDays int64             `json:"duplicate_days"`
	TravelKMH     int64             `json:"travel_kmh"`   // nobody is faster from door to door
	MovedMetres   int64             `json:"moved_metres"` // so far from its door a plate hangs where it does not belong
	Sources       map[string]string `json:"sources"`
}

// ParsePolicy reads a policy from its JSON form.
func ParsePolicy(r io.Reader) (*Policy, error) {
	p := new(Policy)
	dec := json.NewDecoder(r)
	dec.DisallowUnknownFields()
	if err := dec.Decode(p); err != nil {
		return nil, fmt.Errorf("read alarm policy: %w", err)
	}
	if p.Edition == 0 {
		return nil, fmt.Errorf("alarm policy: version is missing")
	}
	for name, b := range map[string]Burst{"forged": p.Forged, "serial": p.Serial, "replay": p.Replay, "void_scans": p.VoidScans} {
		if b.Count < 2 || b.Count > maxCount || b.Minutes < 1 || b.Minutes > 7*24*60 {
			return nil, fmt.Errorf("alarm policy version %d: %s is %d in %d minutes, not 2 to %d in up to a week", p.Edition, name, b.Count, b.Minutes, maxCount)
		}
	}
	for name, n := range map[string][3]int64{
		"same_phone.plates": {int64(p.SamePhone.Plates), 2, 100}, "same_phone.days": {p.SamePhone.Days, 1, 366},
		"duplicate_days": {p.DuplicateDays, 1, 366}, "travel_kmh": {p.TravelKMH, 30, 1000}, "moved_metres": {p.MovedMetres, 50, 100_000},
	} {
		if n[0] < n[1] || n[0] > n[2] {
			return nil, fmt.Errorf("alarm policy version %d: %s is %d, not %d to %d", p.Edition, name, n[0], n[1], n[2])
		}
	}
	return p, nil
}

// Version returns the version of the policy.
func (p *Policy) Version() uint32 { return p.Edition }

// burst returns the numbers of what a source does.
func (p *Policy) burst(k Kind) Burst {
	return map[Kind]Burst{Forged: p.Forged, Serial: p.Serial, Replay: p.Replay, VoidScans: p.VoidScans}[k]
}
