// SPDX-License-Identifier: Apache-2.0

package simtest_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"yuexin/shared/sync/simtest"
	"yuexin/shared/sync/simtest/model"
)

// worlds is how many random worlds of plain data make test runs; make simulate
// runs far more.
const worlds = 1_800

// options varies what random worlds contain with their seed.
func options(seed uint64) simtest.Options {
	return simtest.Options{
		Steps: 40 + int(seed%60), Restore: seed%3 == 0, Clone: seed%4 == 1, Hostile: seed%5 == 2,
	}
}

// run returns the world of a seed after its plan.
func run(stores simtest.Stores, seed uint64, plan simtest.Plan) *simtest.World {
	w := simtest.NewWorld(stores, seed)
	if err := w.Run(plan); err != nil && len(w.Broken) == 0 {
		w.Broken = append(w.Broken, err.Error())
	}
	return w
}

func random(stores simtest.Stores, seed uint64) *simtest.World {
	return run(stores, seed, simtest.Random(seed, options(seed)))
}

// explain says what a seed breaks, and the fewest lines that still break it.
func explain(stores simtest.Stores, seed uint64, broken []string) string {
	short := simtest.Shrink(simtest.Random(seed, options(seed)), func(p simtest.Plan) bool {
		return len(run(stores, seed, p).Broken) > 0
	})
	return fmt.Sprintf("seed %d breaks %q\nthe shortest plan breaks %q:\n%s",
		seed, broken, run(stores, seed, short).Broken, short)
}

// TestWorlds: in no random world is a law broken, and no path is left out.
func TestWorlds(t *testing.T) {
	stores := simtest.Models(simtest.TestRules(t), "")
	counts := map[string]int{}
	for seed := uint64(1); seed <= worlds; seed++ {
		w := random(stores, seed)
		if len(w.Broken) > 0 {
			t.Fatal(explain(stores, seed, w.Broken))
		}
		add(counts, w.Counts)
	}
	takenAll(t, counts)
}

func add(counts, more map[string]int) {
	for name, n := range more {
		counts[name] += n
	}
}

// takenAll wants every path taken: one that never is is a fault of the simulator.
func takenAll(t *testing.T, counts map[string]int) {
	t.Helper()
	for _, path := range simtest.Paths {
		if counts[path] == 0 {
			t.Errorf("no world: %s", path)
		}
	}
}

// TestSimulate is make simulate: YUEXIN_SIM_WORLDS worlds (100,000) from
// YUEXIN_SIM_SEED (1) on. It prints how often each fault was injected and each
// path taken. Asked for nothing it runs one world.
func TestSimulate(t *testing.T) {
	n, asked := os.LookupEnv("YUEXIN_SIM_WORLDS")
	seed, _ := strconv.ParseUint(os.Getenv("YUEXIN_SIM_SEED"), 10, 64)
	count, err := strconv.ParseUint(n, 10, 64)
	switch {
	case !asked:
		count = 1
	case err != nil:
		count = 100_000
	}
	stores := simtest.Models(simtest.TestRules(t), "")
	counts := map[string]int{}
	first, begun := max(seed, 1), time.Now()
	for s := first; s < first+count; s++ {
		w := random(stores, s)
		if len(w.Broken) > 0 {
			t.Error(explain(stores, s, w.Broken))
		}
		add(counts, w.Counts)
	}
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		t.Logf("%9d  %s", counts[name], name)
	}
	t.Logf("%9.0f  worlds a second", float64(count)/time.Since(begun).Seconds())
	if count >= worlds {
		takenAll(t, counts)
	}
}

// told lists the stories to tell first of a bug that random worlds find late: it
// needs one thing after another within a moment.
var told = map[model.Bug][]string{
	model.OldChunkForNew: {"testdata/snapshot-replaced.txt"},
	model.ShownOverOwn:   {"testdata/snapshot-seen.txt"},
}

// TestBugsAreFound: each planted bug breaks a law in some world, and soon. A
// checker that cannot fail proves nothing.
func TestBugsAreFound(t *testing.T) {
	const within = 400
	for _, bug := range model.Bugs {
		t.Run(string(bug), func(t *testing.T) {
			t.Parallel()
			stores := simtest.Models(simtest.TestRules(t), bug)
			for _, file := range told[bug] {
				for seed := range uint64(5) {
					if w := run(stores, seed, readPlan(t, file)); len(w.Broken) > 0 {
						t.Logf("found in %s, world %d: %s", file, seed, w.Broken[0])
						return
					}
				}
			}
			for seed := uint64(1); seed <= within; seed++ {
				if w := random(stores, seed); len(w.Broken) > 0 {
					t.Logf("found in world %d: %s", seed, w.Broken[0])
					return
				}
			}
			t.Errorf("not found in %d worlds", within)
		})
	}
}

// TestStories runs the plans of testdata, each the story of one promise.
func TestStories(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("stories: %v, %v", files, err)
	}
	stores := simtest.Models(simtest.TestRules(t), "")
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			plan := readPlan(t, file)
			for seed := range uint64(5) { // the same in every timing
				if w := run(stores, seed, plan); len(w.Broken) > 0 {
					t.Fatalf("seed %d: %q", seed, w.Broken)
				}
			}
		})
	}
}

func readPlan(t *testing.T, file string) simtest.Plan {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return simtest.Plan(strings.Split(strings.TrimSpace(string(data)), "\n"))
}

// A plan and a seed are the whole world: twice the same is the same.
func TestSeedIsTheWorld(t *testing.T) {
	stores := simtest.Models(simtest.TestRules(t), "")
	a, b := random(stores, 7), random(stores, 7)
	if !maps.Equal(a.Counts, b.Counts) {
		t.Errorf("two runs of one seed differ:\n%v\n%v", a.Counts, b.Counts)
	}
}

func TestShrink(t *testing.T) {
	plan := simtest.Plan{"a", "b", "c", "d", "e", "f", "g", "heal"}
	got := simtest.Shrink(plan, func(p simtest.Plan) bool { return slices.Contains(p, "b") && slices.Contains(p, "f") })
	if want := (simtest.Plan{"b", "f", "heal"}); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestPlansAreReadStrictly(t *testing.T) {
	stores := simtest.Models(simtest.TestRules(t), "")
	for _, line := range []string{"dance", "wait long", "expect nobody waiting 0", "expect a waiting many"} {
		plan := simtest.Plan{"device a officer here", line}
		if err := simtest.NewWorld(stores, 1).Run(plan); err == nil {
			t.Errorf("%q is no command and was taken for one", line)
		}
	}
}

func BenchmarkWorld(b *testing.B) {
	stores := simtest.Models(simtest.TestRules(b), "")
	for seed := uint64(1); b.Loop(); seed++ {
		random(stores, seed)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "worlds/s")
}
