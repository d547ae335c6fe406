// SPDX-License-Identifier: Apache-2.0

package flow_test

import (
	"bytes"
	"errors"
	"image/color"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"yuexin/agent/flow"
	"yuexin/agent/stage"
	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
)

func filesOf(t *testing.T, s *stage.Stage, id ident.Record) flow.FileList {
	t.Helper()
	x, err := s.Desk.Detail(ctx(), id)
	if err != nil {
		t.Fatal(err)
	}
	return x.Files
}

// TestFiles reads what is attached, fetches what is away, and attaches what is missing.
func TestFiles(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	states := func(list flow.FileList) (out []string) {
		for _, l := range list.Lines {
			out = append(out, l.Label+" "+l.State)
		}
		return out
	}
	list := filesOf(t, s, stage.Chen)
	if diff := cmp.Diff([]string{"门牌照片 服务器已收到", "生产经营照片 服务器已收到", "签名 待上传"}, states(list)); diff != "" || list.Count != "3 张照片已到 2 张" {
		t.Errorf("%s\n%s", list.Count, diff)
	}
	away := list.Lines[1]
	if _, err := s.Desk.Picture(ctx(), away, 100); !fault.Is(err, fault.NotFound) || away.Here {
		t.Errorf("what is away: %v", err)
	}
	s.Files.Cut = true
	if err := s.Desk.Fetch(ctx(), list, away, func(int) {}); !fault.Is(err, fault.Unavailable) {
		t.Errorf("without a link: %v", err)
	}
	s.Files.Cut = false
	if err := s.Desk.Fetch(ctx(), list, away, func(int) {}); err != nil {
		t.Fatal(err)
	}
	img, err := s.Desk.Picture(ctx(), away, 100)
	if err != nil || img.Bounds().Dx() != 100 || img.Bounds().Dy() != 75 {
		t.Errorf("fetched: %v, %v", img, err)
	}

	list = filesOf(t, s, stage.Li)
	if list.Count != "" || len(list.Lines) != 3 || list.Lines[0].Named {
		t.Fatalf("nothing is attached yet: %+v", list)
	}
	if err := s.Desk.Attach(ctx(), list, "photo", bytes.NewReader(stage.Door(color.White))); err != nil {
		t.Fatal(err)
	}
	list = filesOf(t, s, stage.Li)
	if got := list.Lines[0]; list.Count != "1 张照片已到 0 张" || !got.Here || got.Arrived || !got.Picture || got.State != "待上传" {
		t.Errorf("attached: %s, %+v", list.Count, got)
	}
	if err := s.Desk.Attach(ctx(), list, "signature", strings.NewReader("%PDF-1.7 a scan")); err != nil {
		t.Fatal(err)
	}
	if list = filesOf(t, s, stage.Li); list.Count != "2 个附件已到 0 个" || list.Lines[2].Picture {
		t.Errorf("with a scan: %s, %+v", list.Count, list.Lines[2])
	}
	row, err := s.Desk.Store.Get(ctx(), stage.Li)
	if err != nil || s.Desk.Value("household", "photo", row.Value("photo")) != "一个文件" {
		t.Errorf("a history would say %q, %v", s.Desk.Value("household", "photo", row.Value("photo")), err)
	}
	shop := filesOf(t, s, stage.Shop)
	if got := states(shop); len(got) != 4 || got[0] != "门头照片 " || shop.Count != "" {
		t.Errorf("a merchant: %q", got)
	}
	if err := s.Desk.Attach(ctx(), shop, "photo_license", bytes.NewReader(stage.Door(color.White))); err != nil {
		t.Fatal(err)
	}
	if shop = filesOf(t, s, stage.Shop); shop.Count != "1 张照片已到 0 张" || !shop.Lines[2].Here || shop.Lines[2].State != "待上传" {
		t.Errorf("a merchant with a photo: %s, %+v", shop.Count, shop.Lines[2])
	}
}

func TestFilesRefused(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	list := filesOf(t, s, stage.Li)
	large := append([]byte("%PDF-"), make([]byte, s.Desk.Book.Attachments.MaxBytes)...)
	for name, tc := range map[string]struct {
		from []byte
		kind fault.Kind
	}{
		"a script": {[]byte("<script>"), fault.Unsupported}, "empty": {nil, fault.Unsupported}, "too large": {large, fault.TooLarge},
	} {
		if err := s.Desk.Attach(ctx(), list, "photo", bytes.NewReader(tc.from)); !fault.Is(err, tc.kind) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := s.Desk.Attach(ctx(), list, "photo", iotest.ErrReader(errors.New("the stick is gone"))); !fault.Is(err, fault.Invalid) {
		t.Errorf("a file that cannot be read: %v", err)
	}
	if err := s.Desk.Attach(ctx(), list, "photo", strings.NewReader("\xff\xd8\xff no picture")); err != nil {
		t.Fatal(err) // what only begins like one is kept: it is evidence, not a picture
	}
	list = filesOf(t, s, stage.Li)
	if _, err := s.Desk.Picture(ctx(), list.Lines[0], 100); !fault.Is(err, fault.Corrupt) {
		t.Errorf("what is no picture: %v", err)
	}
}

// TestFilesInSync says in words how the attachments that wait stand.
func TestFilesInSync(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	for _, tc := range []struct {
		files flow.FilesReading
		want  string
	}{
		{flow.FilesReading{Waiting: 3}, "3 个附件待上传"},
		{flow.FilesReading{Waiting: 2, Sending: true, Done: 1, All: 3}, "正在上传附件 1 / 3"},
		{flow.FilesReading{Waiting: 2, Paused: true}, "附件已暂停上传，2 个待上传"},
		{flow.FilesReading{Waiting: 1, Fault: fault.New(fault.Exhausted, "blob.quota")}, "这台设备上传的文件里，没有对应记录的太多。"},
	} {
		state := flow.Reading{Online: true, Settled: true, Since: stage.Now, Files: tc.files}.State(s.Desk.Print, stage.Now)
		if !strings.Contains(strings.Join(state.Detail, "\n"), tc.want) {
			t.Errorf("got %q, want %q in it", state.Detail, tc.want)
		}
	}
}
