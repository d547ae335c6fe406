// SPDX-License-Identifier: Apache-2.0

package console_test

import (
	"testing"

	"yuexin/syncserver/web/htmlcheck"
)

// Whoever may know of a demand reads on the household's page how it is rated and why, with a bar for every point.
func TestRatingOfAHousehold(t *testing.T) {
	w := newWorld(t, withPapers)
	w.photographed("谢国栋")
	page := w.login("liang").get(w.at("谢国栋") + "/household").body
	htmlcheck.Run(t, page, htmlcheck.Text("#rating h2", "信用评定"), htmlcheck.Count("#rating meter", 14), htmlcheck.Text("#rating p strong", "C 级 · 一星"))
}
