// SPDX-License-Identifier: Apache-2.0

package flow_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"yuexin/agent/stage"
	"yuexin/shared/credit/consent"
	"yuexin/shared/exchange"
	"yuexin/shared/i18n"
)

// TestConsents: an officer takes a consent back for whoever asks them to; from then on the laptop shows who it was and nothing of
// what they took back, corrects nothing of it and exports nothing; a thumb on a printed letter gives it again.
func TestConsents(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	d := s.Desk
	c, err := d.Consents(ctx(), stage.Chen)
	if err != nil || len(c.Lines) == 0 {
		t.Fatalf("%+v, %v", c, err)
	}
	var pdf bytes.Buffer
	if _, err := c.Letter(ctx(), c.Lines[0]).Write(&pdf); err != nil || !bytes.HasPrefix(pdf.Bytes(), []byte("%PDF")) {
		t.Errorf("letter: %v", err)
	}
	if _, err := c.Blank("household_file").Write(&bytes.Buffer{}); err != nil {
		t.Errorf("blank letter: %v", err)
	}
	before, err := d.Detail(ctx(), stage.Chen)
	if err != nil || before.Phone == "" || len(before.Withheld) > 0 {
		t.Fatalf("before: %+v, %v", before.Withheld, err)
	}
	for _, l := range c.Lines {
		if l.For == "建立农户信用档案" && l.Holds {
			if err := c.Withdraw(ctx(), l); err != nil {
				t.Fatal(err)
			}
			again, err := d.Consents(ctx(), stage.Chen)
			if err != nil {
				t.Fatal(err)
			}
			wantKey(t, again.Withdraw(ctx(), l), "kiosk.takeback.gone")
		}
	}
	x, err := d.Detail(ctx(), stage.Chen)
	if err != nil || x.Title != before.Title || x.Phone != "" || len(x.Withheld) != 1 || !strings.Contains(x.Withheld[0], "2026年11月22日 撤回授权") {
		t.Fatalf("after: %q %q %v, %v", x.Title, x.Phone, x.Withheld, err)
	}
	_, err = d.Edit(ctx(), stage.Chen)
	wantKey(t, err, "agent.consents.withdrawn")
	if rows, left, text := exported(t, s); rows != 6 || left != 1 || strings.Contains(text, "陈秀英") || !strings.Contains(text, "李") {
		t.Errorf("%d rows, %d left out: %s", rows, left, text)
	}

	wantKey(t, c.Thumb(ctx(), "household_file", " ", "", bytes.NewReader(ink(t))), "consent.giver")
	if err := c.Thumb(ctx(), "household_file", "陈秀英", "陈小明", bytes.NewReader(ink(t))); err != nil {
		t.Fatal(err)
	}
	row, err := d.Store.Get(ctx(), stage.Chen)
	if err != nil {
		t.Fatal(err)
	}
	given, err := consent.Read(ctx(), d.Store, stage.Fuxi, row.Header.Subject)
	if err != nil || given.Consents[0].Given != consent.Thumb || given.Consents[0].Photo == nil || !given.Consents[0].Assisted {
		t.Errorf("by thumb: %+v, %v", given.Consents[0], err)
	}
	if x, err = d.Detail(ctx(), stage.Chen); err != nil || x.Phone != before.Phone || len(x.Withheld) > 0 {
		t.Errorf("given again: %v, %v", x.Withheld, err)
	}
}

// TestNotesGoWithTheirValue: what somebody objects to stands beside the value on the laptop and in what it exports.
func TestNotesGoWithTheirValue(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	s.Object(901, "phone", "13800000000", "19900009999", 48*time.Hour)
	x, err := s.Desk.Detail(ctx(), stage.Chen)
	if err != nil {
		t.Fatal(err)
	}
	note := ""
	for _, part := range x.Sections {
		for _, f := range part.Facts {
			note += f.Note
		}
	}
	const want = "应该是“19900009999”。正在核查，2026年12月10日前答复"
	if !strings.Contains(note, want) {
		t.Errorf("beside the value: %q", note)
	}
	if _, _, text := exported(t, s); !strings.Contains(text, want) || !strings.Contains(text, "本人的异议") {
		t.Errorf("in the table: %s", text)
	}
}

// exported returns what a table of the village holds for the bank that is responsible for it.
func exported(t *testing.T, s *stage.Stage) (rows, left int, text string) {
	t.Helper()
	list := s.Desk.Households()
	list.Scope = stage.Fuxi
	e, err := s.Desk.NewExport(ctx(), list)
	if err != nil {
		t.Fatal(err)
	}
	e.Reason, e.Clear, e.Format = "核对", true, exchange.CSV
	dir := t.TempDir()
	done, err := e.Write(ctx(), dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(dir, done.File))
	if err != nil {
		t.Fatal(err)
	}
	return done.Rows, done.Left, string(data)
}
