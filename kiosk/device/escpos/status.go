// SPDX-License-Identifier: Apache-2.0

package escpos

import (
	"yuexin/shared/fault"
)

// Status is what a printer says of itself. The zero Status is a printer that is well.
type Status struct {
	Silent   bool // it answers nothing: off, not connected, or a printer that never does
	Offline  bool
	Cover    bool // open
	PaperEnd bool
	NearEnd  bool // some metres are left
	Error    bool // knife, head or worse
}

// Fault returns why nothing can be printed now, nil where it can. A silent printer has none: only the profile knows whether
// silence is trouble.
func (s Status) Fault() *fault.Error {
	switch {
	case s.Cover: // first: an open cover often reads as no paper too
		return fault.New(fault.Unavailable, "printer.cover")
	case s.PaperEnd:
		return fault.New(fault.Unavailable, "printer.paper")
	case s.Error:
		return fault.New(fault.Unavailable, "printer.error")
	case s.Offline:
		return fault.New(fault.Unavailable, "printer.offline")
	}
	return nil
}

// isAnswer says whether a byte is an answer to DLE EOT: bits 1 and 4 set, 0 and 7 not (Epson, "Identifying the transmission
// data from the printer").
func isAnswer(b byte) bool { return b&0x93 == 0x12 }

// isDone says whether a byte is an answer to GS r: bits 4 and 7 not set.
func isDone(b byte) bool { return b&0x90 == 0 }

// The questions of DLE EOT.
const (
	askPrinter = 1
	askOffline = 2
	askError   = 3
	askPaper   = 4
)

// note takes the answer to a question in. A paper sensor has two bits, which are set together.
func (s *Status) note(question, answer byte) {
	on := func(bits byte) bool { return answer&bits != 0 }
	switch question {
	case askPrinter:
		s.Offline = on(0x08)
	case askOffline:
		s.Cover, s.PaperEnd, s.Error = on(0x04), s.PaperEnd || on(0x20), s.Error || on(0x40)
	case askError:
		s.Error = s.Error || on(0x08|0x20|0x40) // knife, cannot be mended, mends itself when it is cool
	case askPaper:
		s.NearEnd, s.PaperEnd = on(0x0C), s.PaperEnd || on(0x60)
	}
}
