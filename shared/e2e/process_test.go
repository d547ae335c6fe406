// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"yuexin/shared/pgtest"
)

// patience bounds every wait. Nothing here takes a tenth of it on a quiet machine.
const patience = 60 * time.Second

// environment is what the programs see: no display, no home, and a locale that
// every Linux has and in which they speak Chinese, as tests expect.
func environment() []string {
	env := []string{"YUEXIN_PASSPHRASE=" + password, "LC_ALL=C.UTF-8"}
	for _, name := range []string{"PATH", "TMPDIR"} {
		if value := os.Getenv(name); value != "" {
			env = append(env, name+"="+value)
		}
	}
	return env
}

func command(ctx context.Context, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(programs, program), args...)
	cmd.Env = environment()
	return cmd
}

// line is one command line.
type line struct {
	program string
	args    []string
	stdin   string
	env     []string // besides the environment; the last of a name counts
}

// run carries the line out to its end and returns what it printed.
func (l line) run(t *testing.T) ([]byte, error) {
	t.Helper()
	ctx, stop := context.WithTimeout(t.Context(), patience)
	defer stop()
	cmd := command(ctx, l.program, l.args...)
	cmd.Env = append(cmd.Env, l.env...)
	cmd.Stdin = strings.NewReader(l.stdin)
	return cmd.Output()
}

func (l line) String() string { return l.program + " " + strings.Join(l.args, " ") }

// call runs one command line of a program to its end.
func call(t *testing.T, program string, args ...string) ([]byte, error) {
	t.Helper()
	return line{program: program, args: args}.run(t)
}

// must is call for what has to succeed; the answer is read into v unless that
// is nil.
func must(t *testing.T, v any, program string, args ...string) {
	t.Helper()
	out, err := call(t, program, append(args, "--json")...)
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", program, strings.Join(args, " "), err, stderrOf(err))
	}
	if v == nil {
		return
	}
	if err := json.Unmarshal(out, v); err != nil {
		t.Fatalf("%s %s: read its answer: %v\n%s", program, args[0], err, out)
	}
}

// refused is call for what has to fail; it returns the error as the program
// tells it.
func refused(t *testing.T, program string, args ...string) refusal {
	t.Helper()
	_, r := line{program: program, args: args}.refused(t)
	return r
}

// han is how Chinese texts are told from others.
var han = regexp.MustCompile(`\p{Han}`)

// refused carries out a line that has to fail. Whatever was wrong, it has to say
// so and what to do, in Chinese.
func (l line) refused(t *testing.T) ([]byte, refusal) {
	t.Helper()
	l.args = append(slices.Clone(l.args), "--json")
	out, err := l.run(t)
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		t.Fatalf("%s: got no refusal: %v\n%s", l, err, out)
	}
	said := bytes.TrimSpace(exit.Stderr)
	said = said[bytes.LastIndexByte(said, '\n')+1:] // before it may stand what the program asked
	var answer struct{ Error refusal }
	if err := json.Unmarshal(said, &answer); err != nil {
		t.Fatalf("%s: refusal is not JSON: %v\n%s", l, err, exit.Stderr)
	}
	if r := answer.Error; !han.MatchString(r.Message) || !han.MatchString(r.Hint) {
		t.Errorf("%s: the refusal does not say what is wrong and what to do: %+v", l, r)
	}
	return out, answer.Error
}

// refusal is an error on a command line with --json.
type refusal struct{ Code, Message, Hint, Field, Detail string }

func stderrOf(err error) []byte {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.Stderr
	}
	return nil
}

// process is a program that runs until it is stopped.
type process struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
	err  error         // how; after done
}

func start(t *testing.T, cmd *exec.Cmd) *process {
	t.Helper()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &process{cmd: cmd, done: make(chan struct{})}
	go func() {
		defer close(p.done)
		p.err = cmd.Wait()
	}()
	t.Cleanup(p.kill)
	return p
}

func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may have ended already
	<-p.done
}

// stop ends the process as an operator does, and fails unless it ends well.
func (p *process) stop(t *testing.T) {
	t.Helper()
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may have ended already
	select {
	case <-p.done:
	case <-time.After(patience):
		t.Fatalf("%s does not end on SIGTERM", p.cmd.Path)
	}
	if p.err != nil {
		t.Errorf("%s ended with %v", p.cmd.Path, p.err)
	}
}

// eventually asks until the answer is yes.
func eventually(t *testing.T, what string, ask func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for !ask() {
		if time.Now().After(deadline) {
			t.Fatalf("waited in vain: %s", what)
		}
		time.Sleep(5 * time.Millisecond) // between two questions
	}
}

// freePort returns a port of loopback that nobody listens on.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// server is a syncserver with its own data folder.
type server struct {
	t    *testing.T
	dir  string
	port string
	url  string
	args []string // of serve, besides folder and port
	env  []string // besides the environment
	http *http.Client
	proc *process
}

// newServer returns a server with a copy of the sample data; it does not run yet.
func newServer(t *testing.T) *server {
	t.Helper()
	s := &server{t: t, dir: filepath.Join(t.TempDir(), "server"), port: freePort(t), http: http.DefaultClient}
	copyTree(t, s.dir, samples)
	if *postgres {
		must(t, nil, "syncserver", "migrate", pgtest.Database(t), "--dir", s.dir, "--sample", "--quiet")
	}
	s.url = "http://127.0.0.1:" + s.port
	s.args = []string{"--listen", "127.0.0.1:" + s.port}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("end of the server's log:\n%s", tail(s.log()))
		}
	})
	return s
}

// running returns a server that serves.
func running(t *testing.T) *server {
	t.Helper()
	s := newServer(t)
	s.start()
	return s
}

func (s *server) log() string { return s.dir + ".log" }

func (s *server) start() {
	s.t.Helper()
	out, err := os.OpenFile(s.log(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		s.t.Fatal(err)
	}
	defer out.Close()
	cmd := command(context.Background(), "syncserver", append([]string{"serve", "--dir", s.dir, "--sample"}, s.args...)...)
	cmd.Stdout, cmd.Stderr, cmd.Env = out, out, append(cmd.Env, s.env...)
	s.proc = start(s.t, cmd)
	eventually(s.t, "the server answers", func() bool {
		select {
		case <-s.proc.done:
			s.t.Fatalf("the server ended: %v", s.proc.err)
		default:
		}
		resp, err := s.http.Get(s.url + "/healthz")
		if err != nil {
			return false
		}
		resp.Body.Close()
		return resp.StatusCode == http.StatusOK
	})
}

func (s *server) kill() { s.proc.kill() }

func (s *server) stop() {
	s.t.Helper()
	s.proc.stop(s.t)
}

// do carries out an administrator's command.
func (s *server) do(v any, args ...string) {
	s.t.Helper()
	must(s.t, v, "syncserver", append(args, "--dir", s.dir, "--sample", "--quiet")...)
}

// clean fails unless verify finds nothing.
func (s *server) clean() {
	s.t.Helper()
	var breaches []struct{ Rule, Where, What string }
	s.do(&breaches, "verify")
	if len(breaches) > 0 {
		s.t.Fatalf("verify found %+v", breaches)
	}
}

func tail(file string) []byte {
	data, err := os.ReadFile(file)
	if err != nil {
		return []byte(err.Error())
	}
	const most = 8 << 10
	if len(data) > most {
		data = data[len(data)-most:]
		data = data[bytes.IndexByte(data, '\n')+1:]
	}
	return data
}

// copyTree copies a folder for its owner only; key files refuse anything else.
func copyTree(t *testing.T, to, from string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, d os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		target := filepath.Join(to, strings.TrimPrefix(path, from))
		switch {
		case d.IsDir():
			return os.MkdirAll(target, 0o700)
		case !d.Type().IsRegular(): // the socket of a killed server
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(target, data, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
}
