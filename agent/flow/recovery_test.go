// SPDX-License-Identifier: Apache-2.0

package flow_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"yuexin/agent/flow"
	"yuexin/agent/stage"
	"yuexin/shared/fault"
	"yuexin/shared/i18n"
)

const newSecret = "想出来的新口令要够长"

// forgot begins a recovery on a stage with so many administrators.
func forgot(t *testing.T, admins int) (*stage.Stage, *flow.Session, *flow.Recovery) {
	t.Helper()
	s := stage.New(i18n.ZhHans)
	s.Gate.Administrators(admins)
	session := flow.NewSession(s.Gate, func() time.Time { return stage.Now })
	r, err := session.Forgot(ctx())
	if err != nil {
		t.Fatal(err)
	}
	return s, session, r
}

func wantField(t *testing.T, err error, key, field string) {
	t.Helper()
	wantKey(t, err, key)
	if got := fault.From(err).Field; got != field {
		t.Fatalf("%s at %q, want %q", key, got, field)
	}
}

func TestRecovery(t *testing.T) {
	s, _, r := forgot(t, 2)
	wantField(t, r.Begin(ctx(), "short", "short"), "station.passphrase", "passphrase")
	wantField(t, r.Begin(ctx(), newSecret, "another one typed"), "agent.enrol.again", "again")
	if r.Challenge().Text != "" {
		t.Fatal("a text before anything was chosen")
	}
	if err := r.Begin(ctx(), newSecret, newSecret); err != nil {
		t.Fatal(err)
	}
	c := r.Challenge()
	if len(strings.Fields(c.Words)) != 4 || c.First == c.Second || len(c.Lines) < 10 {
		t.Errorf("got %+v", c)
	}
	for _, line := range c.Lines[:len(c.Lines)-1] {
		if groups := strings.Split(line, "-"); len(groups) != 6 {
			t.Errorf("%q is not six groups to read aloud", line)
		}
	}
	partial, response := s.Gate.Approve(c.Text)

	// The laptop was switched off meanwhile.
	session := flow.NewSession(s.Gate, func() time.Time { return stage.Now })
	r, err := session.Forgot(ctx())
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(response, "\n")
	lines[2] = swapped(lines[2])
	for _, tc := range []struct{ name, text, fresh, key, field string }{
		{"nothing", " ", newSecret, "agent.recover.empty", "response"},
		{"what goes to the second administrator", partial, newSecret, "agent.recover.text", "response"},
		{"the text itself", c.Text, newSecret, "agent.recover.text", "response"},
		{"a slip", strings.Join(lines, "\n"), newSecret, "agent.recover.line", "response"},
		{"no passphrase", response, "", "agent.recover.fresh", "passphrase"},
		{"another passphrase", response, "not what was chosen", "agent.recover.fresh", "passphrase"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := r.Finish(ctx(), tc.text, tc.fresh)
			wantField(t, err, tc.key, tc.field)
			if message, hint := s.Desk.Print.Explain(err); message == "" || hint == "" || strings.Contains(message, "{") {
				t.Errorf("explained by %q, %q", message, hint)
			}
		})
	}
	if session.Step() != flow.StepLocked {
		t.Fatal("open after a refusal")
	}
	if err := r.Finish(ctx(), strings.ToLower(response), newSecret); err != nil || session.Step() != flow.StepOpen || session.Desk() == nil {
		t.Fatalf("got %v, step %v", err, session.Step())
	}
	session.Lock()
	wantKey(t, session.Unlock(ctx(), stage.Passphrase), "replica.passphrase")
	if err := session.Unlock(ctx(), newSecret); err != nil {
		t.Fatal(err)
	}
	wantField(t, r.Finish(ctx(), response, newSecret), "replica.recovery_begin", "response")
}

// swapped makes a slip: two neighbours change places.
func swapped(line string) string {
	b := []byte(line)
	for i := range b[1:] {
		if b[i] != b[i+1] && b[i] != '-' && b[i+1] != '-' {
			b[i], b[i+1] = b[i+1], b[i]
			break
		}
	}
	return string(b)
}

// TestRecoveryOfAnother: a response to an older text does not fit.
func TestRecoveryOfAnother(t *testing.T) {
	s, _, r := forgot(t, 2)
	if err := r.Begin(ctx(), newSecret, newSecret); err != nil {
		t.Fatal(err)
	}
	_, old := s.Gate.Approve(r.Challenge().Text)
	if err := r.Begin(ctx(), newSecret, newSecret); err != nil {
		t.Fatal(err)
	}
	wantField(t, r.Finish(ctx(), old, newSecret), "replica.recovery_response", "response")
}

// TestRecoveryChoosesHelpers: of three administrators, those two are asked who can be reached.
func TestRecoveryChoosesHelpers(t *testing.T) {
	s, session, r := forgot(t, 3)
	all := r.Admins()
	for _, chosen := range [][]string{nil, all[:1], {all[0], all[0]}, all, {all[0], "nobody"}} {
		wantField(t, r.Begin(ctx(), newSecret, newSecret, chosen...), "agent.recover.two", "admins")
	}
	if err := r.Begin(ctx(), newSecret, newSecret, all[2], all[1]); err != nil {
		t.Fatal(err)
	}
	if c := r.Challenge(); c.First != all[1] || c.Second != all[2] {
		t.Errorf("asked %s and %s, want %s and %s", c.First, c.Second, all[1], all[2])
	}
	_, response := s.Gate.Approve(r.Challenge().Text)
	if err := r.Finish(ctx(), response, newSecret); err != nil || session.Step() != flow.StepOpen {
		t.Fatal(err)
	}
}

func TestRecoveryWithoutAdministrators(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	s.Gate.Administrators(0)
	_, err := flow.NewSession(s.Gate, s.Desk.Now).Forgot(ctx())
	wantKey(t, err, "replica.recovery_none")
}

// TestRecoveryFiles: both texts travel as files.
func TestRecoveryFiles(t *testing.T) {
	s, _, r := forgot(t, 2)
	if err := r.Begin(ctx(), newSecret, newSecret); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	asked, answered := filepath.Join(dir, "ask.txt"), filepath.Join(dir, "answer.txt")
	wantKey(t, r.Save(filepath.Join(dir, "none", "ask.txt")), "agent.recover.save")
	if err := r.Save(asked); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(asked)
	if err != nil {
		t.Fatal(err)
	}
	_, response := s.Gate.Approve(string(text))
	if err := os.WriteFile(answered, []byte("\ufeff"+response+"\r\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := flow.ResponseFile(answered)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Finish(ctx(), got, newSecret); err != nil {
		t.Fatal(err)
	}
	_, err = flow.ResponseFile(filepath.Join(dir, "missing.txt"))
	wantField(t, err, "agent.recover.file", "response")
	if err := os.WriteFile(answered, make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = flow.ResponseFile(answered)
	wantField(t, err, "agent.recover.file", "response")
}
