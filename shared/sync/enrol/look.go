// SPDX-License-Identifier: Apache-2.0

package enrol

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"time"

	"yuexin/shared/fault"
	"yuexin/shared/sync/seal"
)

// Time limits. A village line with 2 s round trips and lost packets needs six
// round trips for TCP, TLS and the answer.
const (
	dialTimeout   = 10 * time.Second
	tlsTimeout    = 10 * time.Second
	answerTimeout = 15 * time.Second
	wholeTimeout  = 60 * time.Second
)

// Sighting is a server as a device saw it that had only its address and a code.
type Sighting struct {
	Address string
	Code    Code
	// Pin is that of the certificate; zero on plain loopback, where there is
	// nothing to compare.
	Pin Pin
	// Trusted says that the system's roots vouch for the certificate and the
	// typed name. The words need not be compared then, and cannot be where
	// another machine ends TLS for the server.
	Trusted bool
}

// Words returns the four words for the person; the administrator sees those of
// the server's real certificate. On plain loopback there are none: ok is false.
func (s Sighting) Words() (words seal.Phrase, ok bool) {
	if s.Pin.IsZero() {
		return seal.Phrase{}, false
	}
	return s.Pin.Words(s.Code), true
}

// Ticket returns the ticket of a sighting. Call it only after the person has
// confirmed the words (or where they need not be compared).
func (s Sighting) Ticket(now time.Time) Ticket {
	t := Ticket{Servers: []string{s.Address}, Pin: s.Pin, Code: s.Code, Expires: now.Add(Lifetime).UTC().Truncate(time.Second)}
	if s.Trusted {
		t.Pin = Pin{}
	}
	return t
}

// Look connects to the server at a typed address (see ParseAddress), takes its
// certificate and hangs up. It sends nothing: the code stays here. Errors are
// fault.Invalid for the address, fault.Unavailable and fault.Canceled.
func Look(ctx context.Context, address string, code Code) (Sighting, error) {
	return look(ctx, address, code, nil)
}

// look is Look with the roots to trust; nil stands for the system's.
func look(ctx context.Context, address string, code Code, roots *x509.CertPool) (Sighting, error) {
	address, err := ParseAddress(address)
	if err != nil {
		return Sighting{}, err
	}
	s := Sighting{Address: address, Code: code}
	host, hostPort, plain := dialAddress(address)
	if plain {
		return s, nil
	}
	certs, err := certificates(ctx, host, hostPort)
	if err != nil {
		return Sighting{}, explain(ctx, err)
	}
	s.Pin = PinOf(certs[0])
	s.Trusted = vouched(certs, host, roots)
	return s, nil
}

func certificates(ctx context.Context, host, hostPort string) ([]*x509.Certificate, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout+tlsTimeout)
	defer cancel()
	dialer := tls.Dialer{
		NetDialer: &net.Dialer{Timeout: dialTimeout},
		Config: &tls.Config{
			MinVersion: tls.VersionTLS12, ServerName: host,
			InsecureSkipVerify: true, // people verify what comes, by its words
		},
	}
	conn, err := dialer.DialContext(ctx, "tcp", hostPort)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	state := conn.(*tls.Conn).ConnectionState()
	if len(state.PeerCertificates) == 0 {
		return nil, errForeign
	}
	return state.PeerCertificates, nil
}

func vouched(certs []*x509.Certificate, host string, roots *x509.CertPool) bool {
	between := x509.NewCertPool()
	for _, cert := range certs[1:] {
		between.AddCert(cert)
	}
	_, err := certs[0].Verify(x509.VerifyOptions{DNSName: host, Roots: roots, Intermediates: between})
	return err == nil
}

// errForeign says that what answers is no server of this system.
var errForeign = fault.New(fault.Unavailable, "enrol.foreign")

// explain gives a network error its meaning.
func explain(ctx context.Context, err error) error {
	var (
		own      *fault.Error
		unknown  x509.UnknownAuthorityError
		name     x509.HostnameError
		invalid  x509.CertificateInvalidError
		noTLS    tls.RecordHeaderError
		timedOut net.Error
	)
	switch {
	case errors.As(err, &own):
		return own
	case errors.Is(ctx.Err(), context.Canceled):
		return fault.New(fault.Canceled, "").WithCause(ctx.Err())
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return fault.New(fault.NotAllowed, "enrol.certificate.date").WithCause(err)
	case errors.As(err, &unknown), errors.As(err, &name), errors.As(err, &invalid):
		return fault.New(fault.NotAllowed, "enrol.certificate").WithCause(err)
	case errors.As(err, &noTLS):
		return errForeign.WithCause(err)
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timedOut) && timedOut.Timeout():
		return fault.New(fault.Unavailable, "enrol.timeout").WithCause(err)
	}
	return fault.New(fault.Unavailable, "enrol.unreachable").WithCause(err)
}
