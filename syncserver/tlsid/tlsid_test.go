// SPDX-License-Identifier: Apache-2.0

package tlsid_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"yuexin/shared/fault"
	"yuexin/shared/sync/enrol"
	"yuexin/syncserver/tlsid"
)

var start = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// config is that of an own certificate at a time.
func config(dir string, now time.Time, names ...string) tlsid.Config {
	return tlsid.Config{
		Dir: dir, Names: names, Now: func() time.Time { return now },
		Log: slog.New(slog.DiscardHandler), Roots: x509.NewCertPool(),
	}
}

func key(err error) string {
	if err == nil {
		return ""
	}
	return fault.From(err).Key
}

// handshake connects as a device with this pin would and returns what it saw.
func handshake(t *testing.T, c *tlsid.Certificate, pin enrol.Pin) (*x509.Certificate, error) {
	t.Helper()
	listener := must(tls.Listen("tcp", "127.0.0.1:0", c.TLSConfig()))
	defer listener.Close()
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		_ = conn.(*tls.Conn).HandshakeContext(t.Context()) // the device's side is judged
	}()
	plain := must(net.Dial("tcp", listener.Addr().String()))
	defer plain.Close()
	conn := tls.Client(plain, enrol.TLSConfig(pin))
	if err := conn.HandshakeContext(t.Context()); err != nil {
		return nil, err
	}
	return conn.ConnectionState().PeerCertificates[0], nil
}

func TestOwnCertificate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	c := must(tlsid.Open(config(dir, start, "Sync.example.cn", "10.1.2.3", "[fd00::1]")))
	leaf := c.Leaf()
	for _, name := range []string{"sync.example.cn", "10.1.2.3", "fd00::1", "localhost", "127.0.0.1", "::1"} {
		if err := leaf.VerifyHostname(name); err != nil {
			t.Error(err)
		}
	}
	if want := start.AddDate(10, 0, 0); !leaf.NotAfter.Equal(want) {
		t.Errorf("lasts until %v, want %v", leaf.NotAfter, want)
	}
	info := must(os.Stat(filepath.Join(dir, "server-tls.key")))
	if folder := must(os.Stat(dir)); info.Mode().Perm() != 0o600 || folder.Mode().Perm() != 0o700 {
		t.Errorf("modes %v and %v", info.Mode(), folder.Mode())
	}
	if c.Public() {
		t.Error("an own certificate is taken for a public one")
	}
	seen, err := handshake(t, c, c.Pin())
	if err != nil || !seen.Equal(leaf) {
		t.Errorf("handshake: %v", err)
	}
	if _, err := handshake(t, c, enrol.Pin{1}); key(err) != "enrol.pin" {
		t.Errorf("handshake with another pin: %v", err)
	}
	if entries := must(os.ReadDir(dir)); len(entries) != 2 {
		t.Errorf("the folder holds %v", entries)
	}
}

func TestPinSurvivesEverythingButANewKey(t *testing.T) {
	dir := t.TempDir()
	first := must(tlsid.Open(config(dir, start, "a.cn")))
	again := must(tlsid.Open(config(dir, start.AddDate(5, 0, 0), "a.cn")))
	if !again.Leaf().Equal(first.Leaf()) {
		t.Error("the same names made a new certificate")
	}
	for name, cfg := range map[string]tlsid.Config{
		"another name": config(dir, start, "b.cn"),
		"near its end": config(dir, start.AddDate(9, 6, 0), "a.cn"),
	} {
		c := must(tlsid.Open(cfg))
		if c.Pin() != first.Pin() || c.Leaf().Equal(first.Leaf()) || c.Leaf().NotAfter.Before(cfg.Now().AddDate(9, 0, 0)) {
			t.Errorf("%s: pin kept %v, until %v", name, c.Pin() == first.Pin(), c.Leaf().NotAfter)
		}
	}
	if other := must(tlsid.Open(config(t.TempDir(), start, "a.cn"))); other.Pin() == first.Pin() {
		t.Error("two servers have one key")
	}
}

func TestStartsAtTheSameMomentShareOneKey(t *testing.T) {
	dir := t.TempDir()
	pins := make([]enrol.Pin, 8)
	var all sync.WaitGroup
	for i := range pins {
		all.Go(func() { pins[i] = must(tlsid.Open(config(dir, start))).Pin() })
	}
	all.Wait()
	for _, pin := range pins {
		if pin != pins[0] {
			t.Fatal("two starts made two keys")
		}
	}
}

func TestKeysOthersCanReadAreRefused(t *testing.T) {
	for mode, want := range map[fs.FileMode]string{
		0o600: "", 0o400: "", 0o640: "", 0o644: "tlsid.mode", 0o660: "tlsid.mode", 0o604: "tlsid.mode", 0o602: "tlsid.mode",
	} {
		t.Run(mode.String(), func(t *testing.T) {
			dir := t.TempDir()
			must(tlsid.Open(config(dir, start)))
			path := filepath.Join(dir, "server-tls.key")
			if err := os.Chmod(path, mode); err != nil {
				t.Fatal(err)
			}
			_, err := tlsid.Open(config(dir, start))
			if key(err) != want {
				t.Fatalf("got %v, want %q", err, want)
			}
			if want != "" && fault.From(err).Args["file"] != path {
				t.Errorf("the message does not name the file: %v", fault.From(err).Args)
			}
		})
	}
}

func TestLostOrBrokenKey(t *testing.T) {
	dir := t.TempDir()
	must(tlsid.Open(config(dir, start)))
	path := filepath.Join(dir, "server-tls.key")
	if err := os.WriteFile(path, []byte("scrambled"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := tlsid.Open(config(dir, start)); key(err) != "tlsid.file" {
		t.Errorf("broken key: %v", err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := tlsid.Open(config(dir, start)); key(err) != "tlsid.lost" {
		t.Errorf("lost key: %v", err)
	}
}

// files puts the own certificate of another folder into files as an operator
// would have them.
func files(t *testing.T, into string, name string) (pin enrol.Pin) {
	t.Helper()
	dir := t.TempDir()
	c := must(tlsid.Open(config(dir, start, name)))
	for from, to := range map[string]string{"server-tls.crt": "cert.pem", "server-tls.key": "key.pem"} {
		data := must(os.ReadFile(filepath.Join(dir, from)))
		if err := os.WriteFile(filepath.Join(into, to), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return c.Pin()
}

func TestCertificateFilesAreReadAgainWhenChanged(t *testing.T) {
	dir := t.TempDir()
	now := start
	cfg := config("", start)
	cfg.Now = func() time.Time { return now }
	cfg.CertFile, cfg.KeyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	var log bytes.Buffer
	cfg.Log = slog.New(slog.NewTextHandler(&log, nil))

	first := files(t, dir, "a.example.cn")
	c := must(tlsid.Open(cfg))
	if c.Pin() != first {
		t.Fatal("not the certificate of the files")
	}
	second := files(t, dir, "longer-name.example.cn")
	if c.Pin() != first {
		t.Error("read again within 10 s")
	}
	now = now.Add(10 * time.Second)
	if c.Pin() != second || !strings.Contains(log.String(), "server key has changed") {
		t.Errorf("not read again, or not said: %s", log.String())
	}
	if err := os.WriteFile(cfg.CertFile, []byte("half written"), 0o600); err != nil {
		t.Fatal(err)
	}
	now = now.Add(time.Minute)
	if c.Pin() != second || !strings.Contains(log.String(), "cannot be used") {
		t.Errorf("a broken file must change nothing and be reported: %s", log.String())
	}
	if err := c.Reload(); key(err) != "tlsid.file" {
		t.Errorf("Reload = %v", err)
	}
	third := files(t, dir, "c.example.cn")
	now = now.Add(time.Minute)
	if c.Pin() != third {
		t.Error("a mended file is not read")
	}
}

func TestPublicCertificate(t *testing.T) {
	dir := t.TempDir()
	files(t, dir, "a.example.cn")
	cfg := config("", start)
	cfg.CertFile, cfg.KeyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	cfg.Roots.AppendCertsFromPEM(must(os.ReadFile(cfg.CertFile)))
	if c := must(tlsid.Open(cfg)); !c.Public() {
		t.Error("roots vouch for it, but it does not count as public")
	}
}

func TestFileFaults(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	files(t, dir, "a.example.cn")
	files(t, other, "b.example.cn")
	empty := filepath.Join(dir, "empty.pem")
	if err := os.WriteFile(empty, pem.EncodeToMemory(&pem.Block{Type: "NOTHING"}), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, cert, key, want string }{
		{"only one", filepath.Join(dir, "cert.pem"), "", "tlsid.both"},
		{"not a pair", filepath.Join(dir, "cert.pem"), filepath.Join(other, "key.pem"), "tlsid.pair"},
		{"no certificate inside", empty, filepath.Join(dir, "key.pem"), "tlsid.file"},
		{"a folder", filepath.Join(dir, "cert.pem"), dir, "tlsid.mode"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cfg := config("", start)
			cfg.CertFile, cfg.KeyFile = tt.cert, tt.key
			if _, err := tlsid.Open(cfg); key(err) != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
	cfg := config("", start)
	cfg.CertFile, cfg.KeyFile = filepath.Join(dir, "gone.pem"), filepath.Join(dir, "key.pem")
	if _, err := tlsid.Open(cfg); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
}

func TestCreateSecretKeepsWhatIsThere(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "b.key")
	if err := tlsid.CreateSecret(path, []byte("first")); err != nil {
		t.Fatal(err)
	}
	if err := tlsid.CreateSecret(path, []byte("second")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("second: %v", err)
	}
	if got, err := tlsid.ReadSecret(path); string(got) != "first" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	if entries := must(os.ReadDir(filepath.Dir(path))); len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
}
