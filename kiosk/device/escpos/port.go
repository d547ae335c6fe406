// SPDX-License-Identifier: Apache-2.0

package escpos

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"time"

	"yuexin/shared/fault"
)

// Port is the line to a printer. Read and Write end with os.ErrDeadlineExceeded when the deadline passes.
type Port interface {
	io.ReadWriteCloser
	SetDeadline(t time.Time) error
}

// dialPatience is how long a printer on the network may take to answer the door.
const dialPatience = 5 * time.Second

// Address says where a printer is: "/dev/usb/lp0" for a device, "tcp:10.0.0.9:9100" for one on the network (9100 where no
// port is named), "file:/tmp/slips.bin" for a file that everything is appended to.
type Address string

// OneWay says whether nobody answers there.
func (a Address) OneWay() bool { return strings.HasPrefix(string(a), "file:") }

// Open opens the line. Faults: Unavailable "printer.missing" where nothing is there, NotAllowed "printer.rights" where this
// account may not use it, Conflict "printer.busy" where another program does.
func (a Address) Open(ctx context.Context) (Port, error) {
	var port Port
	var err error
	kind, rest, _ := strings.Cut(string(a), ":")
	switch kind {
	case "tcp":
		port, err = dial(ctx, rest)
	case "file":
		port, err = openFile(rest)
	default:
		port, err = openDevice(string(a))
	}
	switch {
	case err == nil:
		return port, nil
	case errors.Is(err, os.ErrPermission):
		return nil, fault.New(fault.NotAllowed, "printer.rights").With("port", string(a)).WithCause(err)
	case errors.Is(err, syscall.EBUSY):
		return nil, fault.New(fault.Conflict, "printer.busy").With("port", string(a)).WithCause(err)
	case ctx.Err() != nil:
		return nil, ctx.Err()
	}
	return nil, fault.New(fault.Unavailable, "printer.missing").With("port", string(a)).WithCause(err)
}

func dial(ctx context.Context, host string) (Port, error) {
	if _, _, err := net.SplitHostPort(host); err != nil {
		host = net.JoinHostPort(host, "9100")
	}
	d := net.Dialer{Timeout: dialPatience}
	conn, err := d.DialContext(ctx, "tcp", host)
	if err != nil {
		return nil, err
	}
	return conn, nil
}

// openDevice opens a character device so that a write that the printer does not take can be given up.
func openDevice(path string) (Port, error) {
	f, err := os.OpenFile(path, os.O_RDWR|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
	if err != nil {
		return nil, err
	}
	if err := f.SetDeadline(time.Time{}); err != nil {
		return nil, errors.Join(fmt.Errorf("%s is no device that can be waited for: %w", path, err), f.Close())
	}
	return f, nil
}

// file is a port without an end: it is never full and never answers.
type file struct{ *os.File }

func openFile(path string) (Port, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	return file{f}, nil
}

// SetDeadline implements Port.
func (file) SetDeadline(time.Time) error { return nil }
