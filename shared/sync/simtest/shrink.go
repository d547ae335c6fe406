// SPDX-License-Identifier: Apache-2.0

package simtest

import "strings"

// Shrink returns the fewest lines found that still break a law, cutting ever
// smaller pieces out of a plan. fails runs a plan.
func Shrink(plan Plan, fails func(Plan) bool) Plan {
	for size := len(plan) / 2; size > 0; {
		cut := false
		for at := 0; at < len(plan); {
			end := min(at+size, len(plan))
			shorter := append(append(Plan(nil), plan[:at]...), plan[end:]...)
			if heals(shorter) && fails(shorter) {
				plan, cut = shorter, true
				continue
			}
			at = end
		}
		if !cut || size > 1 {
			size /= 2
		}
	}
	return plan
}

func heals(plan Plan) bool { return len(plan) > 0 && plan[len(plan)-1] == "heal" }

// String returns the plan as a script.
func (p Plan) String() string { return strings.Join(p, "\n") + "\n" }
