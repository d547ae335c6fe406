// SPDX-License-Identifier: Apache-2.0

package station

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"sync"
	"testing"

	"yuexin/shared/pinyin"
	"yuexin/shared/typing"
)

// local is a keyboard that has learned a surname from so many visits.
func local(t *testing.T, visits int) *pinyin.Local {
	t.Helper()
	kit, err := typing.Load()
	if err != nil {
		t.Fatal(err)
	}
	l, err := kit.NewLocal()
	if err != nil {
		t.Fatal(err)
	}
	for range visits {
		l.Note(pinyin.Names, "冼秀英")
		l.EndVisit()
	}
	return l
}

func TestLearnedIsKeptAndForgotten(t *testing.T) {
	s := open(t, t.TempDir(), "kiosk")
	if err := s.LoadLearned(local(t, 0), "441284105203"); err != nil {
		t.Fatalf("nothing kept yet: %v", err)
	}
	if err := s.SaveLearned(local(t, 4), "441284105203"); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(s.path(learnedFile))
	if err != nil || !strings.Contains(string(data), "冼") || strings.Contains(string(data), "秀") {
		t.Fatalf("the file holds %s, %v; want the surname and nothing of the given name", data, err)
	}

	again := local(t, 0)
	if err := s.LoadLearned(again, "441284105203"); err != nil || again.Learned() != 1 {
		t.Fatalf("loaded %d words, %v", again.Learned(), err)
	}
	elsewhere := local(t, 0)
	if err := s.LoadLearned(elsewhere, "440103008001"); err == nil || elsewhere.Learned() != 0 {
		t.Errorf("a machine that stands elsewhere took %d words, %v", elsewhere.Learned(), err)
	}

	for range 2 { // the second time there is no file
		if err := s.ForgetLearned(again); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(s.path(learnedFile)); !errors.Is(err, fs.ErrNotExist) || again.Learned() != 0 {
		t.Errorf("still there: %d words, %v", again.Learned(), err)
	}
}

func TestLearnedDamaged(t *testing.T) {
	s := open(t, t.TempDir(), "kiosk")
	if err := os.WriteFile(s.path(learnedFile), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	l := local(t, 4)
	if err := s.LoadLearned(l, ""); err == nil {
		t.Error("a damaged file was taken")
	}
	if err := s.SaveLearned(l, ""); err != nil {
		t.Fatalf("a damaged file is not replaced: %v", err)
	}
}

// TestLearnsWhileItIsKept types, looks up, keeps and forgets at once, as a keyboard and a program that keeps now and then do: for
// the race detector.
func TestLearnsWhileItIsKept(t *testing.T) {
	kit, err := typing.Load()
	if err != nil {
		t.Fatal(err)
	}
	s, l := open(t, t.TempDir(), "kiosk"), local(t, 0)
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			for range 10 {
				l.Note(pinyin.Names, "陈秀英")
				l.EndVisit()
				kit.Engine.Candidates(pinyin.Query{Input: "chen", Mode: pinyin.Names, Local: l})
				l.Surnames(nil, 3)
				if _, err := l.Save("441284105203"); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Go(func() { l.SetNear(map[string]uint8{"大沙": 9}); l.Forget() })
	if err := s.SaveLearned(l, "441284105203"); err != nil {
		t.Error(err)
	}
	all.Wait()
}
