// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
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
	if _, r := publish(key, catalogue).refused(t); r.Code != "conflict" {
		t.Errorf("published while the server runs: %+v", r)
	}
	s.stop()
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
	s.start()

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
