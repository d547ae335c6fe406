// SPDX-License-Identifier: Apache-2.0

package device

import (
	"context"
	"image"

	"yuexin/shared/fault"
)

// IDCard is what a resident identity card says. All of it is personal.
type IDCard struct {
	Name, Sex, Nation   string
	Birth               string // YYYY-MM-DD
	Address, Number     string
	Issuer, From, Until string // Until is "" for a card without an end
	Photo               image.Image
}

// IDCardReader reads resident identity cards. There is no open standard to implement it by; see the package comment.
type IDCardReader interface {
	// Check says why no card can be read, nil where as far as is known it can.
	Check(ctx context.Context) error
	// Read waits for a card and reads it: fault.NotFound "idcard.none" when ctx ends without one.
	Read(ctx context.Context) (IDCard, error)
}

var _ IDCardReader = (*SimIDCardReader)(nil)

// SimIDCardReader reads the card that was laid on it.
type SimIDCardReader struct {
	Cards <-chan IDCard
	Fault error
}

// Check implements IDCardReader.
func (r *SimIDCardReader) Check(context.Context) error { return r.Fault }

// Read implements IDCardReader.
func (r *SimIDCardReader) Read(ctx context.Context) (IDCard, error) {
	if r.Fault != nil {
		return IDCard{}, r.Fault
	}
	select {
	case <-ctx.Done():
		return IDCard{}, fault.New(fault.NotFound, "idcard.none").WithCause(ctx.Err())
	case card := <-r.Cards:
		return card, nil
	}
}
