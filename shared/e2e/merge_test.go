// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
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
)

// offline is what three devices did while there was no server.
type offline struct {
	devices map[string]*device // where they stood when the server came back
	shared  [2]string          // households that both agents edited, as ids
	plate   string             // code on the door of the first
	demand  string             // receipt number of what the kiosk took there
	created int                // households
	before  int                // households of the sample
}

// Both agents work on the same two households: each field shows another way of
// meeting. These are the contract of the test.
const (
	phoneFirst, phoneChained, phoneLast = "13800000001", "13800000002", "13800000003"
	debtOne, debtTwo                    = "1111.00", "2222.00"
	met                                 = 4 // change sets of each agent on them
)

// workOffline lets devices register and edit while the server is stopped.
func workOffline(t *testing.T, s *server) offline {
	t.Helper()
	s.firstPlate()
	one, two := s.enrol("agent", "one"), s.enrol("agent", "two")
	kiosk := s.enrol("kiosk", "kiosk", made.Units[0].Code)
	w := offline{devices: map[string]*device{"one": one, "two": two, "kiosk": kiosk}}
	for _, d := range w.devices {
		d.sync()
	}
	s.stop()
	w.choose(one)
	a, b := w.shared[0], w.shared[1]

	// Same field, chained on its own pending edit; the later act counts.
	one.put("household", entry{ID: a, Fields: map[string]string{"phone": phoneFirst, "address": "甲地址", "crops": "rice"}})
	one.put("household", entry{ID: a, Fields: map[string]string{"phone": phoneChained, "debt_private": debtOne}})
	w.overlapAtKiosk(one.get(a))
	two.put("household", entry{ID: a, Fields: map[string]string{"remark": "乙备注", "crops": "tea", "debt_private": debtTwo}})
	two.put("household", entry{ID: a, Fields: map[string]string{"phone": phoneLast}})

	// The other way round on the second household.
	two.put("household", entry{ID: b, Fields: map[string]string{"phone": phoneFirst}})
	two.put("household", entry{ID: b, Fields: map[string]string{"debt_private": debtTwo}})
	one.put("household", entry{ID: b, Fields: map[string]string{"phone": phoneLast, "house_count": "3"}})
	one.put("household", entry{ID: b, Fields: map[string]string{"debt_private": debtOne}})

	one.put("household", newHouseholds("甲", newByAgent)...)
	two.put("household", newHouseholds("乙", newByAgent)...)
	kiosk.put("household", newHouseholds("丙", newByKiosk)...)
	w.created += 2*newByAgent + newByKiosk
	for name, d := range w.devices {
		if st := d.status(); st.Waiting != d.wrote {
			t.Errorf("%s: %d change sets wait, want the %d that were made", name, st.Waiting, d.wrote)
		}
	}
	if r := one.get(a); r.Fields["phone"] != phoneChained || !slices.Contains(r.Pending, "phone") {
		t.Errorf("offline the device shows phone %q, pending %v; want its own %q", r.Fields["phone"], r.Pending, phoneChained)
	}
	return w
}

// choose takes a household behind a plate of the kiosk's village, and one of the
// other village, which travels in another lane.
func (w *offline) choose(d *device) {
	d.t.Helper()
	for _, r := range d.list("household") {
		w.before++
		switch {
		case r.Fields["region_code"] != made.Units[0].Code:
			w.shared[1] = r.ID
		case r.Fields["plate_code"] != "":
			w.shared[0], w.plate = r.ID, r.Fields["plate_code"]
		}
	}
	if w.shared[0] == "" || w.shared[1] == "" {
		d.t.Fatalf("no household with a plate, or none in the second village: %+v", w)
	}
}

// overlapAtKiosk lets the kiosk register the house of a household that the
// agents edit, and a demand there.
//
// A kiosk may create and not read: it never learns that the household is there,
// and has no id to edit. Overlap therefore means the same house under the same
// plate a second time. The agents' record and the kiosk's are two until a person
// says that they are one; neither may change the other, and the demand belongs
// to the plate whatever becomes of both.
func (w *offline) overlapAtKiosk(known row) {
	kiosk := w.devices["kiosk"]
	kiosk.t.Helper()
	if rows := kiosk.list("household"); len(rows) > 0 {
		kiosk.t.Errorf("the kiosk reads households: %+v", rows)
	}
	kiosk.put("household", entry{Village: made.Units[0].Code, Fields: map[string]string{
		"head_name": "示例自助", "region_code": made.Units[0].Code, "group_no": known.Fields["group_no"],
		"house_no": known.Fields["house_no"], "plate_code": w.plate, "phone": phoneFirst, "sample": "是",
	}})
	w.created++
	w.demand = kiosk.ask(w.plate)
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
	var outcomes []outcome
	for _, order := range [][]string{{"one", "two", "kiosk"}, {"kiosk", "two", "one"}} {
		t.Run(order[0]+" first", func(t *testing.T) {
			outcomes = append(outcomes, mergeInOrder(t, s, work, order, random))
		})
	}
	if len(outcomes) != 2 || t.Failed() {
		return
	}
	if diff := cmp.Diff(outcomes[0], outcomes[1]); diff != "" {
		t.Errorf("the outcome depends on the order of arrival (-one first +kiosk first):\n%s", diff)
	}
}

// outcome is what people find after a merge.
type outcome struct {
	Households []row
	Demands    []demand
	Lost       []string // values that stand no more, and who wrote them
}

// mergeInOrder merges copies of the devices and the server.
func mergeInOrder(t *testing.T, origin *server, work offline, order []string, random *rand.Rand) outcome {
	s := copyServer(t, origin)
	devices := map[string]*device{}
	for name, d := range work.devices {
		devices[name] = d.copy(t)
	}
	s.start()
	middle := 0
	for _, name := range order {
		if s.interrupt(devices[name], random) {
			middle++
		}
		if st := devices[name].sync(); st.Waiting != 0 || st.Refused != 0 || st.Quarantined != 0 {
			t.Errorf("%s: waiting %d, refused %d, quarantined %d; want a good receipt for everything",
				name, st.Waiting, st.Refused, st.Quarantined)
		}
	}
	if middle == 0 {
		t.Error("no kill -9 came in the middle of a device's work")
	}
	got := converged(t, s, devices, work)
	checkMeeting(t, devices, work)
	checkReceipts(t, s, devices, order)
	s.clean()
	s.stop()
	return got
}

// converged fails unless all who may see the households see the same, each once,
// and returns what they see.
func converged(t *testing.T, s *server, devices map[string]*device, work offline) outcome {
	t.Helper()
	fresh := s.enrol("agent", "fresh")
	devices["one"].sync() // what the others brought after its turn
	devices["two"].sync()
	fresh.sync()
	want := outcome{Households: fresh.list("household"), Demands: fresh.demands()}
	var lost []string
	for _, name := range []string{"one", "two"} {
		d := devices[name]
		if diff := cmp.Diff(want, outcome{Households: d.list("household"), Demands: d.demands()}); diff != "" {
			t.Errorf("%s differs from a device that has everything from the server (-fresh +%s):\n%s", name, name, diff)
		}
		for _, id := range work.shared {
			lost = append(lost, d.get(id).lost()...)
		}
	}
	slices.Sort(lost)
	want.Lost = lost
	once(t, want.Households, work.before+work.created)
	if n := len(slices.DeleteFunc(slices.Clone(want.Demands), func(d demand) bool { return d.Receipt != work.demand })); n != 1 {
		t.Errorf("%d demands have the kiosk's receipt number, want one", n)
	}
	return want
}

// once fails unless there are n households, none twice, none waiting.
func once(t *testing.T, rows []row, n int) {
	t.Helper()
	if len(rows) != n {
		t.Errorf("%d households, want %d", len(rows), n)
	}
	seen := map[string]bool{}
	for _, r := range rows {
		key := r.Fields["head_name"] + r.Fields["house_no"]
		if seen[r.ID] || r.Fields["group_no"] == "九组" && seen[key] {
			t.Errorf("household %s is there twice", r.ID)
		}
		if len(r.Pending) > 0 {
			t.Errorf("household %s: %v still pending", r.ID, r.Pending)
		}
		seen[r.ID], seen[key] = true, true
	}
}

// checkMeeting looks at the households that both agents edited, and at what the
// kiosk put beside the first.
func checkMeeting(t *testing.T, devices map[string]*device, work offline) {
	t.Helper()
	for _, tt := range []struct {
		at    string
		id    string
		wants map[string]string
		other string   // the other side of the dispute about debt_private
		lost  []string // telephone numbers
	}{
		{"one", work.shared[0], map[string]string{
			"phone": phoneLast, "address": "甲地址", "remark": "乙备注", "debt_private": debtOne, "plate_code": work.plate,
		}, debtTwo, []string{phoneFirst, phoneChained}},
		{"two", work.shared[1], map[string]string{
			"phone": phoneLast, "house_count": "3", "debt_private": debtTwo,
		}, debtOne, []string{phoneFirst}},
	} {
		r := devices[tt.at].get(tt.id)
		for field, want := range tt.wants {
			if r.Fields[field] != want {
				t.Errorf("%s is %q, want %q", field, r.Fields[field], want)
			}
		}
		if r.Fields["head_name"] == "示例自助" {
			t.Error("the kiosk's registration changed the agents' record")
		}
		if !slices.Equal(r.Disputed, []string{"debt_private"}) || !slices.Equal(r.Others["debt_private"], []string{tt.other}) {
			t.Errorf("disputed %v beside %v; want debt_private, which nobody but a person may settle", r.Disputed, r.Others)
		}
		for _, phone := range tt.lost {
			if !r.had("phone", phone) {
				t.Errorf("the losing phone %s is not in the history %+v", phone, r.History)
			}
		}
	}
	checkDoor(t, devices["two"], work)
}

// checkDoor looks at what is behind the plate that the kiosk was shown.
func checkDoor(t *testing.T, d *device, work offline) {
	t.Helper()
	behind := d.where("household", "plate_code="+work.plate)
	if len(behind) != 2 {
		t.Errorf("%d households behind the plate, want the agents' and the kiosk's: %+v", len(behind), behind)
	}
	plate := d.where("plate", "plate_code="+work.plate)[0].Fields["handle"]
	if asked := d.where("demand", "plate="+plate); len(asked) != 1 {
		t.Errorf("%d demands at the plate, want the kiosk's: %+v", len(asked), asked)
	}
	got, found := d.demand(work.demand)
	if !found || got.Name != applicant || got.Channel != "kiosk" || got.Status != "unverified" || got.Pending {
		t.Errorf("the kiosk's demand: %+v, %t", got, found)
	}
}

// checkReceipts counts what the devices wrote against what the server receipted.
// Who came first of the agents has nothing to meet; the other has one of each.
func checkReceipts(t *testing.T, s *server, devices map[string]*device, order []string) {
	t.Helper()
	first := order[0]
	if first == "kiosk" {
		first = order[1]
	}
	for name, d := range devices {
		want := map[string]int{"accepted": d.wrote}
		if name != "kiosk" && name != first {
			want = map[string]int{"accepted": d.wrote - met, "merged": 1, "superseded": 1, "in_review": 2}
		}
		if diff := cmp.Diff(want, s.receipts(d)); diff != "" {
			t.Errorf("receipts of %s (-want +got):\n%s", name, diff)
		}
	}
}
