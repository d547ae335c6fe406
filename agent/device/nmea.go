// SPDX-License-Identifier: Apache-2.0

package device

import (
	"context"
	"errors"
	"io"
	"math"
	"os"
	"time"

	"github.com/adrianmo/go-nmea"
	"go.bug.st/serial"

	"yuexin/shared/fault"
)

// NMEA is a receiver that writes NMEA 0183 sentences to a serial port, as nearly all do; a USB one shows itself as one. A file
// with such sentences does as well.
type NMEA struct {
	Port string // "/dev/ttyACM0", "COM3"
	Baud int    // 0 is 4800, as the standard has it
}

// nmeaBaud is the rate of NMEA 0183.
const nmeaBaud = 4800

// Check implements Locator. Faults: Unavailable "gps.missing" and "gps.busy", NotAllowed "gps.rights".
func (d *NMEA) Check(context.Context) error {
	from, err := d.open()
	if err != nil {
		return err
	}
	return from.Close()
}

func (d *NMEA) open() (io.ReadCloser, error) {
	var from io.ReadCloser
	info, err := os.Stat(d.Port)
	if err == nil && info.Mode()&os.ModeCharDevice == 0 { // a serial port is a character device, and on Windows no file
		from, err = os.Open(d.Port)
	} else {
		baud := d.Baud
		if baud == 0 {
			baud = nmeaBaud
		}
		from, err = serial.Open(d.Port, &serial.Mode{BaudRate: baud})
	}
	if err == nil {
		return from, nil
	}
	kind, key := fault.Unavailable, "gps.missing"
	var why *serial.PortError
	switch {
	case errors.As(err, &why) && why.Code() == serial.PortBusy:
		key = "gps.busy"
	case errors.As(err, &why) && why.Code() == serial.PermissionDenied, errors.Is(err, os.ErrPermission):
		kind, key = fault.NotAllowed, "gps.rights"
	}
	return nil, fault.New(kind, key).With("port", d.Port).WithCause(err)
}

// Locate implements Locator.
func (d *NMEA) Locate(ctx context.Context, good int, heard func(Progress)) (Fix, error) {
	from, err := d.open()
	if err != nil {
		return Fix{}, err
	}
	return locate(ctx, from, good, heard)
}

// locate reads sentences until there is a position that is good enough.
func locate(ctx context.Context, from io.ReadCloser, good int, heard func(Progress)) (Fix, error) {
	h, sky := hunt{ctx: ctx, good: good, heard: heard}, sky{}
	enough, err := lines(ctx, from, func(line []byte) bool {
		f, ok := sky.hear(string(line))
		if !ok {
			h.waits(sky.satellites)
			return false
		}
		return h.took(f, sky.satellites)
	})
	if enough {
		return h.best, nil
	}
	return h.end(err)
}

// sky puts together what a receiver says in several sentences of each second.
type sky struct {
	date       nmea.Date // of the last RMC that was valid
	gst        gst       // the last one
	satellites int
}

// rangeError is the error of one measured distance, in metres, by which the dilution of precision is multiplied where a
// receiver does not tell its error. Ours: the performance standard of the US government promises 7.8 m in 95 of 100 (GPS SPS
// Performance Standard, 2020, 3.8), half of which is one standard deviation; the air adds to it.
const rangeError = 5

// hear takes a sentence and returns the position in it; false without one. A line that is none, or whose checksum does not
// fit, is passed over: receivers are pulled out and put in while they write.
func (s *sky) hear(line string) (Fix, bool) {
	sentence, err := parser.Parse(line)
	if err != nil {
		return Fix{}, false
	}
	switch m := sentence.(type) {
	case nmea.RMC:
		if m.Validity == nmea.ValidRMC {
			s.date = m.Date
		}
	case gst:
		s.gst = m
	case nmea.GGA:
		s.satellites = int(max(0, min(m.NumSatellites, 99)))
		return s.fix(m)
	}
	return Fix{}, false
}

func (s *sky) fix(m nmea.GGA) (Fix, bool) {
	if m.FixQuality == nmea.Invalid || m.FixQuality == nmea.EST || !s.date.Valid || !m.Time.Valid {
		return Fix{}, false // none, one that was reckoned and not measured, or without its day
	}
	f, ok := degrees(m.Latitude, m.Longitude)
	f.Source = FromNMEA
	f.At = time.Date(2000+s.date.YY, time.Month(s.date.MM), s.date.DD, m.Time.Hour, m.Time.Minute, m.Time.Second, m.Time.Millisecond*int(time.Millisecond), time.UTC)
	f.Accuracy = metres(m.HDOP * rangeError)
	if s.gst.at == m.Time && s.gst.spread > 0 {
		f.Accuracy = metres(s.gst.spread)
	}
	return f, ok
}

// parser knows the sentences of the library, and GST.
var parser = nmea.SentenceParser{CustomParsers: map[string]nmea.ParserFunc{typeGST: parseGST}}

const typeGST = "GST"

// gst is the sentence in which a receiver tells how exact it is: field 5 is the standard deviation of the latitude in metres,
// field 6 that of the longitude.
type gst struct {
	nmea.BaseSentence
	at     nmea.Time
	spread float64 // metres, of both together
}

func parseGST(b nmea.BaseSentence) (nmea.Sentence, error) {
	p := nmea.NewParser(b)
	p.AssertType(typeGST)
	g := gst{BaseSentence: b, at: p.Time(0, "time")}
	g.spread = math.Hypot(p.Float64(5, "error of latitude"), p.Float64(6, "error of longitude"))
	return g, p.Err()
}
