// SPDX-License-Identifier: Apache-2.0

package replica

import (
	"context"
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"

	"yuexin/shared/durable"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/seal"
	"yuexin/shared/sync/sqlitedb"
)

// Profile is how a device keeps its data.
type Profile uint8

// The profiles.
const (
	// Laptop: everything under one data key, opened by each user's passphrase.
	Laptop Profile = 1
	// Kiosk: a key file opens fields of class C1 and the scope ref, nothing
	// else. What residents hand in is sealed to the server at once; fields of
	// class C2 and C3 from the server are sealed to the staff compartment,
	// which a cadre's passphrase opens.
	Kiosk Profile = 2
)

// Identity is what a device is, as its enrolment gave it. It is not secret.
type Identity struct {
	Profile Profile
	Device  ident.Device
	ShortID uint32 // 1–99998, leads its receipt numbers
	Name    string
	Server  string // where it syncs to
}

// Setup is what a new replica is made from.
type Setup struct {
	Identity
	Key       seal.SignPrivate   // the device's own, proved at enrolment
	ServerBox seal.BoxPublic     // what the device may not read is sealed to it
	Admins    []seal.AdminPublic // any two can recover a passphrase; of fewer nobody can

	// User is the first person to unlock it: needed on a laptop; on a kiosk
	// the first of the staff, if the kiosk shall hold lists for them.
	User *NewUser
}

// stored is the identity as it lies in the file.
type stored struct {
	Identity
	ServerBox []byte
	StaffBox  []byte // kiosk: public key of the staff compartment
	Admins    [][2][]byte
}

// Create makes a replica at path, unlocked for s.User. It fails with
// fault.Conflict if there is one, and with fault.Invalid if s lacks something.
func Create(ctx context.Context, path string, s Setup, o Options) (*Replica, error) {
	if err := s.check(); err != nil {
		return nil, err
	}
	r, err := openFile(ctx, path, o)
	if err != nil {
		return nil, err
	}
	if err := r.create(ctx, s); err != nil {
		_ = r.Close() // the error that matters is the first
		return nil, fmt.Errorf("create replica: %w", err)
	}
	return r, nil
}

func (s Setup) check() error {
	switch {
	case s.Device.IsZero() || s.Key.IsZero(),
		s.Profile != Laptop && s.Profile != Kiosk,
		s.Profile == Laptop && s.User == nil,
		s.ServerBox.IsZero():
		return fault.New(fault.Invalid, "replica.setup")
	}
	return nil
}

func (r *Replica) create(ctx context.Context, s Setup) error {
	if found, err := r.loadIdentity(ctx); err != nil || found {
		if found {
			return fault.New(fault.Conflict, "replica.exists")
		}
		return err
	}
	k, file, err := r.newKeys(s)
	if err != nil {
		return err
	}
	first, err := ident.New[ident.Incarnation](r.o.Clock().WallMS, r.o.Random)
	if err != nil {
		return err
	}
	if file != nil { // before the identity: without its key file a kiosk is not there
		if err := writeKeyFile(r.o.KeyFile, file); err != nil {
			return err
		}
	}
	deviceKey, err := k.open.Seal(nil, s.Key.Encode(), []byte(metaDeviceKey))
	if err != nil {
		return err
	}
	st := stored{Identity: s.Identity, ServerBox: encodeBox(s.ServerBox), StaffBox: encodeBox(k.staffPublic)}
	st.setAdmins(s.Admins)
	if k.device, err = seal.ParseSignPrivate(s.Key.Encode()); err != nil { // a copy: Lock wipes it
		return err
	}
	k.server, r.identity = s.ServerBox, s.Identity
	var user *User
	err = sqlitedb.Write(ctx, r.full, func(tx *sql.Tx) error {
		for name, value := range map[string][]byte{metaDeviceKey: deviceKey, metaIncarnation: first[:]} {
			if err := putMeta(ctx, tx, name, value); err != nil {
				return err
			}
		}
		if err := putStored(ctx, tx, &st); err != nil {
			return err
		}
		if s.User == nil {
			return nil
		}
		user, err = r.insertUser(ctx, tx, k, *s.User, s.Admins)
		return err
	})
	if err != nil {
		return err
	}
	return r.load(ctx, k, user)
}

// putStored writes the identity.
func putStored(ctx context.Context, tx *sql.Tx, st *stored) error {
	body, err := json.Marshal(st)
	if err != nil {
		return err
	}
	return putMeta(ctx, tx, metaIdentity, body)
}

func encodeBox(p seal.BoxPublic) []byte {
	if p.IsZero() {
		return nil
	}
	return p.Encode()
}

func writeKeyFile(path string, key []byte) error {
	defer clear(key)
	if err := durable.Create(path, key, 0o600); err != nil {
		return fmt.Errorf("write key file: %w", err)
	}
	return nil
}

// Identity returns what the device is.
func (r *Replica) Identity() Identity { return r.identity }

// loadIdentity reads what Create wrote; false if nothing did.
func (r *Replica) loadIdentity(ctx context.Context) (bool, error) {
	st, err := r.stored(ctx)
	if err != nil || st == nil {
		return false, err
	}
	r.identity = st.Identity
	return true, nil
}

func (r *Replica) stored(ctx context.Context) (*stored, error) {
	body, err := r.meta(ctx, metaIdentity)
	if err != nil || body == nil {
		return nil, err
	}
	st := new(stored)
	if err := json.Unmarshal(body, st); err != nil {
		return nil, fault.New(fault.Corrupt, "store.corrupt").WithCause(err)
	}
	return st, nil
}

func (st *stored) setAdmins(admins []seal.AdminPublic) {
	st.Admins = nil
	for _, a := range admins {
		st.Admins = append(st.Admins, [2][]byte{a.Box.Encode(), a.Sign.Encode()})
	}
}

func (st *stored) admins() ([]seal.AdminPublic, error) {
	var out []seal.AdminPublic
	for _, pair := range st.Admins {
		box, err := seal.ParseBoxPublic(pair[0])
		if err != nil {
			return nil, err
		}
		sign, err := seal.ParseSignPublic(pair[1])
		if err != nil {
			return nil, err
		}
		out = append(out, seal.AdminPublic{Box: box, Sign: sign})
	}
	return out, nil
}

// The names in the table meta.
const (
	metaIdentity    = "identity"
	metaDeviceKey   = "device key"
	metaIncarnation = "incarnation"
	metaControl     = "control"
	metaOffset      = "clock offset"
	metaOff         = "switched off"
	metaServerKey   = "server key/" // and the key's name
	metaJoining     = "joining"     // sealed key of a person who is being enrolled here
	metaPurge       = "purge/"      // and the control entry's number
)

// meta returns a named value, nil if it is not there.
func (r *Replica) meta(ctx context.Context, name string) ([]byte, error) {
	var value []byte
	err := r.full.QueryRowContext(ctx, "SELECT value FROM meta WHERE name = ?", name).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return value, sqlitedb.Fault(err)
}

func (r *Replica) setMeta(ctx context.Context, name string, value []byte) error {
	return sqlitedb.Write(ctx, r.full, func(tx *sql.Tx) error { return putMeta(ctx, tx, name, value) })
}

func putMeta(ctx context.Context, tx *sql.Tx, name string, value []byte) error {
	_, err := tx.ExecContext(ctx, "INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", name, value)
	return err
}

// SetOffset keeps what a session measured between the server's clock and this
// device's; see hlc.Measure.
func (r *Replica) SetOffset(ctx context.Context, serverMS, roundTripMS int64) error {
	o := hlc.Measure(r.o.Clock(), serverMS, roundTripMS)
	r.mu.Lock()
	r.offset = o
	r.mu.Unlock()
	r.write.Lock()
	defer r.write.Unlock()
	return r.setMeta(ctx, metaOffset, binary.BigEndian.AppendUint64(o.BootID[:], uint64(o.DeltaMS)))
}

// ServerNow returns the server's time in Unix milliseconds as this device can tell
// it now, and true, if a session measured it since the machine was started.
// Otherwise it returns the device's own wall clock and false.
func (r *Replica) ServerNow() (ms int64, measured bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return hlc.Corrected(r.o.Clock(), r.offset)
}

func parseOffset(b []byte) (o hlc.Offset) {
	if len(b) == 24 {
		copy(o.BootID[:], b)
		o.DeltaMS = int64(binary.BigEndian.Uint64(b[16:]))
	}
	return o
}
