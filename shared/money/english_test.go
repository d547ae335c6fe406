// SPDX-License-Identifier: Apache-2.0

package money_test

import (
	"testing"

	"yuexin/shared/money"
)

func TestEnglish(t *testing.T) {
	for fen, want := range map[money.Fen]string{5_000_000: "50,000 yuan", 3_000_050: "30,000.50 yuan", 0: "0 yuan", -100: "-1 yuan"} {
		if got := fen.English(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	if got := money.Area(520).English(); got != "5.2 mu" {
		t.Errorf("got %q", got)
	}
}
