// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"context"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"yuexin/shared/fault"
	"yuexin/shared/sync/enrol"
	"yuexin/shared/sync/seal"
)

// Device is who a laptop is.
type Device struct {
	Enrolled bool
	Name     string // of the laptop
	Person   string // who works with it; "" for several
	Server   string // where it sends to
}

// Gate is the way into a laptop: it is enrolled once and unlocked each day.
type Gate interface {
	// Device tells who the laptop is.
	Device() Device
	// Look takes a look at a server that is known by its address and a short code only; see enrol.Look.
	Look(ctx context.Context, address string, code enrol.Code) (enrol.Sighting, error)
	// Enrol uses up a ticket; passphrase will unlock the laptop.
	Enrol(ctx context.Context, t enrol.Ticket, passphrase string) error
	// Unlock opens the data. fault.Unauthenticated for a wrong passphrase.
	Unlock(ctx context.Context, passphrase string) (*Desk, error)
	// Opening returns how many records of how many are open, while Unlock opens them; zeros at any other time.
	Opening() (done, all int64)
	// AddUser lets one more person work here, whose ticket this is, and returns their name; see station.AddUser.
	AddUser(ctx context.Context, t enrol.Ticket, passphrase string) (name string, err error)
	// Beside lets one more person in who works on the laptop, by their own passphrase, to sign beside who unlocked it: it
	// returns their desk, and what forgets their key. See station.Beside.
	Beside(ctx context.Context, passphrase string) (desk *Desk, leave func(), err error)
	// Lock closes the data; what was not sent stays.
	Lock()
	// Admins returns the administrators any two of whom can give the person a new passphrase. fault.Unsupported for none.
	Admins(ctx context.Context) ([]seal.AdminID, error)
	// BeginRecovery asks two administrators for a new passphrase; see replica.BeginRecovery.
	BeginRecovery(ctx context.Context, fresh string, first, second seal.AdminID) (*seal.Challenge, error)
	// FinishRecovery takes their response and opens the data under the passphrase of BeginRecovery. Faults are
	// fault.Unauthenticated for another passphrase, fault.Invalid for another response, fault.Stale if none was asked for.
	FinishRecovery(ctx context.Context, fresh string, response *seal.Response) (*Desk, error)
}

// Step is where somebody stands on the way in.
type Step int

// The steps, in order.
const (
	StepTicket Step = iota // a ticket, or address and code, is asked for
	StepWords              // four words are compared
	StepSecret             // a passphrase is chosen
	StepLocked             // the passphrase is asked for
	StepOpen
)

// Session is the way in: from a laptop that nobody knows to an open [Desk].
type Session struct {
	gate Gate
	now  func() time.Time

	step   Step
	ticket enrol.Ticket
	words  string
	desk   *Desk
}

// NewSession begins at the step that the laptop needs.
func NewSession(gate Gate, now func() time.Time) *Session {
	s := &Session{gate: gate, now: now}
	if gate.Device().Enrolled {
		s.step = StepLocked
	}
	return s
}

// Step returns where the session stands.
func (s *Session) Step() Step { return s.step }

// Device tells who the laptop is.
func (s *Session) Device() Device { return s.gate.Device() }

// Renew puts a desk in the place of the open one, which works by newer rules.
func (s *Session) Renew(desk *Desk) {
	if s.step == StepOpen {
		s.desk = desk
	}
}

// Words returns the four words to compare, in the step StepWords.
func (s *Session) Words() string { return s.words }

// Desk returns the open desk, nil before StepOpen.
func (s *Session) Desk() *Desk { return s.desk }

// maxTicketFile bounds what is read as a ticket; a real one has some hundred bytes.
const maxTicketFile = 1 << 20

// TicketFile reads a ticket from a file. The fault is fault.NotFound for a file that cannot be read, and that of
// enrol.ParseTicket.
func (s *Session) TicketFile(path string) error {
	info, err := os.Stat(path)
	if err != nil || info.Size() > maxTicketFile {
		return fault.New(fault.NotFound, "agent.enrol.file")
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return fault.New(fault.NotFound, "agent.enrol.file").WithCause(err)
	}
	return s.Ticket(string(data))
}

// Ticket takes the text of a ticket: that of its QR code or file.
func (s *Session) Ticket(text string) error {
	t, err := enrol.ParseTicket(text)
	if err != nil {
		return err
	}
	s.ticket, s.step = t, StepSecret
	return nil
}

// Address takes a typed address and short code and looks at the server. Where nobody vouches for it, four words are to be
// compared next.
func (s *Session) Address(ctx context.Context, address, code string) error {
	if strings.TrimSpace(address) == "" || strings.TrimSpace(code) == "" {
		return fault.New(fault.Invalid, "agent.enrol.what")
	}
	short, err := enrol.ParseCode(code)
	if err != nil {
		return err
	}
	sighting, err := s.gate.Look(ctx, address, short)
	if err != nil {
		return err
	}
	s.ticket, s.step = sighting.Ticket(s.now()), StepSecret
	if words, ok := sighting.Words(); ok && !sighting.Trusted {
		s.words, s.step = words.String(), StepWords
	}
	return nil
}

// Same takes the answer to the four words. If they differ the ticket is forgotten and the fault says so.
func (s *Session) Same(same bool) error {
	if s.step != StepWords {
		return nil
	}
	s.words = ""
	if !same {
		s.ticket, s.step = enrol.Ticket{}, StepTicket
		return fault.New(fault.NotAllowed, "agent.enrol.differ")
	}
	s.step = StepSecret
	return nil
}

// Back returns from the passphrase to the ticket.
func (s *Session) Back() {
	if s.step == StepWords || s.step == StepSecret {
		s.ticket, s.words, s.step = enrol.Ticket{}, "", StepTicket
	}
}

// minPassphrase is that of package station: it stands between a stolen disk and 500 households.
const minPassphrase = 10

// checkFresh checks a passphrase that was typed twice.
func checkFresh(fresh, again string) error {
	switch {
	case utf8.RuneCountInString(fresh) < minPassphrase:
		return fault.New(fault.Invalid, "station.passphrase").WithField("passphrase")
	case fresh != again:
		return fault.New(fault.Invalid, "agent.enrol.again").WithField("again")
	}
	return nil
}

// Enrol enrols with the ticket at hand and a passphrase typed twice, and opens the desk. The ticket stays for another try
// when the network is at fault.
func (s *Session) Enrol(ctx context.Context, passphrase, again string) error {
	if err := checkFresh(passphrase, again); err != nil {
		return err
	}
	if err := s.gate.Enrol(ctx, s.ticket, passphrase); err != nil {
		return err
	}
	s.ticket, s.step = enrol.Ticket{}, StepLocked
	return s.Unlock(ctx, passphrase)
}

// Unlock opens the desk. The fault is "agent.unlock.empty" without a passphrase and that of the gate for a wrong one.
func (s *Session) Unlock(ctx context.Context, passphrase string) error {
	if passphrase == "" {
		return fault.New(fault.Invalid, "agent.unlock.empty").WithField("passphrase")
	}
	desk, err := s.gate.Unlock(ctx, passphrase)
	if err != nil {
		return err
	}
	s.desk, s.step = desk, StepOpen
	return nil
}

// Opening returns how far Unlock is; see Gate.
func (s *Session) Opening() (done, all int64) { return s.gate.Opening() }

// AddUser lets one more person work on the laptop: with the text of a ticket that was made for it and them, and a passphrase
// of their own typed twice. It returns their name. Faults name "ticket", "passphrase" or "again".
func (s *Session) AddUser(ctx context.Context, ticket, passphrase, again string) (string, error) {
	t, err := enrol.ParseTicket(ticket)
	if err != nil {
		return "", fault.From(err).WithField("ticket")
	}
	if err := checkFresh(passphrase, again); err != nil {
		return "", err
	}
	name, err := s.gate.AddUser(ctx, t, passphrase)
	if f := fault.From(err); err != nil && f.Field == "" {
		err = f.WithField("ticket")
	}
	return name, err
}

// Beside lets one more person in, by their own passphrase, for one deed at their desk. Faults are "agent.unlock.empty",
// those of the gate with the field "passphrase", and those of the deed.
func (s *Session) Beside(ctx context.Context, passphrase string, deed func(theirs *Desk) error) error {
	if passphrase == "" {
		return fault.New(fault.Invalid, "agent.unlock.empty").WithField("passphrase")
	}
	theirs, leave, err := s.gate.Beside(ctx, passphrase)
	if err != nil {
		return fault.From(err).WithField("passphrase")
	}
	defer leave()
	return deed(theirs)
}

// Lock closes the desk; the passphrase is asked for again.
func (s *Session) Lock() {
	if s.step != StepOpen {
		return
	}
	s.gate.Lock()
	s.desk, s.step = nil, StepLocked
}
