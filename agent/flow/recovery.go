// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"yuexin/shared/fault"
	"yuexin/shared/sync/seal"
)

// Recovery gives somebody who forgot the passphrase a new one, with the help of two administrators and without a network;
// package seal tells how. The laptop may be switched off between Begin and Finish: a Recovery begun anew takes the
// response as well. What was not sent stays.
type Recovery struct {
	session   *Session
	admins    []seal.AdminID
	challenge *seal.Challenge
}

// Forgot begins a recovery. The fault is "replica.recovery_none" for a laptop that was enrolled without administrators.
func (s *Session) Forgot(ctx context.Context) (*Recovery, error) {
	admins, err := s.gate.Admins(ctx)
	if err != nil {
		return nil, err
	}
	if len(admins) < seal.MinAdmins {
		return nil, fault.New(fault.Unsupported, "replica.recovery_none")
	}
	return &Recovery{session: s, admins: admins}, nil
}

// Admins returns the numbers of those of whom any two can help.
func (r *Recovery) Admins() []string {
	out := make([]string, len(r.admins))
	for i, id := range r.admins {
		out[i] = id.String()
	}
	return out
}

// Begin takes the new passphrase, typed twice, and the numbers of the two administrators who will help, and makes the text
// for them. Where there are only two they need not be named. Faults have the field "passphrase", "again" or "admins".
func (r *Recovery) Begin(ctx context.Context, fresh, again string, helpers ...string) error {
	if err := checkFresh(fresh, again); err != nil {
		return err
	}
	if len(r.admins) == seal.MinAdmins {
		helpers = r.Admins()
	}
	pair := r.pick(helpers)
	if len(pair) != seal.MinAdmins {
		return fault.New(fault.Invalid, "agent.recover.two").WithField("admins")
	}
	challenge, err := r.session.gate.BeginRecovery(ctx, fresh, pair[0], pair[1])
	if err != nil {
		return err
	}
	r.challenge = challenge
	return nil
}

func (r *Recovery) pick(numbers []string) []seal.AdminID {
	return slices.DeleteFunc(slices.Clone(r.admins), func(id seal.AdminID) bool { return !slices.Contains(numbers, id.String()) })
}

// Challenge is what the person gives to the administrators.
type Challenge struct {
	Text          string   // whole, to be copied
	Lines         []string // the same without its beginning YXC, to be read aloud line by line
	Words         string   // four words that the administrators see too
	First, Second string   // numbers of the administrators, in the order in which they act
}

// Challenge returns what Begin made, the zero Challenge before.
func (r *Recovery) Challenge() Challenge {
	c := r.challenge
	if c == nil {
		return Challenge{}
	}
	text := c.String()
	return Challenge{
		Text: text, Lines: strings.Split(text, "\n")[1:], Words: c.Phrase().String(), First: c.First.String(), Second: c.Second.String(),
	}
}

// Save writes the text for the administrators into a file, which holds nothing secret.
func (r *Recovery) Save(path string) error {
	if err := os.WriteFile(path, []byte(r.challenge.String()+"\n"), 0o600); err != nil {
		return fault.New(fault.Unavailable, "agent.recover.save").WithCause(err)
	}
	return nil
}

// maxResponse bounds what is read as a response; a real one has some two hundred bytes.
const maxResponse = 64 << 10

// ResponseFile reads the text of a response from a file, for Finish.
func ResponseFile(path string) (string, error) {
	info, err := os.Stat(path)
	if err == nil && info.Size() > maxResponse {
		err = fmt.Errorf("response of %d bytes", info.Size())
	}
	if err != nil {
		return "", fault.New(fault.NotFound, "agent.recover.file").WithField("response").WithCause(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return "", fault.New(fault.NotFound, "agent.recover.file").WithField("response").WithCause(err)
	}
	text := strings.TrimPrefix(string(data), "\ufeff") // editors on Windows put this in front
	return strings.TrimSpace(text), nil
}

// Finish takes the administrators' response, as text, and the passphrase chosen at Begin; it sets that passphrase and opens
// the desk. Faults have the field "response" or "passphrase".
func (r *Recovery) Finish(ctx context.Context, text, fresh string) error {
	response, err := parseResponse(text)
	if err != nil {
		return err
	}
	if fresh == "" {
		return fault.New(fault.Invalid, "agent.recover.fresh").WithField("passphrase")
	}
	desk, err := r.session.gate.FinishRecovery(ctx, fresh, response)
	if fault.Is(err, fault.Unauthenticated) {
		return fault.New(fault.Unauthenticated, "agent.recover.fresh").WithField("passphrase").WithCause(err)
	}
	if err != nil {
		return fieldFault(err, "response")
	}
	r.session.desk, r.session.step = desk, StepOpen
	return nil
}

// parseResponse reads a response and says in which line a slip is.
func parseResponse(text string) (*seal.Response, error) {
	if strings.TrimSpace(text) == "" {
		return nil, fault.New(fault.Invalid, "agent.recover.empty").WithField("response")
	}
	response, err := seal.ParseResponse(text)
	if slip := (*seal.LineError)(nil); errors.As(err, &slip) {
		return nil, fault.New(fault.Invalid, "agent.recover.line").WithField("response").With("line", n(slip.Line)).WithCause(err)
	}
	if err != nil {
		return nil, fault.New(fault.Invalid, "agent.recover.text").WithField("response").WithCause(err)
	}
	return response, nil
}
