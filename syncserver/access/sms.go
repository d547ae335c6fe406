// SPDX-License-Identifier: Apache-2.0

package access

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"time"
	"unicode"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
)

// Texter sends text messages.
type Texter interface {
	// Text sends a code to a phone, in the words that the message has. It returns once the message is on its way.
	Text(ctx context.Context, to ident.Mobile, code string) error
}

// The rules of codes by text message. All are ours, but the life of a code and the number of tries, for which NIST SP 800-63B-4,
// section 3.2.2, sets the limits (10 minutes; 100 tries in a row of one account, far above what we allow).
const (
	codeDigits = 6
	codeLife   = 5 * time.Minute
	codeTries  = 5 // wrong ones, then the code is worth nothing
)

// How often codes are sent. A phone is asked for by whoever types its number, so that it must not be flooded; every message
// costs money, so that the whole server has a bound as well.
const (
	textGap       = time.Minute
	textsAtOnce   = 5             // to one phone
	textsEvery    = 4 * time.Hour // one more each: at most 11 in a day
	addressAtOnce = 15            // asked for from one address: a village may stand behind it
	addressEvery  = time.Minute   //
	serverAtOnce  = 120           // by the whole server
	serverEvery   = time.Second   //
	textPatience  = 10 * time.Second
)

// Codes proves that somebody reads the messages that come to a phone. It keeps keyed digests of codes only.
type Codes struct {
	texter Texter
	now    func() time.Time
	random io.Reader
	log    *slog.Logger
	key    [32]byte // of the digests; drawn at the start

	gap, phones, addresses, server *Limiter

	mu   sync.Mutex // protects held and random
	held *recent[*sent]
}

// sent is a code under way.
type sent struct {
	phone  ident.Mobile
	digest [32]byte
	at     time.Time
	wrong  int
	used   bool
}

// NewCodes returns a prover that sends codes by texter. random must be fit for keys.
func NewCodes(texter Texter, now func() time.Time, random io.Reader, log *slog.Logger) (*Codes, error) {
	c := &Codes{
		texter: texter, now: now, random: random, log: log, held: newRecent[*sent](flowsHeld),
		gap:       NewLimiter(1/textGap.Seconds(), 1, flowsHeld, now),
		phones:    NewLimiter(1/textsEvery.Seconds(), textsAtOnce, flowsHeld, now),
		addresses: NewLimiter(1/addressEvery.Seconds(), addressAtOnce, flowsHeld, now),
		server:    NewLimiter(1/serverEvery.Seconds(), serverAtOnce, 1, now),
	}
	if _, err := io.ReadFull(random, c.key[:]); err != nil {
		return nil, fmt.Errorf("prepare codes by text message: %w", err)
	}
	return c, nil
}

// Way implements Prover.
func (*Codes) Way() Way { return ByText }

// Begin implements Prover: it sends a code. Whether anybody knows the phone is not looked at, and cannot be told from the
// answer.
func (c *Codes) Begin(ctx context.Context, ask Ask) (Step, error) {
	if ask.Phone.IsZero() {
		return Step{}, fault.New(fault.Invalid, "access.proof.phone").WithField("phone")
	}
	phone := ask.Phone.String()
	for _, limit := range []struct {
		of  *Limiter
		key string
	}{{c.addresses, ask.Address}, {c.gap, phone}, {c.phones, phone}, {c.server, ""}} {
		if wait := limit.of.Allow(limit.key); wait > 0 {
			return Step{}, TooSoon("access.proof.wait", wait)
		}
	}
	flow, code, err := c.draw(ask.Phone)
	if err != nil {
		return Step{}, err
	}
	ctx, stop := context.WithTimeout(ctx, textPatience)
	defer stop()
	if err := c.texter.Text(ctx, ask.Phone, code); err != nil {
		c.log.ErrorContext(ctx, "text message not sent", fault.Attr(err))
		return Step{}, fault.New(fault.Unavailable, "access.proof.down").WithCause(err)
	}
	return Step{Flow: flow}, nil
}

// draw makes a code and keeps its digest.
func (c *Codes) draw(phone ident.Mobile) (flow, code string, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if flow, err = drawToken(c.random); err != nil {
		return "", "", err
	}
	var raw [8]byte // even to 1 in 10¹³
	if _, err := io.ReadFull(c.random, raw[:]); err != nil {
		return "", "", fmt.Errorf("draw a code: %w", err)
	}
	code = fmt.Sprintf("%0*d", codeDigits, binary.BigEndian.Uint64(raw[:])%1_000_000)
	one := &sent{phone: phone, digest: c.digest(flow, code), at: c.now()}
	c.held.get(flow, func() *sent { return one })
	return flow, code, nil
}

// digest is what is kept of a code: it serves for one proof only.
func (c *Codes) digest(flow, code string) (sum [32]byte) {
	mac := hmac.New(sha256.New, c.key[:])
	mac.Write([]byte(flow))
	mac.Write([]byte(code))
	mac.Sum(sum[:0])
	return sum
}

// Finish implements Prover.
func (c *Codes) Finish(_ context.Context, flow string, answer Answer) (Proven, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	one, found := c.held.peek(flow)
	now := c.now()
	if !found || one.used || one.wrong >= codeTries || now.Sub(one.at) > codeLife {
		return Proven{}, fault.New(fault.Unauthenticated, "access.proof.over")
	}
	digest := c.digest(flow, digitsOf(answer.Code))
	if !hmac.Equal(digest[:], one.digest[:]) {
		one.wrong++
		return Proven{}, fault.New(fault.Unauthenticated, "access.proof.wrong").WithField("code")
	}
	one.used = true
	return Proven{Way: ByText, Phone: one.phone, At: now}, nil
}

// digitsOf forgives spaces and full-width digits.
func digitsOf(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= '０' && r <= '９':
			return r - '０' + '0'
		case unicode.IsSpace(r), unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, text)
}
