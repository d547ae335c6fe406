// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// disk can be full for the programs that run with its environment. It is no
// file system of its own, which only root could mount: testdata/fulldisk.c
// stands before the C library, through which SQLite writes.
type disk struct {
	t    *testing.T
	flag string // is there while the disk is full
	env  []string
}

func newDisk(t *testing.T) *disk {
	t.Helper()
	dir := t.TempDir()
	shim, flag := filepath.Join(dir, "fulldisk.so"), filepath.Join(dir, "full")
	cc, err := exec.CommandContext(t.Context(), "go", "env", "CC").Output()
	if err != nil {
		t.Fatal(err)
	}
	build := exec.CommandContext(t.Context(), strings.TrimSpace(string(cc)), "-shared", "-fPIC", "-O1", "-Wall", "-Werror",
		"-o", shim, filepath.Join("testdata", "fulldisk.c"), "-ldl")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build the full disk: %v\n%s", err, out)
	}
	return &disk{t: t, flag: flag, env: []string{"LD_PRELOAD=" + shim, "YUEXIN_DISK_FULL=" + flag}}
}

func (d *disk) fill() {
	d.t.Helper()
	if err := os.WriteFile(d.flag, nil, 0o600); err != nil {
		d.t.Fatal(err)
	}
}

func (d *disk) free() {
	d.t.Helper()
	if err := os.Remove(d.flag); err != nil {
		d.t.Fatal(err)
	}
}

// on is a verb of the device on that disk.
func (d *device) on(k *disk, args ...string) line {
	return line{program: d.program, args: append(args, "--dir", d.dir), env: k.env}
}

// later is eventually for a question that takes a process to ask.
func later(t *testing.T, what string, ask func() bool) {
	t.Helper()
	eventually(t, what, func() bool {
		time.Sleep(500 * time.Millisecond) // between two questions
		return ask()
	})
}

// says fails unless a refusal is of this meaning and says these words.
func (r refusal) says(t *testing.T, code string, words ...string) {
	t.Helper()
	if r.Code != code {
		t.Errorf("the refusal is %+v, want %s", r, code)
	}
	sees(t, "the refusal", r.Message+r.Hint, words...)
}

// TestFullDiskServer: a server whose disk is full gives no receipt and says why;
// the devices keep their work, and all of it arrives when there is room again,
// without a restart of anything.
func TestFullDiskServer(t *testing.T) {
	t.Parallel()
	k := newDisk(t)
	s := newServer(t)
	s.env = k.env
	s.start()
	agent := s.enrol("agent", "laptop", made.Units[0].Code)
	agent.sync()
	before := len(agent.list("household"))

	k.fill()
	wrote := agent.put("household", newHouseholds("甲", 30)...)
	agent.putFile("household", []entry{{ID: wrote[0], Fields: map[string]string{"remark": "满"}}})
	refused(t, "agent", "sync", "--once", "--dir", agent.dir).says(t, "unavailable", "服务器", "磁盘已满", "保存在本机")
	if st := agent.status(); st.Waiting != agent.wrote {
		t.Errorf("%d change sets wait, want all %d", st.Waiting, agent.wrote)
	}
	eventually(t, "the server says that it is not well", func() bool {
		resp, err := http.Get(s.url + "/healthz")
		if err != nil {
			return false
		}
		resp.Body.Close()
		return resp.StatusCode == http.StatusServiceUnavailable
	})
	running := agent.syncing() // and tries again by itself

	k.free()
	later(t, "everything is receipted", func() bool { return agent.status().Waiting == 0 })
	running.stop(t)
	if got := s.receipts(agent); got["accepted"] != agent.wrote || len(got) != 1 {
		t.Errorf("receipts %v, want %d accepted", got, agent.wrote)
	}
	s.clean()
	fresh := s.enrol("agent", "fresh", made.Units[0].Code)
	fresh.sync()
	if n := len(fresh.list("household")); n != before+len(wrote) {
		t.Errorf("%d households at the server, want %d", n, before+len(wrote))
	}
	s.stop()
}

// TestFullDiskDevice: a device whose disk is full says so instead of saving. A
// sync that runs meanwhile goes on by itself when there is room again, and
// everything is there once.
func TestFullDiskDevice(t *testing.T) {
	t.Parallel()
	k := newDisk(t)
	s := running(t)
	other := s.enrol("agent", "other", made.Units[0].Code)
	other.sync()
	for _, program := range []string{"agent", "kiosk"} {
		d := s.enrol(program, program, made.Units[0].Code)
		d.sync()
		d.put("household", newHouseholds(program, 3)...)

		k.fill()
		full := newHouseholds(program+"满", 1)
		data, err := json.Marshal(full)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range []line{d.on(k, "put", "household", write(t, "put.json", string(data))), d.on(k, "sync", "--once")} {
			_, r := l.refused(t)
			r.says(t, "exhausted", "磁盘已满")
		}
		k.free()
		d.put("household", full...)
		if program == "agent" { // which pulls rows; a kiosk reads nothing
			d.fillWhileSyncing(k, other)
		}
		d.sync()
		if got := s.receipts(d); got["accepted"] != d.wrote || len(got) != 1 {
			t.Errorf("%s: receipts %v, want %d accepted", program, got, d.wrote)
		}
	}
	other.sync()
	found := map[string]int{}
	for _, row := range other.list("household") {
		found[row.Fields["head_name"]]++
	}
	for _, name := range []string{"示例agent1", "示例agent2", "示例agent3", "示例agent满1", "示例kiosk1", "示例kiosk2", "示例kiosk3", "示例kiosk满1"} {
		if found[name] != 1 {
			t.Errorf("%s is at the others %d times, want once", name, found[name])
		}
	}
	s.clean()
}

// fillWhileSyncing fills the disk of a device while it syncs and others write.
func (d *device) fillWhileSyncing(k *disk, other *device) {
	d.t.Helper()
	log := &lockedBuffer{}
	cmd := command(context.Background(), d.program, "sync", "--verbose", "--dir", d.dir)
	cmd.Env, cmd.Stderr = append(cmd.Env, k.env...), log
	running := start(d.t, cmd)
	later(d.t, d.program+" delivers what waits", func() bool { return d.status().Waiting == 0 })
	k.fill()
	other.put("household", newHouseholds("旁", 60)...)
	want := other.sync().Scopes
	eventually(d.t, d.program+" says that its disk is full", func() bool { return strings.Contains(log.String(), "store.full") })
	if got := d.status().Scopes; slices.Equal(got, want) {
		d.t.Errorf("%s holds %v although its disk is full", d.program, got)
	}
	k.free()
	later(d.t, d.program+" takes what is new", func() bool {
		for i, sc := range d.status().Scopes {
			if sc.Version != want[i].Version {
				return false
			}
		}
		return true
	})
	running.stop(d.t)
}

// lockedBuffer is what a process that runs has printed so far.
type lockedBuffer struct {
	mu   sync.Mutex // guards text
	text strings.Builder
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
