// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"yuexin/assets"
	"yuexin/shared/credit/rulebook"
	"yuexin/shared/ident"
	"yuexin/shared/station"
	"yuexin/shared/sync/client"
	"yuexin/shared/sync/replica"
	"yuexin/shared/sync/seal"
)

// kiosksAsk is what the process of the kiosks is asked: to be these, until its input ends.
type kiosksAsk struct {
	Server string
	Box    []byte // of the server
	Dir    string
	Kiosks []kioskAsk
}

type kioskAsk struct {
	Device  ident.Device
	ShortID uint32
	Name    string
	Key     []byte
}

// beKiosks connects kiosks and keeps them in sync. They share the program's rules, as
// the memory of one machine holds no 500 copies.
func beKiosks(ctx context.Context, in *json.Decoder, out *json.Encoder) error {
	var ask kiosksAsk
	if err := in.Decode(&ask); err != nil {
		return err
	}
	box, err := seal.ParseBoxPublic(ask.Box)
	if err != nil {
		return err
	}
	book, err := rulebook.Load(assets.Folder("policies"), assets.Folder("forms"), assets.Folder("scorecards"))
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	var online sync.WaitGroup
	defer online.Wait()
	defer cancel()
	clock := &station.Clock{}
	for i, k := range ask.Kiosks {
		key, err := seal.ParseSignPrivate(k.Key)
		if err != nil {
			return err
		}
		r, err := replica.Create(ctx, filepath.Join(ask.Dir, fmt.Sprint(i, ".db")), replica.Setup{
			Identity: replica.Identity{Profile: replica.Kiosk, Device: k.Device, ShortID: k.ShortID, Name: k.Name, Server: ask.Server},
			Key:      key, ServerBox: box,
		}, replica.Options{Clock: clock.Reading, Random: rand.Reader, Catalogue: book.Catalogue, Access: book.Access})
		if err != nil {
			return err
		}
		c := client.New(client.Config{
			URL: ask.Server, Replica: r, Device: k.Device, Program: "kiosk/0.1.0", Reading: clock.Reading, Random: mathrand.Float64,
			Nonce: func() (n [32]byte) { rand.Read(n[:]); return n }, Log: slog.New(slog.DiscardHandler),
		})
		online.Go(func() {
			c.Run(ctx)
			_ = r.Close() // the folder goes with the benchmark
		})
	}
	if err := out.Encode("ready"); err != nil {
		return err
	}
	return in.Decode(&ask)
}

// phonesAsk is what the process of the phones is told first.
type phonesAsk struct {
	Server string
	Paths  []string // of plates
}

// job is one measurement.
type job struct {
	What     string // scan, form, send, both; sample scan, sample send: one answer
	Server   string // another than the one that is measured
	Took     time.Duration
	Count    int // of forms to open; 0: as many as the time allows
	Rate     int // a second, whatever the server does; 0: as fast as it answers
	SendRate int
}

// phones is the load generator: as many as ask at once, each over a connection of its own.
type phones struct {
	phonesAsk
	forms chan form // opened and not handed in yet
	next  atomic.Uint32
}

// form is a form that is open on a phone.
type form struct {
	path string
	body []byte
}

// atOnce is how many requests are on their way at a time. Each comes from another
// address, as if from another phone.
const atOnce = 32

func bePhones(in *json.Decoder, out *json.Encoder) error {
	p := &phones{forms: make(chan form, 1<<20)}
	if err := in.Decode(&p.phonesAsk); err != nil {
		return err
	}
	if err := out.Encode("ready"); err != nil {
		return err
	}
	for {
		var j job
		if err := in.Decode(&j); err != nil {
			return err
		}
		answer, err := p.do(j)
		if err != nil {
			return err
		}
		if err := out.Encode(answer); err != nil {
			return err
		}
	}
}

func (p *phones) do(j job) (any, error) {
	if j.Server == "" {
		j.Server = p.Server
	}
	switch j.What {
	case "scan":
		return p.run(j, p.scan), nil
	case "form":
		return p.run(j, p.open), nil
	case "send":
		return p.run(j, p.send), nil
	case "both":
		scans, sends := j, j
		sends.Rate = j.SendRate
		var got [2][]measured
		var both sync.WaitGroup
		both.Go(func() { got[0] = p.run(scans, p.scan) })
		both.Go(func() { got[1] = p.run(sends, p.send) })
		both.Wait()
		return append(got[0], got[1]...), nil
	case "sample scan":
		return p.sample(p.scan)
	case "sample send":
		if err := p.on(p.open); err != nil {
			return nil, err
		}
		return p.sample(p.send)
	}
	return nil, fmt.Errorf("no such job: %s", j.What)
}

// A visit is one request over a connection. kept, if not nil, gets the answer.
type visit func(c *caller, kept *answered) error

func (p *phones) sample(do visit) (got answered, err error) {
	err = p.on(func(c *caller, _ *answered) error { return do(c, &got) })
	return got, err
}

func (p *phones) on(do visit) error {
	c, err := call(p.Server)
	if err != nil {
		return err
	}
	defer c.Close()
	return do(c, nil)
}

// run repeats a visit for the time of a job, and tells what that took.
func (p *phones) run(j job, do visit) []measured {
	began, cpu := time.Now(), used()
	waiting := 0 // without a rate the next is due when somebody is free
	if j.Rate > 0 {
		waiting = 1 << 16 // with one, whether anybody is free or not
	}
	moments := make(chan time.Time, waiting) // when each visit was due; zero for as soon as may be
	go pace(j, began, moments)
	var all sync.WaitGroup
	took := make([][]time.Duration, atOnce)
	m := measured{}
	var mu sync.Mutex // protects m
	for i := range atOnce {
		all.Go(func() {
			c, err := call(j.Server)
			if err == nil {
				defer c.Close()
			}
			for due := range moments {
				if due.IsZero() {
					due = time.Now()
				}
				if err == nil {
					err = do(c, nil)
				}
				if err != nil {
					mu.Lock()
					m.Failed++
					m.Why = err.Error()
					mu.Unlock()
					if c, err = call(j.Server); err != nil {
						continue
					}
				}
				took[i] = append(took[i], time.Since(due))
			}
		})
	}
	all.Wait()
	m.Took, m.Phones = time.Since(began), used()-cpu
	sorted := slices.Sorted(slices.Values(slices.Concat(took...)))
	if m.N = len(sorted); m.N > 0 {
		m.P50, m.P99, m.Max = sorted[m.N/2], sorted[m.N*99/100], sorted[m.N-1]
	}
	return []measured{m}
}

// pace says when visits are due.
func pace(j job, began time.Time, moments chan<- time.Time) {
	defer close(moments)
	for n := 0; j.Count == 0 || n < j.Count; n++ {
		switch {
		case j.Rate > 0:
			due := began.Add(time.Duration(n) * time.Second / time.Duration(j.Rate))
			if due.Sub(began) > j.Took {
				return
			}
			time.Sleep(time.Until(due))
			moments <- due
		case j.Count == 0 && time.Since(began) > j.Took:
			return
		default:
			moments <- time.Time{}
		}
	}
}

// path is that of the next plate, round and round.
func (p *phones) path() string { return p.Paths[int(p.next.Add(1))%len(p.Paths)] }

func (p *phones) scan(c *caller, kept *answered) error {
	_, err := c.ask("GET", p.path(), nil, "<title>", kept)
	return err
}

var (
	loadSlip = regexp.MustCompile(`name="slip" value="([^"]+)"`)
	loadMark = regexp.MustCompile(`name="wording" value="([^"]+)"`)
)

// open opens a form and fills it in.
func (p *phones) open(c *caller, kept *answered) error {
	path := p.path() + "/NEED"
	body, err := c.ask("GET", path, nil, "<form", kept)
	if err != nil {
		return err
	}
	slip, mark := loadSlip.FindSubmatch(body), loadMark.FindSubmatch(body)
	if slip == nil || mark == nil {
		return errors.New("a form without a slip or a mark")
	}
	filled := url.Values{
		"slip": {string(slip[1])}, "wording": {string(mark[1])}, "agree": {"yes"}, "applicant_name": {"陈秀英"}, "asked": {"5万"}, "purpose": {"breeding"},
		"term_months": {"12"}, "contact": {"own"}, "phone": {"19900001234"},
	}
	p.forms <- form{path, []byte(filled.Encode())}
	return nil
}

// send hands a form in.
func (p *phones) send(c *caller, kept *answered) error {
	select {
	case f := <-p.forms:
		_, err := c.ask("POST", f.path, f.body, `class="num"`, kept)
		return err
	default:
		return errors.New("no form is open")
	}
}

// caller is one connection of HTTP/1.1.
type caller struct {
	net.Conn
	r    *bufio.Reader
	out  bytes.Buffer
	body bytes.Buffer
}

func call(server string) (*caller, error) {
	conn, err := net.Dial("tcp", server)
	if err != nil {
		return nil, err
	}
	return &caller{Conn: conn, r: bufio.NewReaderSize(conn, 16<<10)}, nil
}

// ask sends a request from an address of its own and returns the body of the answer,
// which is valid until the next; an answer without want is an error.
func (c *caller) ask(method, path string, form []byte, want string, kept *answered) ([]byte, error) {
	c.out.Reset()
	fmt.Fprintf(&c.out, "%s %s HTTP/1.1\r\nHost: example.com\r\nX-Forwarded-For: 10.%d.%d.%d\r\nAccept-Language: zh-CN\r\n",
		method, path, mathrand.IntN(256), mathrand.IntN(256), mathrand.IntN(256))
	if form != nil {
		fmt.Fprintf(&c.out, "Sec-Fetch-Site: same-origin\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n", len(form))
	}
	c.out.WriteString("\r\n")
	c.out.Write(form)
	if _, err := c.Write(c.out.Bytes()); err != nil {
		return nil, err
	}
	resp, err := http.ReadResponse(c.r, nil)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	c.body.Reset()
	if _, err := io.Copy(&c.body, resp.Body); err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK || !bytes.Contains(c.body.Bytes(), []byte(want)) {
		return nil, fmt.Errorf("%s: %s", method, resp.Status)
	}
	if kept != nil {
		kept.Header, kept.Body = resp.Header, bytes.Clone(c.body.Bytes())
	}
	return c.body.Bytes(), nil
}
