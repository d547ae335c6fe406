// SPDX-License-Identifier: Apache-2.0

package flow_test

import (
	"testing"
	"time"

	"yuexin/kiosk/flow"
	"yuexin/kiosk/flow/flowtest"
	"yuexin/shared/credit/notice"
	"yuexin/shared/ident"
)

// TestNotices: what the village and everybody are told is read at the kiosk without a network, newest first, through its last
// day by the machine's clock, and no more once it was taken off.
func TestNotices(t *testing.T) {
	s := stage(t)
	f := s.Flow
	f.SetTroubles([]flow.Trouble{flow.NoLink})
	tell := func(scope ident.Scope, title, until string) notice.Notice {
		t.Helper()
		n := notice.Notice{Sort: notice.News, Title: title, Text: "今晚七点在祠堂。", Publisher: "富溪村村委会", Until: until}
		n, err := s.Tell(scope, n)
		if err != nil {
			t.Fatal(err)
		}
		s.Time = s.Time.Add(time.Hour)
		return n
	}
	first := tell(flowtest.Scope(flowtest.Fuxi), "开会", "2026-11-22")
	second := tell(ident.Ref, "贴息政策", "2026-11-24")
	f.OpenTold()
	at(t, f, flow.Notices)
	all, err := f.Told()
	if err != nil || len(all) != 2 || all[0].Title != second.Title || all[1].Title != first.Title {
		t.Fatalf("told %+v, %v", all, err)
	}
	f.OpenNotice(first.Header.ID)
	at(t, f, flow.Notice)
	if n, ok := f.Notice(); !ok || n.Text != first.Text || n.Publisher != first.Publisher {
		t.Errorf("read %+v, %v", n, ok)
	}
	s.Time = s.Time.Add(24 * time.Hour)
	if _, ok := f.Notice(); ok {
		t.Error("a notice is read after its last day")
	}
	if err := s.End(second); err != nil {
		t.Fatal(err)
	}
	if all, err := f.Told(); len(all) != 0 || err != nil {
		t.Errorf("after all of it ended: %+v, %v", all, err)
	}
}
