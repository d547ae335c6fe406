// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"yuexin/shared/credit/receipt"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// The receipt numbers of the resident page come from spaces that the clock
// hands out: the device number says the day on which a space was opened, the
// first serial the minute. A restored server opens a new one, because nobody
// can tell which numbers were given after the backup; so a number is given
// twice only if the clock goes back, or if more demands come than a slot has
// serials per minute (694), and the server is restored right then. A space
// that is used up is followed by another one.
const (
	numbersSetting = "resident.numbers"
	serialBlock    = 50
	slotSerials    = receipt.Capacity / (24 * 60) // serials of one minute
)

// firstSpace is the day of receipt.FirstServer.
var firstSpace = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// space is where numbers come from, and how far it is used.
type space struct {
	Epoch  uint32 `json:"epoch"` // of the store when the space was opened
	Device int    `json:"device"`
	Next   uint64 `json:"next"`
}

// openSpace returns the space of a moment. That of a restored store is the next
// minute's: the store that it was copied from may have opened this one's.
func openSpace(epoch uint32, now time.Time) (space, error) {
	since := now.Sub(firstSpace)
	if epoch != record.FirstEpoch {
		since += time.Minute
	}
	day := int(since / (24 * time.Hour))
	if since < 0 || day > receipt.MaxDevice-receipt.FirstServer {
		return space{}, fault.New(fault.Exhausted, "receipt.exhausted")
	}
	minute := uint64(since % (24 * time.Hour) / time.Minute)
	return space{Epoch: epoch, Device: receipt.FirstServer + day, Next: minute * slotSerials}, nil
}

// numbers gives the resident page's receipt numbers, each once. Serials are
// taken from the store in blocks, so that a crash loses a few numbers and
// never gives one twice.
type numbers struct {
	app *App
	key []byte

	mu       sync.Mutex // protects all fields below
	space    space      // Next is the next serial to give
	to       uint64     // serials below this are taken
	numberer *receipt.Numberer
}

func (a *App) numberer(ctx context.Context) (*numbers, error) {
	key, err := a.secret(ctx, "resident.receipts", receipt.MinKey)
	return &numbers{app: a, key: key}, err
}

// next returns a fresh receipt number.
func (n *numbers) next(ctx context.Context) (receipt.Number, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	epoch, err := n.app.epoch(ctx)
	if err != nil {
		return "", err
	}
	if n.space.Next == n.to || n.space.Epoch != epoch {
		if err := n.takeBlockLocked(ctx, epoch); err != nil {
			return "", err
		}
	}
	serial := n.space.Next
	n.space.Next++
	return n.numberer.At(serial)
}

// epoch is the epoch of the store: another one after it was restored.
func (a *App) epoch(ctx context.Context) (uint32, error) {
	state, err := a.Store.Scope(ctx, ident.Ref)
	if err != nil {
		return 0, fmt.Errorf("epoch of the store: %w", err)
	}
	epoch := state.Head.Epoch()
	for _, fork := range state.Lineage {
		epoch = max(epoch, fork.Epoch)
	}
	return epoch, nil
}

// takeBlockLocked takes the next serials of the space, or of a new one.
func (n *numbers) takeBlockLocked(ctx context.Context, epoch uint32) error {
	value, err := n.app.Store.Setting(ctx, numbersSetting)
	if err != nil {
		return err
	}
	var s space
	if value != nil {
		if err := json.Unmarshal(value, &s); err != nil {
			return fmt.Errorf("receipt numbers: %w", err)
		}
	}
	if value == nil || s.Epoch != epoch || s.Next+serialBlock > receipt.Capacity {
		if s, err = openSpace(epoch, n.app.Now()); err != nil {
			return err
		}
	}
	return n.useLocked(ctx, s)
}

// useLocked notes that a block of a space is taken and lets it be given.
func (n *numbers) useLocked(ctx context.Context, s space) error {
	taken := s
	taken.Next += serialBlock
	value, err := json.Marshal(taken)
	if err != nil {
		return err
	}
	numberer, err := receipt.NewNumberer(s.Device, n.key)
	if err != nil {
		return err
	}
	if err := n.app.Store.SetSetting(ctx, numbersSetting, value); err != nil {
		return err
	}
	n.space, n.to, n.numberer = s, taken.Next, numberer
	return nil
}
