// SPDX-License-Identifier: Apache-2.0

package flow_test

import (
	"bytes"
	"image/color"
	"strings"
	"testing"

	"yuexin/agent/flow"
	"yuexin/agent/stage"
	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

func dayEnd(t *testing.T, s *stage.Stage, r flow.Reading, unsent []flow.Unsent) *flow.DayEnd {
	t.Helper()
	e, err := s.Desk.DayEnd(ctx(), s.Tray, r, unsent)
	must(t, err)
	return e
}

var clean = flow.Reading{Online: true, Settled: true, Held: true, Since: stage.Now}

// TestDayEnd: the laptop may be switched off without more only when the server has everything; else it is said what is left,
// and that it is not lost.
func TestDayEnd(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	if e := dayEnd(t, s, clean, nil); !e.Clean || e.Verdict != "可以关机" || e.Tone != flow.Calm || len(e.Visits) != 0 {
		t.Errorf("nothing is left: %+v", e)
	}

	r, _, _ := s.Sync.Reading(ctx())
	e := dayEnd(t, s, r, nil)
	if e.Clean || e.Acts != 3 || e.Oldest != "2 小时前" || e.Verdict != "还有 3 条内容、0 个文件没有上传" || !strings.Contains(e.Advice, "不会丢") {
		t.Errorf("offline: %+v", e)
	}
	if len(e.Stuck) != 1 || e.Stuck[0].What != "连不上服务器" || e.Stuck[0].Hint == "" {
		t.Errorf("stuck: %+v", e.Stuck)
	}

	sending := flow.Reading{Online: true, Sending: true, Waiting: 2, Oldest: stage.Now}
	if e := dayEnd(t, s, sending, nil); e.Clean || e.Verdict != "正在上传，请稍等" {
		t.Errorf("sending: %+v", e)
	}
}

// TestDayEndNames: visits, files with their names and sizes, and all that is stuck.
func TestDayEndNames(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	id := begin(t, s, stage.Chen, "file", ident.Actor{}, "")
	must(t, s.Desk.Attach(ctx(), visitOf(t, s.Desk, id).Photos, "photo", bytes.NewReader(stage.Door(color.White))))
	x := visitOf(t, s.Desk, id)
	unsent := []flow.Unsent{{Digest: x.Photos.Lines[0].Digest(), Size: 345_678}, {Digest: [32]byte{1}, Size: 1_200_000}}
	row, err := s.Desk.Store.Get(ctx(), stage.Chen)
	must(t, err)
	s.Tray.Refuse(record.Act{Name: "household.edit", Scope: stage.Fuxi, Writes: []record.Write{{
		Op: record.Edit, Header: row.Header, Fields: map[record.Field]record.Value{"phone": record.OfText("13900139000")},
	}}}, "sync.reject.missing", "", nil)
	s.Tray.Break()
	r := flow.Reading{Online: true, Settled: true, Quarantined: 1, Files: flow.FilesReading{Waiting: 2, Paused: true, Fault: fault.New(fault.Unavailable, "sync.cut")}}
	e := dayEnd(t, s, r, unsent)
	if e.Clean || e.Open != 1 || len(e.Visits) != 1 || e.Visits[0].Title != "陈秀英" || e.Visits[0].When != "09:30" {
		t.Errorf("visits: %+v", e.Visits)
	}
	if len(e.Files) != 2 || e.Files[0].Title != "一个文件" || e.Files[1].Title != "陈秀英 现场照片" || e.Files[1].Size == "" || e.Bytes == "" {
		t.Errorf("files: %+v %q", e.Files, e.Bytes)
	}
	var stuck []string
	for _, one := range e.Stuck {
		stuck = append(stuck, one.What)
	}
	if got := strings.Join(stuck, "|"); len(e.Stuck) != 5 || !strings.Contains(got, "照片没有上传完|照片没有上传完|陈秀英 修改农户") {
		t.Errorf("stuck: %s", got)
	}
	r = clean
	if e := dayEnd(t, s, r, nil); e.Clean || e.Verdict != "都已上传，还有事要处理" {
		t.Errorf("with a visit that is open: %+v", e)
	}
}
