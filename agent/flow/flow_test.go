// SPDX-License-Identifier: Apache-2.0

package flow_test

import (
	"context"
	"errors"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/skip2/go-qrcode"

	"yuexin/agent/flow"
	"yuexin/agent/stage"
	"yuexin/shared/credit/forms"
	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

func ctx() context.Context { return context.Background() }

func wantKey(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || fault.From(err).Key != want {
		t.Fatalf("got %v, want %s", err, want)
	}
}

func titles(lines []flow.Line) []string {
	out := []string{}
	for _, l := range lines {
		out = append(out, l.Title)
	}
	return out
}

func TestSessionUnlock(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	session := flow.NewSession(s.Gate, func() time.Time { return stage.Now })
	if session.Step() != flow.StepLocked {
		t.Fatalf("step %v", session.Step())
	}
	wantKey(t, session.Unlock(ctx(), ""), "agent.unlock.empty")
	wantKey(t, session.Unlock(ctx(), "wrong"), "replica.passphrase")
	if session.Desk() != nil {
		t.Fatal("open after a wrong passphrase")
	}
	if err := session.Unlock(ctx(), stage.Passphrase); err != nil || session.Desk() == nil || session.Step() != flow.StepOpen {
		t.Fatalf("got %v, step %v", err, session.Step())
	}
}

func TestSessionEnrol(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	s.Gate.Fresh()
	session := flow.NewSession(s.Gate, func() time.Time { return stage.Now })
	wantKey(t, session.Address(ctx(), "", ""), "agent.enrol.what")
	wantKey(t, session.TicketFile(filepath.Join(t.TempDir(), "none.enrol")), "agent.enrol.file")
	if err := session.Ticket("not a ticket"); !fault.Is(err, fault.Invalid) {
		t.Fatalf("got %v", err)
	}
	const code = "KD6HB-D9FMT"
	if err := session.Address(ctx(), "credit.example.cn", code); err != nil || session.Step() != flow.StepWords {
		t.Fatalf("got %v, step %v", err, session.Step())
	}
	if n := len(strings.Fields(session.Words())); n != 4 {
		t.Errorf("got %d words in %q, want 4", n, session.Words())
	}
	wantKey(t, session.Same(false), "agent.enrol.differ")
	if session.Step() != flow.StepTicket {
		t.Fatalf("step %v", session.Step())
	}
	if err := errors.Join(session.Address(ctx(), "credit.example.cn", code), session.Same(true)); err != nil {
		t.Fatal(err)
	}
	wantKey(t, session.Enrol(ctx(), "short", "short"), "station.passphrase")
	wantKey(t, session.Enrol(ctx(), "ten characters", "other characters"), "agent.enrol.again")
	if err := session.Enrol(ctx(), "ten characters", "ten characters"); err != nil || session.Step() != flow.StepOpen {
		t.Fatalf("got %v, step %v", err, session.Step())
	}
}

func TestVillages(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	got, err := s.Desk.Villages(ctx())
	if err != nil {
		t.Fatal(err)
	}
	want := []flow.Village{
		{Name: "全部村居", Households: 11, Merchants: 1, Waiting: 5, Sample: true},
		{Scope: stage.Fuxi, Name: "富溪村", Code: "441284105203", Households: 7, Merchants: 1, Waiting: 3, Sample: true},
		{Scope: stage.Dasa, Name: "大沙村", Code: "441284105204", Households: 4, Waiting: 2, Sample: true},
	}
	for i := range got {
		if i > 0 && !strings.Contains(got[i].Path, "大沙镇") {
			t.Errorf("path %q", got[i].Path)
		}
		got[i].Path = ""
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestHouseholdSearch(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	for _, tc := range []struct {
		name, search string
		scope        ident.Scope
		want         []string
	}{
		{"initials", "cxy", "", []string{"陈秀英"}},
		{"pinyin", "chen", "", []string{"陈志明", "陈秀英"}},
		{"name", "严", "", []string{"严少芬"}},
		{"in another village", "cxy", stage.Dasa, []string{}},
		{"plate", s.Code(0).String(), "", []string{"陈秀英"}},
		{"plate in small letters", strings.ToLower(string(s.Code(0))), "", []string{"陈秀英"}},
		{"plate, its beginning", s.Code(0).String()[:6], "", []string{"陈秀英"}},
		{"telephone", "138 0013 8005", "", []string{"陈志明"}},
		{"end of a telephone number", "8005", "", []string{"陈志明"}},
		{"too few digits", "005", "", []string{}},
		{"a member", "陈国", "", []string{"陈秀英"}},
		{"a member, by initials", "cgf", "", []string{"陈秀英"}},
		{"end of an identity number", "038x", "", []string{"陈秀英"}},
		{"nobody", "xyz", "", []string{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			l := s.Desk.Households()
			l.Search, l.Scope = tc.search, tc.scope
			if err := l.Read(ctx()); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, titles(l.Lines())); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestSearchTells: a line says by what it was found if it does not show it, and never shows more of a number than was typed.
func TestSearchTells(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	for search, want := range map[string]string{"8005": "联系电话 …8005", "13800138005": "联系电话 …8005", "cgf": "配偶 陈国富", "czm": ""} {
		l := s.Desk.Households()
		l.Search = search
		if err := l.Read(ctx()); err != nil || len(l.Lines()) != 1 || l.Lines()[0].Found != want {
			t.Errorf("%q: %+v, %v; want found by %q", search, l.Lines(), err, want)
		}
	}
}

// before returns what stood in a field before.
func before(x *flow.Detail, label string) []flow.Said {
	for _, s := range x.Stories {
		if s.Label == label {
			return s.Lines[s.Before:]
		}
	}
	return nil
}

func fill(t *testing.T, e *flow.Entry, answers map[string]string) {
	t.Helper()
	for path, text := range answers {
		if err := e.Session.Set(path, text); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
	}
}

var newHousehold = map[string]string{
	"head_name": "周小梅", "population": "3", "main_trade": "planting", "agree": "yes", "assisted": "yes", "assist_role": "officer", "phone": "138 0013 8099",
}

func TestRegister(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	e, err := s.Desk.NewHousehold(ctx(), stage.Fuxi)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := e.Save(ctx()); !errors.Is(err, flow.Blocked) {
		t.Fatalf("an empty form: got %v", err)
	}
	labels := []string{}
	for _, p := range e.Problems() {
		if p.Level == forms.Block {
			labels = append(labels, p.Label)
		}
	}
	want := []string{"户主姓名", "家庭人口", "主要经营", "我已看过授权书，同意建立农户信用档案"}
	if diff := cmp.Diff(want, labels); diff != "" {
		t.Error(diff)
	}
	if e.Changed() {
		t.Error("changed before anything was typed")
	}
	fill(t, e, newHousehold)
	if _, err := e.Session.AddRow("members"); err != nil {
		t.Fatal(err)
	}
	fill(t, e, map[string]string{"members.0.member_name": "吴强", "members.0.relation": "spouse"})
	id, receipt, err := e.Save(ctx())
	if err != nil {
		t.Fatal(err)
	}
	if receipt.Outcome != record.Accepted {
		t.Errorf("outcome %v", receipt.Outcome)
	}
	x, err := s.Desk.Detail(ctx(), id)
	if err != nil {
		t.Fatal(err)
	}
	if x.Title != "周小梅" || len(x.Members) != 1 || x.Members[0].Value != "吴强" {
		t.Errorf("got %q with members %v", x.Title, x.Members)
	}
	row, _ := s.Desk.Store.Get(ctx(), id)
	if !row.Bool("sample") || row.Text("phone") != "13800138099" || row.Text("region_code") != "441284105203" {
		t.Errorf("got %v", row.Fields)
	}
	consents, err := s.Desk.Store.List(ctx(), record.Query{Kind: "consent", Subject: row.Header.Subject})
	if err != nil || len(consents) != 1 {
		t.Fatalf("got %d consents, %v", len(consents), err)
	}
	if c := consents[0]; c.Text("giver") != "周小梅" || c.Text("assistant") != "陈建国" || c.Value("recipient").IsNone() {
		t.Errorf("consent %v", c.Fields)
	}
}

func TestRegisterNeedsVillage(t *testing.T) {
	_, err := stage.New(i18n.ZhHans).Desk.NewHousehold(ctx(), "")
	wantKey(t, err, "agent.form.village")
}

func TestEdit(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	e, err := s.Desk.Edit(ctx(), stage.Chen)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = e.Save(ctx())
	wantKey(t, err, "agent.form.nothing")
	fill(t, e, map[string]string{"phone": "13900139000"})
	if !e.Changed() {
		t.Error("not changed")
	}
	if _, _, err := e.Save(ctx()); err != nil {
		t.Fatal(err)
	}
	x, err := s.Desk.Detail(ctx(), stage.Chen)
	if err != nil || x.Phone != "13900139000" {
		t.Fatalf("got %q, %v", x.Phone, err)
	}
	if past := before(x, "联系电话"); len(past) == 0 || past[0].Value != "13800138001" || past[0].Who != "李金华" {
		t.Errorf("past %v", past)
	}
}

// TestOutcome has a colleague change what the reader changes.
func TestOutcome(t *testing.T) {
	for _, tc := range []struct {
		name, path, mine, theirs string
		field                    record.Field
		value                    record.Value
		role                     record.Role
		want                     []string
		saw                      bool // the colleague had seen what the reader wrote
		open                     bool
	}{
		{
			name: "later counts", path: "phone", mine: "13900139000", field: "phone", value: record.OfText("13700137000"), role: "officer", saw: true,
			want: []string{"联系电话", "13700137000", "李金华", "因为它填得更晚", "您", "13900139000", "没有采用"},
		},
		{
			name: "better source counts", path: "population", mine: "6", field: "population", value: record.OfInt(5), role: "reviewer",
			want: []string{"家庭人口", "“5”", "李金华", "银行核实", "“6”"},
		},
		{
			name: "disputed", path: "debt_own_bank", mine: "2万", field: "debt_own_bank", value: record.OfInt(1_000_000), role: "officer",
			want: []string{"两种说法", "李金华", "1万元", "2万元", "您"}, open: true,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := stage.New(i18n.ZhHans)
			e, err := s.Desk.Edit(ctx(), stage.Chen)
			if err != nil {
				t.Fatal(err)
			}
			row, _ := s.Desk.Store.Get(ctx(), stage.Chen)
			other := s.As(stage.Other, tc.role)
			base, _ := other.Base(ctx(), stage.Fuxi)
			fill(t, e, map[string]string{tc.path: tc.mine})
			if _, _, err := e.Save(ctx()); err != nil {
				t.Fatal(err)
			}
			if tc.saw {
				base, _ = other.Base(ctx(), stage.Fuxi)
			}
			s.At(stage.Now.Add(time.Hour))
			if _, err := other.Apply(ctx(), record.Act{Name: "test", Scope: stage.Fuxi, Base: base, Writes: []record.Write{{
				Op: record.Edit, Header: row.Header, Fields: map[record.Field]record.Value{tc.field: tc.value},
			}}}); err != nil {
				t.Fatal(err)
			}
			x, err := s.Desk.Detail(ctx(), stage.Chen)
			if err != nil || len(x.Outcomes) != 1 {
				t.Fatalf("got %v, %v", x.Outcomes, err)
			}
			for _, word := range tc.want {
				if !strings.Contains(x.Outcomes[0].Sentence, word) {
					t.Errorf("%q is not in %s", word, x.Outcomes[0].Sentence)
				}
			}
			if x.Outcomes[0].Open != tc.open {
				t.Errorf("open is %v", x.Outcomes[0].Open)
			}
		})
	}
}

func TestOutcomeOfReceipt(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	e, err := s.Desk.Edit(ctx(), stage.Chen)
	if err != nil {
		t.Fatal(err)
	}
	row, _ := s.Desk.Store.Get(ctx(), stage.Chen)
	other := s.As(stage.Other, "reviewer")
	base, _ := other.Base(ctx(), stage.Fuxi)
	if _, err := other.Apply(ctx(), record.Act{Name: "test", Scope: stage.Fuxi, Base: base, Writes: []record.Write{{
		Op: record.Edit, Header: row.Header, Fields: map[record.Field]record.Value{"population": record.OfInt(5)},
	}}}); err != nil {
		t.Fatal(err)
	}
	fill(t, e, map[string]string{"population": "6"})
	_, receipt, err := e.Save(ctx())
	if err != nil {
		t.Fatal(err)
	}
	if receipt.Outcome != record.Proposed {
		t.Fatalf("outcome %v", receipt.Outcome)
	}
	told, err := s.Desk.OfReceipt(ctx(), receipt)
	if err != nil || len(told) != 1 || !strings.Contains(told[0].Sentence, "银行核实") {
		t.Errorf("got %v, %v", told, err)
	}
}

func TestDemands(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	l := s.Desk.Demands()
	if err := l.Read(ctx()); err != nil {
		t.Fatal(err)
	}
	got := []string{}
	for _, line := range l.Lines() {
		got = append(got, line.Applicant+" "+line.State+" "+line.Due)
	}
	want := []string{
		"李志强 已登记 已超期 1 天", "严少芬 待核实 还剩 3 天", "陈志明 已联系 已超期 13 天", "陈秀英 已分派 已超期 2 天",
		"植健文 已走访 还剩 6 天", "龙继明 放款 ",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	counts := map[flow.Group]int{}
	for _, g := range flow.Groups() {
		counts[g] = l.Count(g)
	}
	if diff := cmp.Diff(map[flow.Group]int{flow.AllDemands: 6, flow.Unassigned: 2, flow.Overdue: 3, flow.UnderWay: 5, flow.Finished: 1}, counts); diff != "" {
		t.Error(diff)
	}
	l.Search = "lzq"
	if err := l.Read(ctx()); err != nil || len(l.Lines()) != 1 {
		t.Errorf("search: %v, %v", l.Lines(), err)
	}
}

func TestDemandMoves(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	x, err := s.Desk.Demand(ctx(), stage.Demand)
	if err != nil {
		t.Fatal(err)
	}
	got := []string{}
	for _, m := range x.Moves {
		got = append(got, m.Title)
	}
	if diff := cmp.Diff([]string{"已电话联系", "已上门走访", "申请人撤回"}, got); diff != "" {
		t.Error(diff)
	}
	if x.Who != "您" || len(x.Trail) != 3 {
		t.Errorf("in charge %q, trail %v", x.Who, x.Trail)
	}
	_, err = x.Go(ctx(), "credited", "", "3万")
	wantKey(t, err, "demand.move.illegal")
	if _, err := x.Go(ctx(), "visited", "", ""); err != nil {
		t.Fatal(err)
	}
	if x, err = s.Desk.Demand(ctx(), stage.Demand); err != nil || x.State != "已走访" {
		t.Fatalf("got %q, %v", x.State, err)
	}
	_, err = x.Go(ctx(), "intent", "", "")
	wantKey(t, err, "demand.move.amount")
	if _, err = x.Go(ctx(), "intent", "", "abc"); fault.From(err).Field != "amount" {
		t.Errorf("got %v", err)
	}
	if _, err := x.Go(ctx(), "intent", "", "4万"); err != nil {
		t.Fatal(err)
	}
	if x, err = s.Desk.Demand(ctx(), stage.Demand); err != nil || x.Amounts[1].Value != "4万元" {
		t.Errorf("amounts %v, %v", x.Amounts, err)
	}
}

func TestScan(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	address, err := s.Tokens[0].URL("https://credit.example.cn")
	if err != nil {
		t.Fatal(err)
	}
	free, _ := s.Tokens[1].URL("https://credit.example.cn")
	token := []byte(s.Tokens[0].String())
	if token[40] = '0'; s.Tokens[0].String()[40] == '0' {
		token[40] = '1'
	}
	for _, tc := range []struct{ name, text, want, key string }{
		{"plate", address, "陈秀英", ""},
		{"nobody there yet", free, "", ""},
		{"short code", s.Code(0).String(), "陈秀英", ""},
		{"short code with a slip", "AAAA-AAAB", "", "doorplate.code.check"},
		{"forged", string(token), "", "doorplate.token.signature"},
		{"somebody else's", "https://police.example/house?id=12345678", "", "agent.scan.foreign"},
		{"nothing", "  ", "", "agent.scan.empty"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := s.Desk.Scan(ctx(), tc.text)
			if tc.key != "" {
				wantKey(t, err, tc.key)
				return
			}
			if err != nil || got.Name != tc.want || got.Plate.Village != "富溪村" {
				t.Errorf("got %+v, %v", got, err)
			}
		})
	}
}

func TestPicture(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	address, _ := s.Tokens[0].URL("https://credit.example.cn")
	dir := t.TempDir()
	good, empty, none := filepath.Join(dir, "a.png"), filepath.Join(dir, "b.png"), filepath.Join(dir, "c.txt")
	if err := qrcode.WriteFile(strings.ToUpper(address), qrcode.Medium, 600, good); err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(empty)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(png.Encode(f, image.NewGray(image.Rect(0, 0, 300, 300))), f.Close(), os.WriteFile(none, []byte("x"), 0o600)); err != nil {
		t.Fatal(err)
	}
	text, err := flow.Picture(good)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.Desk.Scan(ctx(), text); err != nil || got.Household != stage.Chen {
		t.Errorf("got %+v, %v", got, err)
	}
	_, err = flow.Picture(empty)
	wantKey(t, err, "scanner.image.none")
	_, err = flow.Picture(none)
	wantKey(t, err, "agent.scan.picture")
}

func TestNewAtPlate(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	found, err := s.Desk.Scan(ctx(), s.Code(1).String())
	if err != nil {
		t.Fatal(err)
	}
	e, err := s.Desk.NewHousehold(ctx(), found.Plate.Scope)
	if err != nil {
		t.Fatal(err)
	}
	e.Plate(found.Plate)
	fill(t, e, newHousehold)
	if _, _, err := e.Save(ctx()); err != nil {
		t.Fatal(err)
	}
	again, err := s.Desk.Scan(ctx(), s.Code(1).String())
	if err != nil || again.Name != "周小梅" {
		t.Errorf("got %+v, %v", again, err)
	}
}

func TestSyncState(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	first, _, _ := s.Sync.Reading(ctx())
	for _, tc := range []struct {
		name string
		r    flow.Reading
		want string
		tone flow.Tone
	}{
		{"offline", first, "3 条待上传，最早 2 小时前", flow.Notice},
		{"just saved", flow.Reading{Waiting: 1, Oldest: stage.Now.Add(-20 * time.Second)}, "1 条待上传，刚刚保存", flow.Notice},
		{"never", flow.Reading{}, "还没有同步过", flow.Quiet},
		{"sending", flow.Reading{Online: true, Sending: true, Waiting: 2}, "正在上传，还有 2 条", flow.Calm},
		{"first", flow.Reading{Online: true, Pulling: true, Got: 820, Total: 34_400}, "首次接收，已到 820 B，共 34 kB", flow.Calm},
		{"first, away", flow.Reading{Got: 820, Total: 34_400, Held: true}, "首次接收，已到 820 B，共 34 kB", flow.Quiet},
		{"done", flow.Reading{Online: true, Settled: true, Since: stage.Now}, "已全部上传", flow.Calm},
		{"refused", flow.Reading{Online: true, Settled: true, Refused: 1}, "已全部上传", flow.Notice},
		{"wrong server", flow.Reading{Fault: fault.New(fault.NotAllowed, "sync.wrong_server"), Since: stage.Now}, "没有网络，可以继续办理", flow.Wrong},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := tc.r.State(s.Desk.Print, stage.Now)
			if got.Line != tc.want || got.Tone != tc.tone {
				t.Errorf("got %q %v, want %q %v", got.Line, got.Tone, tc.want, tc.tone)
			}
		})
	}
}

// refuse makes an act of a filled-in form and has the server refuse it.
func refuse(t *testing.T, s *stage.Stage, answers map[string]string) {
	t.Helper()
	capture := &capturing{Store: s.Desk.Store}
	s.Desk.Store = capture
	e, err := s.Desk.NewHousehold(ctx(), stage.Fuxi)
	if err != nil {
		t.Fatal(err)
	}
	fill(t, e, answers)
	if _, _, err := e.Save(ctx()); err != nil {
		t.Fatal(err)
	}
	s.Desk.Store = capture.Store
	s.Tray.Refuse(capture.act, "sync.reject.choice", "main_trade", nil)
}

// capturing takes an act instead of applying it.
type capturing struct {
	record.Store
	act record.Act
}

func (c *capturing) Apply(_ context.Context, act record.Act) (record.Receipt, error) {
	c.act = act
	return record.Receipt{}, nil
}

// breaking is a store whose disk is full.
type breaking struct{ record.Store }

func (breaking) Apply(context.Context, record.Act) (record.Receipt, error) {
	return record.Receipt{}, fault.New(fault.Exhausted, "store.full")
}

// TestListAgain: what was read before is read again, no less, so that a place in the list stays.
func TestListAgain(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	s.Crowd(3 * flow.PageSize)
	l := s.Desk.Households()
	if err := errors.Join(l.Read(ctx()), l.Next(ctx())); err != nil || len(l.Lines()) != 2*flow.PageSize || !l.More() {
		t.Fatalf("%d lines, %v", len(l.Lines()), err)
	}
	s.Crowd(1) // one of them changes
	if err := l.Again(ctx()); err != nil || len(l.Lines()) != 2*flow.PageSize || !l.More() {
		t.Errorf("%d lines, more %v, %v", len(l.Lines()), l.More(), err)
	}
}
