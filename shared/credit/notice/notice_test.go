// SPDX-License-Identifier: Apache-2.0

package notice_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yuexin/shared/credit/notice"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

var day = time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)

func good() notice.Notice {
	return notice.Notice{
		Header: record.Header{ID: ident.Record{1}, Kind: notice.Kind, Scope: "ref"}, Sort: notice.Policy, Title: "春耕贷款贴息", Text: "买种子化肥的贷款，政府贴一部分利息。",
		Publisher: "富溪村村委会", Until: "2026-11-27", Script: "notice-1", At: day.UnixMilli(), Sample: true,
	}
}

func rowOf(w record.Write) record.Row {
	r := record.Row{Header: w.Header, Fields: map[record.Field]record.FieldState{}}
	for f, v := range w.Fields {
		r.Fields[f] = record.FieldState{Value: v}
	}
	return r
}

// TestNotice: what is published reads as it was written, is shown through its last day, and no more once it ended.
func TestNotice(t *testing.T) {
	n := good()
	if err := n.Check(day); err != nil {
		t.Fatal(err)
	}
	row := rowOf(n.Create())
	if diff := cmp.Diff(n, notice.Of(row)); diff != "" {
		t.Errorf("round trip (-want +got):\n%s", diff)
	}
	if !n.Shown(day) || n.Shown(day.AddDate(0, 0, 1)) {
		t.Error("it is not shown through its last day")
	}
	for f, v := range n.End().Fields {
		row.Fields[f] = record.FieldState{Value: v}
	}
	if notice.Of(row).Shown(day) {
		t.Error("it is shown after it ended")
	}
}

func TestCheck(t *testing.T) {
	for name, change := range map[string]func(*notice.Notice){
		"notice.sort":      func(n *notice.Notice) { n.Sort = "joke" },
		"notice.title":     func(n *notice.Notice) { n.Title = strings.Repeat("长", notice.MaxTitle+1) },
		"notice.text":      func(n *notice.Notice) { n.Text = " " },
		"notice.publisher": func(n *notice.Notice) { n.Publisher = "" },
		"notice.until":     func(n *notice.Notice) { n.Until = "2026-11-26" },
	} {
		n := good()
		change(&n)
		if err := n.Check(day); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
