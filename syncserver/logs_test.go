// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"yuexin/shared/credit/lending"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/plates"
)

// syncBuffer is written by many and read when they are done.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// logLine is key=value, all of it.
var logLine = regexp.MustCompile(`^time=\S+ level=[A-Z]+ msg=("([^"\\]|\\.)*"|[^" =]+)( [A-Za-z.]+=("([^"\\]|\\.)*"|[^" =]*))*$`)

// checkLog fails for lines that are no log lines, and for what must not be in
// any.
func checkLog(t *testing.T, text string, secrets ...string) {
	t.Helper()
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if !logLine.MatchString(line) {
			t.Errorf("no log line: %s", line)
		}
		for _, secret := range secrets {
			if strings.Contains(line, secret) || strings.Contains(strings.ReplaceAll(line, " ", ""), secret) {
				t.Errorf("the log holds %q: %s", secret, line)
			}
		}
	}
}

// visitor is a browser.
type visitor struct {
	*http.Client
	base string
}

func newVisitor(t *testing.T, base string) visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return visitor{&http.Client{Jar: jar}, base}
}

func (v visitor) get(t *testing.T, path string) (int, string) {
	t.Helper()
	resp, err := v.Get(v.base + path)
	return read(t, resp, err)
}

func (v visitor) post(t *testing.T, path string, form url.Values) (int, string) {
	t.Helper()
	resp, err := v.PostForm(v.base+path, form)
	return read(t, resp, err)
}

func read(t *testing.T, resp *http.Response, err error) (int, string) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(body)
}

// A demand goes all its way, with slips of the hand, refusals and broken
// connections on it, and the log tells of nobody.
func TestLogTellsOfNobody(t *testing.T) {
	var out syncBuffer
	dir := t.TempDir()
	app, err := Open(t.Context(), Config{
		Dir: dir, Sample: true, Now: time.Now, Random: rand.Reader, Log: newLog(&out, slog.LevelDebug),
	})
	if err != nil {
		t.Fatal(err)
	}
	const password = "yuexin-demo-2026"
	o := operator{App: app}
	if _, err := o.sampleData(t.Context(), SampleAsk{Villages: 1, Households: 4, Password: password}, nil); err != nil {
		t.Fatal(err)
	}
	s := serveApp(t, app, ServeConfig{})
	const name, phone, identity = "龙碧瑶", "13900004321", "44010219800101003X"
	number := s.demandRun(t, name, phone, password)
	s.importRun(t, dir, name, identity)
	checkLog(t, out.String(), name, phone, identity, number, password)
	if !strings.Contains(out.String(), "serving") {
		t.Error("nothing is logged at all")
	}
}

// demandRun asks for a loan at a plate, moves the demand in the console, looks
// it up and withdraws nothing; it returns the receipt number.
func (s *server) demandRun(t *testing.T, name, phone, password string) string {
	t.Helper()
	rows, err := s.desk().List(t.Context(), record.Query{Kind: plates.Kind, Limit: 1})
	if err != nil || len(rows) == 0 {
		t.Fatal(rows, err)
	}
	keys, err := plates.OpenKeys(s.keys(), s.Now(), nil)
	if err != nil {
		t.Fatal(err)
	}
	address, err := plates.Address(plates.Of(rows[0]), s.address(), keys.Signer())
	if err != nil {
		t.Fatal(err)
	}
	path := "/D/" + address[strings.LastIndex(address, "/")+1:]
	phoneUser := newVisitor(t, s.address())
	_, body := phoneUser.get(t, path+"/NEED")
	hidden := func(field string) string {
		found := regexp.MustCompile(`name="` + field + `" value="([^"]+)"`).FindStringSubmatch(body)
		if found == nil {
			t.Fatalf("no %s in the form", field)
		}
		return found[1]
	}
	form := url.Values{
		"slip": {hidden("slip")}, "applicant_name": {name}, "asked": {"五万加一"}, "purpose": {"planting"}, "term_months": {"12"},
		"contact": {"own"}, "phone": {phone}, "agree": {"yes"}, "wording": {hidden("wording")},
	}
	phoneUser.post(t, path+"/NEED", form) // an amount nobody understands
	form.Set("asked", "5万")
	_, body = phoneUser.post(t, path+"/NEED", form)
	number := strings.ReplaceAll(regexp.MustCompile(`\d{4} \d{4} \d{4}`).FindString(body), " ", "")
	if number == "" {
		t.Fatalf("no receipt:\n%s", body)
	}
	for _, proof := range []string{"0000", phone, phone[7:]} {
		phoneUser.post(t, path+"/STATE", url.Values{"number": {number}, "proof": {proof}})
	}

	staff := newVisitor(t, s.address())
	staff.post(t, "/console/login", url.Values{"name": {"demo-admin"}, "password": {password + "x"}})
	staff.post(t, "/console/login", url.Values{"name": {"demo-admin"}, "password": {password}})
	demands, err := s.desk().List(t.Context(), record.Query{
		Kind: lending.KindDemand, Where: []record.Term{{Field: "receipt_no", Value: record.OfText(number)}},
	})
	if err != nil || len(demands) != 1 {
		t.Fatal(demands, err)
	}
	page := "/console/demands/" + demands[0].Header.ID.String()
	if status, body := staff.get(t, page); status != http.StatusOK || !strings.Contains(body, name) {
		t.Fatalf("the demand in the console: %d", status)
	}
	if status, _ := staff.post(t, page+"/moves", url.Values{"from": {"unverified"}, "to": {"registered"}}); status != http.StatusOK {
		t.Errorf("the move: %d", status)
	}
	staff.post(t, page+"/moves", url.Values{"from": {"unverified"}, "to": {"disbursed"}, "amount": {"一万"}})
	return number
}

// importRun imports a ledger with a wrong row.
func (s *server) importRun(t *testing.T, dir, name, identity string) {
	t.Helper()
	c := &commands{dir: dir, sample: true, quiet: true}
	villages, err := asOperator(t.Context(), c, "villages", None{}, operator.listVillages)
	if err != nil {
		t.Fatal(err)
	}
	data := "户主姓名,身份证号,门牌号\n" + name + "," + identity + ",9号\n" + name + "," + identity + "1,9号\n"
	ask := ImportAsk{Data: []byte(data), Villages: []string{villages[0].Code}, Write: true, GoodRows: true, Plates: true}
	if _, err := asOperator(t.Context(), c, "import", ask, operator.importLedger); err != nil {
		t.Fatal(err)
	}
}

// A panic says where and of what type, never with which text; the others are
// served on.
func TestPanicsAreCaught(t *testing.T) {
	var out syncBuffer
	log := newLog(&out, slog.LevelDebug)
	mux := http.NewServeMux()
	mux.HandleFunc("/text", func(http.ResponseWriter, *http.Request) { panic("陈秀英 13900001234") })
	mux.HandleFunc("/error", func(http.ResponseWriter, *http.Request) { panic(fmt.Errorf("陈秀英 %w", io.EOF)) })
	mux.HandleFunc("/abort", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	srv := httptest.NewUnstartedServer(guarded(log, mux))
	srv.Config.ErrorLog = errorLog(log)
	srv.Start()
	defer srv.Close()
	for _, path := range []string{"/text", "/error"} {
		if status, body := get(t, srv.URL+path); status != http.StatusInternalServerError || strings.Contains(body, "陈秀英") {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	if resp, err := http.Get(srv.URL + "/abort"); err == nil {
		resp.Body.Close()
		t.Error("a handler that hangs up is answered for")
	}
	errorLog(log).Print("http: TLS handshake error from 203.0.113.7:40000: EOF\nhttp: TLS handshake error from [2001:db8::7]:1: EOF")
	checkLog(t, out.String(), "陈秀英", "13900001234", "203.0.113.7", "2001:db8")
	for _, want := range []string{"type=string", "type=*fmt.wrapError", "TestPanicsAreCaught", "handshake"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the log lacks %q:\n%s", want, out.String())
		}
	}
}
