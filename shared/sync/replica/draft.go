// SPDX-License-Identifier: Apache-2.0

package replica

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"yuexin/shared/fault"
	"yuexin/shared/sync/seal"
	"yuexin/shared/sync/sqlitedb"
)

// DraftLife is how long a draft is kept.
const DraftLife = 24 * time.Hour

// slipAlphabet are the characters of slip codes: digits and letters that are not
// taken for one another.
const slipAlphabet = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"

// A slip code is eight characters, about 40 bits. The first two find the draft and
// lie beside it in the clear; the other six, 30 bits behind argon2id, protect it
// against whoever has the disk for the day that it lies there.
const (
	slipSize    = 8
	slipLocator = 2
)

// PutDraft keeps what somebody typed and has not handed in, sealed under a new slip
// code that only they get, until DraftLife after nowMS. The code is printed in two
// groups of four.
func (r *Replica) PutDraft(ctx context.Context, content []byte, nowMS int64) (slip string, err error) {
	defer fault.Wrap(&err, "put draft")
	code, err := newSlip(r.o.Random)
	if err != nil {
		return "", err
	}
	key, err := seal.NewKey(seal.Default, r.o.Random)
	if err != nil {
		return "", err
	}
	defer key.Zero()
	wrapped, err := seal.WrapKey(r.o.Random, code, r.o.Cost, key)
	if err != nil {
		return "", err
	}
	sealed, err := key.Seal(nil, r.o.Random, content, []byte("draft"))
	if err != nil {
		return "", err
	}
	r.write.Lock()
	defer r.write.Unlock()
	err = sqlitedb.Write(ctx, r.full, func(tx *sql.Tx) error {
		if err := expire(ctx, tx, nowMS); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, "INSERT INTO drafts (locator, wrapped, sealed, expires_ms) VALUES (?, ?, ?, ?)",
			code[:slipLocator], wrapped, sealed, nowMS+DraftLife.Milliseconds())
		return err
	})
	return code[:slipSize/2] + "-" + code[slipSize/2:], err
}

// GetDraft returns the draft of a slip code, typed in any case and with or without
// its dash; fault.NotFound if there is none, or not any more.
func (r *Replica) GetDraft(ctx context.Context, slip string, nowMS int64) ([]byte, error) {
	_, content, err := r.draft(ctx, slip, nowMS)
	return content, err
}

// DeleteDraft deletes the draft of a slip code; fault.NotFound as GetDraft.
func (r *Replica) DeleteDraft(ctx context.Context, slip string, nowMS int64) error {
	number, _, err := r.draft(ctx, slip, nowMS)
	if err != nil {
		return err
	}
	r.write.Lock()
	defer r.write.Unlock()
	return sqlitedb.Write(ctx, r.full, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM drafts WHERE number = ?", number)
		return err
	})
}

// ExpireDrafts deletes the drafts whose time is over; programs call it now and then.
func (r *Replica) ExpireDrafts(ctx context.Context, nowMS int64) error {
	r.write.Lock()
	defer r.write.Unlock()
	return sqlitedb.Write(ctx, r.full, func(tx *sql.Tx) error { return expire(ctx, tx, nowMS) })
}

func expire(ctx context.Context, tx *sql.Tx, nowMS int64) error {
	_, err := tx.ExecContext(ctx, "DELETE FROM drafts WHERE expires_ms <= ?", nowMS)
	return err
}

type sealedDraft struct {
	number          int64
	wrapped, sealed []byte
}

func (r *Replica) draft(ctx context.Context, slip string, nowMS int64) (int64, []byte, error) {
	code := foldSlip(slip)
	missing := fault.New(fault.NotFound, "replica.draft")
	if len(code) != slipSize {
		return 0, nil, missing
	}
	found, err := r.drafts(ctx, code[:slipLocator], nowMS)
	if err != nil {
		return 0, nil, err
	}
	for _, d := range found {
		key, err := seal.UnwrapKey(code, d.wrapped)
		if errors.Is(err, seal.ErrPassphrase) {
			continue
		}
		if err != nil {
			return 0, nil, damaged("draft", err)
		}
		defer key.Zero()
		content, err := key.Open(nil, d.sealed, []byte("draft"))
		if err != nil {
			return 0, nil, damaged("draft", err)
		}
		return d.number, content, nil
	}
	return 0, nil, missing
}

func (r *Replica) drafts(ctx context.Context, locator string, nowMS int64) ([]sealedDraft, error) {
	rows, err := r.full.QueryContext(ctx, "SELECT number, wrapped, sealed FROM drafts WHERE locator = ? AND expires_ms > ?", locator, nowMS)
	if err != nil {
		return nil, sqlitedb.Fault(err)
	}
	defer rows.Close()
	var out []sealedDraft
	for rows.Next() {
		var d sealedDraft
		if err := rows.Scan(&d.number, &d.wrapped, &d.sealed); err != nil {
			return nil, err
		}
		out = append(out, d)
	}
	return out, sqlitedb.Fault(rows.Err())
}

func newSlip(rnd io.Reader) (string, error) {
	var out strings.Builder
	var b [1]byte
	for out.Len() < slipSize {
		if _, err := io.ReadFull(rnd, b[:]); err != nil {
			return "", fmt.Errorf("draw a slip code: %w", err)
		}
		if n := int(b[0]) % 32; n < len(slipAlphabet) { // the rest would make some characters likelier
			out.WriteByte(slipAlphabet[n])
		}
	}
	return out.String(), nil
}

// foldSlip forgives case, spaces and dashes.
func foldSlip(slip string) string {
	return strings.Map(func(c rune) rune {
		if c == '-' || c == ' ' {
			return -1
		}
		return c
	}, strings.ToUpper(slip))
}
