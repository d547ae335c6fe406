// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// terminal is what somebody types and reads at `make run`.
type terminal struct {
	t    *testing.T
	in   io.WriteCloser
	proc *process
	mu   sync.Mutex // protects out and read
	out  bytes.Buffer
	read int // of out
}

// Write takes what the program prints.
func (c *terminal) Write(p []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.out.Write(p)
}

// demoPort is the last port given to a demo.
var demoPort atomic.Int32

// ownPort lets a new demo look for a port where no other test's demo does. Of
// its own accord each begins at the same one, and a port that one gives up for
// a while, with stop server, another would take.
func ownPort(t *testing.T, data string) {
	t.Helper()
	file := filepath.Join(data, "port") // of a run before this one
	if _, err := os.Stat(file); err == nil {
		return
	}
	if err := os.MkdirAll(data, 0o700); err != nil {
		t.Fatal(err)
	}
	port := 8500 + 20*demoPort.Add(1)
	if err := os.WriteFile(file, []byte(strconv.Itoa(int(port))), 0o600); err != nil {
		t.Fatal(err)
	}
}

// startDemo starts the supervisor on a folder, with a pipe as its terminal.
// Each change is made to its command before that.
func startDemo(t *testing.T, data string, changes ...func(*exec.Cmd)) *terminal {
	t.Helper()
	c := &terminal{t: t}
	ownPort(t, data)
	cmd := command(context.Background(), "syncserver", "demo", "--data", data, "--villages", villages, "--households", households)
	for _, change := range changes {
		change(cmd)
	}
	var err error
	if c.in, err = cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = c, c
	c.proc = start(t, cmd)
	t.Cleanup(func() {
		if t.Failed() {
			c.mu.Lock()
			defer c.mu.Unlock()
			t.Logf("terminal:\n%s\nserver's log:\n%s", c.out.Bytes(), tail(filepath.Join(data, "server.log")))
		}
	})
	return c
}

func (c *terminal) types(line string) {
	c.t.Helper()
	if _, err := io.WriteString(c.in, line+"\n"); err != nil {
		c.t.Fatal(err)
	}
}

// shows waits until all parts have appeared in what is not read yet, and
// returns that up to the last of them.
func (c *terminal) shows(parts ...string) (text string) {
	c.t.Helper()
	eventually(c.t, "the terminal shows "+strings.Join(parts, ", "), func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		fresh := c.out.String()[c.read:]
		end := 0
		for _, part := range parts {
			at := strings.Index(fresh, part)
			if at < 0 {
				return false
			}
			end = max(end, at+len(part))
		}
		text, c.read = fresh[:end], c.read+end
		return true
	})
	return text
}

// quit ends the demo and fails if anything of it is left.
func (c *terminal) quit(data string) {
	c.t.Helper()
	c.types("quit")
	eventually(c.t, "the demo ends", func() bool {
		select {
		case <-c.proc.done:
			return true
		default:
			return false
		}
	})
	if c.proc.err != nil {
		c.t.Errorf("the demo ended with %v", c.proc.err)
	}
	if left := processesOf(c.t, data); len(left) > 0 {
		c.t.Errorf("still running after quit: %q", left)
	}
}

// processesOf returns the command lines of processes that name a folder.
func processesOf(t *testing.T, folder string) (lines []string) {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		line, err := os.ReadFile(f)
		if err == nil && bytes.Contains(line, []byte(folder)) { // others end meanwhile
			lines = append(lines, string(bytes.ReplaceAll(line, []byte{0}, []byte{' '})))
		}
	}
	return lines
}

func TestDemo(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "demo")
	c := startDemo(t, data)
	guide := c.shows("没有图形界面", "/console/", "demo-bank", "HTTP://127.0.0.1", "plates.pdf", "cards.pdf", "可用命令")
	for _, file := range []string{"plates.pdf", "cards.pdf"} {
		if _, err := os.Stat(filepath.Join(data, file)); err != nil {
			t.Errorf("%s of the guide: %v\n%s", file, err, guide)
		}
	}
	c.types("status")
	c.shows("服务器：运行中", "agent：0 条待上传", "kiosk：0 条待上传")
	c.types("what")
	c.shows("可用命令")
	c.types("stop server")
	c.shows("服务器已停止")

	agent := &device{t: t, program: "agent", dir: filepath.Join(data, "agent")}
	id := agent.put("household", newHouseholds("断网", 1)...)[0]
	c.types("status")
	c.shows("服务器：已停止", "agent：1 条待上传", "kiosk：0 条待上传")
	c.types("start server")
	c.shows("服务器已启动")
	agent.sync()
	c.types("status")
	c.shows("服务器：运行中", "agent：0 条待上传", "kiosk：0 条待上传")
	c.quit(data)

	c = startDemo(t, data)
	again := c.shows("/console/", "可用命令")
	if strings.Contains(again, "示例数据（") {
		t.Errorf("the second run makes its data again:\n%s", again)
	}
	if got := agent.get(id); got.Fields["head_name"] != "示例断网1" || len(got.Pending) > 0 {
		t.Errorf("after the second start the agent holds %+v", got)
	}
	c.quit(data)
}
