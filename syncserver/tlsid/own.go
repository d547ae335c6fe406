// SPDX-License-Identifier: Apache-2.0

package tlsid

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"yuexin/shared/durable"
	"yuexin/shared/fault"
)

// The own key and certificate in the keys folder.
const (
	keyName  = "server-tls.key"
	certName = "server-tls.crt"
)

const (
	ownYears = 10
	// renewBefore the end, the own certificate is made anew.
	renewBefore = 365 * 24 * time.Hour
	// backdate covers machines whose clock is a little behind.
	backdate = 24 * time.Hour
)

// loopbackNames are in every own certificate, for programs on the same machine.
var loopbackNames = []string{"localhost", "127.0.0.1", "::1"}

// openOwn returns the own certificate, making key and certificate as needed.
func openOwn(dir string, names []string, now time.Time) (*tls.Certificate, error) {
	path := filepath.Join(dir, certName)
	key, err := ownKey(filepath.Join(dir, keyName), path)
	if err != nil {
		return nil, err
	}
	names = allNames(names)
	data, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("own certificate: %w", err)
	}
	if err == nil {
		if cert := fitting(data, key, names, now); cert != nil {
			return cert, nil
		}
	}
	if data, err = issue(key, names, now); err != nil {
		return nil, err
	}
	if err := durable.ReplaceShared(path, data, 0o644); err != nil {
		return nil, err
	}
	cert := fitting(data, key, names, now)
	if cert == nil {
		return nil, errors.New("own certificate does not fit its key")
	}
	return cert, nil
}

// ownKey reads the key, or makes it at first start. A certificate without its
// key is no first start: a new key would silently shut out every device.
func ownKey(path, certPath string) (*ecdsa.PrivateKey, error) {
	data, err := ReadSecret(path)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(certPath); err == nil {
			return nil, fault.New(fault.NotFound, "tlsid.lost").With("key", path).With("cert", certPath)
		}
		if err := createKey(path); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
		data, err = ReadSecret(path)
	}
	if err != nil {
		return nil, err
	}
	defer clear(data)
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, fault.New(fault.Corrupt, "tlsid.file").With("file", path)
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	key, ok := parsed.(*ecdsa.PrivateKey)
	if err != nil || !ok {
		return nil, fault.New(fault.Corrupt, "tlsid.file").With("file", path)
	}
	return key, nil
}

func createKey(path string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fmt.Errorf("make server key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return fmt.Errorf("make server key: %w", err)
	}
	defer clear(der)
	return CreateSecret(path, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

// fitting returns the certificate if it is the key's, has all names and lasts.
func fitting(data []byte, key *ecdsa.PrivateKey, names []string, now time.Time) *tls.Certificate {
	block, _ := pem.Decode(data)
	if block == nil {
		return nil
	}
	leaf, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil
	}
	public, ok := leaf.PublicKey.(*ecdsa.PublicKey)
	if !ok || !public.Equal(&key.PublicKey) || now.Add(renewBefore).After(leaf.NotAfter) || !slices.Equal(namesOf(leaf), names) {
		return nil
	}
	return &tls.Certificate{Certificate: [][]byte{block.Bytes}, PrivateKey: key, Leaf: leaf}
}

func issue(key *ecdsa.PrivateKey, names []string, now time.Time) ([]byte, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, fmt.Errorf("make own certificate: %w", err)
	}
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: "Yuexin syncserver"},
		NotBefore:    now.Add(-backdate), NotAfter: now.AddDate(ownYears, 0, 0),
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		BasicConstraintsValid: true,
	}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, fmt.Errorf("make own certificate: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), nil
}

// allNames returns the names with those of loopback, in one form and order.
func allNames(names []string) []string {
	var all []string
	for _, name := range slices.Concat(names, loopbackNames) {
		name = strings.ToLower(strings.Trim(strings.TrimSpace(name), "[]"))
		if ip := net.ParseIP(name); ip != nil {
			name = ip.String()
		}
		if name != "" {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func namesOf(leaf *x509.Certificate) []string {
	names := slices.Clone(leaf.DNSNames)
	for _, ip := range leaf.IPAddresses {
		names = append(names, ip.String())
	}
	slices.Sort(names)
	return names
}

// openFiles returns the certificate of an operator's files.
func openFiles(certFile, keyFile string) (*tls.Certificate, error) {
	chain, err := os.ReadFile(certFile)
	if err != nil {
		return nil, fault.New(fault.NotFound, "tlsid.missing").With("file", certFile).WithCause(err)
	}
	key, err := ReadSecret(keyFile)
	if err != nil {
		return nil, err
	}
	defer clear(key)
	cert, err := tls.X509KeyPair(chain, key)
	if err != nil {
		if !bytes.Contains(chain, []byte("-----BEGIN CERTIFICATE-----")) {
			return nil, fault.New(fault.Invalid, "tlsid.file").With("file", certFile).WithCause(err)
		}
		return nil, fault.New(fault.Invalid, "tlsid.pair").With("cert", certFile).With("key", keyFile).WithCause(err)
	}
	return &cert, nil
}
