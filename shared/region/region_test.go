// SPDX-License-Identifier: Apache-2.0

package region_test

import (
	"os"
	"sync"
	"testing"

	"yuexin/shared/region"
)

var guangdong = sync.OnceValues(func() (*region.Tree, error) { return region.Load(os.DirFS("../../assets/regions")) })

// mustTree returns the tree of the real data files.
func mustTree(t testing.TB) *region.Tree {
	t.Helper()
	tree, err := guangdong()
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func codes(units []region.Unit) []region.Code {
	out := make([]region.Code, len(units))
	for i, u := range units {
		out[i] = u.Code
	}
	return out
}

func names(units []region.Unit) []string {
	out := make([]string, len(units))
	for i, u := range units {
		out[i] = u.Short
	}
	return out
}
