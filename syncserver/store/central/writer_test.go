// SPDX-License-Identifier: Apache-2.0

package central

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"yuexin/assets"
	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/store/database"
)

// quiet opens a store without a writer goroutine, so that a test writes.
func quiet(t *testing.T) *Store {
	t.Helper()
	catalogue, err := record.ParseCatalogue(strings.NewReader(`{"version": 1, "kinds": []}`))
	if err != nil {
		t.Fatal(err)
	}
	access, err := record.ParseAccess(strings.NewReader(`{"version": 1, "roles": []}`))
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), Options{Dir: t.TempDir(), Catalogue: catalogue, Access: access, Now: func() time.Time { return time.UnixMilli(0) }})
	if err != nil {
		t.Fatal(err)
	}
	close(s.closing)
	<-s.stopped
	t.Cleanup(func() {
		if err := s.closeFiles(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func (s *Store) settings(t *testing.T) (names []string) {
	t.Helper()
	err := s.writer.query(func(r row) error {
		names = append(names, r.text(0))
		return nil
	}, `SELECT name FROM setting WHERE name LIKE 'n%' ORDER BY name`)
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func set(name string, err error) *task {
	return &task{do: func(t *txn) error { return errors.Join(t.setSetting(name, []byte{}), err) }}
}

// refusing is a connection that commits only while it does not refuse.
type refusing struct {
	database.Conn
	refuses func() bool
}

func (r refusing) Exec(query string, args ...driver.Value) (int64, error) {
	if query == "COMMIT" && r.refuses() {
		_, err := r.Conn.Exec("ROLLBACK")
		return 0, errors.Join(errors.New("not committed"), err)
	}
	return r.Conn.Exec(query, args...)
}

// TestGroupIsHalved lets COMMIT itself fail whenever a certain task is part of
// the group: all others are committed.
func TestGroupIsHalved(t *testing.T) {
	s := quiet(t)
	var current, poisoned *txn
	s.writer.Conn = refusing{s.writer.Conn, func() bool { return current == poisoned }}
	var group []*task
	for i := range 7 {
		one := set(fmt.Sprintf("n%d", i), nil)
		write := one.do
		one.do = func(tx *txn) error {
			if current = tx; i == 4 {
				poisoned = tx
			}
			return write(tx)
		}
		group = append(group, one)
	}
	s.commitGroup(group)
	for i, one := range group {
		if (one.err != nil) != (i == 4) {
			t.Errorf("task %d: got %v", i, one.err)
		}
	}
	if got, want := s.settings(t), []string{"n0", "n1", "n2", "n3", "n5", "n6"}; !slices.Equal(got, want) {
		t.Errorf("on disk: got %v, want %v", got, want)
	}
}

func TestTaskFailsAlone(t *testing.T) {
	defect := errors.New("defect")
	t.Run("its own error", func(t *testing.T) {
		s := quiet(t)
		group := []*task{set("n0", nil), set("n1", defect), set("n2", nil)}
		s.commitGroup(group)
		if group[0].err != nil || !errors.Is(group[1].err, defect) || group[2].err != nil {
			t.Errorf("got %v, %v, %v", group[0].err, group[1].err, group[2].err)
		}
		if got, want := s.settings(t), []string{"n0", "n2"}; !slices.Equal(got, want) {
			t.Errorf("on disk: got %v, want %v", got, want)
		}
	})
	t.Run("a panic", func(t *testing.T) {
		s := quiet(t)
		group := []*task{{do: func(*txn) error { panic("somebody's name") }}, set("n1", nil)}
		s.commitGroup(group)
		if group[0].err == nil || strings.Contains(group[0].err.Error(), "name") || group[1].err != nil {
			t.Errorf("got %v, %v", group[0].err, group[1].err)
		}
	})
	t.Run("in pieces", func(t *testing.T) {
		s := quiet(t)
		whole := set("n0", defect)
		whole.split = func() []*task {
			last := set("n2", defect)
			last.split = func() []*task { return []*task{set("n3", nil)} }
			return []*task{set("n1", nil), last}
		}
		s.commitGroup([]*task{whole})
		if got, want := s.settings(t), []string{"n1", "n3"}; whole.err != nil || !slices.Equal(got, want) {
			t.Errorf("got %v, on disk %v, want %v", whole.err, got, want)
		}
	})
	t.Run("the machine's error is everybody's", func(t *testing.T) {
		s := quiet(t)
		full := fault.New(fault.Exhausted, "")
		group := []*task{set("n0", nil), set("n1", full), set("n2", nil)}
		s.commitGroup(group)
		for i, one := range group {
			if !fault.Is(one.err, fault.Exhausted) {
				t.Errorf("task %d: got %v, want exhausted", i, one.err)
			}
		}
		if got := s.settings(t); len(got) != 0 {
			t.Errorf("on disk: got %v, want nothing", got)
		}
	})
}

// TestEveryReasonHasTexts: what the judge says can be read in every language.
func TestEveryReasonHasTexts(t *testing.T) {
	texts, err := i18n.Load(assets.Locales())
	if err != nil {
		t.Fatal(err)
	}
	keys := []string{"sync.store.key_file", "sync.store.master_key", "sync.store.backup_exists"}
	for _, reason := range []string{"failed", "login", "off", "scope"} {
		keys = append(keys, quarantined(reason).Reason)
	}
	for _, reason := range []string{
		"access", "chained", "choice", "decision", "entry", "exists", "field", "header", "heads", "kind",
		"limit", "malformed", "missing", "operation", "source", "twice", "type",
	} {
		keys = append(keys, rejected(reason, record.Header{}, "").Reason)
	}
	for _, key := range keys {
		for _, lang := range i18n.Langs() {
			for _, k := range []string{key, key + ".hint"} {
				if !texts.Printer(lang).Has(k) {
					t.Errorf("%s: %s has no text", lang, k)
				}
			}
		}
	}
}
