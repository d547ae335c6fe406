// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// bad is a command line with something wrong in it.
type bad struct {
	command string // "demand move"
	args    string // parted by blanks; {names} stand for what the test has made
	code    string
	says    string // of the message or of what to do
	stdin   string
	env     string
}

// badOnDevices are for agent and kiosk alike.
var badOnDevices = []bad{
	{command: "enrol", args: "--dir {new}", code: "invalid", says: "--ticket"},
	{command: "enrol", args: "--dir {new} --ticket {none}.enrol", code: "not_found", says: "打不开文件"},
	{command: "enrol", args: "--dir {new} --ticket {bad.json}", code: "invalid", says: "不是登记"},
	{command: "enrol", args: "--dir {new} --server 127.0.0.1:1 --code 0000000001", code: "invalid", says: "登记码"},
	{command: "put", args: "household", code: "invalid", says: "KIND FILE"},
	{command: "put", args: "dragon {bad.json}", code: "invalid", says: "没有“dragon”这种资料"},
	{command: "put", args: "household {none}", code: "not_found", says: "打不开文件"},
	{command: "put", args: "household {bad.json}", code: "invalid", says: "JSON 第 2 行"},
	{command: "put", args: "household -", stdin: `[{"name": "陈"}]`, code: "invalid", says: "id、village、subject、fields"},
	{command: "put", args: "household -", stdin: "a,b\n1,2\n3\n", code: "invalid", says: "CSV 第 3 行"},
	{command: "put", args: "household -", stdin: " \n", code: "invalid", says: "空的"},
	{command: "put", args: "household - --dry-rum", code: "invalid", says: "没有“--dry-rum”"},
	{command: "get", args: "", code: "invalid", says: "get ID"},
	{command: "get", args: "rec_1", code: "invalid", says: "编号"},
	{command: "get", args: "{unknown}", code: "not_found", says: "核对"},
	{command: "list", args: "dragon", code: "invalid", says: "没有“dragon”这种资料"},
	{command: "list", args: "household --village 火星村", code: "not_found", says: "火星村"},
	{command: "list", args: "household --village {other}", code: "not_found", says: "再同步一次"},
	{command: "list", args: "household --where dragon=1", code: "invalid", says: "可以检索的字段有：head_name"},
	{command: "list", args: "household --where remark=1", code: "invalid", says: "可以检索的字段有：head_name"},
	{command: "list", args: "household --where main_trade=dragon", code: "invalid", says: "planting"},
	{command: "list", args: "household --limit 0", code: "invalid", says: "至少是 1"},
	{command: "list", args: "household --limit many", code: "invalid", says: "many"},
	{command: "export", args: "dragon", code: "invalid", says: "没有“dragon”这种资料"},
	{command: "export", args: "plate --out {none}/x.csv", code: "not_allowed", says: "写不了文件"},
	{command: "export", args: "plate --out {bad.json}", code: "not_allowed", says: "换一个名字"},
	{command: "demand list", args: "--village 火星村", code: "not_found", says: "火星村"},
	{command: "demand list", args: "--where asked=1", code: "invalid", says: "receipt_no"},
	{command: "demand show", args: "dem_1", code: "invalid", says: "rec_"},
	{command: "demand show", args: "{plate}", code: "invalid", says: "另一种资料：plate"},
	{command: "demand move", args: "{demand}", code: "invalid", says: "ID STATE"},
	{command: "demand move", args: "{demand} disbursed", code: "invalid", says: "现在的状态"},
	{command: "demand move", args: "{demand} intent --amount viel", code: "invalid", says: "3万"},
	{command: "sync", args: "--once --wait soon", code: "invalid", says: "--wait"},
	{command: "sync", args: "--once --dir {new}", code: "unauthenticated", says: "登记码"},
	{command: "status", args: "--dir {new}", code: "unauthenticated", says: "登记码"},
	{command: "status", args: "now", code: "invalid", says: "status"},
	{command: "rules", args: "--dir {new}", code: "unauthenticated", says: "登记码"},
	{command: "rules", args: "all", code: "invalid", says: "rules"},
	{command: "tray", args: "--dir {new}", code: "unauthenticated", says: "登记码"},
	{command: "tray", args: "all", code: "invalid", says: "dismiss"},
	{command: "dragon", code: "invalid", says: "可用的有"},
	{command: "demand mvoe", code: "invalid", says: "list、move、show"},
}

// badOnAgent are what only the laptop does.
var badOnAgent = []bad{
	{command: "review list", args: "all", code: "invalid", says: "review list"},
	{command: "review settle", args: "{household} phone", code: "invalid", says: "ID FIELD VALUE"},
	{command: "review settle", args: "{household} phone 19900001111", code: "stale", says: "没有分歧"},
	{command: "enrol", args: "--add --ticket x --dir {new}", code: "unauthenticated", says: "登记码"},
	{command: "tray dismiss", args: "99 --reason x", code: "not_found", says: "记录"},
	{command: "recover begin", args: "--person act_x", code: "invalid", says: "act_"},
	{command: "recover begin", code: "unsupported", says: "管理员"},
	{command: "recover begin", args: "--dir {new}", code: "unauthenticated", says: "登记码"},
	{command: "recover finish", stdin: "a joke", code: "invalid", says: "逐字核对"},
	{command: "list", args: "household", env: "YUEXIN_PASSPHRASE=a wrong one", code: "unauthenticated", says: "口令"},
	{command: "put", args: "plate -", stdin: "village,plate_code\n{village},X\n", code: "invalid", says: "1 行不对"},
	{command: "put", args: "merchant -", stdin: "id,remark\n{household},x\n", code: "invalid", says: "1 行不对"},
	{command: "put", args: "demand -", stdin: "village,applicant_name\n{village},陈\n", code: "invalid", says: "1 行不对"},
	{command: "attach", args: "{household} photo {bad.json}", code: "unsupported", says: "JPEG"},
	{command: "attach", args: "{household} photo {none}", code: "not_found", says: "打不开文件"},
	{command: "attach", args: "{household} photo sha256:00", code: "invalid", says: "校验码"},
	{command: "attach", args: "{household} remark {bad.json}", code: "invalid", says: "signature"},
	{command: "attachments", args: "{unknown}", code: "not_found", says: "核对"},
	{command: "fetch", args: "{household} photo", code: "invalid", says: "--out"},
	{command: "import", code: "invalid", says: "import FILE"},
	{command: "import", args: "{none}", code: "not_found", says: "打不开文件"},
	{command: "import", args: "{bad.json} --kind unit", code: "invalid", says: "household、merchant"},
	{command: "import", args: "{bad.json} --village 火星村", code: "not_found", says: "火星村"},
	{command: "import", args: "{bad.json} --column 门牌", code: "invalid", says: "列名=项目"},
	{command: "import", args: "{bad.json} --column 门牌=house_no", code: "not_found", says: "门牌"},
	{command: "import", args: "{bad.json} --sheet 二月", code: "not_found", says: "二月"},
	{command: "imports", args: "all", code: "invalid", says: "undo"},
	{command: "imports undo", code: "invalid", says: "imports undo ID"},
	{command: "imports undo", args: "{unknown}", code: "not_found", says: "核对"},
	{command: "imports undo", args: "{unknown} --dir {new}", code: "unauthenticated", says: "登记码"},
	{command: "fetch", args: "{household} photo --out {none}", code: "not_found", says: "没有附件"},
}

// badOnKiosk are what only a kiosk does.
var badOnKiosk = []bad{
	{command: "enrol", args: "--add --ticket x --dir {new}", code: "unauthenticated", says: "登记码"},
	{command: "tray dismiss", args: "99 --reason x", code: "not_allowed", says: "村干部"},
	{command: "carry", code: "invalid", says: "--out"},
	{command: "carry", args: "all --out {none}", code: "invalid", says: "carry"},
	{command: "voice", args: "all", code: "invalid", says: "voice"},
	{command: "voice", args: "--tongue hak", code: "invalid", says: "yue"},
	{command: "voice", args: "--sheet {none}", code: "invalid", says: "--tongue"},
	{command: "voice", args: "--tongue yue --sheet {bad.json}", code: "not_allowed", says: "换一个名字"},
	{command: "carry", args: "--dir {new} --out {none}", code: "unauthenticated", says: "登记码"},
}

// demoPassword opens the demo users' keys.
const demoPassword = "YUEXIN_PASSWORD=" + password

// badOnServer are an administrator's.
var badOnServer = []bad{
	{command: "serve", args: "--listen nowhere --dir {idle}", code: "invalid", says: "主机:端口"},
	{command: "serve", args: "--listen 0.0.0.0:0 --cert {none} --key {none} --dir {idle}", code: "not_found", says: "证书文件"},
	{command: "serve", args: "--listen 127.0.0.1:0 --public-url ftp://x --dir {idle}", code: "invalid", says: "https://"},
	{command: "serve", args: "--listen 127.0.0.1:0", code: "conflict", says: "服务器已在运行"},
	{command: "demo", args: "--data {bad.json}/x", code: "not_allowed", says: "文件夹"},
	{command: "village add", code: "invalid", says: "PLACE"},
	{command: "village add", args: "火星村", code: "not_found", says: "火星村"},
	{command: "reference issue", args: "{household}", code: "invalid", says: "--purpose"},
	{command: "reference issue", args: "{household} --purpose party --to 火星党委 --as demo-admin --out {new}", env: demoPassword, code: "not_found", says: "火星党委"},
	{command: "reference verify", args: "000070003318 00000000000000000000", code: "not_found", says: "推荐函"},
	{command: "village add", args: "440000", code: "invalid", says: "不是村"},
	{command: "village assets", args: "{village}", code: "invalid", says: "--as-of"},
	{command: "village assets", args: "{village} --as-of 昨天", code: "invalid", says: "日期"},
	{command: "village assets", args: "{village} --as-of 2026-06-30 --funds 很多", code: "invalid", says: "金额"},
	{command: "village list", args: "all", code: "invalid", says: "village list"},
	{command: "notice add", code: "invalid", says: "TITLE"},
	{command: "notice add", args: "开会 --publisher 村委会 --until 2099-01-01", code: "invalid", says: "内容"},
	{command: "notice add", args: "开会 --text 今晚 --publisher 村委会 --until 昨天", code: "invalid", says: "最后一天"},
	{command: "notice add", args: "开会 --file {none} --publisher 村委会 --until 2099-01-01", code: "not_found", says: "打不开文件"},
	{command: "notice list", args: "all", code: "invalid", says: "notice list"},
	{command: "notice end", args: "{unknown}", code: "not_found", says: "核对"},
	{command: "points add", args: "{household} clean", code: "invalid", says: "--as"},
	{command: "points add", args: "{household} clean --as demo-admin", code: "invalid", says: "YUEXIN_PASSWORD"},
	{command: "points add", args: "{household} clean --as demo-admin", env: "YUEXIN_PASSWORD=a guess of somebody", code: "unauthenticated", says: "密码"},
	{command: "points add", args: "{unknown} clean --as demo-admin", env: demoPassword, code: "not_found", says: "核对"},
	{command: "points add", args: "{household} dragon --as demo-admin", env: demoPassword, code: "not_found", says: "积分事项"},
	{command: "points add", args: "{household} solar --as demo-admin", env: demoPassword, code: "invalid", says: "照片"},
	{command: "points add", args: "{household} clean --day 昨天 --as demo-admin", env: demoPassword, code: "invalid", says: "日期"},
	{command: "points approve", args: "{household} --as demo-admin", env: demoPassword, code: "not_found", says: "积分"},
	{command: "points back", args: "{household} --as demo-admin", env: demoPassword, code: "not_found", says: "积分"},
	{command: "points list", args: "火星村", code: "not_found", says: "火星村"},
	{command: "points balance", args: "火星村", code: "not_found", says: "火星村"},
	{command: "whole begin", args: "火星村", code: "not_found", says: "火星村"},
	{command: "whole rounds", args: "火星村", code: "not_found", says: "火星村"},
	{command: "whole list", args: "{other}", code: "not_found", says: "本年度"},
	{command: "whole open", args: "{village}", code: "invalid", says: "--reviewer"},
	{command: "whole open", args: "{village} --reviewer act_x", code: "invalid", says: "编号"},
	{command: "whole close", args: "{unknown}", code: "not_found", says: "这一轮"},
	{command: "score again", args: "{unknown}", code: "not_found", says: "核对"},
	{command: "score again", args: "{household}", code: "not_found", says: "核对"},
	{command: "credit list", args: "{unknown}", code: "not_found", says: "核对"},
	{command: "credit release", args: "rec_1", code: "invalid", says: "编号"},
	{command: "credit release", args: "{unknown} --reason 已还清", code: "not_found", says: "核对"},
	{command: "title judge", args: "credit_village 火星村", code: "not_found", says: "火星村"},
	{command: "title judge", args: "dragon {village}", code: "not_found", says: "credit_town"},
	{command: "title judge", args: "credit_town 449999999", code: "not_found", says: "449999999"},
	{command: "title list", args: "all", code: "invalid", says: "title list"},
	{command: "title award", args: "credit_village {village}", code: "invalid", says: "--as"},
	{command: "title award", args: "credit_village {village} --as demo-admin --plaque 1", env: demoPassword, code: "not_allowed", says: "两个人"},
	{command: "title check", args: "credit_village {village} --as demo-admin", env: "YUEXIN_PASSWORD=a guess of somebody", code: "unauthenticated", says: "密码"},
	{command: "title withdraw", args: "credit_village {village} --as demo-admin --second demo-admin", env: demoPassword, code: "invalid", says: "YUEXIN_SECOND_PASSWORD"},
	{command: "score", args: "--region 999999", code: "not_found", says: "999999"},
	{command: "score", args: "--day 昨天", code: "invalid", says: "日期"},
	{command: "score", args: "--weight luck=3", code: "invalid", says: "luck"},
	{command: "score", args: "--grade C=10", code: "invalid", says: "C"},
	{command: "points board", args: "火星村", code: "not_found", says: "火星村"},
	{command: "points board", args: "{village} --month 十一月", code: "invalid", says: "月份"},
	{command: "org add", args: "示例 银行", code: "invalid", says: "NAME"},
	{command: "org add", args: "银行 --kind dragon", code: "invalid", says: "选"},
	{command: "org list", args: "all", code: "invalid", says: "org list"},
	{command: "org staff", args: "all", code: "invalid", says: "org staff"},
	{command: "org handover", code: "invalid", says: "--from"},
	{command: "org handover", args: "--from {officer}", code: "invalid", says: "--to"},
	{command: "org handover", args: "--from {officer} --to {officer}", code: "invalid", says: "同一个人"},
	{command: "post", code: "invalid", says: "--village"},
	{command: "post", args: "--village {village} --officer {officer}", code: "invalid", says: "--bank"},
	{command: "post", args: "--village {village} --officer {officer} --bank org_1", code: "not_found", says: "org list"},
	{command: "post", args: "--village {village} --officer {officer} --bank {nobank}", code: "not_found", says: "org list"},
	{command: "enrol", args: "--name x --person y --role king", code: "not_allowed", says: "king"},
	{command: "enrol", args: "--name x --person y --program tablet", code: "invalid", says: "kiosk"},
	{command: "enrol", args: "--name x --person y --village 火星村", code: "not_found", says: "火星村"},
	{command: "enrol", args: "--name x --village {village}", code: "invalid", says: "姓名"},
	{command: "device list", args: "all", code: "invalid", says: "device list"},
	{command: "device adopted", args: "all", code: "invalid", says: "device adopted"},
	{command: "device work", args: "{nodevice}", code: "not_found", says: "device list"},
	{command: "device work", args: "kiosk", code: "invalid", says: "dev_"},
	{command: "form import", args: "{none} --out {new}", code: "not_found", says: "检查文件名"},
	{command: "form print", args: "household", code: "invalid", says: "--out"},
	{command: "form print", args: "dragon -o {none}", code: "unsupported", says: "household_survey"},
	{command: "form print", args: "household --record {unknown} -o {none}", code: "invalid", says: "--reason"},
	{command: "form print", args: "household --record {unknown} --reason x -o {none}", code: "not_found", says: "核对"},
	{command: "device receipt", args: "12345", code: "invalid", says: "编号"},
	{command: "device off", args: "{nodevice}", code: "not_found", says: "device list"},
	{command: "device on", args: "kiosk", code: "invalid", says: "dev_"},
	{command: "device taken", args: "{nodevice}", code: "not_found", says: "device list"},
	{command: "device grant", args: "{nodevice} {village}", code: "not_found", says: "device list"},
	{command: "device revoke", args: "kiosk {village}", code: "invalid", says: "dev_"},
	{command: "take", code: "invalid", says: "FILE"},
	{command: "take", args: "{none}", code: "not_found", says: "打不开文件"},
	{command: "take", args: "{bad.json}", code: "invalid", says: "kiosk carry"},
	{command: "publish", args: "{bad.json}", code: "invalid", says: "--with"},
	{command: "publish", args: "{none} --with {none}", code: "not_found", says: "打不开文件"},
	{command: "publish", args: "{bad.json} --with {none}", code: "invalid", says: "把版次提高"},
	{command: "publish", args: "{bad.json} --with {none} --percent 0", code: "invalid", says: "1 到 100"},
	{command: "publish", args: "{bad.json} --with {none} --from tomorrow", code: "invalid", says: "2026-12-01"},
	{command: "rules list", args: "all", code: "invalid", says: "rules list"},
	{command: "rules stage", code: "invalid", says: "WHAT"},
	{command: "rules stage", args: "form household 2 --with {none}", code: "not_found", says: "rules list"},
	{command: "rules stage", args: "form household 2 --with {none} --percent 0", code: "invalid", says: "1 到 100"},
	{command: "rules second", args: "card household 2", code: "invalid", says: "--with"},
	{command: "rules second", args: "card household 2 --with {none}", code: "not_found", says: "rules list"},
	{command: "rules stop", args: "form household 2", code: "invalid", says: "--with"},
	{command: "rules stop", args: "form household 2 --with {none}", code: "not_found", says: "rules list"},
	{command: "recovery remove", code: "invalid", says: "ID"},
	{command: "recovery remove", args: "x", code: "invalid", says: "--with"},
	{command: "recovery remove", args: "x --with {none}", code: "not_found", says: "x"},
	{command: "recovery new", code: "invalid", says: "--out"},
	{command: "recovery new", args: "--out {bad.json}", env: recoverySecret, code: "conflict", says: "还不存在的文件名"},
	{command: "recovery new", args: "--out {none}", env: "YUEXIN_RECOVERY_PASSPHRASE=short", code: "invalid", says: "至少 10 个字"},
	{command: "recovery list", args: "all", code: "invalid", says: "recovery list"},
	{command: "recovery approve", code: "invalid", says: "--with"},
	{command: "recovery approve", args: "--with {none}", code: "not_found", says: "打不开文件"},
	{command: "user add", args: "demo-two --role admin", env: "YUEXIN_PASSWORD=two different words", code: "invalid", says: "登录名"},
	{command: "user add", args: "two --role king", env: "YUEXIN_PASSWORD=two different words", code: "invalid", says: "king"},
	{command: "user add", args: "two --role admin", env: "YUEXIN_PASSWORD=short", code: "invalid", says: "10"},
	{command: "user add", args: "two --role admin", code: "invalid", says: "YUEXIN_PASSWORD"},
	{command: "user add", args: "two", env: "YUEXIN_PASSWORD=two different words", code: "invalid", says: "--org"},
	{command: "user password", args: "nobody", env: "YUEXIN_PASSWORD=two different words", code: "not_found", says: "user list"},
	{command: "user list", args: "all", code: "invalid", says: "user list"},
	{command: "sample", args: "--town 99", code: "not_found", says: "99"},
	{command: "plates", code: "invalid", says: "--village"},
	{command: "plates", args: "--village {village}", code: "invalid", says: "--sheets"},
	{command: "plates", args: "--village 火星村 --issue", code: "not_found", says: "火星村"},
	{command: "plates", args: "--village {village} --sheets {none}", code: "invalid", says: "网址"},
	{command: "plates", args: "--village {village} --sheets {none}/x --public-url {url}", code: "not_allowed", says: "写不了文件"},
	{command: "plates void", code: "invalid", says: "--code"},
	{command: "plates void", args: "--code 0000-0000", code: "not_found", says: "短码"},
	{command: "plates replace", code: "invalid", says: "--code"},
	{command: "plates split", args: "--code 0000-0000", code: "invalid", says: "--number"},
	{command: "plates split", args: "--code 0000-0000 --number 1号 --number 2号 --reason 分户", code: "not_found", says: "短码"},
	{command: "plates merge", args: "--code 0000-0000", code: "invalid", says: "--into"},
	{command: "plates bind", args: "--code 0000-0000", code: "invalid", says: "--household"},
	{command: "plates bind", args: "--code 0000-0000 --household rec_1", code: "invalid", says: "户"},
	{command: "plates map", args: "--code 0000-0000", code: "invalid", says: "--foreign"},
	{command: "plates rotate", args: "all", code: "invalid", says: "plates rotate"},
	{command: "audit list", args: "--deed dance", code: "invalid", says: "look_up"},
	{command: "audit list", args: "--from yesterday", code: "invalid", says: "2026-11-26"},
	{command: "audit list", args: "--whom rec_1 --reason x", code: "not_found", says: "受理回执号"},
	{command: "audit writes", args: "--whom rec_1 --reason x", code: "not_found", says: "受理回执号"},
	{command: "audit verify", args: "all", code: "invalid", says: "audit verify"},
	{command: "audit head", args: "all", code: "invalid", says: "audit head"},
	{command: "restore", code: "invalid", says: "FOLDER"},
	{command: "migrate", code: "invalid", says: "DATABASE"},
	{command: "migrate", args: "oracle://x", code: "invalid", says: "postgres://"},
	{command: "restore", args: "{none} --dir {new}", code: "not_found", says: "没有备份"},
	{command: "import", args: "{none}", code: "not_found", says: "打不开文件"},
	{command: "import", args: "{bad.json}", code: "invalid", says: "户主姓名"},
	{command: "import", args: "{bad.json} --kind unit", code: "invalid", says: "household、merchant"},
	{command: "verify", args: "all", code: "invalid", says: "verify"},
	{command: "backup", code: "invalid", says: "FOLDER"},
	{command: "backup", args: "{full}", code: "conflict", says: "空的文件夹"},
	{command: "dragon", code: "invalid", says: "可用的有"},
	{command: "user lits", code: "invalid", says: "add、list、password"},
}

// TestRefusals gives every command of every program something that is wrong. Each
// says in Chinese what, and what to do.
func TestRefusals(t *testing.T) {
	t.Parallel()
	s := running(t)
	agent, kiosk := s.enrol("agent", "laptop", made.Units[0].Code), s.enrol("kiosk", "kiosk", made.Units[0].Code)
	agent.sync()
	kiosk.sync()
	names := strings.NewReplacer(
		"{new}", filepath.Join(t.TempDir(), "new"), "{idle}", filepath.Join(t.TempDir(), "idle"), "{none}", filepath.Join(t.TempDir(), "none"),
		"{bad.json}", write(t, "bad.json", "[\n{]"), "{full}", s.dir, "{url}", s.url,
		"{village}", made.Units[0].Code, "{other}", made.Units[1].Name, "{officer}", made.Officers[0].Actor,
		"{unknown}", "rec_00000000000000000000000001", "{nobank}", "org_00000000000000000000000001",
		"{nodevice}", "dev_00000000000000000000000001",
		"{household}", agent.list("household")[0].ID, "{plate}", agent.list("plate")[0].ID, "{demand}", agent.demands()[0].ID,
	)
	for _, p := range []struct {
		program string
		dir     string
		cases   []bad
		flags   []string
	}{
		{"agent", agent.dir, slices.Concat(badOnDevices, badOnAgent), nil},
		{"kiosk", kiosk.dir, slices.Concat(badOnDevices, badOnKiosk), nil},
		{"syncserver", s.dir, badOnServer, []string{"--sample", "--quiet"}},
	} {
		t.Run(p.program, func(t *testing.T) {
			t.Parallel()
			left := commandsOf(t, p.program)
			for _, b := range p.cases {
				left = slices.DeleteFunc(left, func(c string) bool { return c == b.command })
				l := line{program: p.program, stdin: names.Replace(b.stdin), env: strings.Split(b.env, "\n")}
				l.args = slices.Concat(strings.Fields(b.command), strings.Fields(names.Replace(b.args)), p.flags)
				if !strings.Contains(b.args, "--dir") {
					l.args = append(l.args, "--dir", p.dir)
				}
				if _, r := l.refused(t); r.Code != b.code || !strings.Contains(r.Message+r.Hint, b.says) {
					t.Errorf("%s: refused with %+v, want %s and %q", l, r, b.code, b.says)
				}
			}
			if len(left) > 0 {
				t.Errorf("commands of %s whose refusals nobody tests: %q", p.program, left)
			}
		})
	}
}
