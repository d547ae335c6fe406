// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// walk returns the lines of the walk in the README.
func walk(t *testing.T) []string {
	t.Helper()
	data, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(data), "### A walk of five minutes\n")
	section, _, ended := strings.Cut(rest, "\n## ")
	if !found || !ended {
		t.Fatal("the README has no walk of five minutes")
	}
	return strings.Split(section, "\n")
}

var (
	typedAtDemo = regexp.MustCompile("`((?:stop|start) server)`")
	someRecord  = regexp.MustCompile(`rec_[0-9a-z]{20,}`)
)

// TestREADMEWalk carries out the walk as it stands there: what is to be typed
// in the first terminal, and every command, which has to show what its comment
// says. rec_… is the first record shown before.
func TestREADMEWalk(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	if err := os.Symlink(programs, filepath.Join(folder, "bin")); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(folder, ".demo")
	c := startDemo(t, data)
	c.shows("可用命令")
	record, passphrase, commands := "", "", 0
	for _, line := range walk(t) {
		for _, m := range typedAtDemo.FindAllStringSubmatch(line, -1) {
			c.types(m[1])
			c.shows(map[string]string{"stop server": "服务器已停止", "start server": "服务器已启动"}[m[1]])
		}
		text, isCommand := strings.CutPrefix(line, "       ")
		if !isCommand {
			continue
		}
		if strings.HasPrefix(text, "export ") {
			passphrase = text + "; "
			continue
		}
		text, want, _ := strings.Cut(text, " # ")
		cmd := exec.CommandContext(t.Context(), "sh", "-c", passphrase+strings.ReplaceAll(text, "rec_…", record))
		cmd.Dir, cmd.Env = folder, append(environment(), "YUEXIN_PASSPHRASE=")
		out, err := cmd.CombinedOutput()
		if err != nil || !strings.Contains(string(out), want) {
			t.Fatalf("%s\n%v, want %q in\n%s", text, err, want, out)
		}
		if shown := someRecord.FindString(string(out)); shown != "" {
			record = shown
		}
		commands++
	}
	if commands < 20 {
		t.Errorf("found only %d commands", commands)
	}
	c.quit(data)
}
