// SPDX-License-Identifier: Apache-2.0

package device

import (
	"math"
	"time"

	"yuexin/shared/credit/forms"
)

// Source says how a position was found. It is recorded with it.
type Source string

// The sources.
const (
	FromGPSD   Source = "gpsd"
	FromNMEA   Source = "nmea"
	FromManual Source = "manual" // typed by a person
)

// Fix is a position on WGS-84 and what it is worth.
type Fix struct {
	Lat, Lon int64     // 1e-7 of a degree, about 1 cm; north and east are positive
	Accuracy int       // metres around it, 0 where nobody knows
	Source   Source    // how it was found
	At       time.Time // when the receiver found it, by its own clock; when it was typed
}

// fine is the unit of Fix in a degree.
const fine = 10_000_000

// Answer returns the position as a form and a record hold it, to a millionth of a degree. What a receiver found is of
// satellites there; what was typed stays typed.
func (f Fix) Answer() forms.Fix {
	out := forms.Fix{Lat: tenth(f.Lat), Lon: tenth(f.Lon), Accuracy: f.Accuracy, Source: forms.FixGNSS}
	if f.Source == FromManual {
		out.Source = forms.FixTyped
	}
	return out
}

func tenth(n int64) int64 { return int64(math.Round(float64(n) / 10)) }

// ParseTyped reads latitude and longitude in degrees, "23.046947,112.465012", as somebody typed them at a moment. The fault
// is that of forms.ParseFix, "form.gps". That it is on a map of the wrong datum nobody can see.
func ParseTyped(text string, at time.Time) (Fix, error) {
	f, err := forms.ParseFix(text)
	if err != nil {
		return Fix{}, err
	}
	return Fix{Lat: f.Lat * 10, Lon: f.Lon * 10, Source: FromManual, At: at}, nil
}

// degrees makes a fix of what a receiver says in degrees; false for what is no place on the earth.
func degrees(lat, lon float64) (Fix, bool) {
	if !(math.Abs(lat) <= 90 && math.Abs(lon) <= 180) { // NaN is none either
		return Fix{}, false
	}
	return Fix{Lat: int64(math.Round(lat * fine)), Lon: int64(math.Round(lon * fine))}, true
}

// metres rounds an error up, so that no position is said to be better than it is; 0 stays for what is not known.
func metres(e float64) int {
	if !(e > 0) || e > 1_000_000 {
		return 0
	}
	return int(math.Ceil(e))
}
