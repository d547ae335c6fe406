// SPDX-License-Identifier: Apache-2.0

package device

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"go.bug.st/serial"

	"yuexin/shared/fault"
)

// Scanner reads codes.
type Scanner interface {
	// Check says why nothing can be scanned, nil where as far as is known it can.
	Check(ctx context.Context) error
	// Run hands what is scanned to emit until ctx ends or the scanner is gone; the error is that of Check, or the context's.
	Run(ctx context.Context, emit func(text string)) error
}

// KeyScanner is a scanner that types like a keyboard (HID). What it types reaches the window, where scanner.Wedge tells it from
// a person, so Run has nothing to hand on; whether one is connected is known only once something is scanned.
type KeyScanner struct{}

// Check implements Scanner.
func (KeyScanner) Check(context.Context) error { return nil }

// Run implements Scanner.
func (KeyScanner) Run(ctx context.Context, _ func(string)) error {
	<-ctx.Done()
	return ctx.Err()
}

// SerialScanner is a scanner at a serial port. It ends a code with CR, LF or both.
type SerialScanner struct {
	Port string // "/dev/ttyACM0"
	Baud int    // 0 is 9600, as scanners come

	running atomic.Bool // Run reads the port, which only one can
}

var (
	_ Scanner = KeyScanner{}
	_ Scanner = (*SerialScanner)(nil)
	_ Scanner = (*SimScanner)(nil)
)

// Check implements Scanner. Faults are those of Run.
func (s *SerialScanner) Check(context.Context) error {
	if s.running.Load() {
		return nil
	}
	port, err := s.open()
	if err != nil {
		return err
	}
	return port.Close()
}

func (s *SerialScanner) open() (serial.Port, error) {
	baud := s.Baud
	if baud == 0 {
		baud = 9600
	}
	port, err := serial.Open(s.Port, &serial.Mode{BaudRate: baud})
	if err == nil {
		return port, nil
	}
	kind, key := fault.Unavailable, "scanner.missing"
	var why *serial.PortError
	if errors.As(err, &why) {
		switch why.Code() {
		case serial.PortBusy:
			key = "scanner.busy"
		case serial.PermissionDenied:
			kind, key = fault.NotAllowed, "scanner.rights"
		}
	}
	return nil, fault.New(kind, key).With("port", s.Port).WithCause(err)
}

// readPause is after how long without a byte it is looked whether the reading shall end.
const readPause = 200 * time.Millisecond

// Run implements Scanner. Faults: Unavailable "scanner.missing", "scanner.busy" and "scanner.gone", NotAllowed "scanner.rights".
func (s *SerialScanner) Run(ctx context.Context, emit func(text string)) error {
	port, err := s.open()
	if err != nil {
		return err
	}
	s.running.Store(true)
	defer func() {
		s.running.Store(false)
		port.Close()
	}()
	if err := port.SetReadTimeout(readPause); err != nil {
		return fmt.Errorf("scanner: %w", err)
	}
	err = codes(ctx, port, emit)
	if ctx.Err() == nil {
		err = fault.New(fault.Unavailable, "scanner.gone").With("port", s.Port).WithCause(err)
	}
	return err
}

// longestCode is the most that is taken as one code, in bytes; a QR code holds 2,953.
const longestCode = 4096

// codes reads codes until ctx or the port ends. A port that gives nothing for a while is asked again.
func codes(ctx context.Context, port io.Reader, emit func(string)) error {
	var code []byte
	chunk := make([]byte, 256)
	for {
		n, err := port.Read(chunk)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			return err
		}
		for _, b := range chunk[:n] {
			if b != '\r' && b != '\n' {
				code = append(code, b)
				continue
			}
			if text := strings.TrimSpace(string(code)); text != "" && len(code) <= longestCode {
				emit(text)
			}
			code = code[:0]
		}
		if len(code) > longestCode {
			code = code[:longestCode+1] // too long to be one: dropped at its end
		}
	}
}

// SimScanner scans what it is given.
type SimScanner struct {
	Codes <-chan string
	Fault error
}

// Check implements Scanner.
func (s *SimScanner) Check(context.Context) error { return s.Fault }

// Run implements Scanner.
func (s *SimScanner) Run(ctx context.Context, emit func(string)) error {
	for s.Fault == nil {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case code := <-s.Codes:
			emit(code)
		}
	}
	return s.Fault
}
