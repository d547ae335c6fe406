// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"errors"
	"net/url"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// printed is what `syncserver plates` answers.
type printed struct {
	New, Kept, Without, Printed int
	First                       string
}

// firstPlate prints the plates of the first village and returns the address on
// one of them.
func (s *server) firstPlate() (p printed, sheets, cards string) {
	s.t.Helper()
	sheets, cards = filepath.Join(s.t.TempDir(), "sheets.pdf"), filepath.Join(s.t.TempDir(), "cards.pdf")
	s.do(&p, "plates", "--village", made.Units[0].Code, "--issue", "--public-url", s.url, "--sheets", sheets, "--cards", cards)
	return p, sheets, cards
}

// applicant is a resident who fills in the form.
const (
	applicant      = "示例陈秀英"
	applicantPhone = "13900001234"
)

// scan opens the address of a plate as a phone does, asks for a loan and
// returns the receipt number.
func scan(t *testing.T, v *visitor, plate string) string {
	t.Helper()
	first := v.ok(v.get(plate))
	if strings.Contains(first.text(), "陈") {
		t.Errorf("a scan alone shows a name:\n%s", first.text())
	}
	form := v.ok(v.get(plate + "/NEED"))
	done := v.ok(v.post(plate+"/NEED", url.Values{
		"slip": {form.value(t, "slip")}, "applicant_name": {applicant}, "asked": {"5万"}, "purpose": {"planting"}, "term_months": {"12"},
		"contact": {"own"}, "phone": {applicantPhone}, "agree": {"yes"}, "wording": {form.value(t, "wording")},
	}))
	number := regexp.MustCompile(`[0-9]{4} [0-9]{4} [0-9]{4}`).FindString(done.text())
	if number == "" {
		t.Fatalf("no receipt number in\n%s", done.text())
	}
	return number
}

// state returns the text that a resident finds with receipt number and phone.
func state(t *testing.T, v *visitor, plate, number string) string {
	t.Helper()
	return v.ok(v.post(plate+"/STATE", url.Values{"number": {number}, "proof": {applicantPhone[7:]}})).text()
}

// move moves a demand on in the console; fields are those that the move asks
// for, besides what its form holds already.
func (s *server) move(v *visitor, id, from, to string, fields url.Values) {
	s.t.Helper()
	address := s.url + "/console/demands/" + id
	p := v.ok(v.get(address))
	values := url.Values{"from": {from}, "to": {to}}
	for _, name := range []string{"officer", "bank"} {
		chosen := regexp.MustCompile(`(?s)id="` + to + `-` + name + `".*?<option value="([^"]+)" selected`).FindStringSubmatch(p.body)
		if chosen != nil {
			values.Set(name, chosen[1])
		}
	}
	for name, value := range fields {
		values[name] = value
	}
	v.ok(v.post(address+"/moves", values))
}

// sees fails unless a text has all of these parts.
func sees(t *testing.T, what, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%s does not show %q:\n%s", what, part, text)
		}
	}
}

func TestDoorplateScanToAgent(t *testing.T) {
	t.Parallel()
	s := running(t)
	plate, sheets, cards := s.firstPlate()
	for _, file := range []string{sheets, cards} {
		if codes := readCodes(t, file); !slices.Contains(codes, plate.First) {
			t.Errorf("%s: zbarimg reads %q, among them not %s", filepath.Base(file), codes, plate.First)
		}
	}
	phone := newVisitor(t)
	number := scan(t, phone, plate.First)

	desk := s.staff("demo-admin")
	agent := s.enrol("agent", "laptop")
	agent.sync()
	d, found := agent.demand(number)
	if !found || d.Name != applicant || d.Asked != "50000.00" || d.Status != "unverified" {
		t.Fatalf("the agent sees %+v, %t", d, found)
	}
	list := desk.ok(desk.get(s.url + "/console/demands"))
	sees(t, "the console's list", list.body, d.ID, applicant)
	s.move(desk, d.ID, "unverified", "registered", nil)
	eventually(t, "the console names the officer in charge", func() bool {
		page := desk.ok(desk.get(s.url + "/console/demands/" + d.ID)).text()
		return slices.ContainsFunc(made.Officers, func(o struct{ Actor, Name, Role string }) bool {
			return strings.Contains(page, "负责 "+o.Name+" ·")
		})
	})
	agent.sync()

	s.stop()
	for _, to := range []string{"contacted", "visited"} {
		agent.do(&d, "demand", "move", d.ID, to)
	}
	agent.do(&d, "demand", "move", d.ID, "intent", "--amount", "4万")
	if d.Status != "intent" || !d.Pending {
		t.Errorf("offline the agent sees %+v, want intent, waiting", d)
	}
	s.start()
	agent.sync()
	sees(t, "the resident's page", state(t, phone, plate.First, number), d.Sentence)

	bank := s.staff("demo-bank")
	history := bank.ok(bank.get(s.url + "/console/demands/" + d.ID))
	sees(t, "the demand in the console", history.text(), applicant, "已联系", "已走访", "意向", d.Sentence)
	s.move(bank, d.ID, "intent", "credited", url.Values{"amount": {"40000"}})
	agent.sync()
	if d, _ = agent.demand(number); d.Status != "credited" {
		t.Errorf("after the bank's decision the agent sees %q", d.Status)
	}
	sees(t, "the resident's page", state(t, phone, plate.First, number), d.Sentence)
	s.clean()
}

// readCodes reads every QR code of a PDF with a decoder that is not ours.
func readCodes(t *testing.T, file string) []string {
	t.Helper()
	pages := filepath.Join(t.TempDir(), "page")
	if out, err := exec.CommandContext(t.Context(), "pdftoppm", "-r", "150", "-gray", file, pages).CombinedOutput(); err != nil {
		t.Fatalf("pdftoppm: %v\n%s", err, out)
	}
	images, err := filepath.Glob(pages + "*")
	if err != nil || len(images) == 0 {
		t.Fatalf("pdftoppm made no pages: %v", err)
	}
	return zbar(t, images...)
}

// zbar reads every QR code of some images.
func zbar(t *testing.T, images ...string) []string {
	t.Helper()
	args := append([]string{"--raw", "-q", "-Sdisable", "-Sqrcode.enable"}, images...)
	out, err := exec.CommandContext(t.Context(), "zbarimg", args...).Output()
	const somePageHasNone = 4 // backs and indexes
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != somePageHasNone) {
		t.Fatalf("zbarimg: %v\n%s", err, stderrOf(err))
	}
	return strings.Fields(string(out))
}
