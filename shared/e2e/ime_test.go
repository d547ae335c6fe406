// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// ime is the input method of a laptop's session: fcitx5 with an ordinary keyboard and pinyin, as its own assistant sets it
// up. It has a bus and a home of its own: nothing of whoever runs the test is read or changed.
type ime struct {
	hand
	env []string // of its programs
}

// fcitxProfile is the file in which fcitx5 keeps what its assistant was told.
const fcitxProfile = `[Groups/0]
Name=Default
Default Layout=us
DefaultIM=pinyin

[Groups/0/Items/0]
Name=keyboard-us

[Groups/0/Items/1]
Name=pinyin

[GroupOrder]
0=Default
`

// fcitxAbsent are the parts of fcitx5 that a display without a desktop has no use for.
const fcitxAbsent = "wayland,waylandim,notifications,notificationitem,kimpanel,ibusfrontend,fcitx4frontend,clipboard"

// newIME starts the input method on a display. Programs opened there find it as X11 tells them to.
func newIME(h *hand) ime {
	t := h.t
	t.Helper()
	home := t.TempDir()
	profile := filepath.Join(home, ".config", "fcitx5", "profile")
	if err := os.MkdirAll(filepath.Dir(profile), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(profile, []byte(fcitxProfile), 0o600); err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(home, "bus")
	in := ime{env: append(environment(), "DISPLAY="+h.name, "HOME="+home, "XDG_RUNTIME_DIR="+home, "DBUS_SESSION_BUS_ADDRESS=unix:path="+socket)}
	in.begin(t, "dbus-daemon", "--session", "--nofork", "--nopidfile", "--address=unix:path="+socket)
	eventually(t, "the bus of the session (apt package dbus-daemon)", func() bool {
		_, err := os.Stat(socket)
		return err == nil
	})
	in.begin(t, "fcitx5", "--disable", fcitxAbsent)
	h.env = append(h.env, "XMODIFIERS=@im=fcitx")
	in.hand = *h
	eventually(t, "the input method (apt package fcitx5)", func() bool { return in.remote() != "" })
	return in
}

func (in ime) begin(t *testing.T, program string, args ...string) {
	t.Helper()
	cmd := exec.Command(program, args...)
	cmd.Env = in.env
	start(t, cmd)
}

// The states of fcitx5 for the window in front, and how it is told to change. It says nothing while it does not answer.
const (
	keyboard, toKeyboard = "1", "-c"
	chinese, toChinese   = "2", "-o"
)

// remote asks fcitx5 or tells it something.
func (in ime) remote(args ...string) string {
	ctx, stop := context.WithTimeout(in.t.Context(), patience)
	defer stop()
	cmd := exec.CommandContext(ctx, "fcitx5-remote", args...)
	cmd.Env = in.env
	out, _ := cmd.Output() // no answer is one
	return strings.TrimSpace(string(out))
}

// turn changes what the keys of the window in front mean. A Ctrl-Space that a busy machine answers late, and another one,
// would change it twice.
func (in ime) turn(how, state string) {
	in.t.Helper()
	eventually(in.t, "fcitx5 is in state "+state, func() bool {
		in.remote(how)
		return in.remote() == state
	})
}

// writes types pinyin and takes the first of what it may mean; then it begins something else, takes a letter back and thinks
// better of it. None of these keys is for the line or the page: the input method wants them.
func (in ime) writes(pinyin string) {
	in.t.Helper()
	in.turn(toChinese, chinese)
	in.types(pinyin)
	in.calm()
	in.key("space")
	in.types(pinyin)
	in.calm()
	in.key("BackSpace")
	in.key("Escape")
	in.turn(toKeyboard, keyboard)
}
