// SPDX-License-Identifier: Apache-2.0

// Package pgtest gives tests a PostgreSQL of their own: a cluster in a passing folder, on a free port of loopback,
// run by somebody who is not root. Where it cannot, the test fails.
package pgtest

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// Run runs the tests of a package that asks for databases, stops the cluster behind them and returns the exit code.
func Run(m *testing.M) (code int) {
	code = m.Run()
	if running != nil {
		if err := running.stop(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	return code
}

// cluster is a running PostgreSQL.
type cluster struct {
	dir, port string
	run       func(program string, args ...string) *exec.Cmd
	server    *exec.Cmd
	made      int // schemas
}

var (
	mu      sync.Mutex // guards the two below
	running *cluster
	failed  error
)

// Database returns the URL of a new and empty place for a store: a schema, which is made in a tenth of the time that a
// database takes. The first call starts the cluster.
func Database(t testing.TB) string {
	t.Helper()
	mu.Lock()
	defer mu.Unlock()
	if running == nil && failed == nil {
		running, failed = start()
	}
	if failed != nil {
		t.Fatalf("no PostgreSQL (apt package postgresql): %v", failed)
	}
	running.made++
	name := "store" + strconv.Itoa(running.made)
	if out, err := running.run("psql", "-q", "-d", running.url("public"), "-c", "CREATE SCHEMA "+name).CombinedOutput(); err != nil {
		t.Fatalf("make a database: %v\n%s", err, out)
	}
	return running.url(name)
}

func (c *cluster) url(schema string) string {
	return fmt.Sprintf("postgres://yuexin@127.0.0.1:%s/postgres?sslmode=disable&options=-csearch_path%%3D%s", c.port, schema)
}

func start() (c *cluster, err error) {
	bin, err := programs()
	if err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "yuexin-pg-")
	if err != nil {
		return nil, err
	}
	c = &cluster{dir: dir, port: port}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(dir))
		}
	}()
	who, err := somebody(dir)
	if err != nil {
		return nil, err
	}
	c.run = func(program string, args ...string) *exec.Cmd {
		cmd := exec.Command(filepath.Join(bin, program), args...)
		cmd.Dir, cmd.SysProcAttr = dir, &syscall.SysProcAttr{Credential: who, Pdeathsig: syscall.SIGQUIT}
		return cmd
	}
	out, err := c.run("initdb", "-D", c.data(), "-U", "yuexin", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync").CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("initdb: %w\n%s", err, out)
	}
	return c, c.serve()
}

func (c *cluster) data() string { return filepath.Join(c.dir, "data") }

// serve starts the server and waits until it answers.
func (c *cluster) serve() error {
	log, err := os.Create(filepath.Join(c.dir, "log"))
	if err != nil {
		return err
	}
	defer log.Close()
	// Nothing here must outlive the machine: no fsync.
	c.server = c.run("postgres", "-D", c.data(), "-p", c.port, "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=",
		"-c", "fsync=off", "-c", "max_connections=200")
	c.server.Stdout, c.server.Stderr = log, log
	if err := c.server.Start(); err != nil {
		return err
	}
	var out []byte
	for range patience {
		if out, err = c.run("pg_isready", "-q", "-h", "127.0.0.1", "-p", c.port).CombinedOutput(); err == nil {
			return nil
		}
	}
	said, _ := os.ReadFile(log.Name()) // the error is that it does not answer
	c.kill()
	return fmt.Errorf("it does not answer: %w\n%s%s", err, out, said)
}

// patience is how often a starting cluster is asked; asking takes some milliseconds, or waits for an answer.
const patience = 5000

// kill ends the server at once; what it committed is there when it serves again.
func (c *cluster) kill() {
	_ = c.server.Process.Signal(syscall.SIGQUIT) // it may have ended
	_ = c.server.Wait()                          // with whatever: it was told to leave everything
}

// stop ends the cluster and removes it.
func (c *cluster) stop() error {
	c.kill()
	return os.RemoveAll(c.dir)
}

// Away kills the server, calls f, and starts the server again. All databases of the package are away meanwhile.
func Away(t testing.TB, f func()) {
	t.Helper()
	mu.Lock()
	defer mu.Unlock()
	running.kill()
	f()
	if err := running.serve(); err != nil {
		t.Fatal(err)
	}
}

// programs returns the folder of the newest PostgreSQL there is: Debian keeps it out of PATH.
func programs() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil {
		return "", err
	}
	if len(found) > 0 {
		newest := slices.MaxFunc(found, func(a, b string) int { return version(a) - version(b) })
		return filepath.Dir(newest), nil
	}
	path, err := exec.LookPath("initdb")
	return filepath.Dir(path), err
}

func version(path string) int {
	n, _ := strconv.Atoi(strings.Split(path, "/")[4]) // what is no number is older than all
	return n
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}

// somebody returns whom the cluster runs as, and gives them the folder: oneself, or for root, whom PostgreSQL refuses, the user
// that its package makes, or nobody.
func somebody(dir string) (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		u, err = user.Lookup("nobody")
	}
	if err != nil {
		return nil, err
	}
	uid, err := strconv.ParseUint(u.Uid, 10, 32)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.ParseUint(u.Gid, 10, 32)
	if err != nil {
		return nil, err
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, os.Chown(dir, int(uid), int(gid))
}
