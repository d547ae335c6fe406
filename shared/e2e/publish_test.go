// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"yuexin/assets"
)

// published is what rules says of an edition.
type published struct {
	What, Name, Standing, Why string
	Version                   uint32
}

// next writes the file of a newer version, with one text replaced by another.
func next(t *testing.T, folder, from, to, old, text string) string {
	t.Helper()
	data, err := assets.Folder(folder).Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer data.Close()
	var b strings.Builder
	buf := make([]byte, 64<<10)
	for {
		n, err := data.Read(buf)
		b.Write(buf[:n])
		if err != nil {
			break
		}
	}
	if !strings.Contains(b.String(), old) {
		t.Fatalf("%s has no %s", from, old)
	}
	file := filepath.Join(t.TempDir(), to)
	content := strings.Replace(strings.Replace(b.String(), `"version": 1`, `"version": 2`, 1), old, text, 1)
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// publisher runs an administrator's commands with keys.
type publisher struct{ *server }

func (p publisher) line(args ...string) line {
	return line{program: "syncserver", env: []string{recoverySecret}, args: append(args, "--dir", p.dir, "--sample", "--quiet")}
}

func (p publisher) run(args ...string) {
	p.t.Helper()
	if out, err := p.line(args...).run(p.t); err != nil {
		p.t.Fatalf("%v: %v\n%s\n%s", args, err, out, stderrOf(err))
	}
}

// refused runs a command that is refused with a code.
func (p publisher) refused(what, code string, args ...string) {
	p.t.Helper()
	if _, r := p.line(args...).refused(p.t); r.Code != code {
		p.t.Errorf("%s: %+v, want %s", what, r, code)
	}
}

// admin makes an administrator's key; more are further arguments. It returns file and id.
func (p publisher) admin(name string, more ...string) (file, id string) {
	p.t.Helper()
	file = filepath.Join(p.t.TempDir(), name)
	var made struct{ ID string }
	l := p.line(append([]string{"recovery", "new", "--out", file, "--json"}, more...)...)
	out, err := l.run(p.t)
	if err == nil {
		err = json.Unmarshal(out, &made)
	}
	if err != nil {
		p.t.Fatalf("%s: %v\n%s\n%s", name, err, out, stderrOf(err))
	}
	return file, made.ID
}

// standing returns where an edition stands on a device, "" if it does not know it.
func (d *device) standing(what string, version uint32) string {
	d.t.Helper()
	d.sync()
	var rules []published
	d.do(&rules, "rules")
	for _, r := range rules {
		if r.What == what && r.Version == version {
			return r.Standing
		}
	}
	return ""
}

// TestPublishToWindows: a server and a kiosk's window that run work by what is published
// without being started again.
func TestPublishToWindows(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	p := publisher{s}
	key, _ := p.admin("admin.key")
	p.admin("second.key")
	s.start()
	kiosk, agent := s.enrol("kiosk", "panel", made.Units[0].Code), s.enrol("agent", "laptop")
	kiosk.sync()
	agent.sync()
	first := agent.list("household")[0].ID
	x := newScreen(t, 1080, 1920)
	window := x.open(kiosk, "村级自助机")
	x.drawn()

	const field = `{"name": "well", "format": "text", "class": 1, "merge": "latest"},`
	catalogue := next(t, "policies", "catalogue-1.json", "catalogue-2.json", `{"name": "remark",`, field+"\n        "+`{"name": "remark",`)
	form := next(t, "forms", "demand.json", "demand.json", `"form": "demand"`, `"form": "demand"`)
	p.run("publish", "--with", key, catalogue, form, "--spread", "0s")
	eventually(t, "the kiosk's window takes it", func() bool {
		return strings.Contains(string(tail(kiosk.windowLog())), "published rules are in force")
	})
	agent.sync()
	agent.put("household", entry{ID: first, Fields: map[string]string{"well": "井在屋后"}})
	if st := agent.sync(); st.Refused != 0 || st.Waiting != 0 {
		t.Errorf("written under the newer version: %+v", st)
	}
	window.stop(t)
	if got := kiosk.standing("form", 2); got != "in force" {
		t.Errorf("at the kiosk the form is %q", got)
	}
	s.clean()
}

// TestStages: a stage is stopped and widened for devices that were left out of it, by an
// administrator's signature, and that is in the audit log.
func TestStages(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	p := publisher{s}
	key, _ := p.admin("admin.key")
	p.admin("second.key")
	s.start()
	d := s.enrol("agent", "laptop", made.Units[0].Code)
	file := next(t, "policies", "lending-1.json", "lending-2.json", `"version": 1`, `"version": 2`)
	p.run("publish", "--with", key, file, "--spread", "0s", "--village", made.Units[1].Code)
	want := func(standing string) {
		t.Helper()
		if got := d.standing("lending", 2); got != standing {
			t.Errorf("lending 2 is %q, want %q", got, standing)
		}
	}
	want("not here")
	p.run("rules", "stop", "lending", "2", "--with", key)
	want("stopped")
	p.refused("an edition that is not there", "not_found", "rules", "stage", "lending", "3", "--with", key)
	p.refused("no key", "invalid", "rules", "stage", "lending", "2")
	p.run("rules", "stage", "lending", "2", "--with", key, "--percent", "100", "--everywhere", "--spread", "0s")
	want("in force")
	var all []struct {
		What           string
		Percent, Stage int64
	}
	s.do(&all, "rules", "list")
	if len(all) != 1 || all[0].Percent != 100 || all[0].Stage != 2 {
		t.Errorf("listed: %+v", all)
	}
	staged := 0
	for _, e := range s.audited() {
		if e.What == "syncserver rules.stage" && strings.Contains(e.About, "lending 2") {
			staged++
		}
	}
	if staged != 2 {
		t.Errorf("%d stages are in the audit log, want 2", staged)
	}
	s.clean()
}

// TestAdministratorsComeAndGo: a device that enrolled before hears of a new administrator
// from one it knows, and of one who is gone; what that one had signed stays.
func TestAdministratorsComeAndGo(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	p := publisher{s}
	anna, annaID := p.admin("anna.key")
	bo, _ := p.admin("bo.key")
	s.start()
	d := s.enrol("agent", "laptop")
	other := filepath.Join(t.TempDir(), "cai.key")
	p.refused("nobody vouches", "not_allowed", "recovery", "new", "--out", other)
	if _, err := os.Stat(other); err == nil {
		t.Error("a key is left that nobody knows")
	}
	cai, _ := p.admin("cai.key", "--with", bo)
	p.run("publish", "--with", anna, next(t, "policies", "audit-1.json", "audit-2.json", `"version": 1`, `"version": 2`), "--spread", "0s")
	p.run("publish", "--with", cai, next(t, "policies", "lending-1.json", "lending-2.json", `"version": 1`, `"version": 2`), "--spread", "0s")
	p.refused("one who is not there", "not_found", "recovery", "remove", "0011223344556677", "--with", cai)
	p.run("recovery", "remove", annaID, "--with", cai)
	p.refused("signed by who is gone", "not_allowed", "publish", "--with", anna,
		next(t, "policies", "consent-1.json", "consent-2.json", `"version": 1`, `"version": 2`))
	p.refused("the last two", "conflict", "recovery", "remove", idOf(t, s, annaID), "--with", cai)
	fresh := s.enrol("agent", "fresh")
	s.stop()
	s.start() // it finds the same administrators
	for _, d := range []*device{d, fresh} {
		for what, version := range map[string]uint32{"audit": 2, "lending": 2, "keys": 2} {
			if got := d.standing(what, version); got != "in force" {
				t.Errorf("%s: %s %d is %q", d.program, what, version, got)
			}
		}
	}
	s.clean()
}

// idOf returns the id of an administrator other than one.
func idOf(t *testing.T, s *server, but string) string {
	t.Helper()
	var all []struct{ ID string }
	s.do(&all, "recovery", "list")
	for _, a := range all {
		if a.ID != but {
			return a.ID
		}
	}
	t.Fatalf("administrators: %+v", all)
	return ""
}

// TestPublish publishes a catalogue with one more field, signed by an administrator.
// Two versions are in the fleet at once: what the newer device writes there is
// carried by the older one, which knows nothing of it, and not dropped.
func TestPublish(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	key, stranger := filepath.Join(t.TempDir(), "admin.key"), filepath.Join(t.TempDir(), "stranger.key")
	publish := func(with string, args ...string) line {
		return line{
			program: "syncserver", env: []string{recoverySecret},
			args: append(append([]string{"publish", "--with", with}, args...), "--dir", s.dir, "--sample", "--quiet"),
		}
	}
	for out, dir := range map[string]string{key: s.dir, key + "2": s.dir, stranger: filepath.Join(t.TempDir(), "other")} {
		made := line{program: "syncserver", args: []string{"recovery", "new", "--out", out, "--dir", dir, "--sample", "--quiet"}, env: []string{recoverySecret}}
		if out, err := made.run(t); err != nil {
			t.Fatalf("%s: %v\n%s\n%s", made, err, out, stderrOf(err))
		}
	}
	s.start()
	newer, older := s.enrol("agent", "newer"), s.enrol("agent", "older")
	newer.sync()
	older.sync()
	first := newer.list("household")[0].ID

	const field = `{"name": "well", "format": "text", "class": 1, "merge": "latest"},`
	catalogue := next(t, "policies", "catalogue-1.json", "catalogue-2.json", `{"name": "remark",`, field+"\n        "+`{"name": "remark",`)
	if _, r := publish(stranger, catalogue).refused(t); r.Code != "not_allowed" {
		t.Errorf("signed by a stranger: %+v", r)
	}
	falling := next(t, "policies", "catalogue-1.json", "catalogue-2.json", `{"name": "head_name", "format": "text", "class": 2`, `{"name": "head_name", "format": "text", "class": 1`)
	if _, r := publish(key, falling).refused(t); r.Code != "invalid" {
		t.Errorf("a class that falls: %+v", r)
	}
	if out, err := publish(key, catalogue, "--spread", "0s").run(t); err != nil {
		t.Fatalf("publish: %v\n%s\n%s", err, out, stderrOf(err))
	}
	if _, r := publish(key, catalogue).refused(t); r.Code != "conflict" {
		t.Errorf("the same version again: %+v", r)
	}

	before := older.status().Scopes
	for i, now := range newer.sync().Scopes { // pulls it and takes it
		if now.Scope != "ref" && now != before[i] {
			t.Errorf("a new field moved %s from %s to %s", now.Scope, before[i].Version, now.Version)
		}
	}
	var rules []published
	newer.do(&rules, "rules")
	if len(rules) != 1 || rules[0].What != "catalogue" || rules[0].Version != 2 || rules[0].Standing != "in force" {
		t.Fatalf("rules: %+v", rules)
	}
	newer.put("household", entry{ID: first, Fields: map[string]string{"well": "井在屋后"}})
	if st := newer.sync(); st.Refused != 0 || st.Waiting != 0 {
		t.Errorf("written under the newer version: %+v", st)
	}
	if err := os.WriteFile(filepath.Join(older.dir, "rules.json"), []byte("{ half a fi"), 0o600); err != nil { // as if it had been killed
		t.Fatal(err)
	}
	older.do(nil, "status")
	older.put("household", entry{ID: first, Fields: map[string]string{"remark": "旧版填写"}})
	older.sync()
	newer.sync()
	if got := newer.get(first); got.Fields["well"] != "井在屋后" || got.Fields["remark"] != "旧版填写" {
		t.Errorf("after both wrote: %v", got.Fields)
	}
	older.do(&rules, "rules")
	if len(rules) != 1 || rules[0].Standing != "in force" {
		t.Errorf("the older device after its sync: %+v", rules)
	}
	if got := older.get(first).Fields["well"]; got != "井在屋后" {
		t.Errorf("what it carried without knowing it reads %q", got)
	}
	s.clean()
}
