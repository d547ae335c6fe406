// SPDX-License-Identifier: Apache-2.0

package recordtest

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"yuexin/shared/sync/record"
)

// testWaiting writes income twice, unseen, in records 1 to 3, and puts a proposal beside
// the value in 3 and 4. In 2 both say the same, 3 is in another scope, and of 5 a
// field of class C1 is in dispute.
func testWaiting(t *testing.T, w World) {
	s := w.As(Officer)
	for n := 1; n <= 5; n++ {
		h := Header(Household, n)
		if n == 3 {
			h.Scope = There
		}
		mustApply(t, s, Create(h, Fields{"income": record.OfInt(1), "acreage": record.OfInt(1), "state": record.OfText("open")}))
		base := mustBase(t, s, h.Scope)
		twice := func(f record.Field, a, b record.Value, source record.Source) {
			mustApply(t, s, Edit(h, base, Fields{f: a}))
			second := Edit(h, base, Fields{f: b})
			second.Source = source
			mustApply(t, s, second)
		}
		if n <= 3 {
			twice("income", record.OfInt(2), record.OfInt([]int64{0, 3, 2, 3}[n]), 0)
		}
		if n == 3 || n == 4 {
			twice("acreage", record.OfInt(2), record.OfInt(3), record.SelfDeclared)
		}
		if n == 5 {
			twice("state", record.OfText("closed"), record.OfText("void"), 0)
		}
	}

	for _, tc := range []struct {
		name  string
		role  record.Role
		query record.Query
		want  []int
	}{
		{"disputes", Officer, record.Query{Waiting: record.WaitsDispute}, []int{1, 3, 5}},
		{"disputes of a scope", Officer, record.Query{Waiting: record.WaitsDispute, Scope: There}, []int{3}},
		{"disputes, newest first", Officer, record.Query{Waiting: record.WaitsDispute, Newest: true, Limit: 2}, []int{5, 3}},
		{"disputes, continued", Officer, record.Query{Waiting: record.WaitsDispute, Newest: true, Limit: 2, After: ID(3)}, []int{1}},
		{"proposals", Officer, record.Query{Waiting: record.WaitsProposal}, []int{3, 4}},
		{"disputes in the view", Kiosk, record.Query{Waiting: record.WaitsDispute}, []int{5}},
		{"proposals in the view", Kiosk, record.Query{Waiting: record.WaitsProposal}, []int{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.query.Kind = Household
			if diff := cmp.Diff(tc.want, numbers(mustList(t, w.As(tc.role), tc.query))); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
		})
	}
}
