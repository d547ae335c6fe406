// SPDX-License-Identifier: Apache-2.0

package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// stopWait is how long a program has to end by itself.
const stopWait = 10 * time.Second

// saidLines is how much of a log the terminal repeats: a message, its hint,
// and what a driver complained of before.
const saidLines = 4

// process is a program that runs beside the demo.
type process struct {
	cmd   *exec.Cmd
	log   string
	begun int64         // where its output begins in the log, which keeps earlier runs
	done  chan struct{} // closed when it has ended
	err   error         // how it ended; read it after done
}

// start runs a program with its output in a log file.
func start(program, log string, args ...string) (*process, error) {
	out, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open log: %w", err)
	}
	defer out.Close()
	info, err := out.Stat()
	if err != nil {
		return nil, fmt.Errorf("open log: %w", err)
	}
	cmd := exec.Command(program, args...)
	cmd.Stdout, cmd.Stderr = out, out
	cmd.Env = append(os.Environ(), "YUEXIN_PASSPHRASE="+Passphrase)
	cmd.SysProcAttr = apart() // Ctrl-C is for the demo, which stops its programs in order
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", program, err)
	}
	p := &process{cmd: cmd, log: log, begun: info.Size(), done: make(chan struct{})}
	go func() {
		defer close(p.done)
		p.err = cmd.Wait()
	}()
	return p, nil
}

func (p *process) running() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// name is what people call the program at its command line.
func (p *process) name() string { return filepath.Base(p.cmd.Path) }

// said returns the last lines that the program has written to its log.
func (p *process) said() string {
	data, err := os.ReadFile(p.log)
	if err != nil || int64(len(data)) < p.begun {
		return "" // the log was taken away
	}
	lines := strings.Split(strings.TrimSpace(string(data[p.begun:])), "\n")
	return strings.Join(lines[max(0, len(lines)-saidLines):], "\n")
}

// stop asks the program to end, and ends it if it does not.
func (p *process) stop() {
	if !p.running() {
		return
	}
	wait := stopWait
	if p.cmd.Process.Signal(syscall.SIGTERM) != nil { // it has ended just now, or the system has no such signal
		wait = 0
	}
	select {
	case <-p.done:
	case <-time.After(wait):
		_ = p.cmd.Process.Kill()
		<-p.done
	}
}

// run carries out one command and reads its JSON answer into result, unless
// that is nil. Progress it writes to standard error goes through.
func (d *Demo) run(ctx context.Context, result any, program string, args ...string) error {
	cmd := exec.CommandContext(ctx, d.program(program), append(args, "--json")...)
	cmd.Env = append(os.Environ(), "YUEXIN_PASSPHRASE="+Passphrase, "YUEXIN_ADDED_PASSPHRASE="+Passphrase)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s %s: %w: %s", program, args[0], err, strings.TrimSpace(errs.String()))
	}
	if result == nil {
		return nil
	}
	if err := json.Unmarshal(out.Bytes(), result); err != nil {
		return fmt.Errorf("%s %s: read its answer: %w", program, args[0], err)
	}
	return nil
}

// ok reports whether an address answers.
func ok(ctx context.Context, url string) bool {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return false
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}
