// SPDX-License-Identifier: Apache-2.0

package fleet

import (
	"time"

	"yuexin/shared/ident"
	"yuexin/shared/sync/wire"
	"yuexin/syncserver/store"
)

// Standing is whether a device has done what it was told.
type Standing string

// The standings. Only a revocation is confirmed by a signature.
const (
	Waiting   Standing = "waiting"   // not confirmed
	Confirmed Standing = "confirmed" // by a session in which the device proved itself
	Signed    Standing = "signed"    // by its signature, which names the revocation
	Forged    Standing = "forged"    // the signature is not the device's, or names something else
)

// Order is a revocation or a switch that a device was told, for people.
type Order struct {
	Number   uint64
	Op       wire.ControlOp
	Scope    ident.Scope
	At       time.Time
	Standing Standing
	Done     time.Time // when it was confirmed; zero: not yet, or not noted
}

// Taken returns what was taken from a device, newest first: each scope with the
// device's own word for it that nothing of it is left, and each switching off. A
// device that was restored to what it was before may hold again what it confirmed;
// it is told again when it connects.
func Taken(d store.Device, log []store.Order) (list []Order) {
	for i := len(log) - 1; i >= 0; i-- {
		o := log[i]
		if o.Op != wire.ControlRevoke && o.Op != wire.ControlSwitchOff {
			continue
		}
		one := Order{Number: o.Number, Op: o.Op, Scope: o.Scope, At: o.At, Standing: Waiting}
		switch {
		case o.Op == wire.ControlSwitchOff && o.Applied:
			one.Standing = Confirmed
		case o.Op == wire.ControlSwitchOff || o.Purge == nil: // a number alone proves no purge
		case Verify(d.Public, "yuexin purge", wire.PurgeBytes(d.ID, o.ControlEntry), o.Purge):
			one.Standing = Signed
		default:
			one.Standing = Forged
		}
		if one.Standing == Confirmed || one.Standing == Signed {
			one.Done = o.Confirmed
		}
		list = append(list, one)
	}
	return list
}
