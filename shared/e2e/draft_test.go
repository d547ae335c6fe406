// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"yuexin/shared/credit/forms"
	"yuexin/shared/ident"
	"yuexin/shared/station"
)

// typedAt returns what is kept of the answers of the forms that are unfinished on a laptop whose program has ended.
func typedAt(t *testing.T, d *device) (answers []map[string]forms.Answer) {
	t.Helper()
	s, err := station.Open(t.Context(), station.Config{Dir: d.dir, Program: d.program, Version: "test", Log: slog.New(slog.DiscardHandler)})
	if err == nil {
		defer s.Close()
		err = s.Unlock(t.Context(), password)
	}
	if err != nil {
		t.Fatal(err)
	}
	heads, err := s.Replica.Unfinished(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	for draft := range heads {
		answers = append(answers, partsAt(t, s, draft)...)
	}
	return answers
}

func partsAt(t *testing.T, s *station.Station, draft ident.Record) (answers []map[string]forms.Answer) {
	t.Helper()
	kept, err := s.Replica.UnfinishedParts(t.Context(), draft)
	if err != nil {
		t.Fatal(err)
	}
	for number, data := range kept {
		var p forms.Part
		if number > 0 && json.Unmarshal(data, &p) == nil {
			answers = append(answers, p.Answers)
		}
	}
	return answers
}

// walAt tells the state of a laptop's log of its database from outside.
func walAt(t *testing.T, d *device) string {
	t.Helper()
	info, err := os.Stat(filepath.Join(d.dir, "replica.db-wal"))
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(info.Size(), info.ModTime())
}

// A hand types into the laptop's real window, and the program is killed in the middle of a word: the half of it is found
// on the disk, sealed. In the window that is opened next the form is gone on with where the hand was.
func TestTypingSurvivesKill(t *testing.T) {
	t.Parallel()
	s := running(t)
	d := s.enrol("agent", "laptop", made.Units[0].Code)
	d.sync()
	h := hand{newScreen(t, 1366, 768)}
	p := h.open(d, "信用服务官")
	h.drawn()
	h.unlock(password)
	h.press() // register a household; the cursor is in the name
	const half = "Chen Xiuy"
	before := walAt(t, d)
	h.types(half)
	eventually(t, "the first key is on the disk", func() bool { return walAt(t, d) != before })
	p.kill() // the rest of the word is on its way through the window, or kept as well

	found := typedAt(t, d)
	if len(found) != 1 || found[0]["head_name"].Text == "" || !strings.HasPrefix(half, found[0]["head_name"].Text) {
		t.Fatalf("found %+v", found)
	}
	if found[0]["head_name"].How != forms.Typed || found[0]["head_name"].At == 0 {
		t.Errorf("how and when it was typed: %+v", found[0]["head_name"])
	}
	p = h.open(d, "信用服务官")
	h.unlock(password)
	h.calm()
	p.kill()
	if again := typedAt(t, d); len(again) != 1 || again[0]["head_name"] != found[0]["head_name"] {
		t.Errorf("after opening once more: %+v", again)
	}
}
