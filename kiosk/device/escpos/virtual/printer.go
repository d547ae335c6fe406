// SPDX-License-Identifier: Apache-2.0

package virtual

import (
	"io"
	"sync"

	"yuexin/kiosk/device/escpos"
)

// Printer is a virtual printer. All methods are safe for concurrent use.
type Printer struct {
	Profile escpos.Profile

	mu     sync.Mutex // protects all below
	more   *sync.Cond // something below changed
	buffer []byte     // received, not yet carried out
	state  State
	paper  []Mark
	set    setting
	code   []byte // stored by GS ( k, function 180
	size   int    // dots of a module
	wrong  []string
	gone   bool
}

// State is how a virtual printer stands.
type State struct {
	Cover bool // open
	Dots  int  // of paper left; below NearEnd it is said to end soon
	Error bool
	Mute  bool // answers nothing
}

// Plenty is a new roll, in dots.
const Plenty = 1 << 30

// nearEnd is how many dots are left when the sensor notices: some metres at 8 dots a millimetre.
const nearEnd = 5000 * 8

// most is how much is received before the printer makes the other side wait, as a small printer does.
const most = 4096

// setting is what commands changed.
type setting struct {
	style escpos.Style
	kanji bool
	line  string
}

// New returns a printer with a new roll.
func New(p escpos.Profile) *Printer {
	v := &Printer{Profile: p, state: State{Dots: Plenty}, size: 3}
	v.more = sync.NewCond(&v.mu)
	return v
}

// Set changes how the printer stands. A printer that has paper again goes on where it stopped.
func (v *Printer) Set(change func(*State)) {
	v.mu.Lock()
	defer v.mu.Unlock()
	change(&v.state)
	v.more.Broadcast()
}

// State returns how the printer stands.
func (v *Printer) State() State {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.state
}

// Serve is at the other end of a line until it ends.
func (v *Printer) Serve(line io.ReadWriter) {
	v.mu.Lock()
	v.gone = false
	v.mu.Unlock()
	var beside sync.WaitGroup
	beside.Go(func() { v.carryOut(line) })
	var held []byte
	one := make([]byte, 1)
	for {
		v.wait()
		if n, err := line.Read(one); err != nil || n == 0 {
			break
		}
		held = v.receive(line, one[0], held)
	}
	v.mu.Lock()
	v.gone = true
	v.more.Broadcast()
	v.mu.Unlock()
	beside.Wait()
}

// Write takes bytes as Serve does, and everything is carried out when it returns; a printer that is out of paper keeps the
// rest. Nobody hears its answers.
func (v *Printer) Write(b []byte) (int, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.buffer = append(v.buffer, b...)
	for v.stands() && v.step(io.Discard) {
	}
	return len(b), nil
}

// wait makes the sender wait while the buffer is full.
func (v *Printer) wait() {
	v.mu.Lock()
	defer v.mu.Unlock()
	for len(v.buffer) >= most && !v.gone {
		v.more.Wait()
	}
}

// receive takes one byte: real-time commands are obeyed at once, also in the middle of others. It returns what may still
// become one.
func (v *Printer) receive(line io.Writer, b byte, held []byte) []byte {
	v.mu.Lock()
	defer v.mu.Unlock()
	defer v.more.Broadcast()
	held = append(held, b)
	switch {
	case held[0] != 0x10:
	case len(held) == 1, len(held) == 2 && (b == 0x04 || b == 0x05 || b == 0x14):
		return held
	case len(held) == 3 && held[1] == 0x04 && b >= 1 && b <= 4:
		v.answer(line, v.status(b))
		return nil
	case len(held) == 3 && held[1] == 0x05 && b == 2: // obeyed in an error only
		return nil
	case len(held) == 3 && held[1] == 0x14 && b == 8: // seven more bytes come, which mean nothing by themselves
		v.buffer, v.set.line = nil, ""
		return nil
	}
	v.buffer = append(v.buffer, held...)
	return nil
}

// status is the answer to DLE EOT n; the bits are those of Epson's reference.
func (v *Printer) status(n byte) byte {
	out := byte(0x12)
	on := func(is bool, bits byte) {
		if is {
			out |= bits
		}
	}
	switch n {
	case 1:
		on(!v.stands(), 0x08)
	case 2:
		on(v.state.Cover, 0x04)
		on(v.state.Dots <= 0, 0x20)
		on(v.state.Error, 0x40)
	case 3:
		on(v.state.Error, 0x08)
	case 4:
		on(v.state.Dots < nearEnd, 0x0C)
		on(v.state.Dots <= 0, 0x60)
	}
	return out
}

func (v *Printer) answer(line io.Writer, b byte) {
	if !v.state.Mute {
		_, _ = line.Write([]byte{b}) // whoever does not listen any more misses it
	}
}

// stands says whether the printer carries anything out.
func (v *Printer) stands() bool { return !v.state.Cover && !v.state.Error && v.state.Dots > 0 }

// carryOut carries out what is in the buffer until the line is gone.
func (v *Printer) carryOut(line io.Writer) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for !v.gone {
		if !v.stands() || !v.step(line) {
			v.more.Wait()
			continue
		}
		v.more.Broadcast()
	}
}
