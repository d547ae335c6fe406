// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// seed returns the source of a test's random moments; the test's log names it.
func seed(t *testing.T) *rand.Rand {
	t.Helper()
	n := uint64(time.Now().UnixNano())
	if text := os.Getenv("YUEXIN_E2E_SEED"); text != "" {
		var err error
		if n, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("YUEXIN_E2E_SEED=%d", n)
	return rand.New(rand.NewPCG(n, 0))
}

// The size of the offline work: enough for several frames, so that a server can
// be killed between two of them.
const (
	newByKiosk = 60
	newByAgent = 120
	killings   = 2  // of each device's sync
	killWithin = 60 // milliseconds after it began
)

// offline is what three devices did while there was no server.
type offline struct {
	dirs    map[string]string // data folders by device
	shared  []string          // households that both agents edited, as ids
	created int
	before  int // households of the sample
}

// Both agents work on the first household: each field shows another way of
// meeting. These are the contract of the test.
const (
	phoneFirst, phoneChained, phoneLast = "13800000001", "13800000002", "13800000003"
	debtOne, debtTwo                    = "1111.00", "2222.00"
)

// workOffline lets devices register and edit while the server is stopped.
func workOffline(t *testing.T, s *server) offline {
	t.Helper()
	one, two := s.enrol("agent", "one"), s.enrol("agent", "two")
	kiosk := s.enrol("kiosk", "kiosk", made.Units[0].Code)
	for _, d := range []*device{one, two, kiosk} {
		d.sync()
	}
	s.stop()
	w := offline{dirs: map[string]string{"one": one.dir, "two": two.dir, "kiosk": kiosk.dir}}
	for _, r := range one.list("household") {
		w.shared = append(w.shared, r.ID)
	}
	w.before = len(w.shared)
	a := w.shared[0]

	// Same field, chained on its own pending edit; the later act counts.
	one.put("household", entry{ID: a, Fields: map[string]string{"phone": phoneFirst, "address": "甲地址", "crops": "rice"}})
	one.put("household", entry{ID: a, Fields: map[string]string{"phone": phoneChained, "debt_private": debtOne}})
	two.put("household", entry{ID: a, Fields: map[string]string{"remark": "乙备注", "crops": "tea", "debt_private": debtTwo}})
	two.put("household", entry{ID: a, Fields: map[string]string{"phone": phoneLast}})

	// The other way round on the second household.
	two.put("household", entry{ID: w.shared[1], Fields: map[string]string{"phone": phoneFirst}})
	one.put("household", entry{ID: w.shared[1], Fields: map[string]string{"phone": phoneLast, "house_count": "3"}})

	one.put("household", newHouseholds("甲", newByAgent)...)
	two.put("household", newHouseholds("乙", newByAgent)...)
	kiosk.put("household", newHouseholds("丙", newByKiosk)...)
	w.created = 2*newByAgent + newByKiosk
	if st := one.status(); st.Waiting != newByAgent+3 {
		t.Errorf("agent one: %d change sets wait, want %d", st.Waiting, newByAgent+3)
	}
	if r := one.get(a); r.Fields["phone"] != phoneChained || !slices.Contains(r.Pending, "phone") {
		t.Errorf("offline the device shows phone %q, pending %v; want its own %q", r.Fields["phone"], r.Pending, phoneChained)
	}
	return w
}

func newHouseholds(who string, n int) []entry {
	var out []entry
	for i := range n {
		out = append(out, entry{Village: made.Units[0].Code, Fields: map[string]string{
			"head_name": fmt.Sprintf("示例%s%d", who, i+1), "region_code": made.Units[0].Code,
			"group_no": "九组", "house_no": fmt.Sprintf("%s%d号", who, i+1), "phone": fmt.Sprintf("139%08d", i), "sample": "是",
		}})
	}
	return out
}

// TestOfflineMergeKill9 merges the same offline work twice, in both orders of
// arrival, on a server that is killed again and again in the middle of it.
func TestOfflineMergeKill9(t *testing.T) {
	t.Parallel()
	random := seed(t)
	s := running(t)
	work := workOffline(t, s)
	var outcomes [][]row
	for _, order := range [][]string{{"one", "two", "kiosk"}, {"kiosk", "two", "one"}} {
		t.Run(order[0]+" first", func(t *testing.T) {
			outcomes = append(outcomes, mergeInOrder(t, s, work, order, random))
		})
	}
	if len(outcomes) != 2 || t.Failed() {
		return
	}
	settled := func(rows []row) (out []row) {
		for _, r := range rows {
			for _, f := range r.Disputed {
				delete(r.Fields, f) // nobody has decided: each order shows what came first
			}
			out = append(out, r)
		}
		return out
	}
	if diff := cmp.Diff(settled(outcomes[0]), settled(outcomes[1])); diff != "" {
		t.Errorf("the outcome depends on the order of arrival (-%s first +kiosk first):\n%s", "one", diff)
	}
}

// mergeInOrder merges copies of the devices and the server.
func mergeInOrder(t *testing.T, origin *server, work offline, order []string, random *rand.Rand) []row {
	s := copyServer(t, origin)
	devices := map[string]*device{}
	for name, dir := range work.dirs {
		d := &device{t: t, program: "agent", dir: filepath.Join(t.TempDir(), name)}
		if name == "kiosk" {
			d.program = "kiosk"
		}
		copyTree(t, d.dir, dir)
		devices[name] = d
	}
	s.start()
	for _, name := range order {
		for range killings {
			s.syncAndKill(devices[name], random)
			s.start()
			s.clean()
		}
		if st := devices[name].sync(); st.Waiting != 0 || st.Refused != 0 || st.Quarantined != 0 {
			t.Errorf("%s: waiting %d, refused %d, quarantined %d; want a good receipt for everything",
				name, st.Waiting, st.Refused, st.Quarantined)
		}
	}
	rows := converged(t, s, devices, work)
	checkMeeting(t, devices, work)
	s.clean()
	s.stop()
	return rows
}

// copyServer returns a server with the data, the address and the devices of a
// stopped one.
func copyServer(t *testing.T, origin *server) *server {
	t.Helper()
	s := newServer(t)
	if err := os.RemoveAll(s.dir); err != nil {
		t.Fatal(err)
	}
	copyTree(t, s.dir, origin.dir)
	s.port, s.url, s.args = origin.port, origin.url, origin.args
	return s
}

// syncAndKill kills the server while a device syncs: at a random moment after
// the first trace of the session in the store.
func (s *server) syncAndKill(d *device, random *rand.Rand) {
	s.t.Helper()
	before := s.written()
	sync := start(s.t, command(s.t.Context(), d.program, "sync", "--once", "--dir", d.dir))
	eventually(s.t, "the session reaches the store", func() bool {
		select {
		case <-sync.done:
			return true
		default:
			return s.written() != before
		}
	})
	select {
	case <-time.After(time.Duration(random.IntN(killWithin)) * time.Millisecond):
	case <-sync.done:
	}
	s.kill()
	<-sync.done // with an error or without: both are fine, losing something is not
	s.t.Logf("%s: %d change sets wait after kill -9", filepath.Base(d.dir), d.status().Waiting)
}

// written tells the state of the store's files from outside.
func (s *server) written() string {
	files, err := filepath.Glob(filepath.Join(s.dir, "store", "*-wal"))
	if err != nil {
		s.t.Fatal(err)
	}
	var text strings.Builder
	for _, f := range files {
		if info, err := os.Stat(f); err == nil {
			fmt.Fprintln(&text, f, info.Size(), info.ModTime())
		}
	}
	return text.String()
}

// converged fails unless all who may see the households see the same, each once,
// and returns them.
func converged(t *testing.T, s *server, devices map[string]*device, work offline) []row {
	t.Helper()
	fresh := s.enrol("agent", "fresh")
	devices["one"].sync() // what the others brought after its turn
	devices["two"].sync()
	fresh.sync()
	want := fresh.list("household")
	for _, name := range []string{"one", "two"} {
		if diff := cmp.Diff(want, devices[name].list("household")); diff != "" {
			t.Errorf("%s differs from a device that has everything from the server (-fresh +%s):\n%s", name, name, diff)
		}
	}
	if got, n := len(want), work.before+work.created; got != n {
		t.Errorf("%d households, want %d", got, n)
	}
	seen := map[string]bool{}
	for _, r := range want {
		key := r.Fields["head_name"] + r.Fields["house_no"]
		if seen[r.ID] || r.Fields["group_no"] == "九组" && seen[key] {
			t.Errorf("household %s is there twice", r.ID)
		}
		if len(r.Pending) > 0 {
			t.Errorf("household %s: %v still pending", r.ID, r.Pending)
		}
		seen[r.ID], seen[key] = true, true
	}
	return want
}

// checkMeeting looks at the households that both agents edited.
func checkMeeting(t *testing.T, devices map[string]*device, work offline) {
	t.Helper()
	a := devices["one"].get(work.shared[0])
	for field, want := range map[string]string{"phone": phoneLast, "address": "甲地址", "remark": "乙备注"} {
		if a.Fields[field] != want {
			t.Errorf("%s is %q, want %q", field, a.Fields[field], want)
		}
	}
	if !slices.Equal(a.Disputed, []string{"debt_private"}) {
		t.Errorf("disputed %v, want debt_private, which nobody may settle but a person", a.Disputed)
	}
	for _, p := range []string{phoneFirst, phoneChained} {
		if !a.had("phone", p) {
			t.Errorf("the losing phone %s is not in the history %+v", p, a.History)
		}
	}
	b := devices["two"].get(work.shared[1])
	if b.Fields["phone"] != phoneLast || b.Fields["house_count"] != "3" || !b.had("phone", phoneFirst) {
		t.Errorf("second household: %+v, want phone %s with %s in the history", b, phoneLast, phoneFirst)
	}
}
