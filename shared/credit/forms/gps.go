// SPDX-License-Identifier: Apache-2.0

package forms

import (
	"math"
	"strconv"
	"strings"

	"yuexin/shared/fault"
)

// Fix is a position with what it is worth. Positions are WGS-84, as receivers give them; a map's GCJ-02 is not taken, so
// the two are never mixed.
type Fix struct {
	Lat, Lon int64     // millionths of a degree, about 11 cm
	Accuracy int       // metres, 0 for unknown
	Source   FixSource // how it was found
}

// FixSource says how a position was found.
type FixSource string

// The sources.
const (
	FixGNSS  FixSource = "gnss"  // a satellite receiver
	FixNet   FixSource = "net"   // the network's guess
	FixTyped FixSource = "typed" // read off somewhere else
)

const degree = 1_000_000

// ParseFix reads what String writes, "23.046947,112.465012,5,gnss"; without accuracy and source it is a typed position.
// The fault is "form.gps".
func ParseFix(text string) (Fix, error) {
	parts := strings.Split(strings.NewReplacer("，", ",", " ", "").Replace(narrow(text)), ",")
	bad := fault.New(fault.Invalid, "form.gps")
	if len(parts) != 2 && len(parts) != 4 {
		return Fix{}, bad
	}
	lat, okLat := readDegrees(parts[0], 90)
	lon, okLon := readDegrees(parts[1], 180)
	if !okLat || !okLon {
		return Fix{}, bad
	}
	fix := Fix{Lat: lat, Lon: lon, Source: FixTyped}
	if len(parts) == 2 {
		return fix, nil
	}
	accuracy, err := strconv.Atoi(parts[2])
	source := FixSource(parts[3])
	if err != nil || accuracy < 0 || accuracy > 1_000_000 || source != FixGNSS && source != FixNet && source != FixTyped {
		return Fix{}, bad
	}
	fix.Accuracy, fix.Source = accuracy, source
	return fix, nil
}

func readDegrees(text string, most float64) (int64, bool) {
	d, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(d) || math.Abs(d) > most || strings.ContainsAny(text, "xXpP_eE") {
		return 0, false
	}
	return int64(math.Round(d * degree)), true
}

// String writes latitude, longitude, accuracy in metres and source with commas between them.
func (f Fix) String() string {
	degrees := func(n int64) string { return strconv.FormatFloat(float64(n)/degree, 'f', 6, 64) }
	return strings.Join([]string{degrees(f.Lat), degrees(f.Lon), strconv.Itoa(f.Accuracy), string(f.Source)}, ",")
}
