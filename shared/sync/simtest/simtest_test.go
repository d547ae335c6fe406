// SPDX-License-Identifier: Apache-2.0

package simtest_test

import (
	"testing"

	"yuexin/shared/sync/simtest"
	"yuexin/shared/sync/simtest/model"
)

func options(seed uint64) simtest.Options {
	return simtest.Options{
		Steps: 40 + int(seed%60), Restore: seed%3 == 0, Clone: seed%4 == 1, Hostile: seed%5 == 2,
	}
}

func run(stores simtest.Stores, seed uint64, plan simtest.Plan) *simtest.World {
	w := simtest.NewWorld(stores, seed)
	if err := w.Run(plan); err != nil && len(w.Broken) == 0 {
		w.Broken = append(w.Broken, err.Error())
	}
	return w
}

func TestWorlds(t *testing.T) {
	stores := simtest.Models(simtest.TestRules(t), "")
	for seed := uint64(1); seed <= 20000; seed++ {
		w := run(stores, seed, simtest.Random(seed, options(seed)))
		if len(w.Broken) > 0 {
			report(t, stores, seed, w)
		}
	}
}

func report(t *testing.T, stores simtest.Stores, seed uint64, w *simtest.World) {
	t.Helper()
	plan := simtest.Random(seed, options(seed))
	short := simtest.Shrink(plan, func(p simtest.Plan) bool { return len(run(stores, seed, p).Broken) > 0 })
	t.Fatalf("seed %d breaks %q\nthe shortest plan breaks %q:\n%s", seed, w.Broken, run(stores, seed, short).Broken, short)
}

var _ = model.Bugs
