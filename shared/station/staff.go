// SPDX-License-Identifier: Apache-2.0

package station

import (
	"context"
	"errors"
	"sync"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/audit"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/replica"
)

// Staff is somebody of the village's staff at work on a kiosk: the second compartment is
// open for them.
type Staff struct {
	Name    string
	Session replica.Session
	Store   record.Store // what their role reads, noted in the audit log
}

// staffDesk is who of the staff is at work on a kiosk; the windows and what goes on beside
// them ask.
type staffDesk struct {
	mu    sync.Mutex
	staff *Staff
}

// whatStaff is what the audit log calls coming to the staff's part of a kiosk.
const whatStaff = "kiosk.staff"

// HasStaff reports whether anybody's passphrase opens the second compartment of a kiosk.
func (s *Station) HasStaff(ctx context.Context) (bool, error) {
	users, err := s.Replica.Users(ctx)
	return len(users) > 0, err
}

// OpenStaff opens the second compartment of a kiosk for whoever's passphrase it is. A
// wrong one is fault.Unauthenticated and in the audit log before it is said; somebody whose
// login the server has voided is fault.NotAllowed. It takes as long as a passphrase takes
// to try, about a second for each person.
func (s *Station) OpenStaff(ctx context.Context, passphrase string) (*Staff, error) {
	s.desk.mu.Lock()
	defer s.desk.mu.Unlock()
	u, err := s.Replica.Unlock(ctx, ident.Actor{}, passphrase)
	if fault.Is(err, fault.Unauthenticated) {
		return nil, errors.Join(err, s.Replica.Note(ctx, s.Session(), audit.Entry{Deed: audit.Refused, What: whatStaff}))
	}
	if err != nil {
		return nil, err
	}
	session, err := s.sessionOf(ctx, u.Actor)
	if err == nil {
		err = s.Replica.Note(ctx, session, audit.Entry{Deed: audit.Login, What: whatStaff})
	}
	if err != nil {
		s.Replica.Lock()
		return nil, err
	}
	s.desk.staff = &Staff{Name: u.Name, Session: session, Store: s.Replica.WatchedAs(session, s.Program, s.Book().Audit, s.consented(session))}
	return s.desk.staff, nil
}

// CloseStaff shuts the second compartment and notes it. Without anybody at work it does
// nothing. The compartment is shut also where the note fails.
func (s *Station) CloseStaff(ctx context.Context) error {
	s.desk.mu.Lock()
	defer s.desk.mu.Unlock()
	if s.desk.staff == nil {
		return nil
	}
	session := s.desk.staff.Session
	s.desk.staff = nil
	s.Replica.Lock()
	return s.Replica.Note(ctx, session, audit.Entry{Deed: audit.Logout, What: whatStaff})
}

// AtWork returns the login of whoever of the staff is at work on a kiosk: fault.NotAllowed
// "station.staff" for nobody.
func (s *Station) AtWork() (replica.Session, error) {
	s.desk.mu.Lock()
	defer s.desk.mu.Unlock()
	if s.desk.staff == nil {
		return replica.Session{}, fault.New(fault.NotAllowed, "station.staff")
	}
	return s.desk.staff.Session, nil
}
