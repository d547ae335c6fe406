// SPDX-License-Identifier: Apache-2.0

package escpos_test

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"yuexin/kiosk/device/escpos"
	"yuexin/kiosk/device/escpos/virtual"
)

// terminal opens a pair of a pseudo-terminal: a character device that can be waited for, as /dev/usb/lp0 is.
func terminal(t *testing.T) (master *os.File, device string) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NONBLOCK|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skipf("no pseudo-terminals here: %v", err)
	}
	t.Cleanup(func() { master.Close() })
	conn, err := master.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	fail := conn.Control(func(fd uintptr) {
		if err = unix.IoctlSetPointerInt(int(fd), unix.TIOCSPTLCK, 0); err != nil {
			return
		}
		if n, err = unix.IoctlGetInt(int(fd), unix.TIOCGPTN); err != nil {
			return
		}
		var line *unix.Termios
		if line, err = unix.IoctlGetTermios(int(fd), unix.TCGETS); err != nil {
			return
		}
		line.Iflag, line.Oflag, line.Lflag = 0, 0, 0 // every byte as it is, no echo
		line.Cflag = unix.CS8 | unix.CREAD
		err = unix.IoctlSetTermios(int(fd), unix.TCSETS, line)
	})
	if fail != nil || err != nil {
		t.Fatal(fail, err)
	}
	return master, fmt.Sprintf("/dev/pts/%d", n)
}

func TestDevice(t *testing.T) {
	master, path := terminal(t)
	hold, err := os.OpenFile(path, os.O_RDWR|syscall.O_NOCTTY, 0) // so that the line lives between two calls
	if err != nil {
		t.Fatal(err)
	}
	v := virtual.New(profiles(t)["58mm"])
	ended := make(chan struct{})
	go func() { defer close(ended); v.Serve(master) }()
	p := &escpos.Printer{Profile: v.Profile, Address: escpos.Address(path)}
	for range 2 {
		if out, err := p.Print(t.Context(), slip(), nil); out != escpos.Printed || err != nil {
			t.Fatalf("%v, %v", out, err)
		}
	}
	if text := v.Tear().Text(); strings.Count(text, "编号") != 2 {
		t.Errorf("printed %q", text)
	}
	master.Close()
	hold.Close()
	<-ended
}

// TestStallOnADevice has a device that takes no more bytes, as /dev/usb/lp0 does without paper: the call ends, says so, and
// says that some of it may come out.
func TestStallOnADevice(t *testing.T) {
	_, path := terminal(t) // nobody reads at the other end
	p := &escpos.Printer{
		Profile: profiles(t)["58mm-no-chinese"], Address: escpos.Address(path),
		Patience: escpos.Patience{Answer: 50 * time.Millisecond, Stall: 200 * time.Millisecond},
	}
	big := &escpos.Sheet{}
	for range 100 {
		big.Text(escpos.Style{}, "粤信")
	}
	if out, err := p.Print(t.Context(), big, nil); out != escpos.Partial || key(err) != "printer.stalled" {
		t.Errorf("%v, %v", out, err)
	}
}
