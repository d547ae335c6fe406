// SPDX-License-Identifier: Apache-2.0

package access

import (
	"context"
	"time"

	"yuexin/shared/ident"
)

// Way is a way in which a resident proves who they are.
type Way string

// The ways. A server may have any of them, or none.
const (
	ByText     Way = "sms"  // a code that came to their own phone
	ByProvider Way = "oidc" // a government's identity provider
)

// Proven is what somebody has proved about themselves, and nothing that they only said. What was not proved is zero.
type Proven struct {
	Way   Way
	Phone ident.Mobile
	Name  string
	ID    ident.ResidentID
	At    time.Time
}

// Ask begins a proof.
type Ask struct {
	Phone   ident.Mobile // of ByText
	Address string       // whom limits count; see Address
}

// Step is what somebody does next.
type Step struct {
	Flow     string // names the proof that is under way; known to nobody but their browser
	Redirect string // of ByProvider: where it is proved
}

// Answer is what somebody comes back with.
type Answer struct {
	Code  string // what they typed, or what the provider gave their browser
	State string // of ByProvider: what the provider gave back
}

// Prover is one way of proof.
type Prover interface {
	Way() Way

	// Begin begins a proof. Faults: RateLimited "access.proof.wait" with {seconds}; Unavailable "access.proof.down" where text
	// messages cannot be sent, or the provider does not answer.
	Begin(ctx context.Context, ask Ask) (Step, error)

	// Finish ends it, once: fault.Unauthenticated "access.proof.wrong" for an answer that is not right,
	// "access.proof.over" for a proof that is over, unknown, or was answered wrongly too often.
	Finish(ctx context.Context, flow string, answer Answer) (Proven, error)
}

// flowsHeld is how many proofs under way are remembered: about 4 MB.
const flowsHeld = 20_000
