// SPDX-License-Identifier: Apache-2.0

package resident

import (
	"crypto/hmac"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"net/http"
	"slices"
	"time"

	"yuexin/shared/credit/consent"
	"yuexin/shared/credit/lending"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// A permit lets whoever has just shown that a receipt is theirs withdraw its
// demand, without the page carrying number or proof again.
const (
	permitContext = "yuexin resident withdrawal"
	permitLife    = 15 * time.Minute
	permitSize    = ident.Size + 8 + markSize
)

// permit makes the text of a permit for a demand.
func (q *request) permit(demand ident.Record) string {
	said := binary.BigEndian.AppendUint64(demand.Bytes(), uint64(q.now.UnixMilli()))
	return base64.RawURLEncoding.EncodeToString(append(said, q.slips.mark(permitContext, q.visit.handle, said)...))
}

// permitted returns the demand of a permit; one that is not ours, of another
// plate or too old is fault.NotAllowed.
func (q *request) permitted(text string) (ident.Record, error) {
	refused := fault.New(fault.NotAllowed, "resident.withdraw.old")
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) != permitSize {
		return ident.Record{}, refused
	}
	said, mark := raw[:len(raw)-markSize], raw[len(raw)-markSize:]
	if !hmac.Equal(mark, q.slips.mark(permitContext, q.visit.handle, said)) {
		return ident.Record{}, refused
	}
	made := time.UnixMilli(int64(binary.BigEndian.Uint64(said[ident.Size:])))
	if q.now.Sub(made) > permitLife {
		return ident.Record{}, refused
	}
	return ident.Record(said[:ident.Size]), nil
}

// mayWithdraw says whether a resident can withdraw from a state.
func (q *request) mayWithdraw(s lending.Status) bool {
	return slices.ContainsFunc(q.lending.Next(s, role), func(m lending.MoveDef) bool { return m.To == lending.Withdrawn })
}

// onWithdraw withdraws a demand and the consent given with it, and shows the
// new state. What is withdrawn already, or can no longer be, stays as it is.
func (q *request) onWithdraw() error {
	id, err := q.permitted(q.r.PostForm.Get("permit"))
	if err != nil {
		var wrong problems
		wrong.add(q.Printer, "", err)
		return q.ask(fault.KindOf(err).HTTP(), "", wrong)
	}
	defer q.saving.lock(slip(id))()

	d, found, err := q.demandOf(slip(id))
	if err == nil && !found {
		err = fault.New(fault.NotFound, "")
	}
	if err != nil {
		return err
	}
	state, err := q.stateOf(d)
	if err != nil {
		return err
	}
	if q.mayWithdraw(state.Status) {
		if err := q.withdraw(d, state); err != nil {
			return err
		}
		if state, err = q.stateOf(d); err != nil {
			return err
		}
	}
	return q.showState(http.StatusOK, answer{number: d.Receipt, demand: d, state: state})
}

// withdraw applies the move and the end of the consent in one act.
func (q *request) withdraw(d lending.Demand, state lending.State) error {
	base, err := q.Resident.Base(q.ctx, d.Header.Scope)
	if err != nil {
		return fmt.Errorf("read where the scope stands: %w", err)
	}
	by := lending.Author{Role: role, Source: record.SelfDeclared, Base: base, NowMS: q.now.UnixMilli(), Random: q.Random}
	act, err := q.lending.Move(by, d, state, lending.Request{To: lending.Withdrawn})
	if err != nil {
		return fmt.Errorf("make the withdrawal: %w", err)
	}
	given, err := q.Desk.Get(q.ctx, d.Consent)
	if err != nil {
		return fmt.Errorf("read the consent: %w", err)
	}
	end, err := ident.New[ident.Record](q.now.UnixMilli(), q.Random)
	if err != nil {
		return err
	}
	act.Writes = append(act.Writes, consent.Of(given).End(end, q.now.UnixMilli(), consent.Phone))
	if _, err := q.Resident.Apply(q.ctx, act); err != nil {
		return fmt.Errorf("withdraw the demand: %w", err)
	}
	return nil
}
