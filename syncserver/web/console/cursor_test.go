// SPDX-License-Identifier: Apache-2.0

package console

import (
	"testing"

	"yuexin/shared/credit/lending"
	"yuexin/shared/ident"
)

// FuzzCursor: what is read prints as something that reads the same, and every
// cursor reads as itself.
func FuzzCursor(f *testing.F) {
	f.Add("", int64(0), 0, int64(0), make([]byte, 16))
	f.Add("1.2.3.4", int64(1763775000000), 2, int64(-5), []byte("0123456789abcdef"))
	f.Fuzz(func(t *testing.T, text string, at int64, rank int, since int64, id []byte) {
		if c, ok := parseCursor(text); ok {
			if again, ok := parseCursor(c.String()); !ok || again != c {
				t.Errorf("%q reads as %v and prints as %q", text, c, c.String())
			}
		}
		c := cursor{at, key{place: lending.Place{Rank: rank, Since: since}}}
		if len(id) == len(ident.Record{}) {
			c.key.id = ident.Record(id)
		}
		if again, ok := parseCursor(c.String()); !ok || again != c {
			t.Errorf("%v does not survive %q", c, c.String())
		}
	})
}
