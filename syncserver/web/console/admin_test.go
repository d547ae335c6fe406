// SPDX-License-Identifier: Apache-2.0

package console_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yuexin/shared/ident"
	"yuexin/shared/sync/seal"
	"yuexin/shared/sync/wire"
	"yuexin/syncserver/store"
	"yuexin/syncserver/web/console"
	"yuexin/syncserver/web/htmlcheck"
)

func TestDevices(t *testing.T) {
	w := newWorld(t)
	b := w.login("admin")
	got := b.get("/devices")
	row := func(i int) string { return "#device-" + w.devices[i].ID.String() }
	htmlcheck.Run(t, got.body,
		htmlcheck.Texts("tbody td .first", "富溪村 1 号机", "梁志明的电脑", "黎婉仪的电脑", "大沙村 1 号机", "马房村 1 号机", "旧演示机"),
		htmlcheck.Texts(".figure b", "1", "3"),
		htmlcheck.Text(row(0), "在线"), htmlcheck.Text(row(1), "离线"), htmlcheck.Text(row(1), "缺纸"), htmlcheck.Text(row(1), "1 天前"),
		htmlcheck.Text(row(2), "12"), htmlcheck.Text(row(2), "3 小时前"), htmlcheck.Text(row(2), "1 项通知未送达"), htmlcheck.Text(row(2), "0.1.0"),
		htmlcheck.Text(row(3), "很久没有同步"), htmlcheck.Text(row(4), "已停用"), htmlcheck.NoText(row(4), "很久没有同步"),
		htmlcheck.Text(row(4), "恢复使用"), htmlcheck.Text(row(5), "还没有同步过"),
		htmlcheck.Attr("#devices", "hx-get", "/console/devices?poll"))
}

func TestSwitchOffAndOn(t *testing.T) {
	w := newWorld(t)
	b := w.login("admin")
	path := "/devices/" + w.devices[0].ID.String() + "/switch"
	ask := b.get(path)
	htmlcheck.Run(t, ask.body, htmlcheck.Text("h1", "停用“大沙村 1 号机”？"), htmlcheck.Text(".notice", "不会丢"), htmlcheck.Some("button.danger"))
	if w.devices[0].Off {
		t.Fatal("asking switched it off")
	}
	if got := b.post(path, url.Values{"to": {"away"}}); got.status != http.StatusBadRequest || w.devices[0].Off {
		t.Errorf("an unknown switch: %d", got.status)
	}
	if got := b.post(path, url.Values{"to": {"off"}}); got.status != http.StatusSeeOther || !w.devices[0].Off {
		t.Fatalf("off: %d", got.status)
	}
	list := b.get("/devices")
	htmlcheck.Run(t, list.body, htmlcheck.Text(".notice", "设备已停用"), htmlcheck.Text("#device-"+w.devices[0].ID.String(), "已停用"),
		htmlcheck.Text(".figure b", "0")) // off is off, even while its session is closing
	htmlcheck.Run(t, b.get(path).body, htmlcheck.Text("h1", "恢复使用“大沙村 1 号机”？"), htmlcheck.None("button.danger"))
	if b.post(path, url.Values{"to": {"on"}}); w.devices[0].Off {
		t.Error("on: still off")
	}
}

func TestEnrolmentCode(t *testing.T) {
	w := newWorld(t)
	b := w.login("admin")
	village := string(w.village["富溪村"])
	got := b.post("/devices/new", url.Values{"program": {"agent"}, "name": {"富溪村 2 号电脑"}, "display": {"黎婉仪"}, "role": {"officer"}, "scope": {village}})
	if got.status != http.StatusOK {
		t.Fatalf("status = %d", got.status)
	}
	htmlcheck.Run(t, got.body, htmlcheck.Text("h1", "富溪村 2 号电脑"), htmlcheck.Text(".code .big", "7K2M-9QXD"), htmlcheck.Text(".code", "sync.example.com"),
		htmlcheck.Texts(".words b", "稻田", "渔船", "荔枝", "凉亭"), htmlcheck.Some("img[src^=data:image/png;base64,]"), htmlcheck.Text(".notice", "只显示这一次"))
	if !strings.Contains(got.header.Get("Cache-Control"), "no-store") {
		t.Error("a browser may keep the code")
	}
	b.post("/devices/new", url.Values{"program": {"kiosk"}, "name": {"富溪村 2 号机"}, "role": {"admin"}, "scope": {village, string(w.village["大沙村"])}})
	var kinds []string
	for _, e := range w.codes {
		kinds = append(kinds, e.Program+" "+string(e.Role)+" "+e.Display)
		if e.Actor.IsZero() || e.By != w.actor["管理员"] || !slices.Contains(e.Scopes, ident.Ref) {
			t.Errorf("by %s for %v", e.By, e.Scopes)
		}
	}
	if diff := cmp.Diff([]string{"agent officer 黎婉仪", "kiosk kiosk 富溪村 2 号机"}, kinds); diff != "" {
		t.Errorf("enrolments (-want +got):\n%s", diff)
	}
}

func TestEnrolmentRefused(t *testing.T) {
	w := newWorld(t)
	b := w.login("admin")
	good := url.Values{"program": {"agent"}, "name": {"机"}, "display": {"人"}, "role": {"officer"}, "scope": {string(w.village["富溪村"])}}
	tests := []struct{ field, value, message string }{
		{"program", "", "请从列出的内容里选一个"},
		{"program", "server", "请从列出的内容里选一个"},
		{"name", " ", "还没有填"},
		{"name", strings.Repeat("长", 41), "最多 40 个字"},
		{"display", "", "还没有填"},
		{"role", "admin", "请从列出的内容里选一个"},
		{"scope", "unit:none", "请至少勾选一个村居"},
		{"scope", "ref", "请至少勾选一个村居"},
	}
	for _, tt := range tests {
		t.Run(tt.field+" "+tt.value, func(t *testing.T) {
			form := url.Values{}
			for name, values := range good {
				form[name] = values
			}
			form.Set(tt.field, tt.value)
			got := b.post("/devices/new", form)
			if got.status != http.StatusUnprocessableEntity || len(w.codes) > 0 {
				t.Errorf("status = %d, %d codes", got.status, len(w.codes))
			}
			htmlcheck.Run(t, got.body, htmlcheck.Text("#"+tt.field+"-problem", tt.message))
		})
	}
}

func TestWithoutAnEnroller(t *testing.T) {
	w := newWorld(t, func(c *console.Config) { c.Enroller = nil })
	b := w.login("admin")
	htmlcheck.Run(t, b.get("/devices").body, htmlcheck.None("a[href$=/devices/new]"))
	if got := b.get("/devices/new"); got.status != http.StatusNotFound {
		t.Errorf("status = %d", got.status)
	}
	if got := b.post("/devices/new", url.Values{"program": {"kiosk"}}); got.status != http.StatusNotFound {
		t.Errorf("post: %d", got.status)
	}
}

func TestUsers(t *testing.T) {
	w := newWorld(t)
	b := w.login("admin")
	htmlcheck.Run(t, b.get("/users").body, htmlcheck.Count("tbody tr", 7), htmlcheck.Text("tbody tr", "富溪村、大沙村"),
		htmlcheck.Text("tbody tr", "全部村居"), htmlcheck.Text("tbody tr", "四会农商银行"), htmlcheck.NoText("body", "argon2"))

	form := url.Values{
		"name": {"Xie.Li"}, "display": {"谢丽"}, "role": {"reviewer"}, "org": {w.org["四会农商银行"].String()},
		"password": {"Mango-harbour-9"}, "again": {"Mango-harbour-9"},
	}
	if got := b.post("/users/new", form); got.status != http.StatusSeeOther {
		t.Fatalf("status = %d: %s", got.status, got.body)
	}
	u := w.users["xie.li"]
	if u.Login.Role != console.Reviewer || u.Org != w.org["四会农商银行"] || u.Login.Scopes != nil || u.Display != "谢丽" || !strings.HasPrefix(u.Hash, "$argon2id$") {
		t.Errorf("user = %s %s %v", u.Display, u.Login.Role, u.Login.Scopes)
	}
	htmlcheck.Run(t, b.get("/users").body, htmlcheck.Text(".notice", "用户已添加"), htmlcheck.Count("tbody tr", 8))

	form = url.Values{"name": {"mo"}, "display": {"莫文"}, "role": {"cadre"}, "scope": {string(w.village["马房村"])}, "password": {"Mango-harbour-9"}, "again": {"Mango-harbour-9"}}
	b.post("/users/new", form)
	if diff := cmp.Diff([]ident.Scope{ident.Ref, w.village["马房村"]}, w.users["mo"].Login.Scopes); diff != "" {
		t.Errorf("scopes (-want +got):\n%s", diff)
	}
}

func TestUserRefused(t *testing.T) {
	w := newWorld(t)
	b := w.login("admin")
	good := url.Values{
		"name": {"xie"}, "display": {"谢丽"}, "role": {"officer"}, "scope": {string(w.village["马房村"])},
		"password": {"Mango-harbour-9"}, "again": {"Mango-harbour-9"},
	}
	tests := []struct {
		name, field, message string
		with                 url.Values
	}{
		{"no name", "name", "还没有填", url.Values{"name": {""}}},
		{"a name in Chinese", "name", "小写字母", url.Values{"name": {"谢丽"}}},
		{"a name that is taken", "name", "已经有人用了", url.Values{"name": {"liang"}}},
		{"no display name", "display", "还没有填", url.Values{"display": {""}}},
		{"no role", "role", "请从列出的内容里选一个", url.Values{"role": {""}}},
		{"a role of machines", "role", "请从列出的内容里选一个", url.Values{"role": {"desk"}}},
		{"an officer without a village", "scope", "请至少勾选一个村居", url.Values{"scope": nil}},
		{"a reviewer without a bank", "org", "请从列出的内容里选一个", url.Values{"role": {"reviewer"}}},
		{"an organisation made up", "org", "请从列出的内容里选一个", url.Values{"org": {"x"}}},
		{"no password", "password", "还没有填", url.Values{"password": {""}, "again": {""}}},
		{"two passwords", "again", "不一样", url.Values{"again": {"Mango-harbour-8"}}},
		{"a short password", "password", "10", url.Values{"password": {"ab1"}, "again": {"ab1"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			form := url.Values{}
			for _, values := range []url.Values{good, tt.with} {
				for name, v := range values {
					form[name] = v
				}
			}
			got := b.post("/users/new", form)
			if got.status != http.StatusUnprocessableEntity || len(w.users) != 7 {
				t.Errorf("status = %d, %d users", got.status, len(w.users))
			}
			htmlcheck.Run(t, got.body, htmlcheck.Text("#"+tt.field+"-problem", tt.message), htmlcheck.None("input[type=password][value]"))
			if tt.field != "display" {
				htmlcheck.Run(t, got.body, htmlcheck.Attr("#display", "value", "谢丽"))
			}
		})
	}
}

func TestPasswordReset(t *testing.T) {
	w := newWorld(t)
	admin, theirs := w.login("admin"), w.login("liang")
	const fresh = "Mango-harbour-9"
	bad := admin.post("/users/liang/password", url.Values{"password": {"short"}, "again": {"short"}})
	if bad.status != http.StatusUnprocessableEntity {
		t.Errorf("a bad password: %d", bad.status)
	}
	htmlcheck.Run(t, bad.body, htmlcheck.Some("#password-problem"))
	if got := theirs.get("/demands"); got.status != http.StatusOK {
		t.Fatalf("a refused reset ended their session: %d", got.status)
	}

	if got := admin.post("/users/liang/password", url.Values{"password": {fresh}, "again": {fresh}}); got.status != http.StatusSeeOther {
		t.Fatalf("reset: %d", got.status)
	}
	if got := theirs.get("/demands"); got.status != http.StatusSeeOther {
		t.Errorf("their old session goes on: %d", got.status)
	}
	if got := w.browser().post("/login", credentials("liang", fresh)); got.status != http.StatusSeeOther {
		t.Errorf("login with the new password: %d", got.status)
	}
	admin.post("/users/admin/password", url.Values{"password": {fresh}, "again": {fresh}})
	htmlcheck.Run(t, admin.get("/users").body, htmlcheck.Text(".notice", "密码已重设"))
	if got := admin.post("/users/nobody/password", url.Values{"password": {fresh}, "again": {fresh}}); got.status != http.StatusNotFound {
		t.Errorf("nobody's password: %d", got.status)
	}
}

func TestConflicts(t *testing.T) {
	w := newWorld(t)
	got := w.login("admin").get("/conflicts")
	htmlcheck.Run(t, got.body,
		htmlcheck.Text(".conflict h2", "陈秀英"), htmlcheck.Text(".conflict .head", "农户 · 富溪村"),
		htmlcheck.Texts(".dispute h3", "民间借款", "户主身份证号"),
		htmlcheck.Texts(".version .value", "1.2万元", "3.5万元", "441284197203150002", "441226197203150009"),
		htmlcheck.Text(".version.now", "1.2万元"), htmlcheck.Text(".version.now", "何建国"), htmlcheck.Text(".version.now", "村干部登记"),
		htmlcheck.Text(".version", "2026年11月19日 14:30"), htmlcheck.Text(".version", "服务官现场登记"), htmlcheck.Count(".version.now", 2),
		htmlcheck.Text(".version", "没有看到先前的填写"), htmlcheck.Count("main form", 2), htmlcheck.Count("main input[type=password]", 2))

	masked := w.login("he").get("/conflicts") // a cadre may not settle, so needs no number
	htmlcheck.Run(t, masked.body, htmlcheck.Texts(".version .value", "1.2万元", "3.5万元", "4412**********0002", "4412**********0009"), htmlcheck.None("main form"))

	elsewhere := w.users["liang"]
	elsewhere.Login.Scopes = []ident.Scope{ident.Ref, w.village["大沙村"]}
	w.users["liang"] = elsewhere
	htmlcheck.Run(t, w.login("liang").get("/conflicts").body, htmlcheck.Text(".empty", "没有要核对的内容"))
}

func TestQuarantine(t *testing.T) {
	w := newWorld(t)
	b := w.login("admin")
	htmlcheck.Run(t, b.get("/quarantine").body, htmlcheck.Count("tbody tr", 1), htmlcheck.Text("tbody tr", "梁志明"), htmlcheck.Text("tbody tr", "旧演示机"),
		htmlcheck.Text("tbody tr", "大沙村"), htmlcheck.Text("tbody tr", "来源没有得到许可"), htmlcheck.NoText("tbody", "no.such.text"), htmlcheck.NoText("tbody", "demand.register"))
	w.kept = nil
	htmlcheck.Run(t, b.get("/quarantine").body, htmlcheck.Text(".empty", "没有隔离的内容"))
}

// TestQuarantineIsDecided: an administrator sees all of what was kept, lets it pass or
// sends it back with a reason, and who did so is seen afterwards.
func TestQuarantineIsDecided(t *testing.T) {
	w := newWorld(t)
	b := w.login("admin")
	more := w.kept[0]
	more.Link.Number = 5
	w.kept = append(w.kept, more) // its content was erased
	href := htmlcheck.AttrOf(htmlcheck.Find(t, b.get("/quarantine").body, "tbody a")[0], "href")
	at := strings.TrimPrefix(href, "/console")
	htmlcheck.Run(t, b.get(at).body, htmlcheck.Count(".kept", 2), htmlcheck.Text(".kept", "陈大文"), htmlcheck.Text(".kept", "搬到新屋"),
		htmlcheck.Text(".kept", "内容已依法删除"), htmlcheck.Text("p", "梁志明"))

	for name, form := range map[string]url.Values{
		"nothing ticked":     {"do": {"pass"}},
		"no reason":          {"do": {"refuse"}, "number": {"4"}},
		"another number":     {"do": {"pass"}, "number": {"9"}},
		"nothing to be done": {"number": {"4"}},
	} {
		if got := b.post(at, form); got.status != http.StatusUnprocessableEntity || len(w.decided) != 0 {
			t.Errorf("%s: status %d, %d decided", name, got.status, len(w.decided))
		}
	}
	if got := b.post(at, url.Values{"do": {"pass"}, "number": {"4"}}); got.status != http.StatusSeeOther {
		t.Fatalf("let pass: %d %s", got.status, w.log.String())
	}
	if got := b.post(at, url.Values{"do": {"refuse"}, "number": {"5"}, "why": {"与实际不符"}}); got.status != http.StatusSeeOther {
		t.Fatalf("sent back: %d", got.status)
	}
	if d := w.decided; len(d) != 2 || !d[0].Pass || d[0].By != w.users["admin"].Login.Actor || d[1].Pass || d[1].Decision.Why != "与实际不符" {
		t.Errorf("decided: %+v", w.decided)
	}
	htmlcheck.Run(t, b.get("/quarantine").body, htmlcheck.Text("#decided tr", "放行"), htmlcheck.Text("#decided tr", "与实际不符"), htmlcheck.Text("#decided tr", "已采用"))
	if got := b.get(at); got.status != http.StatusNotFound {
		t.Errorf("decided and still there: %d", got.status)
	}
	if got := w.login("liang").get(at); got.status == http.StatusOK {
		t.Errorf("an officer looks at it: %d", got.status)
	}
}

// TestTakenFromADevice: what was taken from a device is confirmed by its own
// signature and by nothing else; until then the page says since when it is not.
func TestTakenFromADevice(t *testing.T) {
	w := newWorld(t)
	b := w.login("admin")
	key := must(seal.NewSign(seal.Default, w.random))(t)
	w.devices[2].Public = must(key.Public())(t).Encode()
	id := w.devices[2].ID
	at := "/devices/" + id.String()
	htmlcheck.Run(t, b.get(at).body, htmlcheck.Text("#held", "大沙村"), htmlcheck.Text("#taken", "没有收回或停用过"))

	form := url.Values{"scope": {string(w.village["大沙村"])}}
	if got := b.post(at+"/revoke", form); got.status != http.StatusSeeOther {
		t.Fatalf("revoke: %d %s", got.status, w.log.String())
	}
	const open = "尚未确认，自 2026年11月"
	htmlcheck.Run(t, b.get(at).body, htmlcheck.Text("#taken", "收回大沙村"), htmlcheck.Text("#taken", open), htmlcheck.Text("#held", "没有村居"))
	htmlcheck.Run(t, b.get("/devices").body, htmlcheck.Text("#device-"+id.String(), open))
	if got := b.post(at+"/revoke", form); got.status != http.StatusNotFound {
		t.Errorf("revoked twice: %d", got.status)
	}

	order := &w.orders[id][0]
	order.Applied, order.Purge = true, []byte("nobody's signature")
	htmlcheck.Run(t, b.get(at).body, htmlcheck.Text("#taken", "回执签名不符"))
	other := order.ControlEntry
	other.Number++
	order.Purge = must(key.Sign(w.random, "yuexin purge", wire.PurgeBytes(id, other)))(t)
	htmlcheck.Run(t, b.get(at).body, htmlcheck.Text("#taken", "回执签名不符")) // for another revocation
	order.Purge = must(key.Sign(w.random, "yuexin purge", wire.PurgeBytes(id, order.ControlEntry)))(t)
	order.Confirmed = w.now
	htmlcheck.Run(t, b.get(at).body, htmlcheck.Text("#taken", "设备已签名确认清除"), htmlcheck.NoText("#taken", "尚未确认"))
	htmlcheck.Run(t, b.get("/devices").body, htmlcheck.NoText("#device-"+id.String(), "尚未确认"))

	w.orders[id] = append(w.orders[id], store.Order{ControlEntry: wire.ControlEntry{Number: 2, Op: wire.ControlSwitchOff}, At: w.now})
	htmlcheck.Run(t, b.get(at).body, htmlcheck.Text("#taken", open))
	w.orders[id][1].Applied = true
	htmlcheck.Run(t, b.get(at).body, htmlcheck.Text("#taken", "设备已确认"))
}

func TestStalledConnectionIsNamed(t *testing.T) {
	w := newWorld(t)
	w.stalled[w.devices[0].ID] = w.now.Add(-5 * time.Minute)
	row := "#device-" + w.devices[0].ID.String()
	htmlcheck.Run(t, w.login("admin").get("/devices").body, htmlcheck.Text(row, "连着但没有进展，自 "), htmlcheck.Text(row, "大沙村 1 号机"))
}

// What somebody has to carry is named where devices are looked at.
func TestStrandedWorkIsNamed(t *testing.T) {
	w := newWorld(t)
	b, id := w.login("admin"), w.devices[0].ID.String()
	page := "/devices/" + id
	htmlcheck.Run(t, b.get(page).body, htmlcheck.None("#stranded"))
	w.devices[0].Status.Stranded = 3
	htmlcheck.Run(t, b.get("/devices").body, htmlcheck.Text("#device-"+id, "3 份登记要由人带来"), htmlcheck.Texts(".figure b", "1", "4"))
	htmlcheck.Run(t, b.get(page).body, htmlcheck.Text("#stranded", "kiosk carry"))
}

// Work that waits too long, and what was taken and not confirmed, ask for attention: the
// device comes first and is counted.
func TestDevicesThatNeedAttention(t *testing.T) {
	needs := func(change func(w *world, d *store.Device)) (count string, first bool) {
		w := newWorld(t)
		for i := range w.devices {
			w.devices[i].Status, w.devices[i].LastSeen = wire.Status{}, w.now
		}
		d := &w.devices[5] // the last by itself
		w.online[d.ID] = true
		change(w, d)
		body := w.login("admin").get("/devices").body
		count = htmlcheck.TextOf(htmlcheck.Find(t, body, ".figure")[1])
		rows := htmlcheck.Find(t, body, "#devices tbody tr")
		return count, strings.Contains(htmlcheck.TextOf(rows[0]), d.Name)
	}
	waiting := func(age time.Duration) func(*world, *store.Device) {
		return func(_ *world, d *store.Device) {
			d.Status = wire.Status{Waiting: 1, OldestMS: age.Milliseconds()}
		}
	}
	away := func(age time.Duration) func(*world, *store.Device) {
		return func(w *world, d *store.Device) { waiting(age)(w, d); w.online[d.ID] = false }
	}
	revoked := func(w *world, d *store.Device) {
		w.orders[d.ID] = []store.Order{{ControlEntry: wire.ControlEntry{Number: 1, Op: wire.ControlRevoke, Scope: w.village["大沙村"]}, At: w.now}}
	}
	for name, tt := range map[string]struct {
		change func(*world, *store.Device)
		want   bool
	}{
		"nothing":                    {func(*world, *store.Device) {}, false},
		"work of half an hour":       {waiting(30 * time.Minute), false},
		"work of two hours":          {waiting(2 * time.Hour), true},
		"work of two hours, away":    {away(2 * time.Hour), false},
		"work of eight days, away":   {away(8 * 24 * time.Hour), true},
		"a village not purged":       {revoked, true},
		"the same, and switched off": {func(w *world, d *store.Device) { revoked(w, d); d.Off = true }, false},
		"old work, and it is off":    {func(w *world, d *store.Device) { waiting(9*24*time.Hour)(w, d); d.Off = true }, false},
	} {
		count, first := needs(tt.change)
		if first != tt.want || strings.HasPrefix(count, "1") != tt.want {
			t.Errorf("%s: first %v, %q; want attention %v", name, first, count, tt.want)
		}
	}
}

func TestVillages(t *testing.T) {
	w := newWorld(t)
	cells := func(user string) [][]string {
		var rows [][]string
		for _, tr := range htmlcheck.Find(t, w.login(user).get("/villages").body, "#villages tbody tr") {
			var row []string
			for td := range tr.ChildNodes() {
				if td.Data == "td" {
					row = append(row, htmlcheck.TextOf(td))
				}
			}
			rows = append(rows, row)
		}
		return rows
	}
	want := [][]string{
		{"富溪村 四会市 大沙镇", "2", "1", "4", "1", "1", "5"},
		{"大沙村 四会市 大沙镇", "1", "2", "3", "1", "0", "4"},
		{"马房村 四会市 大沙镇", "1", "2", "2", "0", "1", "3"},
		{"全部村居", "4", "5", "9", "2", "2", "12"},
	}
	for i, row := range cells("deng") {
		row[0] = strings.Replace(row[0], "村四", "村 四", 1)
		if diff := cmp.Diff(want[i], row); diff != "" {
			t.Errorf("row %d (-want +got):\n%s", i, diff)
		}
	}
	if got := cells("he"); len(got) != 2 {
		t.Errorf("a cadre of one village sees %d rows", len(got))
	}
}

func TestConfigIsChecked(t *testing.T) {
	w := newWorld(t)
	for name, spoil := range map[string]func(*console.Config){
		"no store": func(c *console.Config) { c.Store = nil }, "no clock": func(c *console.Config) { c.Now = nil },
		"no gate": func(c *console.Config) { c.Gate = nil }, "base with a slash": func(c *console.Config) { c.Base = "/console/" },
		"base without one": func(c *console.Config) { c.Base = "console" },
	} {
		cfg := w.console.Config
		spoil(&cfg)
		if _, err := console.New(cfg); err == nil {
			t.Errorf("%s: taken", name)
		}
	}
}
