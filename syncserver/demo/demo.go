// SPDX-License-Identifier: Apache-2.0

// Package demo is the supervisor behind `make run`: it runs the three real
// programs on this machine with sample data, each in its own process and
// data folder, and lets the one at the terminal stop and start the server to
// see what the others do without it.
//
// It knows the programs by their command lines only, as an administrator
// would.
package demo

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/terminal"
)

// Config is what a Demo is made of.
type Config struct {
	Dir    string    // where all data lie; running again continues with them
	Bin    string    // folder of the three programs
	LAN    bool      // serve residents' pages of sample data on the LAN
	In     io.Reader // commands
	Out    io.Writer
	Texts  *i18n.Printer
	Getenv func(string) string

	// Villages and Households (of each village) say how much sample data to
	// make; 0 for what `syncserver sample` makes by default.
	Villages, Households int
}

// The demo's fixed points.
const (
	firstPort = 8420
	passes    = 100 // ports tried before giving up

	// Passphrase unlocks the sample officer's laptop, the staff's part of the kiosk and the sample logins.
	// It protects nothing: all data of the demo are made up.
	Passphrase = "yuexin-demo-2026"
)

// Demo runs the programs.
type Demo struct {
	cfg    Config
	port   int
	server *process
	others []*process
}

// New returns a demo that Run starts.
func New(cfg Config) *Demo { return &Demo{cfg: cfg} }

// Run sets everything up, starts it, and obeys commands until quit, the end
// of the input, or ctx.
func (d *Demo) Run(ctx context.Context) error {
	if err := os.MkdirAll(d.cfg.Dir, 0o700); err != nil {
		return terminal.Unwritten(d.cfg.Dir, err)
	}
	defer d.stopAll()
	if err := d.prepare(ctx); err != nil {
		return err
	}
	if err := d.serve(ctx); err != nil {
		return err
	}
	if err := d.enrolDevices(ctx); err != nil {
		return err
	}
	d.openWindows(ctx)
	if err := d.printGuide(ctx); err != nil {
		return err
	}
	return d.obey(ctx)
}

// serve starts the server on a free port; on the next one if somebody takes
// that between looking and listening.
func (d *Demo) serve(ctx context.Context) (err error) {
	for {
		if d.port, err = d.choosePort(); err != nil {
			return err
		}
		if err = d.startServer(ctx); err == nil || free(d.host(), d.port) {
			return err
		}
	}
}

// choosePort takes the port of the last run if it is free, because devices
// and printed plates know it; else the next free one.
func (d *Demo) choosePort() (int, error) {
	remembered := filepath.Join(d.cfg.Dir, "port")
	want := firstPort
	if text, err := os.ReadFile(remembered); err == nil {
		if n, err := strconv.Atoi(strings.TrimSpace(string(text))); err == nil && n > 0 {
			want = n
		}
	}
	for port := want; port < want+passes; port++ {
		if !free(d.host(), port) {
			continue
		}
		if port != want {
			d.say("demo.port", "want", strconv.Itoa(want), "port", strconv.Itoa(port))
		}
		return port, os.WriteFile(remembered, []byte(strconv.Itoa(port)), 0o600)
	}
	return 0, fault.New(fault.Unavailable, "demo.no_port").With("first", strconv.Itoa(want))
}

func free(host string, port int) bool {
	l, err := net.Listen("tcp", net.JoinHostPort(host, strconv.Itoa(port)))
	if err != nil {
		return false
	}
	l.Close()
	return true
}

// host is the address the server listens on.
func (d *Demo) host() string {
	if d.cfg.LAN {
		return ""
	}
	return "127.0.0.1"
}

func (d *Demo) url() string { return "http://127.0.0.1:" + strconv.Itoa(d.port) }

func (d *Demo) folder(name string) string { return filepath.Join(d.cfg.Dir, name) }

func (d *Demo) say(key string, pairs ...string) {
	fmt.Fprintln(d.cfg.Out, d.cfg.Texts.T(key, pairs...))
}

// obey reads commands from the terminal.
func (d *Demo) obey(ctx context.Context) error {
	lines := make(chan string)
	go func() {
		defer close(lines)
		in := bufio.NewScanner(d.cfg.In)
		for in.Scan() {
			select {
			case lines <- in.Text():
			case <-ctx.Done():
				return
			}
		}
	}()
	for {
		select {
		case line, ok := <-lines:
			if !ok { // no terminal: run until stopped
				<-ctx.Done()
				return nil
			}
			if quit := d.command(ctx, line); quit {
				return nil
			}
		case <-ctx.Done():
			return nil
		}
	}
}

func (d *Demo) command(ctx context.Context, line string) (quit bool) {
	switch strings.Join(strings.Fields(strings.ToLower(line)), " ") {
	case "":
	case "stop server":
		d.stopServer()
	case "start server":
		if err := d.startServer(ctx); err != nil {
			d.explain(err)
		}
	case "status":
		d.status(ctx)
	case "quit", "exit", "q":
		return true
	default:
		d.say("demo.commands")
	}
	return false
}

func (d *Demo) explain(err error) {
	message, hint := d.cfg.Texts.Explain(err)
	fmt.Fprintln(d.cfg.Out, strings.TrimSpace(message+"\n"+hint))
}

func (d *Demo) stopServer() {
	if d.server == nil {
		d.say("demo.server.stopped_already")
		return
	}
	d.server.stop()
	d.server = nil
	d.say("demo.server.stopped")
}

func (d *Demo) startServer(ctx context.Context) error {
	if d.server != nil && d.server.running() {
		d.say("demo.server.running", "url", d.url())
		return nil
	}
	args := []string{
		"serve", "--dir", d.folder("server"), "--sample",
		"--sms-console", "--listen", net.JoinHostPort(d.host(), strconv.Itoa(d.port)), "--public-url", d.publicURL(),
	}
	if d.cfg.LAN {
		args = append(args, "--lan")
	}
	p, err := start(d.program("syncserver"), d.folder("server.log"), args...)
	if err != nil {
		return err
	}
	if err := d.healthy(ctx, p); err != nil {
		p.stop()
		return err
	}
	d.server = p
	d.say("demo.server.started", "url", d.url())
	return nil
}

// healthy waits until the server answers, or says where its log is. That
// administrators reach it in its folder tells it from a stranger on the port.
func (d *Demo) healthy(ctx context.Context, p *process) error {
	deadline := time.Now().Add(60 * time.Second)
	for time.Now().Before(deadline) {
		if d.administered() && ok(ctx, d.url()+"/healthz") {
			return nil
		}
		select {
		case <-p.done:
			return fault.New(fault.Unavailable, "demo.server.died").With("reason", p.said()).With("log", p.log)
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
	return fault.New(fault.Unavailable, "demo.server.silent").With("log", p.log)
}

// administered reports whether a server works on the demo's data.
func (d *Demo) administered() bool {
	conn, err := net.Dial("unix", filepath.Join(d.folder("server"), "admin.sock"))
	if err != nil {
		return false
	}
	conn.Close()
	return true
}

func (d *Demo) stopAll() {
	for _, p := range d.others {
		p.stop()
	}
	if d.server != nil {
		d.server.stop()
	}
}

func (d *Demo) program(name string) string { return filepath.Join(d.cfg.Bin, name) }

func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, os.ErrNotExist)
}
