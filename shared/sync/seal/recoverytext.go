// SPDX-License-Identifier: Apache-2.0

package seal

import "io"

// String returns the challenge as lines to read and type.
func (c *Challenge) String() string { return typedText(challengePrefix, c.encode()) }

// QR returns the same in one line, in the alphanumeric characters of QR codes.
func (c *Challenge) QR() string { return compactText(challengePrefix, c.encode()) }

func (c *Challenge) encode() []byte {
	out := appendHeader(nil, KindChallenge, c.Ephemeral.profile)
	return appendSized(c.Request.append(out), c.sealed)
}

// ParseChallenge reads both forms: a *LineError names the line of a slip, ErrFormat,
// ErrUnknown or ErrTooLarge otherwise.
func ParseChallenge(text string) (*Challenge, error) {
	r, err := readTyped(challengePrefix, text, KindChallenge)
	if err != nil {
		return nil, err
	}
	c := &Challenge{}
	if c.Request, err = r.request(); err != nil {
		return nil, err
	}
	c.sealed = r.sized(maxWrap)
	return c, r.done("challenge")
}

// String returns the partial as lines to read and type.
func (p *Partial) String() string { return typedText(partialPrefix, p.encode()) }

// QR returns the same in one line, in the alphanumeric characters of QR codes.
func (p *Partial) QR() string { return compactText(partialPrefix, p.encode()) }

func (p *Partial) encode() []byte {
	out := appendHeader(nil, KindPartial, p.Ephemeral.profile)
	return appendSized(append(out, p.signed()...), p.signature)
}

// ParsePartial reads both forms, with the errors of ParseChallenge.
func ParsePartial(text string) (*Partial, error) {
	r, err := readTyped(partialPrefix, text, KindPartial)
	if err != nil {
		return nil, err
	}
	p := &Partial{}
	if p.Request, err = r.request(); err != nil {
		return nil, err
	}
	p.inner = r.sized(maxWrap)
	p.signature = r.sized(headerSize + maxSignature)
	return p, r.done("partial")
}

// String returns the response as lines to read and type.
func (r *Response) String() string { return typedText(responsePrefix, r.encode()) }

// QR returns the same in one line, in the alphanumeric characters of QR codes.
func (r *Response) QR() string { return compactText(responsePrefix, r.encode()) }

// encode writes the header of a response before its box, which has its own.
func (r *Response) encode() []byte {
	return append([]byte{formatV1, byte(KindResponse)<<4 | r.box[1]&0x0f}, r.box...)
}

// ParseResponse reads both forms, with the errors of ParseChallenge.
func ParseResponse(text string) (*Response, error) {
	r, err := readTyped(responsePrefix, text, KindResponse)
	if err != nil {
		return nil, err
	}
	if _, _, err := parseHeader(r.rest, KindBox); err != nil {
		return nil, err
	}
	return &Response{box: r.rest}, nil
}

func readTyped(prefix, text string, kind Kind) (*reader, error) {
	b, err := parseTyped(prefix, text)
	if err != nil {
		return nil, err
	}
	_, rest, err := parseHeader(b, kind)
	if err != nil {
		return nil, err
	}
	return &reader{rest: rest}, nil
}

// WrapState seals the state under the passphrase chosen anew, as WrapKey does, so that
// the device may be switched off while the administrators are at work.
func WrapState(rnd io.Reader, passphrase string, cost Params, s *State) ([]byte, error) {
	if s.private.IsZero() {
		return nil, ErrKey
	}
	body := appendSized(nil, s.private.Encode())
	body = s.request.append(append(body, s.check[:]...))
	return wrap(rnd, passphrase, cost, wrapsChallenge, s.private.profile, body)
}

// UnwrapState opens what WrapState made.
func UnwrapState(passphrase string, wrapped []byte) (*State, error) {
	body, err := unwrap(passphrase, wrapsChallenge, wrapped)
	if err != nil {
		return nil, err
	}
	defer clear(body)
	r := reader{rest: body}
	private := r.sized(headerSize + KeySize)
	defer clear(private)
	s := &State{}
	r.fill(s.check[:])
	if s.request, err = r.request(); err != nil {
		return nil, err
	}
	if s.private, err = ParseBoxPrivate(private); err != nil {
		return nil, err
	}
	return s, r.done("state")
}
