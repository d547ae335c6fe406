// SPDX-License-Identifier: Apache-2.0

package plates

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestNaturally(t *testing.T) {
	want := []string{
		"1组2号", "1组12号", "2组1号", "三组2号", "三组12号", "三组12号之一", "十组1号", "十一组1号", "二十组1号", "二十三组1号", "上巷",
	}
	want = append(want[len(want)-1:], want[:len(want)-1]...) // without a number comes first
	got := slices.Clone(want)
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(got), func(i, j int) { got[i], got[j] = got[j], got[i] })
	slices.SortFunc(got, Naturally)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
