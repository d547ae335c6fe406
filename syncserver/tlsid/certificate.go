// SPDX-License-Identifier: Apache-2.0

package tlsid

import (
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"os"
	"sync"
	"time"

	"yuexin/shared/fault"
	"yuexin/shared/sync/enrol"
)

// checkEvery is how often handshakes look whether the files have changed.
const checkEvery = 10 * time.Second

// Config says where key and certificate are.
type Config struct {
	Dir   string   // keys folder, for the own key and certificate
	Names []string // host names and IP addresses of the own certificate; loopback is always in it

	// CertFile (PEM, leaf first) and KeyFile replace the own certificate.
	CertFile, KeyFile string

	Now func() time.Time
	Log *slog.Logger
	// Roots vouch for public certificates; nil: the system's.
	Roots *x509.CertPool
}

// Certificate is the server's present certificate. It is safe for concurrent
// use.
type Certificate struct {
	cfg Config

	mu      sync.Mutex // protects all below
	cert    *tls.Certificate
	stamp   [2]fileStamp // of the files cert came from
	checked time.Time
}

// fileStamp tells one content of a file from another.
type fileStamp struct {
	modified time.Time
	size     int64
}

// Open reads key and certificate, or makes them at first start. Errors name the
// file: fault.NotAllowed "tlsid.mode" for a key others may read, fault.Invalid
// or fault.Corrupt for files that do not fit.
func Open(cfg Config) (*Certificate, error) {
	if (cfg.CertFile == "") != (cfg.KeyFile == "") {
		return nil, fault.New(fault.Invalid, "tlsid.both")
	}
	c := &Certificate{cfg: cfg}
	if err := c.Reload(); err != nil {
		return nil, err
	}
	return c, nil
}

// Reload reads the files again; on error the old certificate stays. Handshakes
// do it by themselves when the files have changed, within 10 s.
func (c *Certificate) Reload() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.reload(c.stamps())
}

func (c *Certificate) reload(stamp [2]fileStamp) error {
	c.stamp, c.checked = stamp, c.cfg.Now() // also on error: a broken file is reported once
	cert, err := c.load()
	if err != nil {
		return err
	}
	now := c.cfg.Now()
	if now.After(cert.Leaf.NotAfter) || now.Before(cert.Leaf.NotBefore) {
		c.cfg.Log.Error("server certificate is out of date", "from", cert.Leaf.NotBefore, "until", cert.Leaf.NotAfter)
	}
	if c.cert != nil && enrol.PinOf(c.cert.Leaf) != enrol.PinOf(cert.Leaf) {
		c.cfg.Log.Warn("server key has changed: devices that pinned the old one cannot connect",
			"pin", enrol.PinOf(cert.Leaf).String())
	}
	c.cert = cert
	return nil
}

func (c *Certificate) load() (*tls.Certificate, error) {
	if c.cfg.CertFile != "" {
		return openFiles(c.cfg.CertFile, c.cfg.KeyFile)
	}
	return openOwn(c.cfg.Dir, c.cfg.Names, c.cfg.Now())
}

func (c *Certificate) stamps() (s [2]fileStamp) {
	for i, path := range []string{c.cfg.CertFile, c.cfg.KeyFile} {
		if info, err := os.Stat(path); path != "" && err == nil {
			s[i] = fileStamp{info.ModTime(), info.Size()}
		}
	}
	return s
}

// current returns the certificate, read anew if its files have changed.
func (c *Certificate) current() *tls.Certificate {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cfg.CertFile == "" || c.cfg.Now().Sub(c.checked) < checkEvery {
		return c.cert
	}
	c.checked = c.cfg.Now()
	if stamp := c.stamps(); stamp != c.stamp {
		if err := c.reload(stamp); err != nil {
			c.cfg.Log.Error("changed certificate files cannot be used", fault.Attr(err))
		} else {
			c.cfg.Log.Info("certificate files were read again")
		}
	}
	return c.cert
}

// TLSConfig returns what the HTTPS server needs.
func (c *Certificate) TLSConfig() *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS12,
		NextProtos: []string{"h2", "http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			return c.current(), nil
		},
	}
}

// Pin returns the pin of the present key.
func (c *Certificate) Pin() enrol.Pin { return enrol.PinOf(c.current().Leaf) }

// Public says whether the system's roots vouch for the certificate, so that
// devices need no pin and the operator may change the key at each renewal.
func (c *Certificate) Public() bool {
	cert := c.current()
	between := x509.NewCertPool()
	for _, der := range cert.Certificate[1:] {
		if parsed, err := x509.ParseCertificate(der); err == nil {
			between.AddCert(parsed)
		}
	}
	_, err := cert.Leaf.Verify(x509.VerifyOptions{Roots: c.cfg.Roots, Intermediates: between, CurrentTime: c.cfg.Now()})
	return err == nil
}

// Leaf returns the present certificate.
func (c *Certificate) Leaf() *x509.Certificate { return c.current().Leaf }
