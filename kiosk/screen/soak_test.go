// SPDX-License-Identifier: Apache-2.0

package screen_test

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"testing"
	"time"

	"yuexin/assets"
	"yuexin/kiosk/device"
	"yuexin/kiosk/flow"
	"yuexin/shared/i18n"
)

// What the soak is told by its environment: how many changes of screen (200 in make test, 5,000 in make simulate), and that it
// is the process of its own in which it runs.
const (
	soakChanges = "YUEXIN_SOAK_CHANGES"
	soakInside  = "YUEXIN_SOAK_INSIDE"
)

// TestSoak is a day at the kiosk: visits of all sorts, one after the other, with 关怀版 and language switched now and then and
// everything spoken. Heap, goroutines and open files stay where they were. It runs in a process of its own, so that nothing of
// other tests is measured, and in which Fyne forgets what it cached after an eighth of a second in place of a minute.
func TestSoak(t *testing.T) {
	if os.Getenv(soakInside) == "" {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestSoak$", "-test.v", "-test.timeout=0")
		cmd.Env = append(os.Environ(), soakInside+"=1", "FYNE_CACHE=125ms")
		out, err := cmd.CombinedOutput()
		t.Logf("%s", out)
		if err != nil {
			t.Fatal(err)
		}
		return
	}
	changes := 200
	if n, err := strconv.Atoi(os.Getenv(soakChanges)); err == nil && n > 0 {
		changes = n
	}
	newSoak(t, changes).run()
}

// soak is a day.
type soak struct {
	*hall
	random  *rand.Rand
	changes int // wanted
	toggles int // wanted
	changed int
	toggled int
	seen    string // the screen that was shown last
	handed  int    // demands handed in
	speaker *quiet
	voice   *device.Voice
}

func newSoak(t *testing.T, changes int) *soak {
	s := &soak{hall: open(t), random: rand.New(rand.NewPCG(1, 2)), changes: changes, toggles: max(50, changes/25), speaker: &quiet{}}
	s.voice = &device.Voice{Speaker: s.speaker, Synth: &device.SimSynth{}, Clips: assets.Folder("voice"), Book: s.World.Scripts, Log: slog.New(slog.DiscardHandler)}
	s.voice.Open(t.Context())
	s.Flow.Voice = s.voice
	return s
}

// usage is what a process holds on to.
type usage struct {
	heap       uint64
	goroutines int
	files      int // -1 where nobody counts them
}

// usage measures once Fyne has forgotten what it may; of few screens, that is not worth the wait.
func (s *soak) usage(screens int) usage {
	s.voice.Close()
	if screens > fewScreens {
		time.Sleep(cleanEvery)
	}
	for range 2 {
		s.Canvas().Capture()
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	u := usage{heap: m.HeapAlloc, goroutines: runtime.NumGoroutine(), files: -1}
	if open, err := os.ReadDir("/proc/self/fd"); err == nil {
		u.files = len(open)
	}
	return u
}

// cleanEvery is how often Fyne looks for what it may forget, at most, by a clock that nobody can hand in.
const cleanEvery = 10100 * time.Millisecond

// fewScreens are those whose widgets, some 100 kB each, count for little while Fyne has not forgotten them.
const fewScreens = 30

// handedMost is how many demands are handed in: the made-up store holds them in memory, where a machine has its disk.
const handedMost = 20

// most is how much the heap may grow in a day, and with 50 changes of mode.
const most = 10 << 20

func (s *soak) run() {
	s.day(s.changes/10, 4) // fills the caches of both sizes
	s.changed, s.toggled = 0, 0
	before := s.usage(s.changes / 10)
	s.day(s.changes, s.toggles)
	after := s.usage(s.changes)
	s.t.Logf("%d changes of screen, %d of mode, %d times spoken: heap %.1f → %.1f MB, goroutines %d → %d, files %d → %d",
		s.changed, s.toggled, s.speaker.n, float64(before.heap)/1e6, float64(after.heap)/1e6, before.goroutines, after.goroutines, before.files, after.files)
	if s.changed < s.changes || s.toggled < s.toggles || s.speaker.n == 0 {
		s.t.Error("that was no day")
	}
	if after.heap > before.heap+most || after.goroutines > before.goroutines || after.files > before.files {
		s.t.Error("it grows")
	}
}

// day goes on with visits until there were so many changes of screen and of mode.
func (s *soak) day(changes, toggles int) {
	visits := []func(){s.demand, s.look, s.leaveHalf, s.wander, s.sound}
	for s.changed < changes || s.toggled < toggles {
		visits[s.random.IntN(len(visits))]()
		s.Flow.Clear()
		s.step()
	}
}

// step looks at the screen: it is drawn now and then, and sometimes the person changes how the kiosk speaks.
func (s *soak) step() {
	s.Time = s.Time.Add(17 * time.Second) // some 5,000 of them are a day
	now := string(s.Flow.Route())
	if s.Flow.Route() == flow.Question {
		now += s.Flow.Page().Path
	}
	if now != s.seen {
		s.seen = now
		if s.changed++; s.changed%50 == 0 {
			s.Canvas().Capture()
		}
	}
	s.Flow.Touch()
	if s.random.Float64() < 1.2*float64(s.toggles)/float64(s.changes) {
		s.toggled++
		s.Flow.SetLarge(!s.Flow.Large())
	}
	switch s.random.IntN(20) {
	case 2:
		s.Flow.SwitchLanguage()
	case 3:
		s.Flow.SetTongue(i18n.Tongues()[s.random.IntN(3)])
	}
}

func (s *soak) must(err error) {
	if err != nil {
		s.t.Fatal(err)
	}
}

// arrive holds a plate to the scanner and begins a task.
func (s *soak) arrive(t flow.Task) {
	s.Flow.Choose(t)
	s.step()
	token, err := s.Token(s.Door[door])
	s.must(err)
	s.Flow.Scan(token)
	s.step()
	s.Flow.AcceptPlace()
	s.step()
}

func (s *soak) fill(until int) {
	for n := 0; n < until && s.Flow.Route() == flow.Question; n++ {
		text, ok := map[string]string{
			"asked": "5万", "purpose": "planting", "term_months": "12", "applicant_name": "陈秀英", "contact": "helper",
			"helper_name": "李国强", "phone": "13800138000", "agree": "yes", "head_name": "陈秀英", "population": "4", "main_trade": "planting",
		}[s.Flow.Page().Path]
		if ok {
			s.Flow.Type(text)
		}
		s.must(s.Flow.Next())
		s.step()
	}
}

// demand registers a demand and looks at its state.
func (s *soak) demand() {
	s.arrive(flow.Demand)
	s.fill(99)
	if s.handed++; s.handed > handedMost {
		return
	}
	s.must(s.Flow.HandIn())
	s.step()
	number := string(s.Flow.Receipt().Number)
	s.Flow.Clear()
	s.step()
	s.Flow.Open(flow.Ask)
	s.step()
	s.must(s.Flow.AskState(number))
	s.step()
}

// look turns a few pages and goes.
func (s *soak) look() {
	for _, r := range []flow.Route{flow.Staff, flow.Devices, flow.Code, flow.Slip, flow.Reprint} {
		s.Flow.Open(r)
		s.step()
		s.Flow.Back()
		s.step()
	}
}

// leaveHalf leaves in the middle of a form, in one of three ways.
func (s *soak) leaveHalf() {
	s.arrive(flow.Household)
	s.fill(3)
	switch s.random.IntN(3) {
	case 0:
		s.Flow.Leave()
		s.step()
	case 1:
		s.must(s.Flow.PutAside())
		s.step()
	default:
		s.Pass(s.Flow.Mode().Patience())
		s.step()
		s.Pass(s.Flow.Mode().Countdown())
	}
	s.step()
}

// wander looks for a house by hand.
func (s *soak) wander() {
	s.Flow.Choose(flow.Merchant)
	s.step()
	s.Flow.Pick()
	s.step()
	villages, err := s.Flow.Villages()
	s.must(err)
	s.Flow.PickVillage(villages[0])
	s.step()
	s.Flow.PickGroup("三组")
	s.step()
	s.Flow.Back()
	s.step()
}

// sound has a screen read aloud.
func (s *soak) sound() {
	s.Flow.Open(flow.Ask)
	s.step()
	s.Flow.OpenSound()
	s.step()
	s.Flow.SetVolume(s.random.IntN(5))
	s.Flow.Read()
	s.step()
}

// quiet is a speaker that nobody hears; it is used by one sound at a time.
type quiet struct{ n int }

func (q *quiet) Check(context.Context) error { return nil }

func (q *quiet) Play(context.Context, []byte) error {
	q.n++
	return nil
}
