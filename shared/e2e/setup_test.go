// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// machine is a computer on which somebody types make: .ci/setup.sh in a copy
// of the tree, and only such programs as the test puts there.
type machine struct {
	t    *testing.T
	dir  string // "bin", "tree" and "home" lie here, and "log" of what the stubs were asked
	args []string
	env  []string
}

// tools are what every Debian has without a package installed for us.
var tools = []string{
	"awk", "bash", "cat", "cut", "dirname", "env", "grep", "head", "mktemp", "rm", "sed", "sh", "sleep", "sort", "tail",
	"timeout", "touch", "tr", "uname", "wc", "wget",
}

// newMachine is a Debian on which nothing is missing, used by somebody who is
// not root.
func newMachine(t *testing.T) *machine {
	t.Helper()
	m := &machine{t: t, dir: t.TempDir(), args: []string{"build"}}
	for _, sub := range []string{"bin", "home", "tree/.ci"} {
		if err := os.MkdirAll(filepath.Join(m.dir, sub), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, tool := range tools {
		path, err := exec.LookPath(tool)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(path, filepath.Join(m.dir, "bin", tool)); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{"go.mod", "go.sum", ".ci/setup.sh", ".ci/progress.sh"} {
		data, err := os.ReadFile(filepath.Join("../..", file))
		if err == nil {
			err = os.WriteFile(filepath.Join(m.dir, "tree", file), data, 0o700)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	m.stub("id", "echo 1000")
	m.stub("gcc", "cat >/dev/null")
	m.stub("pkg-config", "exit 0")
	m.stub("go", `case $1 in version) echo go version go1.99.0 linux/amd64 ;; esac`)
	return m
}

// stub puts a program there that notes what it was asked and then does what
// the script says.
func (m *machine) stub(name, script string) {
	m.t.Helper()
	text := "#!/bin/sh\necho \"" + name + " $*\" >>'" + m.dir + "/log'\n" + script + "\n"
	if err := os.WriteFile(filepath.Join(m.dir, "bin", name), []byte(text), 0o700); err != nil {
		m.t.Fatal(err)
	}
}

// lacking makes pkg-config find neither of these libraries until apt-get has
// installed them, as far as mended says.
func (m *machine) lacking(mended string, libraries ...string) {
	m.stub("pkg-config", "[ -e '"+m.dir+"/installed' ] && exit 0; case $2 in "+strings.Join(libraries, "|")+") exit 1 ;; esac")
	m.stub("apt-get", `case $* in
*--print-uris*)
	echo "'http://deb.debian.org/a.deb' a.deb 2500000 SHA256:0"
	echo "'http://deb.debian.org/b.deb' b.deb 500000 SHA256:0" ;;
install*) `+mended+` ;;
esac`)
}

// installs is for lacking: apt-get does what it is asked to.
func (m *machine) installs() string { return "touch '" + m.dir + "/installed'" }

// run carries setup.sh out and returns what it says and whether it is content.
func (m *machine) run() (said string, content bool) {
	m.t.Helper()
	ctx, stop := context.WithTimeout(m.t.Context(), patience)
	defer stop()
	cmd := exec.CommandContext(ctx, "bash", append([]string{filepath.Join(m.dir, "tree/.ci/setup.sh")}, m.args...)...)
	cmd.Env = append([]string{
		"PATH=" + filepath.Join(m.dir, "bin"), "HOME=" + filepath.Join(m.dir, "home"), "LC_ALL=C.UTF-8",
	}, m.env...)
	before := m.tree()
	out, err := cmd.CombinedOutput()
	if err != nil && !errors.As(err, new(*exec.ExitError)) {
		m.t.Fatal(err)
	}
	if after := m.tree(); !slices.Equal(before, after) {
		m.t.Errorf("the tree held %q and holds %q", before, after)
	}
	return string(out), err == nil
}

func (m *machine) tree() (files []string) {
	m.t.Helper()
	err := filepath.WalkDir(filepath.Join(m.dir, "tree"), func(path string, _ fs.DirEntry, err error) error {
		files = append(files, path)
		return err
	})
	if err != nil {
		m.t.Fatal(err)
	}
	return files
}

// asked returns the command lines that a stub was given.
func (m *machine) asked(stub string) (lines []string) {
	m.t.Helper()
	log, err := os.ReadFile(filepath.Join(m.dir, "log"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		m.t.Fatal(err)
	}
	for line := range strings.Lines(string(log)) {
		if rest, found := strings.CutPrefix(line, stub+" "); found {
			lines = append(lines, strings.TrimSpace(rest))
		}
	}
	return lines
}

// stops fails unless setup.sh stops and says all of these.
func (m *machine) stops(parts ...string) string {
	m.t.Helper()
	said, content := m.run()
	if content {
		m.t.Errorf("setup.sh is content:\n%s", said)
	}
	sees(m.t, "setup.sh", said, parts...)
	return said
}

// typed returns the lines that setup.sh tells somebody to type: those that are
// indented.
func typed(said string) string {
	return strings.Join(regexp.MustCompile(`(?m)^    .*$`).FindAllString(said, -1), "\n")
}

func TestSetupContent(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	if said, content := m.run(); !content || said != "" {
		t.Errorf("on a machine that has everything: %t\n%s", content, said)
	}
}

// The lines for somebody with an old Go are carried out as they stand.
func TestSetupOldGo(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.stub("go", "echo go version go1.19.8 linux/amd64")
	lines := typed(m.stops("needs Go 1.26", "is 1.19.8", "Type these lines, then run make again", "https://golang.google.cn/dl/"))
	m.stub("wget", "")
	m.stub("sudo", "")
	cmd := exec.CommandContext(t.Context(), "sh", "-e", "-c", lines+"\necho $PATH")
	cmd.Env = []string{"PATH=" + filepath.Join(m.dir, "bin"), "HOME=" + filepath.Join(m.dir, "home")}
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.HasPrefix(string(out), "/usr/local/go/bin:") {
		t.Fatalf("%v, the PATH then is %s\n%s", err, out, lines)
	}
	archive := regexp.MustCompile(`^-P /tmp https://go\.dev/dl/(go1\.26\.[0-9]+\.linux-[a-z0-9]+\.tar\.gz)$`)
	loaded := m.asked("wget")
	if len(loaded) != 1 || !archive.MatchString(loaded[0]) {
		t.Fatalf("wget is asked for %q", loaded)
	}
	want := []string{"rm -rf /usr/local/go", "tar -C /usr/local -xzf /tmp/" + archive.FindStringSubmatch(loaded[0])[1]}
	if got := m.asked("sudo"); !slices.Equal(got, want) {
		t.Errorf("as root it does %q, want %q", got, want)
	}
	if profile, err := os.ReadFile(filepath.Join(m.dir, "home/.profile")); err != nil || string(profile) != "export PATH=/usr/local/go/bin:$PATH\n" {
		t.Errorf("the next login reads %q, %v", profile, err)
	}
}

func TestSetupNoGo(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	if err := os.Remove(filepath.Join(m.dir, "bin/go")); err != nil {
		t.Fatal(err)
	}
	m.stops("Go is not in the PATH", "export PATH=/usr/local/go/bin:$PATH", "run make again")
}

// Go itself, asked for a source that nobody answers at, and one that never
// says a word.
func TestSetupNoModules(t *testing.T) {
	t.Parallel()
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close() // connections wait in the kernel's queue
	for _, source := range []string{"http://127.0.0.1:1", "http://" + silent.Addr().String()} {
		m := newMachine(t)
		goCommand, err := exec.LookPath("go")
		if err != nil {
			t.Fatal(err)
		}
		m.stub("go", `exec '`+goCommand+`' "$@"`)
		m.env = []string{
			"GOPROXY=" + source, "GOMODCACHE=" + filepath.Join(m.dir, "home/modules"), "GOFLAGS=-modcacherw",
			"GOTOOLCHAIN=local", "SETUP_PATIENCE=2",
		}
		m.stops("could not be fetched from GOPROXY="+source,
			"go env -w GOPROXY=https://goproxy.cn,direct", "go env -w GOSUMDB=sum.golang.google.cn", "run make again")
	}
}

// Missing packages are shown with their size, then installed; sudo is asked
// once, and for apt only, so that nothing else is ever owned by root.
func TestSetupInstalls(t *testing.T) {
	t.Parallel()
	for _, root := range []bool{false, true} {
		m := newMachine(t)
		m.lacking(m.installs(), "xi", "gl")
		m.stub("sudo", `exec "$@"`)
		if root {
			m.stub("id", "echo 0")
		}
		said, content := m.run()
		if !content {
			t.Fatalf("setup.sh stops:\n%s", said)
		}
		sees(t, "setup.sh", said, "libgl1-mesa-dev libxi-dev\n", "2 packages, 3 MB to download")
		const names = "--no-install-recommends libgl1-mesa-dev libxi-dev"
		want := []string{"install --print-uris -qq " + names, "update", "install -y " + names}
		if got := m.asked("apt-get"); !slices.Equal(got, want) {
			t.Errorf("apt-get is asked %q, want %q", got, want)
		}
		var sudo []string
		if !root {
			sudo = []string{"sh -c apt-get update; DEBIAN_FRONTEND=noninteractive apt-get install -y " + names}
			sees(t, "setup.sh", said, "sudo may ask for your password, for apt only")
		}
		if got := m.asked("sudo"); !slices.Equal(got, sudo) {
			t.Errorf("root %t: sudo is asked %q, want %q", root, got, sudo)
		}
	}
}

func TestSetupCannotInstall(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		prepare func(*machine)
		says    []string
	}{
		{"no sudo", func(m *machine) { m.lacking("", "xi") }, []string{
			"there is no sudo here", "    apt-get update\n", "    apt-get install -y --no-install-recommends libxi-dev\n",
		}},
		{"apt fails", func(m *machine) {
			m.lacking("exit 100", "xi")
			m.stub("sudo", `exec "$@"`)
		}, []string{
			"apt could not install", "/etc/apt/sources.list", "    sudo apt-get install -y --no-install-recommends libxi-dev\n",
		}},
		{"apt installs something else", func(m *machine) {
			m.lacking("", "xi", "gl")
			m.stub("sudo", `exec "$@"`)
		}, []string{"Still missing", "    libgl1-mesa-dev libxi-dev\n"}},
		{"no lists yet", func(m *machine) {
			m.stub("pkg-config", "[ $2 != xi ]")
			m.stub("apt-get", "exit 100")
		}, []string{"apt names the size once it has fetched its lists"}},
		{"Fedora", func(m *machine) {
			m.stub("pkg-config", "[ $2 != xi ]")
			m.stub("dnf", "")
		}, []string{"Debian and its relatives only", "    sudo dnf install libXi-devel\n"}},
		{"Arch", func(m *machine) {
			m.stub("pkg-config", "[ $2 != xi ]")
			m.stub("pacman", "")
		}, []string{"    sudo pacman -S --needed libxi\n"}},
		{"another system", func(m *machine) { m.stub("pkg-config", "[ $2 != xi ]") }, []string{
			"Debian: libxi-dev\n", "Fedora: libXi-devel\n", "Arch:   libxi\n",
		}},
		{"no pkg-config: what it would find counts as missing", func(m *machine) {
			if err := os.Remove(filepath.Join(m.dir, "bin/pkg-config")); err != nil {
				m.t.Fatal(err)
			}
		}, []string{"pkg-config libgl1-mesa-dev libx11-dev libxcursor-dev libxrandr-dev libxinerama-dev libxi-dev libxxf86vm-dev\n"}},
		{"what tests need as well", func(m *machine) { m.args = []string{"test"} }, []string{"To test Yuexin", "xvfb", "chromium", "zbar-tools"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t)
			tt.prepare(m)
			m.stops(tt.says...)
			for _, line := range m.asked("go") {
				if line != "version" {
					t.Errorf("goes on without the packages: go %s", line)
				}
			}
		})
	}
}

// Under sudo everything built would belong to root.
func TestSetupUnderSudo(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.stub("id", "echo 0")
	m.env = []string{"SUDO_UID=1000"}
	m.stops("run make without sudo")
	if asked := m.asked("go"); len(asked) > 0 {
		t.Errorf("goes on nevertheless: go %q", asked)
	}
}

// A long, silent command is seen to work; a failed one tells why, and its exit
// code goes on.
func TestProgress(t *testing.T) {
	t.Parallel()
	progress := func(script string) (string, int) {
		cmd := exec.CommandContext(t.Context(), "bash", "../../.ci/progress.sh", "building", "sh", "-c", script)
		cmd.Env = append(os.Environ(), "PROGRESS_EVERY=1")
		out, err := cmd.CombinedOutput()
		if err != nil && !errors.As(err, new(*exec.ExitError)) {
			t.Fatal(err)
		}
		return string(out), cmd.ProcessState.ExitCode()
	}
	if said, code := progress("echo yuexin/shared/ident; sleep 2"); code != 0 || !strings.Contains(said, "… building: 1 s, 1 steps done\n") {
		t.Errorf("exit code %d\n%s", code, said)
	}
	if said, code := progress("echo yuexin/shared/ident; echo ident.go:1: a mistake; exit 3"); code != 3 || !strings.HasSuffix(said, "   building failed:\nident.go:1: a mistake\n") {
		t.Errorf("exit code %d\n%s", code, said)
	}
}
