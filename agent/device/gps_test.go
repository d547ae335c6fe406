// SPDX-License-Identifier: Apache-2.0

package device

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"yuexin/shared/fault"
)

func quiet(Progress) {}

// sentence writes a sentence of NMEA 0183 with its checksum.
func sentence(body string) string {
	sum := byte(0)
	for i := range len(body) {
		sum ^= body[i]
	}
	return fmt.Sprintf("$%s*%02X\r\n", body, sum)
}

// What a receiver says in 富溪村, second by second.
var (
	rmc     = sentence("GPRMC,013005.00,A,2302.81682,N,11227.90072,E,0.02,,221126,,,A")
	gga     = sentence("GPGGA,013005.00,2302.81682,N,11227.90072,E,1,09,1.10,31.2,M,-6.1,M,,")
	better  = sentence("GNGST,013006.00,12,2.1,1.4,30,1.2,0.9,2.0") + sentence("GNGGA,013006.00,2302.81700,N,11227.90100,E,2,12,0.80,31.0,M,-6.1,M,,")
	none    = sentence("GPGGA,013004.00,,,,,0,03,,,M,,M,,")
	reckon  = sentence("GPGGA,013004.00,2302.00000,N,11227.00000,E,6,00,9.90,31.2,M,-6.1,M,,")
	damaged = strings.Replace(gga, "2302", "2402", 1)
)

func at(second int) time.Time { return time.Date(2026, 11, 22, 1, 30, second, 0, time.UTC) }

var (
	first  = Fix{Lat: 230469470, Lon: 1124650120, Accuracy: 6, Source: FromNMEA, At: at(5)} // 1.10 × 5 m
	second = Fix{Lat: 230469500, Lon: 1124650167, Accuracy: 2, Source: FromNMEA, At: at(6)} // √(1.2² + 0.9²) m
)

func TestNMEA(t *testing.T) {
	tests := []struct {
		name, said string
		good       int
		want       Fix
		fault      string
	}{
		{"good enough", rmc + gga + better, 10, first, ""},
		{"not yet good enough", rmc + gga + better, 3, second, ""},
		{"the best there was, when it is pulled out", rmc + better + gga, 1, second, ""},
		{"without its day", gga, 10, Fix{}, "gps.gone"},
		{"the receiver is searching", rmc + none, 10, Fix{}, "gps.gone"},
		{"reckoned, not measured", rmc + reckon, 10, Fix{}, "gps.gone"},
		{"damaged on the way", rmc + damaged + "$GPGGA,0130\xff\n" + "\n", 10, Fix{}, "gps.gone"},
		{"damaged, then whole", rmc[7:] + rmc + damaged + gga, 10, first, ""},
		{"nothing", "", 10, Fix{}, "gps.gone"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := locate(t.Context(), io.NopCloser(strings.NewReader(tt.said)), tt.good, quiet)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("fix (-want +got):\n%s", diff)
			}
			if key := keyOf(err); key != tt.fault {
				t.Errorf("fault %q, want %q", key, tt.fault)
			}
		})
	}
}

func keyOf(err error) string {
	if err == nil {
		return ""
	}
	return fault.From(err).Key
}

// Whoever waits hears how it goes, may stop it, and is not kept for ever.
func TestWaiting(t *testing.T) {
	for _, found := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			from, to := io.Pipe()
			go func() {
				fmt.Fprint(to, none)
				if found {
					fmt.Fprint(to, rmc+gga)
				}
			}()
			var heard []Progress
			ctx, stop := context.WithTimeout(t.Context(), time.Minute)
			defer stop()
			got, err := locate(ctx, from, 1, func(p Progress) { heard = append(heard, p) })
			want := []Progress{{Satellites: 3}}
			if found {
				want = append(want, Progress{Satellites: 9, Accuracy: 6, Found: true})
				if got != first || err != nil {
					t.Errorf("after a minute: %+v %v", got, err)
				}
			} else if keyOf(err) != "gps.none" {
				t.Errorf("after a minute: %v", err)
			}
			if diff := cmp.Diff(want, heard); diff != "" {
				t.Errorf("heard (-want +got):\n%s", diff)
			}
		})
		ctx, stop := context.WithCancel(t.Context())
		from, to := io.Pipe()
		go func() { fmt.Fprint(to, none+rmc+gga) }()
		if _, err := locate(ctx, from, 1, func(p Progress) {
			if p.Found == found {
				stop()
			}
		}); !fault.Is(err, fault.Canceled) {
			t.Errorf("stopped: %v", err)
		}
	}
}

func TestNMEAPort(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sentences")
	if err := os.WriteFile(path, []byte(rmc+gga), 0o600); err != nil {
		t.Fatal(err)
	}
	d := &NMEA{Port: path}
	if err := d.Check(t.Context()); err != nil {
		t.Error(err)
	}
	if got, err := d.Locate(t.Context(), 10, quiet); got != first || err != nil {
		t.Errorf("got %+v %v", got, err)
	}
	if err := (&NMEA{Port: path + "x"}).Check(t.Context()); keyOf(err) != "gps.missing" {
		t.Errorf("no such port: %v", err)
	}
}

// daemon is a gpsd that says something to whoever asks to watch; then it is silent until they leave.
func daemon(t *testing.T, said string) *GPSD {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() { _ = l.Close(); <-done })
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			fmt.Fprintln(conn, `{"class":"VERSION","release":"3.25","proto_major":3,"proto_minor":15}`)
			in := bufio.NewReader(conn)
			if line, err := in.ReadString('\n'); err == nil && line == gpsdWatch {
				fmt.Fprint(conn, said)
				_, _ = in.ReadString('\n') // until the other side closes
			}
			_ = conn.Close()
		}
	}()
	return &GPSD{Address: l.Addr().String()}
}

func TestGPSD(t *testing.T) {
	const (
		devices   = `{"class":"DEVICES","devices":[{"class":"DEVICE","path":"/dev/ttyACM0"}]}` + "\n"
		noFix     = `{"class":"TPV","mode":1}` + "\n"
		sky       = `{"class":"SKY","satellites":[{"PRN":3,"used":true},{"PRN":7,"used":true},{"PRN":8,"used":false}]}` + "\n"
		simulator = `{"class":"TPV","mode":3,"status":8,"time":"2026-11-22T01:30:04.000Z","lat":1.0,"lon":2.0,"eph":1}` + "\n"
		tpv       = `{"class":"TPV","mode":3,"time":"2026-11-22T01:30:05.000Z","lat":23.046947,"lon":112.465012,"eph":7.2}` + "\n"
		parts     = `{"class":"TPV","mode":2,"time":"2026-11-22T01:30:05.000Z","lat":23.046947,"lon":112.465012,"epx":3,"epy":4}` + "\n"
		timeless  = `{"class":"TPV","mode":3,"lat":23.046947,"lon":112.465012,"eph":1}` + "\n"
	)
	fix := func(accuracy int) Fix {
		return Fix{Lat: 230469470, Lon: 1124650120, Accuracy: accuracy, Source: FromGPSD, At: at(5)}
	}
	for name, tt := range map[string]struct {
		said  string
		want  Fix
		heard []Progress
	}{
		"with its error":    {devices + noFix + sky + simulator + timeless + "{]\n" + tpv, fix(8), []Progress{{Satellites: 2}, {Satellites: 2, Accuracy: 8, Found: true}}},
		"error by its axes": {parts, fix(5), []Progress{{Accuracy: 5, Found: true}}},
	} {
		t.Run(name, func(t *testing.T) {
			var heard []Progress
			got, err := daemon(t, tt.said).Locate(t.Context(), 10, func(p Progress) { heard = append(heard, p) })
			if err != nil || got != tt.want {
				t.Errorf("got %+v %v, want %+v", got, err, tt.want)
			}
			if diff := cmp.Diff(tt.heard, heard); diff != "" {
				t.Errorf("heard (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("stopped", func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		if _, err := daemon(t, sky).Locate(ctx, 10, func(Progress) { stop() }); !fault.Is(err, fault.Canceled) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("not there", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		_ = l.Close() // nothing listens there now
		g := &GPSD{Address: l.Addr().String()}
		if err := g.Check(t.Context()); keyOf(err) != "gps.daemon" {
			t.Errorf("got %v", err)
		}
	})
}

func TestSim(t *testing.T) {
	s := &Sim{Fixes: []Fix{{Lat: 1, Accuracy: 30, Source: FromNMEA}, {Lat: 2, Accuracy: 8, Source: FromNMEA}, {Lat: 3, Accuracy: 40, Source: FromNMEA}}, Gone: true}
	for good, want := range map[int]int64{30: 1, 10: 2, 5: 2} {
		if got, err := s.Locate(t.Context(), good, quiet); got.Lat != want || err != nil {
			t.Errorf("%d m: %+v %v, want the position %d", good, got, err, want)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if _, err := (&Sim{}).Locate(ctx, 5, quiet); !fault.Is(err, fault.Canceled) {
		t.Errorf("stopped: %v", err)
	}
}

func TestTyped(t *testing.T) {
	got, err := ParseTyped("23.046947，112.465012", at(0))
	want := Fix{Lat: 230469470, Lon: 1124650120, Source: FromManual, At: at(0)}
	if got != want || err != nil {
		t.Errorf("got %+v %v", got, err)
	}
	if text := got.Answer().String(); text != "23.046947,112.465012,0,typed" {
		t.Errorf("recorded as %s", text)
	}
	if text := second.Answer().String(); text != "23.046950,112.465017,2,gnss" {
		t.Errorf("recorded as %s", text)
	}
	if _, err := ParseTyped("富溪村", at(0)); keyOf(err) != "form.gps" {
		t.Errorf("got %v", err)
	}
}

func TestOpenLocator(t *testing.T) {
	for content, want := range map[string]Locator{
		"":                                     &GPSD{},
		`{"gps":{}}`:                           ByHand{},
		`{}`:                                   ByHand{},
		`{"gps":{"gpsd":"[::1]:2947"}}`:        &GPSD{Address: "[::1]:2947"},
		`{"gps":{"port":"COM3","baud":9600}}`:  &NMEA{Port: "COM3", Baud: 9600},
		`{"gps":{"port":"COM3","gpsd":"x:1"}}`: nil,
		`{"gps":`:                              nil,
	} {
		dir := t.TempDir()
		if content != "" {
			if err := os.WriteFile(filepath.Join(dir, configFile), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		got, err := OpenLocator(dir)
		if want == nil {
			want = ByHand{}
			if !fault.Is(err, fault.Corrupt) {
				t.Errorf("%s: %v", content, err)
			}
		} else if err != nil {
			t.Errorf("%s: %v", content, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", content, diff)
		}
	}
}
