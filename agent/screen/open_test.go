// SPDX-License-Identifier: Apache-2.0

package screen_test

import (
	"context"
	"testing"

	"fyne.io/fyne/v2"

	"yuexin/agent/flow"
	"yuexin/agent/stage"
	"yuexin/shared/credit/subject"
	"yuexin/shared/sync/record"
)

// counting notes how many households a store was asked to open.
type counting struct {
	record.Store
	households int
}

func (c *counting) List(ctx context.Context, q record.Query) ([]record.Row, error) {
	rows, err := c.Store.List(ctx, q)
	if q.Kind == subject.KindHousehold {
		c.households += len(rows)
	}
	return rows, err
}

// TestListBeforeCounts: after the passphrase the list is shown from its first page; what has to open every household comes
// after it, beside the UI goroutine. So the window opens as fast with 5,000 households as with 500.
func TestListBeforeCounts(t *testing.T) {
	l := open(t, func(s *stage.Stage) { s.Crowd(3 * flow.PageSize) })
	store := &counting{Store: l.Desk.Store}
	l.Desk.Store = store
	var later []func()
	work := l.app.Work
	l.app.Work = func(do, done func()) {
		if l.app.Session.Step() == flow.StepOpen {
			later = append(later, func() { do(); done() })
			return
		}
		work(do, done)
	}
	l.Type(stage.Passphrase)
	l.Press(fyne.KeyReturn)
	l.wantShown("全部村居", "富溪村", "示例数据")
	l.wantLine("示例 600", true) // the newest
	if store.households > flow.PageSize || len(later) != 1 {
		t.Errorf("%d households were opened before the list was shown, %d deeds wait", store.households, len(later))
	}
	later[0]()
	l.wantShown("农户 611")
	l.wantLine("示例 600", true)
}
