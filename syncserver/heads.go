// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"yuexin/shared/durable"
	"yuexin/shared/fault"
	"yuexin/shared/sync/audit"
	"yuexin/syncserver/fleet"
	"yuexin/syncserver/store"
)

// headsName is the file beside the store with the signed heads of the audit log,
// one a line, oldest first. It is copied with every backup.
const headsName = "audit.heads"

// headEvery is how long entries may be without a signed head behind them.
const headEvery = time.Minute

// heads keeps the signed heads of an App's audit log.
type heads struct {
	mu   sync.Mutex // guards last and the file
	last audit.Head
}

// signHead signs where the audit log stands, if it went on since the last head,
// and keeps the head in the file and in the server's own log of events, which often
// goes to another machine. It returns the newest head, the zero one for an empty log.
func (a *App) signHead(ctx context.Context) (audit.Head, error) {
	a.heads.mu.Lock()
	defer a.heads.mu.Unlock()
	if a.heads.last.Number == 0 {
		kept, err := a.readHeads()
		if err != nil {
			return audit.Head{}, err
		}
		if len(kept) > 0 {
			a.heads.last = kept[len(kept)-1]
		}
	}
	at, err := a.Store.AuditState(ctx, audit.Log{})
	if err != nil || at.Next == 1 || at.Next-1 == a.heads.last.Number && at.Chain == a.heads.last.Hash {
		return a.heads.last, err
	}
	h := audit.Head{Number: at.Next - 1, Hash: at.Chain, AtMS: a.Now().UnixMilli()}
	if h.Signature, err = a.Identity.Sign.Sign(a.Random, audit.HeadContext, h.Bytes()); err != nil {
		return h, fmt.Errorf("sign the head of the audit log: %w", err)
	}
	if err := a.keepHead(h); err != nil {
		return h, err
	}
	a.Log.Info("audit log stands", "entry", h.Number, "head", h.String())
	a.heads.last = h
	return h, nil
}

func (a *App) headsPath() string { return filepath.Join(a.Dir, headsName) }

func (a *App) keepHead(h audit.Head) error {
	if err := durable.AppendLine(a.headsPath(), []byte(h.String())); err != nil {
		return fmt.Errorf("keep the head of the audit log: %w", err)
	}
	return nil
}

// readHeads returns the heads of the file that can be read. A last line that a loss
// of power cut short is passed over.
func (a *App) readHeads() (all []audit.Head, err error) {
	f, err := os.Open(a.headsPath())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("heads of the audit log: %w", err)
	}
	defer f.Close() // it was only read
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if h, err := audit.ParseHead(lines.Text()); err == nil {
			all = append(all, h)
		}
	}
	return all, lines.Err()
}

// keepSigning signs heads and moves old months into files until ctx ends.
func (a *App) keepSigning(ctx context.Context) {
	tick := time.NewTicker(headEvery)
	defer tick.Stop()
	for {
		if err := a.tendAudit(ctx); err != nil && ctx.Err() == nil {
			a.Log.Error("the audit log could not be tended", fault.Attr(err))
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

func (a *App) tendAudit(ctx context.Context) error {
	now := a.Now().UTC()
	before := time.Date(now.Year(), now.Month()-time.Month(a.Book().Audit.HotMonths), 1, 0, 0, 0, 0, time.UTC)
	if _, err := a.Store.ArchiveAudit(ctx, before); err != nil {
		return err
	}
	_, err := a.signHead(ctx)
	return err
}

// verifyAudit checks the audit logs against the heads of the file and those of
// elsewhere, whose texts are given.
func (a *App) verifyAudit(ctx context.Context, elsewhere []string, report func(store.Breach)) error {
	known, err := a.readHeads()
	if err != nil {
		return err
	}
	at, err := a.Store.AuditState(ctx, audit.Log{})
	if err != nil {
		return err
	}
	if len(known) == 0 && at.Next > 1 {
		report(store.Breach{Rule: "audit", Where: headsName, What: "there is no signed head: the file was removed, or the server was killed before it signed its first"})
	}
	for _, text := range elsewhere {
		h, err := audit.ParseHead(text)
		if err != nil {
			return err
		}
		known = append(known, h)
	}
	public, err := a.Identity.Sign.Public()
	if err != nil {
		return err
	}
	var good []audit.Head
	for _, h := range known {
		if !fleet.Verify(public.Encode(), audit.HeadContext, h.Bytes(), h.Signature) {
			report(store.Breach{Rule: "audit", Where: headsName, What: fmt.Sprintf("the head at entry %d was not signed by this server", h.Number)})
			continue
		}
		good = append(good, h)
	}
	return a.Store.VerifyAudit(ctx, good, report)
}

// onceOnly passes each breach on once: the store's own check finds some of those
// that the check with heads finds.
func onceOnly(report func(store.Breach)) func(store.Breach) {
	seen := map[store.Breach]bool{}
	return func(b store.Breach) {
		if !seen[b] {
			seen[b] = true
			report(b)
		}
	}
}
