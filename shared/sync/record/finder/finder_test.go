// SPDX-License-Identifier: Apache-2.0

package finder_test

import (
	"testing"

	"yuexin/shared/sync/record/finder"
)

func TestFits(t *testing.T) {
	for _, tc := range []struct {
		text, search string
		want         bool
	}{
		{"陈秀英", "秀英", true},
		{"陈秀英", "chenxiuying", true},
		{"陈秀英", "Chen Xiu", true},
		{"陈秀英", "cxy", true},
		{"陈秀英", "chenxy", true},
		{"陈秀英", "chxy", false},
		{"陈秀英", "xy", false},
		{"陈秀英", "ying", false},
		{"单雄信", "shan", true},
		{"单雄信", "dan", true},
		{"吕布", "lvb", true},
		{"四会-0012", "0012", true},
		{"四会-0012", "sh-0", true},
		{"粤Ａ１２３", "粤a123", true},
		{"陈秀英", "张", false},
		{"", "a", false},
		{"陈", "", true},
	} {
		t.Run(tc.text+"/"+tc.search, func(t *testing.T) {
			if got := finder.Fits(finder.Fold(tc.text), finder.Fold(tc.search)) > 0; got != tc.want {
				t.Errorf("got %v, want %v", got, tc.want)
			}
		})
	}
}
