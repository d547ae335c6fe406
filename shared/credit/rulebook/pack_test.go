// SPDX-License-Identifier: Apache-2.0

package rulebook_test

import (
	"bytes"
	"compress/flate"
	"math/rand/v2"
	"strings"
	"testing"

	"yuexin/shared/credit/rulebook"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// published is an edition as it is read from the record that its publication wrote.
func published(t *testing.T, e rulebook.Edition) rulebook.Edition {
	t.Helper()
	w := e.Write(ident.Record{1})
	row := record.Row{Header: w.Header, Fields: map[record.Field]record.FieldState{}}
	for f, v := range w.Fields {
		if v.Size() > record.MaxValueSize {
			t.Fatalf("%s takes %d bytes", f, v.Size())
		}
		row.Fields[f] = record.FieldState{Value: v}
	}
	return rulebook.EditionOf(row)
}

// TestLongContent: content longer than one value of a record travels whole; what says it is longer than any edition may
// be is not unpacked, and such a file is no edition.
func TestLongContent(t *testing.T) {
	var long strings.Builder
	for r := rand.New(rand.NewPCG(1, 2)); long.Len() < 8*record.MaxValueSize; {
		long.WriteString(`{"name": "` + []string{"household", "plot", "鱼塘", "demand"}[r.IntN(4)] + `", "class": 1},` + "\n")
	}
	for _, content := range []string{"", "{}", long.String()} {
		e := rulebook.Edition{What: rulebook.OfForm, Name: "survey", Version: 2, Content: content}
		if got := published(t, e); got.Content != content || got.Digest() != e.Digest() {
			t.Errorf("%d bytes arrive as %d", len(content), len(got.Content))
		}
	}

	var bomb bytes.Buffer
	w, _ := flate.NewWriter(&bomb, flate.BestCompression)
	w.Write(bytes.Repeat([]byte{' '}, rulebook.MaxContent+1))
	w.Close()
	row := record.Row{Fields: map[record.Field]record.FieldState{"content": {Value: record.OfBytes(bomb.Bytes())}}}
	if got := rulebook.EditionOf(row).Content; got != "" {
		t.Errorf("a content of %d bytes is taken", len(got))
	}
	if _, err := rulebook.Draft("lending-2.json", strings.Repeat(" ", rulebook.MaxContent+1)); fault.KindOf(err) != fault.TooLarge {
		t.Errorf("a file too long: %v", err)
	}
}
