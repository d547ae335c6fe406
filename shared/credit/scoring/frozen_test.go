// SPDX-License-Identifier: Apache-2.0

package scoring_test

import (
	"crypto/sha256"
	"encoding/hex"
	"math/rand/v2"
	"strings"
	"testing"

	"yuexin/assets"
	"yuexin/shared/credit/rulebook"
	"yuexin/shared/credit/scoring"
)

// frozen is the SHA-256 of the results of 2,000 drawn households under version 1 of the card, one behind the other. What was
// decided rests on bytes like these: however the engine is made, they stay.
const frozen = "2e655bb5e4a189cadc53083779cfefc3d780e89d4f6a4530857d491473dc7253"

// TestBytesStay: an engine that is made faster, or in another way, comes to the same bytes as before.
func TestBytesStay(t *testing.T) {
	book, err := rulebook.Load(assets.Folder("policies"), assets.Folder("forms"), assets.Folder("scorecards"))
	if err != nil {
		t.Fatal(err)
	}
	plain, err := scoring.Parse(strings.NewReader(source(t)))
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.New()
	for _, c := range []*scoring.Card{plain, book.CardVersion("household", 1)} {
		s, r := c.Scorer(), rand.New(rand.NewPCG(6, 1))
		for range 1000 {
			root, beside := household(plain, r)
			result, err := s.Score(root, beside, "2026-06-30")
			if err != nil {
				t.Fatal(err)
			}
			sum.Write(result.Bytes())
		}
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != frozen {
		t.Errorf("the results are %s", got)
	}
}
