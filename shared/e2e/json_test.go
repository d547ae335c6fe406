// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"encoding/json"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"yuexin/shared/ident"
	"yuexin/shared/sync/courier"
)

// silent are commands that have no answer, with the reason.
var silent = map[string]string{
	"syncserver serve":            "runs until it is stopped",
	"syncserver demo":             "talks with a person; TestDemo",
	"syncserver device receipt":   "needs the code of a receipt that was shown; TestKioskWindow",
	"syncserver form import":      "needs a spreadsheet; syncserver TestFormImport",
	"syncserver reference issue":  "needs a household that was judged and consented; syncserver TestReferenceLetter",
	"syncserver reference verify": "needs a letter; syncserver TestReferenceLetter",
	"syncserver plates bind":      "needs a household; syncserver TestOneDoorBecomesTwoAndOneAgain",
	"syncserver score again":      "needs a grant; syncserver TestCreditCommands",
	"syncserver credit release":   "needs a grant; syncserver TestCreditCommands",
	"syncserver title award":      "needs a village that reaches it; syncserver TestTitleCommands",
	"syncserver title check":      "needs a title; syncserver TestTitleCommands",
	"syncserver title withdraw":   "needs a title; syncserver TestTitleCommands",
	"syncserver migrate":          "needs PostgreSQL; syncserver TestMigrate",
	"syncserver whole open":       "needs households that were screened; TestWholeVillage",
	"syncserver whole close":      "needs a round; TestWholeVillage",
	"agent tray dismiss":          "needs damaged work; replica TestBrokenIsDismissed",
	"kiosk tray dismiss":          "needs work that was carried and refused; replica TestCarriedRefusalIsDismissed",
	"kiosk demand move":           "a kiosk registers demands and moves none",
}

// tongue carries out commands that have to answer in JSON, and remembers which
// did.
type tongue struct {
	t    *testing.T
	said map[string]bool
	keys map[string]string // files of administrators' keys by id
}

// say reads the answer of "agent demand list" with arguments into v, unless
// that is nil.
func (s *tongue) say(v any, command string, l line) {
	s.t.Helper()
	words := strings.Fields(command)
	l.program, l.args = words[0], slices.Concat(words[1:], l.args, []string{"--json"})
	out, err := l.run(s.t)
	if err != nil {
		s.t.Fatalf("%s: %v\n%s", l, err, stderrOf(err))
	}
	if !json.Valid(out) {
		s.t.Fatalf("%s answers no JSON:\n%s", l, out)
	}
	if v != nil {
		if err := json.Unmarshal(out, v); err != nil {
			s.t.Fatalf("%s: %v\n%s", l, err, out)
		}
	}
	s.said[command] = true
}

// TestJSON asks every command of every program that answers something, and reads
// each answer as JSON. On the way a forgotten passphrase is recovered.
func TestJSON(t *testing.T) {
	t.Parallel()
	s := &tongue{t, map[string]bool{}, map[string]string{}}
	srv := running(t)
	s.server(srv)
	s.agent(srv)
	s.kiosk(srv)
	for _, program := range []string{"syncserver", "agent", "kiosk"} {
		for _, command := range commandsOf(t, program) {
			if name := program + " " + command; !s.said[name] && silent[name] == "" {
				t.Errorf("%s: no test reads its answer as JSON", name)
			}
		}
	}
}

// server asks the commands of an administrator.
func (s *tongue) server(srv *server) {
	s.t.Helper()
	at := func(args ...string) line { return line{args: append(args, "--dir", srv.dir, "--sample", "--quiet")} }
	village, folder := made.Units[0].Code, s.t.TempDir()
	var bank struct{ ID string }
	s.say(nil, "syncserver village add", at("四会市大沙镇富溪村"))
	s.say(nil, "syncserver village list", at())
	s.say(&bank, "syncserver org add", at("示例银行"))
	s.say(nil, "syncserver org list", at())
	s.say(nil, "syncserver org staff", at())
	var told []struct{ ID string }
	s.say(&told, "syncserver notice add", at("开会", "--text", "今晚七点在祠堂", "--publisher", "富溪村村委会", "--until", "2099-01-01", "--village", village))
	s.say(nil, "syncserver notice list", at())
	s.say(nil, "syncserver notice end", at(told[0].ID))
	s.say(nil, "syncserver post", at("--village", village, "--officer", made.Officers[0].Actor, "--bank", bank.ID))
	s.say(nil, "syncserver village assets", at(village, "--as-of", "2026-06-30", "--funds", "1280000"))
	s.say(nil, "syncserver whole begin", at(village))
	s.say(nil, "syncserver whole rounds", at(village))
	s.say(nil, "syncserver whole list", at(village))
	s.say(nil, "syncserver org handover", at("--from", made.Officers[0].Actor, "--to", made.Officers[1].Actor))
	secret := at("reviewer-two", "--org", bank.ID)
	secret.env = []string{"YUEXIN_PASSWORD=two different words"}
	s.say(nil, "syncserver user add", secret)
	secret.args = at("reviewer-two").args
	s.say(nil, "syncserver user password", secret)
	s.say(nil, "syncserver user list", at())
	s.say(nil, "syncserver plates", at("--village", village, "--issue"))
	ledger := write(s.t, "ledger.csv", "户主姓名,身份证号,联系电话,村民小组,门牌号\n示例何木根,"+residentID(4)+",13933334444,八组,803号\n")
	s.say(nil, "syncserver import", at(ledger, "--village", village))
	s.say(nil, "syncserver form print", at("household", "--out", filepath.Join(folder, "household.pdf")))
	s.say(nil, "syncserver device adopted", at())
	s.say(nil, "syncserver verify", at())
	s.say(nil, "syncserver audit list", at())
	s.say(nil, "syncserver audit head", at())
	s.say(nil, "syncserver audit verify", at())
	s.say(nil, "syncserver backup", at(filepath.Join(folder, "backup")))
	s.say(nil, "syncserver sample", line{args: []string{
		"--dir", filepath.Join(folder, "another"), "--quiet", "--villages", "1", "--households", "1", "--demo-password", password,
	}})
	for _, name := range []string{"li.key", "wang.key"} {
		var admin struct{ ID string }
		file := filepath.Join(folder, name)
		key := at("--out", file)
		key.env = []string{recoverySecret}
		s.say(&admin, "syncserver recovery new", key)
		s.keys[admin.ID] = file
	}
	s.say(nil, "syncserver recovery list", at())
	s.rules(at)
}

// rules asks the commands of whoever signs rules.
func (s *tongue) rules(at func(...string) line) {
	s.t.Helper()
	signing := func(args ...string) line {
		l := at(args...)
		l.env = []string{recoverySecret}
		return l
	}
	file := filepath.Join(s.t.TempDir(), "gone.key")
	var gone struct{ ID string }
	s.say(&gone, "syncserver recovery new", signing("--out", file))
	s.say(nil, "syncserver publish", signing(next(s.t, "policies", "lending-1.json", "lending-2.json", `"version": 1`, `"version": 2`), "--with", file))
	for _, stays := range s.keys {
		s.say(nil, "syncserver recovery remove", signing(gone.ID, "--with", stays))
		s.say(nil, "syncserver rules stage", signing("lending", "2", "--with", stays, "--percent", "50"))
		s.say(nil, "syncserver rules stop", signing("lending", "2", "--with", stays))
		break
	}
	two := slices.Collect(maps.Values(s.keys))
	s.say(nil, "syncserver publish", signing(next(s.t, "scorecards", "card-household-1.json", "card-household-2.json", `"version": 1`, `"version": 2`), "--with", two[0]))
	s.say(nil, "syncserver rules second", signing("card", "household", "2", "--with", two[1]))
	s.say(nil, "syncserver rules list", at())
}

// enrols makes a device with the commands that do so.
func (s *tongue) enrols(srv *server, program, role string) *device {
	s.t.Helper()
	var ticket ticket
	s.say(&ticket, "syncserver enrol", line{args: []string{
		"--program", program, "--name", program, "--person", program, "--role", role, "--village", made.Units[0].Code,
		"--dir", srv.dir, "--sample", "--quiet",
	}})
	d := &device{t: s.t, program: program, dir: filepath.Join(s.t.TempDir(), program)}
	s.say(nil, program+" enrol", line{args: []string{"--dir", d.dir, "--ticket", ticket.File}})
	return d
}

// reads asks what both programs answer, about one record of a kind.
func (s *tongue) reads(d *device, kind string) {
	s.t.Helper()
	at := func(args ...string) line { return line{args: append(args, "--dir", d.dir)} }
	var rows []row
	var demands []demand
	s.say(nil, d.program+" sync", at("--once"))
	s.say(&rows, d.program+" list", at(kind))
	s.say(nil, d.program+" get", at(rows[0].ID, "--history"))
	s.say(nil, d.program+" export", at(kind))
	s.say(nil, d.program+" export", at(kind, "--out", filepath.Join(s.t.TempDir(), "all.csv")))
	s.say(&demands, d.program+" demand list", at())
	s.say(nil, d.program+" demand show", at(demands[0].ID))
	s.say(nil, d.program+" put", at("household", write(s.t, "new.csv", "village,head_name\n"+made.Units[0].Code+",示例新户\n")))
	s.say(nil, d.program+" status", at())
	s.say(nil, d.program+" tray", at())
	s.say(nil, d.program+" rules", at())
}

func (s *tongue) kiosk(srv *server) {
	s.t.Helper()
	d := s.enrols(srv, "kiosk", "kiosk")
	s.reads(d, "plate")
	s.say(nil, "kiosk voice", line{args: []string{"--tongue", "yue"}})
	s.say(nil, "kiosk carry", line{args: []string{"--out", filepath.Join(s.t.TempDir(), "none.courier"), "--dir", d.dir}})
	id, err := ident.Parse[ident.Device](d.status().Device)
	if err != nil {
		s.t.Fatal(err)
	}
	s.say(nil, "syncserver take", line{args: []string{
		write(s.t, "none.courier", string(courier.File{Device: id}.Encode())), "--dir", srv.dir, "--sample", "--quiet",
	}})
	s.plates(srv, d.list("plate")[0].Fields["plate_code"])
}

// plates asks what an administrator does to single plates, and what a server
// that was restored says.
func (s *tongue) plates(srv *server, code string) {
	s.t.Helper()
	at := func(args ...string) line { return line{args: append(args, "--dir", srv.dir, "--sample", "--quiet")} }
	plate := []string{"--code", code, "--village", made.Units[0].Code}
	s.say(nil, "syncserver plates map", at(append(plate, "--foreign", "https://police.example.cn/1")...))
	var done []struct{ New string }
	s.say(&done, "syncserver plates replace", at(append(plate, "--reason", "破损")...))
	s.say(&done, "syncserver plates split", at("--code", done[0].New, "--village", made.Units[0].Code, "--number", "甲", "--number", "乙", "--reason", "分户"))
	doors := strings.Fields(done[0].New)
	s.say(&done, "syncserver plates merge", at("--code", doors[0], "--into", doors[1], "--village", made.Units[0].Code, "--reason", "打通"))
	s.say(nil, "syncserver plates void", at("--code", done[0].New, "--village", made.Units[0].Code, "--reason", "被盗"))
	s.say(nil, "syncserver plates rotate", at())
	backup := filepath.Join(s.t.TempDir(), "backup")
	s.say(nil, "syncserver backup", at(backup))
	s.say(nil, "syncserver restore", line{args: []string{backup, "--dir", filepath.Join(s.t.TempDir(), "restored"), "--sample", "--quiet"}})
}

// points asks what is done about civic points: two console users, each with their own key.
func (s *tongue) points(srv *server, household string) {
	s.t.Helper()
	as := func(user string, args ...string) line {
		args = append(args, "--dir", srv.dir, "--sample", "--quiet")
		if user != "" {
			args = append(args, "--as", user)
		}
		return line{args: args, env: []string{demoPassword}}
	}
	given := struct{ ID string }{}
	s.say(&given, "syncserver points add", as("demo-admin", household, "clean"))
	s.say(nil, "syncserver user add", as("", "cadre-two", "--role", "cadre"))
	s.say(nil, "syncserver points approve", as("cadre-two", given.ID))
	s.say(nil, "syncserver points back", as("demo-admin", given.ID))
	s.credit(as, household)
	for _, verb := range []string{"board", "list", "balance"} {
		s.say(nil, "syncserver points "+verb, as("", made.Units[0].Code))
	}
}

// credit asks what is granted to a household, and which villages are credit ones.
func (s *tongue) credit(as func(user string, args ...string) line, household string) {
	s.t.Helper()
	var v struct{ Reserved int64 }
	s.say(&v, "syncserver credit list", as("", household))
	s.say(nil, "syncserver title list", as(""))
	var judged struct{ Checks []struct{ Test string } }
	s.say(&judged, "syncserver title judge", as("", "credit_village", made.Units[0].Code))
	if len(judged.Checks) != 4 {
		s.t.Errorf("a village is judged by %d tests", len(judged.Checks))
	}
}

// agent asks the laptop's commands. Then its passphrase is forgotten: two
// administrators help, without a network, and what nobody has seen yet is there.
func (s *tongue) agent(srv *server) {
	s.t.Helper()
	d := s.enrols(srv, "agent", "officer")
	s.reads(d, "household")
	s.say(nil, "syncserver audit writes", line{args: []string{
		"--whom", d.list("household")[0].ID, "--dir", srv.dir, "--sample", "--quiet",
	}})
	at := func(args ...string) line { return line{args: append(args, "--dir", d.dir)} }
	s.say(nil, "agent demand move", at(d.demands()[0].ID, "withdrawn"))
	s.reviews(srv, d)
	s.points(srv, d.list("household")[0].ID)
	s.say(nil, "syncserver score", line{args: []string{"--weight", "overdue=20", "--dir", srv.dir, "--sample", "--quiet"}})
	household, photo := d.list("household")[0].ID, write(s.t, "photo.jpg", "\xff\xd8\xff")
	s.say(nil, "agent attach", at(household, "photo", photo))
	s.say(nil, "agent attachments", at(household))
	s.say(nil, "agent fetch", at(household, "photo", "--out", filepath.Join(s.t.TempDir(), "fetched.jpg")))
	table := write(s.t, "list.csv", "户主姓名,联系电话,村民小组,门牌号\n示例黄阿水,13933335555,八组,805号\n")
	var past []struct{ ID string }
	s.say(nil, "agent import", at(table, "--village", made.Units[0].Code, "--write"))
	s.say(&past, "agent imports", at())
	s.say(nil, "agent imports undo", at(past[0].ID))
	before := d.status()

	admin := []string{"--dir", srv.dir, "--sample", "--quiet"}
	s.say(nil, "syncserver device list", line{args: admin})
	s.say(nil, "syncserver device work", line{args: append([]string{before.Device}, admin...)})
	s.say(nil, "syncserver device off", line{args: append([]string{before.Device}, admin...)})
	s.say(nil, "syncserver device on", line{args: append([]string{before.Device}, admin...)})
	for _, verb := range []string{"revoke", "grant"} {
		s.say(nil, "syncserver device "+verb, line{args: append([]string{before.Device, made.Units[0].Code}, admin...)})
	}
	s.say(nil, "syncserver device taken", line{args: append([]string{before.Device}, admin...)})

	s.recovers(srv, d)
	after := line{program: "agent", args: []string{"status", "--dir", d.dir}, env: []string{newPassphrase}}
	var st standing
	s.say(&st, "agent status", line{args: after.args[1:], env: after.env})
	if st.Waiting != before.Waiting || st.Waiting == 0 {
		s.t.Errorf("%d change sets wait after the recovery, want the %d from before it", st.Waiting, before.Waiting)
	}
	after.env = nil
	if _, r := after.refused(s.t); r.Code != "unauthenticated" {
		s.t.Errorf("the forgotten passphrase afterwards: %+v", r)
	}
}

// reviews has another laptop say something else of a debt, and settles it.
func (s *tongue) reviews(srv *server, d *device) {
	s.t.Helper()
	id := d.list("household")[0].ID
	d.put("household", entry{ID: id, Fields: map[string]string{"debt_private": "100"}})
	other := srv.enrol("agent", "other")
	other.sync()
	d.sync()
	other.put("household", entry{ID: id, Fields: map[string]string{"debt_private": "200"}})
	other.sync()
	d.sync()
	at := func(args ...string) line { return line{args: append(args, "--dir", d.dir)} }
	var list []card
	s.say(&list, "agent review list", at())
	if len(list) != 1 {
		s.t.Fatalf("the inbox holds %+v", list)
	}
	s.say(nil, "agent review settle", at(id, list[0].Field, "200"))
}

const (
	recoverySecret = "YUEXIN_RECOVERY_PASSPHRASE=a long sentence of an administrator"
	newPassphrase  = "YUEXIN_PASSPHRASE=a passphrase that is new"
)

// recovers gives the laptop a new passphrase.
func (s *tongue) recovers(srv *server, d *device) {
	s.t.Helper()
	begin := line{args: []string{"--dir", d.dir}, env: []string{newPassphrase}}
	var text struct{ Text, Words, First, Second string }
	s.say(&text, "agent recover begin", begin)
	if len(strings.Fields(text.Words)) != 4 {
		s.t.Errorf("words to compare: %q", text.Words)
	}
	for _, admin := range []string{text.First, text.Second} {
		approve := line{
			args:  []string{"--with", s.keys[admin], "--yes", "--dir", srv.dir, "--sample", "--quiet"},
			stdin: text.Text, env: []string{recoverySecret},
		}
		s.say(&text, "syncserver recovery approve", approve)
	}
	begin.stdin = text.Text
	s.say(nil, "agent recover finish", begin)
}
