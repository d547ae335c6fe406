// SPDX-License-Identifier: Apache-2.0

package platesheet

import "testing"

func TestHalves(t *testing.T) {
	for _, tt := range []struct{ text, first, second string }{
		{"大沙村民委员会", "大沙村民", "委员会"},
		{"上巷仔新屋第二排138号之一", "上巷仔新屋第二", "排138号之一"},
		{"第二排138号", "第二排", "138号"},
		{"1234567", "1234", "567"},
		{"一", "一", ""},
	} {
		t.Run(tt.text, func(t *testing.T) {
			if first, second := halves(tt.text); first != tt.first || second != tt.second {
				t.Errorf("got %q %q, want %q %q", first, second, tt.first, tt.second)
			}
		})
	}
}
