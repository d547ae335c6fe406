// SPDX-License-Identifier: Apache-2.0

package lookup_test

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yuexin/assets"
	"yuexin/shared/credit/doorplate"
	"yuexin/shared/credit/receipt"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/lookup"
)

func TestWays(t *testing.T) {
	numbers, err := receipt.NewNumberer(42, bytes.Repeat([]byte{1}, 32))
	if err != nil {
		t.Fatal(err)
	}
	number, err := numbers.At(7)
	if err != nil {
		t.Fatal(err)
	}
	code := doorplate.CodeOf(doorplate.Handle{7})
	for name, tc := range map[string]struct {
		text string
		want []string
	}{
		"identity number": {"441284197203150002", []string{"household.resident_id", "member.resident_id", "merchant.operator_id"}},
		"receipt":         {number.String(), []string{"demand.receipt_no"}},
		"plate":           {string(code), []string{"household.plate_code", "merchant.plate_code"}},
		"a name":          {"陈秀英", nil},
		"nothing":         {"", nil},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, q := range lookup.Ways(tc.text) {
				got = append(got, fmt.Sprintf("%s.%s", q.Kind, q.Where[0].Field))
				if q.Limit != 1 || q.Scope != "" || q.Where[0].Value.Text() == "" {
					t.Errorf("the query is %+v", q)
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestWaysAreIndexed: the store finds nothing by a field that has no index.
func TestWaysAreIndexed(t *testing.T) {
	f, err := assets.Folder("policies").Open("catalogue-1.json")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	catalogue, err := record.ParseCatalogue(f)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"441284197203150002", "000420001467", string(doorplate.CodeOf(doorplate.Handle{7}))} {
		for _, q := range lookup.Ways(text) {
			if def, known := catalogue.Field(q.Kind, q.Where[0].Field); !known || !def.Indexed {
				t.Errorf("%s.%s is not indexed", q.Kind, q.Where[0].Field)
			}
		}
	}
}
