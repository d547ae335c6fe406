// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"

	"yuexin/shared/credit/doorplate"
	"yuexin/shared/credit/forms"
	"yuexin/shared/credit/lending"
	"yuexin/shared/credit/receipt"
	"yuexin/shared/credit/subject"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Unfinished keeps what was typed and not saved, sealed, part by part. What was kept survives the end of the program,
// however it ends.
type Unfinished interface {
	// KeepUnfinished keeps parts of a draft; a nil part is deleted.
	KeepUnfinished(ctx context.Context, scope ident.Scope, draft ident.Record, parts map[int64][]byte) error
	// Unfinished returns one part of each draft that has it.
	Unfinished(ctx context.Context, part int64) (map[ident.Record][]byte, error)
	// UnfinishedParts returns all parts of a draft, none if there is no such draft.
	UnfinishedParts(ctx context.Context, draft ident.Record) (map[int64][]byte, error)
	// DropUnfinished deletes a draft.
	DropUnfinished(ctx context.Context, draft ident.Record) error
}

// headPart is the part of a draft that is its draftHead; those of the answers have their own numbers from firstPart on.
const (
	headPart  = 0
	firstPart = 1
)

// draftHead is what a draft is about. It is read only by the machine that wrote it.
type draftHead struct {
	Actor   ident.Actor   `json:"actor"`
	AtMS    int64         `json:"at"`
	Form    string        `json:"form"`
	Version uint32        `json:"version"` // it is finished on this one
	Header  record.Header `json:"header"`
	New     bool          `json:"new,omitempty"`
	Name    string        `json:"name,omitempty"`
	Base    record.Base   `json:"base"` // of what was seen when the form was opened

	Plate    string           `json:"plate,omitempty"`
	Of       record.Header    `json:"of,omitzero"`
	Handle   doorplate.Handle `json:"handle,omitzero"`
	Number   receipt.Number   `json:"number,omitempty"`
	Corrects []record.Link    `json:"corrects,omitempty"`
}

// draft is how an entry is kept. Keep may run while the next keystroke comes: the lock keeps old from overwriting new.
type draft struct {
	id    ident.Record // zero until it was kept
	begun bool         // the head is kept
	turn  uint64       // of the last Keep

	mu     sync.Mutex       // guards all fields below
	kept   map[int64]uint64 // turn in which each part was kept
	failed map[int64][]byte // parts that could not be kept, for the next turn
	ended  bool             // saved, left or given up: nothing is kept any more
}

// Keep returns what keeps the answers that changed since it was called last; nil if nothing did. It is called on the
// goroutine of the form, for every change; what it returns may run on another, in the order in which it was returned or not.
func (e *Entry) Keep() func(ctx context.Context) error {
	parts, err := e.unkept()
	if err != nil {
		return func(context.Context) error { return err }
	}
	if len(parts) == 0 {
		return nil
	}
	e.draft.turn++
	turn := e.draft.turn
	return func(ctx context.Context) error {
		e.draft.mu.Lock()
		defer e.draft.mu.Unlock()
		if e.draft.ended {
			return nil
		}
		maps.DeleteFunc(parts, func(n int64, _ []byte) bool { return e.draft.kept[n] > turn })
		if e.draft.kept == nil {
			e.draft.kept = make(map[int64]uint64)
		}
		for n := range parts {
			e.draft.kept[n] = turn
		}
		err := e.desk.Unfinished.KeepUnfinished(ctx, e.header.Scope, e.draft.id, parts)
		if err != nil && e.draft.failed == nil {
			e.draft.failed = parts
		} else if err != nil {
			maps.Copy(e.draft.failed, parts)
		}
		return err
	}
}

// Flush keeps at once what changed.
func (e *Entry) Flush(ctx context.Context) error {
	if keep := e.Keep(); keep != nil {
		return keep(ctx)
	}
	return nil
}

// Leave keeps at once what changed, and from then on nothing: the draft is gone on with by Resume.
func (e *Entry) Leave(ctx context.Context) error {
	if err := e.Flush(ctx); err != nil {
		return err
	}
	e.draft.mu.Lock()
	defer e.draft.mu.Unlock()
	e.draft.ended = true
	return nil
}

// unkept returns the parts that changed as they are kept, with the head the first time.
func (e *Entry) unkept() (map[int64][]byte, error) {
	changed := e.Session.Unkept()
	parts := make(map[int64][]byte, len(changed)+1)
	e.draft.mu.Lock()
	maps.Copy(parts, e.draft.failed)
	e.draft.failed = nil
	e.draft.mu.Unlock()
	if len(changed)+len(parts) == 0 {
		return nil, nil
	}
	for _, p := range changed {
		parts[firstPart+p.Number] = nil
		if p.Gone {
			continue
		}
		data, err := json.Marshal(p)
		if err != nil {
			return nil, fmt.Errorf("keep a draft: %w", err)
		}
		parts[firstPart+p.Number] = data
	}
	if e.draft.begun {
		return parts, nil
	}
	head, err := e.head()
	if err != nil {
		return nil, err
	}
	parts[headPart], e.draft.begun = head, true
	return parts, nil
}

func (e *Entry) head() ([]byte, error) {
	if e.draft.id.IsZero() {
		var err error
		if e.draft.id, err = e.desk.newID(); err != nil {
			return nil, err
		}
	}
	form := e.Session.Form()
	head, err := json.Marshal(draftHead{
		Actor: e.desk.Actor, AtMS: e.desk.Now().UnixMilli(), Form: form.Name, Version: form.Version, Header: e.header, New: e.New,
		Name: e.Name, Base: e.base, Plate: e.plate, Of: e.of, Handle: e.handle, Number: e.Number, Corrects: e.corrects,
	})
	if err != nil {
		return nil, fmt.Errorf("keep a draft: %w", err)
	}
	return head, nil
}

// Drop deletes the draft, if there is one; nothing is kept any more.
func (e *Entry) Drop(ctx context.Context) error {
	e.draft.mu.Lock()
	defer e.draft.mu.Unlock()
	e.draft.ended = true
	if e.draft.id.IsZero() {
		return nil
	}
	return e.desk.Unfinished.DropUnfinished(ctx, e.draft.id)
}

// Anew deletes the draft and opens the form as it is without one.
func (e *Entry) Anew(ctx context.Context) (*Entry, error) {
	if err := e.Drop(ctx); err != nil {
		return nil, err
	}
	d := e.desk
	if !e.New {
		return d.EditBy(ctx, e.Session.Form().Name, e.header.ID)
	}
	again, err := d.newOf(ctx, e.Session.Form(), e.header.Kind, e.header.Scope)
	if err != nil {
		return nil, err
	}
	again.header, again.Name, again.plate, again.of, again.handle = e.header, e.Name, e.plate, e.of, e.handle
	again.corrects, again.tray = e.corrects, e.tray
	return again, nil
}

// Begun is a form that was begun and not saved.
type Begun struct {
	Title string // whose, and which form
	When  string
	id    ident.Record
	head  draftHead
}

// OfPerson says whether it is about a household or merchant, or a demand of one.
func (b Begun) OfPerson() bool {
	return slices.Contains([]record.Kind{subject.KindHousehold, subject.KindMerchant, lending.KindDemand}, b.head.Header.Kind)
}

// Begun returns what whoever works here has begun and not saved, newest first.
func (d *Desk) Begun(ctx context.Context) ([]Begun, error) {
	heads, err := d.Unfinished.Unfinished(ctx, headPart)
	if err != nil {
		return nil, err
	}
	answers, err := d.Unfinished.Unfinished(ctx, firstPart)
	if err != nil {
		return nil, err
	}
	var out []Begun
	for id, data := range heads {
		b := Begun{id: id}
		if json.Unmarshal(data, &b.head) != nil || b.head.Actor != d.Actor {
			continue // another's, or of a program that wrote it otherwise
		}
		form := d.Book.Form(b.head.Form, b.head.Version)
		if form == nil {
			continue
		}
		b.Title, b.When = joined(b.head.Name, form.Title.In(d.Print)), d.when(b.head.AtMS)
		if b.head.Name == "" {
			b.Title = joined(d.Village(ctx, b.head.Header.Scope).Name, b.Title, nameIn(answers[id]))
		}
		out = append(out, b)
	}
	slices.SortFunc(out, func(a, b Begun) int {
		return cmp.Or(cmp.Compare(b.head.AtMS, a.head.AtMS), cmp.Compare(a.id.String(), b.id.String()))
	})
	return out, nil
}

// nameIn returns the name that was typed so far, "" if none was.
func nameIn(part []byte) string {
	var p forms.Part
	if json.Unmarshal(part, &p) != nil {
		return ""
	}
	for _, field := range []string{"head_name", "name", "pond_name"} {
		if text := p.Answers[field].Text; text != "" {
			return text
		}
	}
	return ""
}

// begunOn returns the form that was begun on a record, nil if none was.
func (d *Desk) begunOn(ctx context.Context, form string, id ident.Record) (*Entry, error) {
	all, err := d.Begun(ctx)
	if err != nil {
		return nil, err
	}
	for _, b := range all {
		if b.head.Form == form && b.head.Header.ID == id && len(b.head.Corrects) == 0 {
			return d.Resume(ctx, nil, b)
		}
	}
	return nil, nil
}

// Resume goes on with a form that was begun, on the version it was begun with. tray is needed for one that corrects what
// the server refused. fault.NotFound if it is not there any more.
func (d *Desk) Resume(ctx context.Context, tray Tray, b Begun) (*Entry, error) {
	kept, err := d.Unfinished.UnfinishedParts(ctx, b.id)
	if err != nil {
		return nil, err
	}
	if len(kept) == 0 {
		return nil, fault.New(fault.NotFound, "replica.draft")
	}
	h := b.head
	e, err := d.entry(ctx, d.Book.Form(h.Form, h.Version), h.Header.Kind, h.Header.Scope)
	if err != nil {
		return nil, err
	}
	e.New, e.Name, e.Resumed = h.New, h.Name, true
	e.header, e.plate, e.of, e.handle, e.Number, e.corrects, e.tray = h.Header, h.Plate, h.Of, h.Handle, h.Number, h.Corrects, tray
	row, err := d.Store.Get(ctx, h.Header.ID)
	switch {
	case fault.Is(err, fault.NotFound) && h.New:
		if err = e.consented(ctx); err != nil {
			return nil, err
		}
	case err != nil:
		return nil, err
	default: // a change, or the first of several acts was made already
		if err := e.load(ctx, row); err != nil {
			return nil, err
		}
	}
	e.untouched = e.Session.Draft()
	e.base = h.Base // what is changed was seen then
	e.Session.Resume(e.here(partsOf(kept)))
	e.Session.Unkept()
	e.draft.id, e.draft.begun = b.id, true
	return e, nil
}

func partsOf(kept map[int64][]byte) []forms.Part {
	var parts []forms.Part
	for n, data := range kept {
		var p forms.Part
		if n >= firstPart && json.Unmarshal(data, &p) == nil {
			parts = append(parts, p)
		}
	}
	return parts
}

// here leaves out answers that name a file which is not on this laptop any more: it has to be taken again.
func (e *Entry) here(parts []forms.Part) []forms.Part {
	for _, p := range parts {
		for name, answer := range p.Answers {
			field, ok := e.Session.Form().Field(joinPath(p.Rows, name))
			if !ok || field.Type != forms.Photo && field.Type != forms.Sign {
				continue
			}
			if a, err := attachmentOf(answer.Text); answer.Text != "" && (err != nil || !e.desk.Files.Has(a)) {
				delete(p.Answers, name)
			}
		}
	}
	return parts
}

// GiveUp deletes a form that was begun.
func (d *Desk) GiveUp(ctx context.Context, b Begun) error {
	return d.Unfinished.DropUnfinished(ctx, b.id)
}

func joinPath(rows, name string) string {
	if rows == "" {
		return name
	}
	return rows + "." + name
}
