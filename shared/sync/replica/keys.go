// SPDX-License-Identifier: Apache-2.0

package replica

import (
	"context"
	"fmt"
	"os"

	"yuexin/shared/fault"
	"yuexin/shared/sync/blob"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/seal"
)

// keys are the open compartments. On a laptop there is one, data. On a kiosk
// there are two: data opens what its key file opens, and staff, empty until a
// cadre unlocks it, opens fields of class C2 and C3.
type keys struct {
	profile Profile
	data    seal.Key
	open    *seal.Sealer // under data

	staffPublic seal.BoxPublic  // kiosk: what the server sends for staff is sealed to it
	staff       seal.BoxPrivate // kiosk: zero while no cadre has unlocked

	device seal.SignPrivate
	server seal.BoxPublic
}

// newKeys draws the keys of a new replica; file is a kiosk's key file.
func (r *Replica) newKeys(s Setup) (k *keys, file []byte, err error) {
	data, err := seal.NewKey(seal.Default, r.o.Random)
	if err != nil {
		return nil, nil, err
	}
	k = &keys{profile: s.Profile, data: data}
	if k.open, err = data.Sealer(r.o.Random); err != nil {
		return nil, nil, err
	}
	if s.Profile == Laptop {
		return k, nil, nil
	}
	if s.User != nil {
		if k.staff, err = seal.NewBox(seal.Default, r.o.Random); err != nil {
			return nil, nil, err
		}
		if k.staffPublic, err = k.staff.Public(); err != nil {
			return nil, nil, err
		}
	}
	return k, data.Encode(), nil
}

// secret is what a user's key opens: the data key of a laptop, the private key of
// a kiosk's staff compartment.
func (k *keys) secret() []byte {
	if k.profile == Kiosk {
		return k.staff.Encode()
	}
	return k.data.Encode()
}

// openKiosk opens the first compartment with the key file.
func (r *Replica) openKiosk(ctx context.Context) error {
	body, err := os.ReadFile(r.o.KeyFile)
	if err != nil {
		return fault.New(fault.NotFound, "replica.key_file").WithCause(err)
	}
	defer clear(body)
	data, err := seal.ParseKey(body)
	if err != nil {
		return fault.New(fault.Corrupt, "replica.key_file").WithCause(err)
	}
	k := &keys{profile: Kiosk, data: data}
	return r.loadKeys(ctx, k, nil)
}

// loadKeys completes k, whose data key is known, from the file and loads all.
func (r *Replica) loadKeys(ctx context.Context, k *keys, user *User) error {
	st, err := r.stored(ctx)
	if err != nil {
		return err
	}
	if k.open, err = k.data.Sealer(r.o.Random); err != nil {
		return err
	}
	for _, p := range []struct {
		from []byte
		to   *seal.BoxPublic
	}{{st.ServerBox, &k.server}, {st.StaffBox, &k.staffPublic}} {
		if len(p.from) == 0 {
			continue
		}
		if *p.to, err = seal.ParseBoxPublic(p.from); err != nil {
			return damaged("public key", err)
		}
	}
	sealed, err := r.meta(ctx, metaDeviceKey)
	if err != nil {
		return err
	}
	body, err := k.open.Open(nil, sealed, []byte(metaDeviceKey))
	if err != nil {
		return damaged("device key", err)
	}
	defer clear(body)
	if k.device, err = seal.ParseSignPrivate(body); err != nil {
		return damaged("device key", err)
	}
	return r.load(ctx, k, user)
}

// damaged is the fault of something sealed that does not open under its key.
func damaged(what string, cause error) error {
	return fault.New(fault.Corrupt, "store.corrupt").WithCause(fmt.Errorf("%s: %w", what, cause))
}

// zero wipes what can be wiped.
func (k *keys) zero() {
	k.data.Zero()
	k.staff.Zero()
	k.device.Zero()
}

// open1 reports whether the first compartment of a kiosk may hold a field.
func (r *Replica) open1(h record.Header, f record.Field) bool {
	if h.Scope == "ref" {
		return true
	}
	def, _ := r.catalogue().Field(h.Kind, f)
	return def.Class == record.C1
}

// Prove signs what opens a session (wire.ProofBytes) with the device's key.
func (r *Replica) Prove(message []byte) (signature []byte, err error) {
	return r.sign("yuexin session", message)
}

// SignRequest signs a request for an attachment (blob.Request) with the device's key.
func (r *Replica) SignRequest(message []byte) (signature []byte, err error) {
	return r.sign(blob.SignPurpose, message)
}

// SignFor signs something that leaves the device for one purpose of the program's, such as a paper receipt, with the device's
// key. The purpose is not one of sync's own.
func (r *Replica) SignFor(purpose string, message []byte) (signature []byte, err error) {
	return r.sign(purpose, message)
}

// sign signs with the device's key for one purpose.
func (r *Replica) sign(purpose string, message []byte) ([]byte, error) {
	r.mu.RLock()
	k := r.keys
	r.mu.RUnlock()
	if k == nil {
		return nil, locked()
	}
	return k.device.Sign(r.o.Random, purpose, message)
}
