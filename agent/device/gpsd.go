// SPDX-License-Identifier: Apache-2.0

package device

import (
	"context"
	"encoding/json"
	"io"
	"math"
	"net"
	"time"

	"yuexin/shared/fault"
)

// GPSD asks the program gpsd, which knows most receivers there are, by its own protocol: a line of JSON for each report.
type GPSD struct {
	Address string // "" is localhost:2947, where it listens
}

// gpsdAddress is where gpsd listens: the port is registered with IANA.
const gpsdAddress = "localhost:2947"

// gpsdPatience is how long gpsd, on this machine or beside it, has to answer.
const gpsdPatience = 3 * time.Second

// gpsdWatch asks for reports.
const gpsdWatch = `?WATCH={"enable":true,"json":true};` + "\n"

func (g *GPSD) open(ctx context.Context) (net.Conn, error) {
	address := g.Address
	if address == "" {
		address = gpsdAddress
	}
	conn, err := (&net.Dialer{Timeout: gpsdPatience}).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, fault.New(fault.Unavailable, "gps.daemon").With("address", address).WithCause(err)
	}
	return conn, nil
}

// Check implements Locator: that gpsd is there. Fault: Unavailable "gps.daemon".
func (g *GPSD) Check(ctx context.Context) error {
	conn, err := g.open(ctx)
	if err != nil {
		return err
	}
	return conn.Close()
}

// Locate implements Locator.
func (g *GPSD) Locate(ctx context.Context, good int, heard func(Progress)) (Fix, error) {
	h := hunt{ctx: ctx, good: good, heard: heard}
	conn, err := g.open(ctx)
	if err != nil {
		if ctx.Err() != nil {
			return h.end(err)
		}
		return Fix{}, err
	}
	if _, err := io.WriteString(conn, gpsdWatch); err != nil {
		_ = conn.Close() // it is gone
		return h.end(err)
	}
	satellites := 0
	enough, err := lines(ctx, conn, func(line []byte) bool {
		r, ok := parseReport(line)
		switch {
		case !ok:
			return false
		case r.Class == "SKY":
			satellites = r.satellites()
			h.waits(satellites)
			return false
		}
		f, ok := r.fix()
		return ok && h.took(f, satellites)
	})
	if enough {
		return h.best, nil
	}
	return h.end(err)
}

// report is what is read of gpsd's reports of the classes TPV (time, position, velocity) and SKY.
type report struct {
	Class string `json:"class"`

	Mode   int      `json:"mode"`   // 2 and 3 are positions
	Status int      `json:"status"` // 8 is one that somebody simulates
	Time   string   `json:"time"`   // RFC 3339
	Lat    *float64 `json:"lat"`
	Lon    *float64 `json:"lon"`
	EPH    float64  `json:"eph"` // metres, of both together
	EPX    float64  `json:"epx"` // metres, of longitude
	EPY    float64  `json:"epy"` // of latitude

	Used       int `json:"uSat"`
	Satellites []struct {
		Used bool `json:"used"`
	} `json:"satellites"`
}

// parseReport reads a line; false for what is no report that counts here.
func parseReport(line []byte) (r report, ok bool) {
	if json.Unmarshal(line, &r) != nil {
		return report{}, false
	}
	return r, r.Class == "TPV" || r.Class == "SKY"
}

func (r report) satellites() int {
	n := r.Used
	if n == 0 {
		for _, s := range r.Satellites {
			if s.Used {
				n++
			}
		}
	}
	return n
}

// simulated is the status of a position that no satellite gave.
const simulated = 8

// fix returns the position of a report; false without one.
func (r report) fix() (Fix, bool) {
	if r.Mode < 2 || r.Status == simulated || r.Lat == nil || r.Lon == nil {
		return Fix{}, false
	}
	f, ok := degrees(*r.Lat, *r.Lon)
	at, err := time.Parse(time.RFC3339, r.Time)
	if !ok || err != nil {
		return Fix{}, false // without its time nobody could say when the laptop was there
	}
	f.Source, f.At, f.Accuracy = FromGPSD, at.UTC(), metres(r.EPH)
	if f.Accuracy == 0 && r.EPX > 0 && r.EPY > 0 {
		f.Accuracy = metres(math.Hypot(r.EPX, r.EPY))
	}
	return f, true
}
