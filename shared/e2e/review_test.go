// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// card is a field that waits to be settled.
type card struct {
	ID, Field  string
	TwoPersons bool `json:"two_persons"`
	Values     []struct {
		Value, By, Seen   string
		Proposal, Pending bool
	}
	SettledOnce string `json:"settled_before"`
}

func (d *device) reviews() (list []card) {
	d.t.Helper()
	d.do(&list, "review", "list")
	return list
}

// settle settles a field and returns how it stands.
func (d *device) settle(id, field, value string) string {
	d.t.Helper()
	var answer struct{ State string }
	d.do(&answer, "review", "settle", id, field, value)
	return answer.State
}

// TestReviewByTwoPersons: two laptops say different things of a debt. One settles it
// with no network; it waits, on every device, until somebody at the console agrees
// with their own password. What came unseen re-opens it.
func TestReviewByTwoPersons(t *testing.T) {
	t.Parallel()
	s := running(t)
	one, two := s.enrol("agent", "one"), s.enrol("agent", "two")
	one.sync()
	two.sync()
	id := one.list("household")[0].ID
	debt := func(v string) entry { return entry{ID: id, Fields: map[string]string{"debt_private": v}} }
	one.put("household", debt("12000"))
	two.put("household", debt("35000"))
	one.sync()
	two.sync()
	one.sync()
	list := one.reviews()
	if len(list) != 1 || list[0].ID != id || !list[0].TwoPersons || len(list[0].Values) != 2 {
		t.Fatalf("the inbox holds %+v", list)
	}
	s.stop()
	if state := one.settle(id, "debt_private", "35000"); !strings.Contains(state, "waits") {
		t.Errorf("settled by one person offline: %s", state)
	}
	s.start()
	if st := one.sync(); st.Refused+st.Waiting != 0 {
		t.Errorf("refused %d, waiting %d", st.Refused, st.Waiting)
	}
	two.sync()
	if list := two.reviews(); len(list) != 1 || !slices.ContainsFunc(list[0].Values, func(v struct {
		Value, By, Seen   string
		Proposal, Pending bool
	}) bool {
		return v.Proposal && v.Value == "35000.00"
	}) {
		t.Fatalf("the other laptop's inbox holds %+v", list)
	}

	admin := s.staff("demo-admin")
	page := admin.ok(admin.get(s.url + "/console/conflicts"))
	form := regexp.MustCompile(`action="(/console/conflicts/` + id + `/debt_private)"`).FindStringSubmatch(page.body)
	key := regexp.MustCompile(`name="choice" value="([0-9a-f]+)"> <span class="value">3.5万元`).FindAllStringSubmatch(page.body, -1)
	if form == nil || len(key) == 0 {
		t.Fatalf("no form for the debt in\n%s", page.text())
	}
	fields := url.Values{"seen": {page.value(t, "seen")}, "choice": {key[len(key)-1][1]}, "password": {"wrong"}}
	if got := admin.post(s.url+form[1], fields); got.status != 422 {
		t.Errorf("a wrong password: %d", got.status)
	}
	fields.Set("password", password)
	admin.ok(admin.post(s.url+form[1], fields))

	two.put("household", debt("40000")) // without having seen that it was settled
	one.sync()
	if r := one.get(id); len(r.Disputed) != 0 || r.Fields["debt_private"] != "35000.00" || len(one.reviews()) != 0 {
		t.Errorf("after two persons: disputed %v, %s", r.Disputed, r.Fields["debt_private"])
	}
	two.sync()
	one.sync()
	if list := one.reviews(); len(list) != 1 || list[0].SettledOnce == "" {
		t.Errorf("what came unseen: %+v", list)
	}
	var settled []struct{ State, Reason string }
	two.do(&settled, "review", "list", "--settled")
	if len(settled) != 2 {
		t.Errorf("settled: %+v", settled)
	}

	k := s.enrol("kiosk", "review-kiosk") // learns that something was settled, and nothing of what
	k.sync()
	notes := k.list("settlement")
	if len(notes) != 2 || notes[0].Fields["field"] != "debt_private" || notes[0].Fields["reason"] != "" {
		t.Errorf("the kiosk holds %+v", notes)
	}
	s.clean()
}

// TestSecondPersonOnALaptop: somebody who is added to a laptop brings the server a key of
// their own, and agrees with the other person of the same laptop: two pairs of eyes are
// two persons, whatever the device.
func TestSecondPersonOnALaptop(t *testing.T) {
	t.Parallel()
	s := running(t)
	one, two := s.enrol("agent", "shared"), s.enrol("agent", "elsewhere")
	one.sync()
	two.sync()
	id := one.list("household")[0].ID
	one.put("household", entry{ID: id, Fields: map[string]string{"debt_private": "12000"}})
	two.put("household", entry{ID: id, Fields: map[string]string{"debt_private": "35000"}})
	one.sync()
	two.sync()

	const second = "another sentence of somebody else"
	args := []string{"enrol", "--program", "agent", "--device", one.status().Device, "--person", "王五", "--role", "officer"}
	for _, u := range made.Units {
		args = append(args, "--village", u.Code)
	}
	var code ticket
	s.do(&code, args...)
	added := func(d *device, file, passphrase string) line {
		return line{program: "agent", args: []string{"enrol", "--add", "--ticket", file, "--dir", d.dir}, env: []string{"YUEXIN_ADDED_PASSPHRASE=" + passphrase}}
	}
	for _, tc := range []struct {
		name, code string
		l          line
	}{
		{"another laptop", "not_found", added(two, code.File, second)},
		{"a code for a new laptop", "not_allowed", added(one, s.invite("agent", "new").File, second)},
		{"a short passphrase", "invalid", added(one, code.File, "short")},
		{"the passphrase of the other person", "invalid", added(one, code.File, password)},
	} {
		if _, r := tc.l.refused(t); r.Code != tc.code {
			t.Errorf("%s: %+v", tc.name, r)
		}
	}
	// The server has answered the last one: the ticket is good for this laptop still.
	if out, err := added(one, code.File, second).run(t); err != nil || !strings.Contains(string(out), "王五") {
		t.Fatalf("add a person: %v\n%s%s", err, out, stderrOf(err))
	}

	as := func(passphrase string, args ...string) line {
		return line{program: "agent", args: append(args, "--dir", one.dir), env: []string{"YUEXIN_PASSPHRASE=" + passphrase}}
	}
	one.sync()
	s.stop()
	if state := one.settle(id, "debt_private", "35000"); !strings.Contains(state, "waits") {
		t.Errorf("settled by one person: %s", state)
	}
	s.start()
	one.sync()
	if _, r := as(password, "review", "settle", id, "debt_private", "35000").refused(t); r.Code != "conflict" {
		t.Errorf("the same person again: %+v", r)
	}
	if out, err := as(second, "review", "settle", id, "debt_private", "35000").run(t); err != nil || !strings.Contains(string(out), "已核定") {
		t.Fatalf("the second person: %v\n%s%s", err, out, stderrOf(err))
	}
	if st := one.sync(); st.Refused+st.Waiting+st.Quarantined != 0 {
		t.Fatalf("after the second person: %+v", st)
	}
	two.sync()
	if r := two.get(id); len(r.Disputed) != 0 || r.Fields["debt_private"] != "35000.00" || len(two.reviews()) != 0 {
		t.Errorf("elsewhere: disputed %v, %s", r.Disputed, r.Fields["debt_private"])
	}
	if _, r := as(password, "recover", "begin").refused(t); r.Code != "invalid" || !strings.Contains(r.Message, "act_") {
		t.Errorf("a forgotten passphrase of nobody in particular: %+v", r)
	}
	s.clean()
}

// TestBrowserShowsARecord: somebody who settles disputes opens the record from the inbox
// and sees, in place, what was said of it, its photos and what stood before.
func TestBrowserShowsARecord(t *testing.T) {
	t.Parallel()
	s := running(t)
	one, two := s.enrol("agent", "record-one"), s.enrol("agent", "record-two")
	one.sync()
	two.sync()
	id := one.list("household")[0].ID
	say := func(d *device, fields map[string]string) { d.put("household", entry{ID: id, Fields: fields}) }
	say(one, map[string]string{"phone": "19900001111", "remark": "儿子在外打工"})
	one.sync()
	say(one, map[string]string{"debt_private": "12000", "phone": "19900003333"})
	say(two, map[string]string{"debt_private": "35000"})
	one.do(nil, "attach", id, "photo", write(t, "door.jpg", door(t)))
	one.sync()
	two.sync()

	b := newOffice(t, s, 1100)
	b.open(s.url + "/console/conflicts")
	b.waits(".conflict .photos")
	b.fits()
	b.shot("console-card")
	b.click(".conflict h2 a")
	b.waits("#facts .disputed")
	if got := b.text("#facts .disputed"); !strings.Contains(got, "1.2万元") || !strings.Contains(got, "3.5万元") {
		t.Errorf("the dispute says %q", got)
	}
	if got := b.text("#past"); !strings.Contains(got, "19900001111") {
		t.Errorf("the past says %q", got)
	}
	eventually(t, "the photo is drawn", func() bool {
		b.do("look at the photo", chromedp.ScrollIntoView(chromedp.CSS("#attachments")))
		widths, err := chromedp.Run(b.ctx, chromedp.Evaluate[[]int](`[...document.querySelectorAll("#attachments img")].map(i => i.naturalWidth)`))
		return err == nil && slices.Equal(widths, []int{320})
	})
	b.fits()
	b.do("see all of it", chromedp.EmulateViewport(1366, 1640))
	b.shot("console-record")
	b.do("be a phone", chromedp.EmulateViewport(390, 844))
	b.fits()
	b.do("be a desk", chromedp.EmulateViewport(1366, 1100))
	b.click("#settle")
	b.waits(".conflict form")
}
