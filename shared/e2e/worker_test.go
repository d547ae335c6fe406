// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
)

// worker is a device that writes and syncs until it is told to stop, one process
// after the other, with the journal of what it was told.
type worker struct {
	d      *device
	random *rand.Rand
	shared string // a household that others edit as well; "" where none can be read

	mu      sync.Mutex // guards the two below
	at      string     // "put", "sync" or ""
	process *os.Process

	n       int                 // texts used
	created map[string]bool     // by house number; true: the device said that it is saved
	ids     map[string]string   // of households that are saved
	remarks map[string][]string // what may stand there: the last that was saved and those tried since
	edits   int                 // that are saved
	maybe   int                 // that were under way when a process was killed
	ends    map[string]int      // processes, by what they did and how they ended
}

func newWorker(d *device, random *rand.Rand) *worker {
	return &worker{
		d: d, random: random, created: map[string]bool{}, ids: map[string]string{}, remarks: map[string][]string{}, ends: map[string]int{},
	}
}

func (w *worker) run(ctx context.Context) {
	for ctx.Err() == nil {
		w.put(ctx)
		for range w.random.IntN(3) {
			_, _ = w.call(ctx, "sync", "--once", "--wait", "20s") // a server that is killed ends it, which is no fault
		}
	}
}

// doing tells which process runs.
func (w *worker) doing() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.at
}

// kill kills the process that runs and tells what it was doing.
func (w *worker) kill() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.process != nil {
		_ = w.process.Kill() // it may have ended already
	}
	return w.at
}

// call runs a verb to its end, whatever that is.
func (w *worker) call(ctx context.Context, verb string, args ...string) ([]byte, error) {
	cmd := command(context.WithoutCancel(ctx), w.d.program, append([]string{verb, "--json", "--dir", w.d.dir}, args...)...)
	var out bytes.Buffer
	cmd.Stdout = &out
	w.mu.Lock()
	err := cmd.Start()
	if err == nil {
		w.at, w.process = verb, cmd.Process
	}
	w.mu.Unlock()
	if err == nil {
		err = cmd.Wait()
	}
	w.mu.Lock()
	w.at, w.process = "", nil
	w.mu.Unlock()
	switch {
	case err == nil:
		w.ends[verb+" done"]++
	case cmd.ProcessState != nil && !cmd.ProcessState.Exited():
		w.ends[verb+" killed"]++
	default:
		w.ends[verb+" refused"]++
	}
	return out.Bytes(), err
}

// put lets the device save some households and remarks.
func (w *worker) put(ctx context.Context) {
	var entries []entry
	for range 1 + w.random.IntN(12) {
		entries = append(entries, w.household())
	}
	if w.shared != "" {
		for _, house := range slices.Sorted(maps.Keys(w.ids)) {
			if w.random.IntN(1+len(w.ids)) < 2 {
				entries = append(entries, entry{ID: w.ids[house], Fields: map[string]string{"remark": w.text("备注")}})
			}
		}
		entries = append(entries, entry{ID: w.shared, Fields: map[string]string{"remark": w.text("共同")}})
	}
	data, err := json.Marshal(entries)
	file := w.d.dir + ".json"
	if err = errors.Join(err, os.WriteFile(file, data, 0o600)); err != nil {
		w.d.t.Error(err)
		return
	}
	w.tried(entries)
	verdicts, err := w.call(ctx, "put", "household", file)
	if err != nil {
		return // killed, or refused because the one before is about to end: nothing was promised
	}
	w.told(entries, verdicts)
}

func (w *worker) text(kind string) string {
	w.n++
	return fmt.Sprintf("%s%s%d号", w.name(), kind, w.n)
}

func (w *worker) household() entry {
	e := newHouseholds(w.name(), 1)[0]
	e.Fields["house_no"] = w.text("")
	return e
}

func (w *worker) name() string { return filepath.Base(w.d.dir) }

// tried notes what the device is about to save: until it says so, it may be
// saved or not.
func (w *worker) tried(entries []entry) {
	for _, e := range entries {
		if e.ID == "" {
			w.created[e.Fields["house_no"]] = false
			continue
		}
		w.maybe++
		if house := w.house(e.ID); house != "" {
			w.remarks[house] = append(w.remarks[house], e.Fields["remark"])
		}
	}
}

// told notes that the device said that all of it is saved.
func (w *worker) told(entries []entry, answer []byte) {
	var verdicts []verdict
	if err := json.Unmarshal(answer, &verdicts); err != nil || len(verdicts) != len(entries) {
		w.d.t.Errorf("%s answers %v, %s", w.name(), err, answer)
		return
	}
	for i, e := range entries {
		switch house := w.house(e.ID); {
		case e.ID == "":
			house = e.Fields["house_no"]
			w.created[house], w.ids[house], w.remarks[house] = true, verdicts[i].ID, []string{""}
		case house != "":
			w.remarks[house] = []string{e.Fields["remark"]}
			fallthrough
		default:
			w.maybe--
			w.edits++
		}
	}
}

// house returns the number of a household of this device, "" if it is another's.
func (w *worker) house(id string) string {
	for house, known := range w.ids {
		if known == id {
			return house
		}
	}
	return ""
}
