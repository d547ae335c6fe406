// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// auditEntry is an entry as `syncserver audit list --json` prints it.
type auditEntry struct {
	Log, Person, User, Deed, What, About string
	At                                   int64
	Touched                              []struct{ Record, Kind string }
}

// audited asks the server's log.
func (s *server) audited(args ...string) (all []auditEntry) {
	s.t.Helper()
	s.do(&all, append([]string{"audit", "list", "--limit", "1000"}, args...)...)
	return all
}

// TestOfflineReadingIsNoted: what a laptop shows offline is on record before it is
// shown, survives a kill of laptop and server, and is with the auditor once the
// laptop has synced; a resident learns who looked.
func TestOfflineReadingIsNoted(t *testing.T) {
	t.Parallel()
	s := running(t)
	d := s.enrol("agent", "走访笔记本")
	d.sync()
	first := d.list("household")[0]
	s.kill()
	before := time.Now()
	d.get(first.ID)
	must(t, nil, "agent", "list", "household", "--search", "zzzz", "--dir", d.dir)
	must(t, nil, "agent", "export", "household", "--limit", "1", "--dir", d.dir)
	refused(t, "agent", "sync", "--once", "--dir", d.dir) // no server: the entries wait

	// A laptop that is killed right after it showed somebody has noted it.
	shown := command(context.Background(), "agent", "get", first.ID, "--history", "--dir", d.dir)
	killed := start(t, shown)
	killed.kill()

	s.start()
	sync := start(t, command(t.Context(), "agent", "sync", "--once", "--dir", d.dir))
	s.kill() // somewhere in it
	<-sync.done
	s.start()
	d.sync()

	var whats []string
	for _, e := range s.audited("--whom", first.ID, "--from", before.Format(time.DateOnly)) {
		if e.Log == "server" {
			continue
		}
		if e.Person == "" || e.At < before.Add(-time.Minute).UnixMilli() {
			t.Errorf("an entry of the laptop by %q at %d", e.Person, e.At)
		}
		whats = append(whats, e.Deed+" "+e.What)
	}
	all := strings.Join(whats, "\n")
	for _, want := range []string{"read agent get", "export agent export", "list agent list"} {
		if !strings.Contains(all, want) {
			t.Errorf("the resident is not told of %q:\n%s", want, all)
		}
	}
	searched := s.audited("--deed", "look_up")
	if len(searched) == 0 || searched[len(searched)-1].What == "" {
		t.Errorf("the search that found nobody is not on record: %+v", searched)
	}

	auditor := s.staff("demo-audit")
	page := auditor.ok(auditor.get(s.url + "/console/audit?whom=" + first.ID))
	sees(t, "the auditor's page", page.text(), "agent get")
	sees(t, "the auditor's page", page.text(), first.ID)
	s.clean()
	var breaches []struct{ Where, What string }
	s.do(&breaches, "audit", "verify")
	if len(breaches) > 0 {
		t.Errorf("the logs are not whole: %+v", breaches)
	}
}

// TestBrowserShowsWhoSawAndWrote: somebody at the counter asks who looked at their data.
// The administrator types what they show, and sees who read and who wrote it, the
// question itself among the answers.
func TestBrowserShowsWhoSawAndWrote(t *testing.T) {
	t.Parallel()
	s := running(t)
	d := s.enrol("agent", "梁志明的笔记本")
	d.sync()
	var home row
	for _, r := range d.list("household") {
		if r.Fields["plate_code"] != "" && home.ID == "" {
			home = r
		}
	}
	if home.ID == "" {
		t.Fatal("no household of the sample has a plate")
	}
	d.get(home.ID)
	d.do(nil, "put", "household", write(t, "edit.json", `{"id": "`+home.ID+`", "fields": {"remark": "看过鱼塘"}}`))
	d.do(nil, "export", "household", "--limit", "1")
	d.sync()

	b := newOffice(t, s, 900)
	b.open(s.url + "/console/audit")
	b.waits("#filters")
	b.types("#filters [name=whom]", home.Fields["plate_code"])
	b.click("#filters button")
	b.waits("#entries")
	address, err := chromedp.Run(b.ctx, chromedp.Location())
	if err != nil || !strings.Contains(address, "whom="+home.ID) || strings.Contains(address, home.Fields["plate_code"]) {
		t.Errorf("the address is %s, %v", address, err)
	}
	got := b.text("#entries")
	for _, want := range []string{"agent get", "梁志明的笔记本", "后台：查阅记录"} {
		sees(t, "who saw it", got, want)
	}
	if strings.Contains(got, "看过鱼塘") || strings.Contains(got, home.Fields["head_name"]) {
		t.Errorf("the log shows a value:\n%s", got)
	}
	b.fits()
	b.shot("console-audit")
	b.click("#writes-tab")
	b.waits("#written")
	got = b.text("#written")
	for _, want := range []string{"梁志明的笔记本", "已采用"} {
		sees(t, "who wrote it", got, want)
	}
	if strings.Contains(got, "看过鱼塘") {
		t.Errorf("the page shows a value:\n%s", got)
	}
	b.fits()
	b.shot("console-writes")
	b.do("be a phone", chromedp.EmulateViewport(390, 844))
	b.fits()
	b.click("#filters ~ * a, .lists a")
	b.waits("#entries")
	b.fits()
	b.shot("console-audit-phone")
}
