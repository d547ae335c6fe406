// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"yuexin/shared/ident"
	"yuexin/shared/pgtest"
	"yuexin/shared/region"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/seal"
	"yuexin/syncserver/plates"
	"yuexin/syncserver/store"
)

// The load of a city's server, and what it is to bear (issue 5 of the plan; the
// sizes of the town are ours): how many plates are up and machines connected, how
// many scans and demands come in a second, and how long the slowest of a hundred waits.
const (
	loadPlates  = 4000
	loadDevices = 500

	scansPerSecond   = 2000
	demandsPerSecond = 500
	slowest          = 100 * time.Millisecond
)

// loadTime is how long each measurement takes.
var loadTime = flag.Duration("load.time", 8*time.Second, "how long each measurement of BenchmarkResidents takes")

// BenchmarkResidents measures the page behind doorplates while 500 kiosks are connected:
// the server of this process, on two processors that it shares with those who ask it.
// The kiosks are real replicas and clients in a process of their own, and the phones in
// another, so that what they use is counted apart: "phones" is the load generator's
// own. Every phone has its own address, as behind a reverse proxy; TLS is the proxy's.
// Beside it a bare handler of net/http serves the same bytes.
func BenchmarkResidents(b *testing.B) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	l := openLoad(b)
	fmt.Printf("%d plates, %d kiosks connected, 2 of %d processors; phones and kiosks run beside the server\n", len(l.paths), loadDevices, runtime.NumCPU())

	scans := l.measure(job{What: "scan"})
	bareScan := l.measure(job{What: "scan", Server: l.bare(l.sample("scan"))})
	forms := l.measure(job{What: "form", Count: 2 * int(loadTime.Seconds()) * demandsPerSecond})
	demands := l.measure(job{What: "send"})
	l.registered(demands)
	bareForms := l.measure(job{What: "send", Server: l.bare(l.sample("send"))})
	l.measure(job{What: "form", Count: int(loadTime.Seconds()) * demandsPerSecond})
	both := l.measure(job{What: "both", Rate: scansPerSecond, SendRate: demandsPerSecond})
	l.registered(both[1:])
	for _, line := range []struct {
		name string
		m    measured
		bare *measured
		want float64 // a second, at least; 0 is none
	}{
		{"scans, as fast as they are answered", scans[0], &bareScan[0], scansPerSecond},
		{"forms opened, as fast as they are answered", forms[0], nil, 0},
		{"demands handed in, as fast as they are answered", demands[0], &bareForms[0], demandsPerSecond},
		{"  a bare handler: scans", bareScan[0], nil, 0},
		{"  a bare handler: forms taken", bareForms[0], nil, 0},
		{"both at once: scans", both[0], nil, scansPerSecond},
		{"both at once: demands handed in", both[1], nil, demandsPerSecond},
	} {
		fmt.Println(line.m.line(line.name, line.bare, line.want))
	}
	b.ReportMetric(scans[0].perSecond(), "scans/s")
	b.ReportMetric(demands[0].perSecond(), "demands/s")
	b.ReportMetric(max(both[0].P99, both[1].P99).Seconds()*1000, "p99-ms")
	b.ReportMetric(0, "ns/op") // it measures rates
}

// measured is what the phones saw of one kind of request, and what it took.
type measured struct {
	N, Failed     int
	Took          time.Duration
	P50, P99, Max time.Duration
	Phones        time.Duration // processor time of the load generator, of all kinds together
	Server        time.Duration // and of the server
	Why           string        // of the first that failed
}

func (m measured) perSecond() float64 { return float64(m.N-m.Failed) / m.Took.Seconds() }

func (m measured) line(name string, bare *measured, want float64) string {
	ms := func(d time.Duration) float64 { return d.Seconds() * 1000 }
	text := fmt.Sprintf("%-48s %6.0f /s   half within %5.1f ms, 99 of 100 within %6.1f ms", name, m.perSecond(), ms(m.P50), ms(m.P99))
	if m.Server > 0 {
		per := func(d time.Duration) int64 { return d.Microseconds() / int64(max(m.N, 1)) }
		text += fmt.Sprintf("   server %4d µs each, phones %3d µs", per(m.Server), per(m.Phones))
	}
	if bare != nil {
		text += fmt.Sprintf("   %.2f of the bare handler's rate", m.perSecond()/bare.perSecond())
	}
	if want > 0 {
		verdict := "pass"
		// A load that is offered at a rate is borne if it is answered as it comes.
		if m.perSecond() < 0.99*want || m.P99 > slowest || m.Failed > 0 {
			verdict = "short"
		}
		text += fmt.Sprintf("   at least %.0f /s within %v: %s", want, slowest, verdict)
	}
	if m.Failed > 0 {
		text += fmt.Sprintf("   %d FAILED: %s", m.Failed, m.Why)
	}
	return text
}

// load is a server, its town, and who asks it.
type load struct {
	*bench
	paths  []string // of plates
	phones *child
	demand int // handed in so far
}

func openLoad(b *testing.B) *load {
	b.Helper()
	app := openApp(b, b.TempDir(), true)
	l := &load{bench: &bench{TB: b, app: app}}
	l.web = serveOn(b, app, ServeConfig{TrustedProxies: []string{"127.0.0.1"}}, func(n net.Listener) net.Listener { return n })
	l.town()
	l.devices()
	l.phones = l.child("phones", phonesAsk{Server: l.web.listener.Addr().String(), Paths: l.paths})
	return l
}

// town makes villages with a bank and an officer, households and plates.
func (l *load) town() {
	l.Helper()
	ctx, o := l.Context(), l.operator()
	var codes []string
	for _, town := range l.app.Regions.Children("441284") {
		for _, village := range l.app.Regions.Children(town.Code) {
			codes = append(codes, string(village.Code))
		}
	}
	villages, err := o.addVillages(ctx, codes)
	l.must(err)
	bank, err := o.addOrg(ctx, OrgAsk{Name: "四会农商银行", Kind: "bank"})
	l.must(err)
	officer, err := ident.New[ident.Actor](time.Now().UnixMilli(), rand.Reader)
	l.must(err)
	l.must(l.app.office().AddStaff(ctx, officer, "梁志明", "", ident.Org{}))
	keys, err := plates.OpenKeys(l.app.keys(), time.Now(), nil)
	l.must(err)
	per := loadPlates/len(villages) + 1
	for _, v := range villages {
		_, err := o.post(ctx, PostAsk{Villages: []string{v.Code}, Officer: officer.String(), Bank: bank.ID})
		l.must(err)
		scope := ident.Scope(v.Scope)
		l.households(scope, region.Code(v.Code), min(per, loadPlates-len(l.paths)))
		issued, err := plates.Issuer{Store: l.app.desk(), Now: time.Now(), Random: rand.Reader, Sample: true}.Issue(ctx, scope)
		l.must(err)
		for _, p := range issued.New {
			address, err := plates.Address(p, "http://example.com", keys.Signer())
			l.must(err)
			l.paths = append(l.paths, strings.TrimPrefix(address[len("http://"):], "EXAMPLE.COM"))
		}
	}
}

func (l *load) households(scope ident.Scope, code region.Code, n int) {
	l.Helper()
	var writes []record.Write
	for i := range n {
		id, err := ident.New[ident.Record](time.Now().UnixMilli(), rand.Reader)
		l.must(err)
		fields := l.household(i)
		fields["region_code"], fields["house_no"] = record.OfText(string(code)), record.OfText(fmt.Sprintf("%d号", i+1))
		writes = append(writes, record.Write{Op: record.Create, Header: record.Header{
			ID: id, Kind: "household", Scope: scope, Subject: ident.Subject(id),
		}, Fields: fields})
	}
	if n > 0 {
		_, err := l.app.desk().Apply(l.Context(), record.Act{Name: "household.put", Scope: scope, Source: record.Authoritative, Writes: writes})
		l.must(err)
	}
}

// devices enrols the kiosks and waits until all are connected.
func (l *load) devices() {
	l.Helper()
	ctx := l.Context()
	all, err := l.operator().listVillages(ctx, None{})
	l.must(err)
	box, err := l.app.Identity.Box.Public()
	l.must(err)
	ask := kiosksAsk{Server: "ws://" + l.web.listener.Addr().String() + syncPath, Box: box.Encode(), Dir: l.TempDir()}
	for i := range loadDevices {
		key, err := seal.NewSign(seal.Default, rand.Reader)
		l.must(err)
		public, err := key.Public()
		l.must(err)
		now := time.Now()
		code := [32]byte{byte(i), byte(i >> 8), 1}
		actor, err := ident.New[ident.Actor](now.UnixMilli(), rand.Reader)
		l.must(err)
		inc, err := ident.New[ident.Incarnation](now.UnixMilli(), rand.Reader)
		l.must(err)
		name := fmt.Sprintf("%d 号机", i+1)
		l.must(l.app.Store.AddEnrolment(ctx, store.Enrolment{
			CodeHash: code, Name: name, Program: "kiosk", Actor: actor, Display: name, Role: "kiosk",
			Scopes: []ident.Scope{ident.Ref, ident.Scope(all[i%len(all)].Scope)}, Expires: now.Add(time.Hour),
		}))
		got, err := l.app.Store.Redeem(ctx, code, store.NewDevice{Public: public.Encode(), Incarnation: inc, Program: "kiosk/0.1.0"}, now)
		l.must(err)
		ask.Kiosks = append(ask.Kiosks, kioskAsk{Device: got.Device, ShortID: got.ShortID, Name: got.Name, Key: key.Encode()})
	}
	l.child("kiosks", ask)
	for deadline := time.Now().Add(5 * time.Minute); len(l.web.hub.Connected()) < loadDevices; time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			l.Fatalf("%d of %d kiosks are connected", len(l.web.hub.Connected()), loadDevices)
		}
	}
}

// child is this test program as another process.
type child struct {
	cmd *exec.Cmd
	in  *json.Encoder
	out *json.Decoder
}

// child starts one and waits until it is ready.
func (l *load) child(role string, ask any) *child {
	l.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childRole+"="+role, "GOMAXPROCS=2")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	l.must(err)
	out, err := cmd.StdoutPipe()
	l.must(err)
	l.must(cmd.Start())
	l.Cleanup(func() {
		_ = in.Close() // it ends with its input
		l.must(cmd.Wait())
	})
	c := &child{cmd: cmd, in: json.NewEncoder(in), out: json.NewDecoder(out)}
	var ready string
	l.ask(c, ask, &ready)
	return c
}

func (l *load) ask(c *child, question, answer any) {
	l.Helper()
	l.must(c.in.Encode(question))
	l.must(c.out.Decode(answer))
}

// measure has the phones do a job and returns what they saw, one for each kind of
// request.
func (l *load) measure(j job) (got []measured) {
	l.Helper()
	if j.Took == 0 {
		j.Took = *loadTime
	}
	runtime.GC()
	before := used()
	l.ask(l.phones, j, &got)
	server := used() - before
	if testing.Verbose() {
		fmt.Fprintf(os.Stderr, "%s %s: %+v\n", time.Now().Format(time.TimeOnly), j.What, got)
	}
	for i := range got {
		if j.What != "both" { // of both nobody can tell who took what
			got[i].Server = server
		}
	}
	if n := len(l.web.hub.Connected()); n != loadDevices {
		l.Errorf("after %q %d of %d kiosks are connected", j.What, n, loadDevices)
	}
	return got
}

// registered fails unless every demand that was handed in is in the store.
func (l *load) registered(got []measured) {
	l.Helper()
	for _, m := range got {
		l.demand += m.N - m.Failed
	}
	n := 0
	for q := (record.Query{Kind: "demand", Limit: 5000}); ; {
		rows, err := l.app.desk().List(l.Context(), q)
		l.must(err)
		if n += len(rows); len(rows) < q.Limit {
			break
		}
		q.After = rows[len(rows)-1].Header.ID
	}
	if n < l.demand {
		l.Errorf("%d demands are in the store, and %d receipts were given", n, l.demand)
	}
}

// sample is one answer of the server, headers and body.
func (l *load) sample(what string) (got answered) {
	l.Helper()
	l.ask(l.phones, job{What: "sample " + what}, &got)
	return got
}

// answered is an answer as it came.
type answered struct {
	Header http.Header
	Body   []byte
}

// bare serves the same answer to everybody, as little as net/http can do, and
// returns where. Forms it reads.
func (l *load) bare(a answered) string {
	l.Helper()
	at, err := net.Listen("tcp", "127.0.0.1:0")
	l.must(err)
	srv := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			if err := r.ParseForm(); err != nil {
				http.Error(w, "no form", http.StatusBadRequest)
				return
			}
		}
		for name, values := range a.Header {
			if name != "Date" {
				w.Header()[name] = values
			}
		}
		_, _ = w.Write(a.Body) // the phone has gone
	})}
	go func() { _ = srv.Serve(at) }() // ends with Close
	l.Cleanup(func() { l.must(srv.Close()) })
	return at.Addr().String()
}

// used is what this process has used of the processors.
func used() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u) // of this process it cannot fail
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// childRole, in the environment, makes the test program one of those who ask the
// server in BenchmarkResidents.
const childRole = "YUEXIN_TEST_LOAD"

func TestMain(m *testing.M) {
	in, out := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	var err error
	switch os.Getenv(childRole) {
	case "":
		os.Exit(pgtest.Run(m))
	case "kiosks":
		err = beKiosks(context.Background(), in, out)
	case "phones":
		err = bePhones(in, out)
	}
	if err != nil && err != io.EOF {
		fmt.Fprintln(os.Stderr, os.Getenv(childRole)+":", err)
		os.Exit(1)
	}
}
