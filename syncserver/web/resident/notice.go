// SPDX-License-Identifier: Apache-2.0

package resident

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"yuexin/shared/credit/notice"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// noticesPage shows what the village and everybody are told.
type noticesPage struct {
	*frame
	All    []shownNotice
	Thanks bool // one was just confirmed
}

// shownNotice is a notice, and whether this door has confirmed it.
type shownNotice struct {
	notice.Notice
	When, Last string // when it was published, and its last day
	Read       bool
}

// maxTold bounds how many notices are shown, so that the page stays small; older ones are on the kiosk.
const maxTold = 12

// tellAnew is how long what a village is told is kept: a scan asks for it each time.
const tellAnew = 5 * time.Second

// toldBook remembers what villages are told.
type toldBook struct {
	mu      sync.Mutex
	village *lru[toldOnce] // guarded by mu
}

type toldOnce struct {
	at  time.Time
	all []notice.Notice
}

// told returns what is shown today, newest first. Nobody changes it.
func (q *request) told() ([]notice.Notice, error) {
	b := q.toldBook
	b.mu.Lock()
	kept := *b.village.get(string(q.visit.scope), func() *toldOnce { return &toldOnce{} })
	b.mu.Unlock()
	if age := q.now.Sub(kept.at); age >= 0 && age < tellAnew {
		return kept.all, nil
	}
	all, err := q.readTold()
	if err != nil {
		return nil, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	*b.village.get(string(q.visit.scope), func() *toldOnce { return &toldOnce{} }) = toldOnce{q.now, all}
	return all, nil
}

func (q *request) readTold() (out []notice.Notice, err error) {
	for _, scope := range []ident.Scope{q.visit.scope, ident.Ref} {
		rows, err := q.Desk.List(q.ctx, record.Query{Kind: notice.Kind, Scope: scope, Newest: true, Limit: 100})
		if err != nil {
			return nil, fmt.Errorf("list notices: %w", err)
		}
		for _, row := range rows {
			if n := notice.Of(row); n.Shown(q.now.In(china)) && !row.Deleted() {
				out = append(out, n)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b notice.Notice) int { return cmp.Compare(b.At, a.At) })
	return out[:min(len(out), maxTold)], nil
}

// onNotices shows what is told today.
func (q *request) onNotices() error { return q.showNotices(false) }

func (q *request) showNotices(thanks bool) error {
	all, err := q.told()
	if err != nil {
		return err
	}
	page := noticesPage{frame: q.frame, Thanks: thanks}
	for _, n := range all {
		_, read, err := q.readBy(n.Header.ID)
		if err != nil {
			return err
		}
		page.All = append(page.All, shownNotice{n, q.Date(time.UnixMilli(n.At).In(china)), n.Until, read})
	}
	q.titled("resident.notices.title", "NOTICES")
	return q.show(http.StatusOK, "notices", page)
}

// onRead counts that a notice was read: once for each door, and once for each household that has proved who it is. A page that
// was only opened counts for nothing; phones open pages by themselves.
func (q *request) onRead() error {
	id, err := ident.Parse[ident.Record](q.typed("notice"))
	if err != nil {
		return fault.New(fault.NotFound, "resident.notices.gone")
	}
	all, err := q.told()
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(n notice.Notice) bool { return n.Header.ID == id })
	if i < 0 {
		return fault.New(fault.NotFound, "resident.notices.gone")
	}
	if err := q.countRead(all[i]); err != nil {
		return err
	}
	return q.showNotices(true)
}

// readBy returns the id of the record by which this door, or the household that has proved who it is, says that a notice was
// read, and whether it is there. Nobody without the server's key can tell from the id whose door it is.
func (q *request) readBy(of ident.Record) (id ident.Record, there bool, err error) {
	own, err := q.households()
	if err != nil {
		return id, false, err
	}
	who := q.visit.handle[:]
	if len(own) > 0 {
		who = own[0].Header.ID[:]
	}
	id = q.readID(of, who)
	_, err = q.Desk.Get(q.ctx, id)
	if fault.Is(err, fault.NotFound) {
		return id, false, nil
	}
	return id, err == nil, err
}

// readID has the time of the notice, and of the rest what the key makes of notice and reader (RFC 9562, section 5.7).
func (q *request) readID(of ident.Record, who []byte) (id ident.Record) {
	mac := hmac.New(sha256.New, q.Key)
	mac.Write([]byte("yuexin notice read"))
	mac.Write(of[:])
	mac.Write(who)
	copy(id[6:], mac.Sum(nil))
	copy(id[:6], of[:6])
	id[6], id[8] = id[6]&0x0f|0x70, id[8]&0x3f|0x80
	return id
}

func (q *request) countRead(n notice.Notice) error {
	id, there, err := q.readBy(n.Header.ID)
	if there || err != nil {
		return err
	}
	defer q.saving.lock(slip(id))()
	if _, there, err = q.readBy(n.Header.ID); there || err != nil {
		return err
	}
	unit, ok := q.visit.scope.Unit()
	if !ok {
		return fault.New(fault.NotFound, "resident.notices.gone")
	}
	r := notice.Read{
		Header: record.Header{ID: id, Scope: q.visit.scope, Subject: ident.Subject(unit)}, Notice: n.Header.ID, On: notice.OnPhone, At: q.now.UnixMilli(),
		Sample: q.Sample || q.visit.sample,
	}
	if own, err := q.households(); err == nil && len(own) > 0 {
		r.Household, r.Header.Subject = own[0].Header.ID, own[0].Header.Subject
		_, err := q.Desk.Get(q.ctx, q.readID(n.Header.ID, q.visit.handle[:]))
		r.Again = err == nil
	}
	base, err := q.Resident.Base(q.ctx, q.visit.scope)
	if err != nil {
		return fmt.Errorf("read where the scope stands: %w", err)
	}
	act := record.Act{Name: "notice.read", Scope: q.visit.scope, Base: base, Source: record.SelfDeclared, Writes: []record.Write{r.Create()}}
	if _, err := q.Resident.Apply(q.ctx, act); err != nil {
		return fmt.Errorf("count a reading: %w", err)
	}
	return nil
}
