// SPDX-License-Identifier: Apache-2.0

package console

import (
	"context"
	"encoding/hex"
	"errors"
	"net/http"
	"slices"
	"strings"

	"yuexin/shared/fault"
	"yuexin/shared/sync/audit"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/access"
	"yuexin/syncserver/store"
)

// noting is the console's store with reading noted: whatever a page reads of class
// C2 or C3 is gathered in the page of its request, and on disk as one entry before
// the first byte of the page leaves. A reader that nobody logged in as (the board,
// the directory of staff) reads class C1 alone, which is not noted.
type noting struct {
	Store
	cfg Config
}

// As returns the records as one login sees them, watched, without what the people in them have not consented to show.
func (n noting) As(login store.Login) record.Store {
	return n.watcher(login).Watch(n.consented(login, n.Store.As(login)))
}

// AsPerson is As for somebody whose own key is at hand.
func (n noting) AsPerson(login store.Login, own store.Signer) record.Store {
	return n.watcher(login).Watch(n.consented(login, n.Store.AsPerson(login, own)))
}

func (n noting) watcher(login store.Login) audit.Watcher {
	return audit.Watcher{Catalogue: n.cfg.Catalogue, Policy: n.cfg.Audit, Note: func(ctx context.Context, entries []audit.Entry) error {
		for i := range entries { // read outside of a page
			entries[i].Actor, entries[i].Login, entries[i].What = login.Actor, login.ID, "console"
		}
		return n.Note(ctx, entries...)
	}}
}

// Kept returns a change set that was kept aside, and notes the fields that the
// visitor's role may see of it: they are somebody's data like those of a record.
func (n noting) Kept(ctx context.Context, link record.Link) (*record.ChangeSet, error) {
	cs, err := n.Store.Kept(ctx, link)
	if err != nil {
		return nil, err
	}
	v, _ := ctx.Value(visitKey{}).(*visit)
	if v == nil {
		return nil, fault.New(fault.Internal, "").WithCause(errors.New("a change set that was kept aside is read outside of a visit"))
	}
	for _, w := range cs.Writes {
		seen := slices.DeleteFunc(w.FieldNames(), func(f record.Field) bool { return !sees(n.cfg, v, w.Header.Kind, f) })
		if err := n.watcher(v.user.Login).Shown(ctx, audit.Read, w.Header, seen); err != nil {
			return nil, err
		}
	}
	return cs, nil
}

// sees reports whether the visitor's role may see a field of records of a kind.
func sees(cfg Config, v *visit, kind record.Kind, f record.Field) bool {
	def, _ := cfg.Catalogue.Field(kind, f)
	return cfg.Access.View(v.user.Login.Role).Holds(kind, def.Class)
}

// visitKey is under what the context of a request has its visit.
type visitKey struct{}

// noted runs a handler whose answer waits for the note of what it read.
func (c *Console) noted(w http.ResponseWriter, r *http.Request, v *visit, of Page, h handler) error {
	ctx, page := audit.Open(context.WithValue(r.Context(), visitKey{}, v))
	n := &notedWriter{ResponseWriter: w, what: string(of)}
	n.note = func() error {
		entries := page.Entries(c.Audit)
		if n.file != nil {
			entries = []audit.Entry{*n.file}
		}
		for i := range entries {
			entries[i].What = "console." + n.what
			if n.deed != "" {
				entries[i].Deed = n.deed
			}
		}
		if err := c.note(r, v.user, entries...); err != nil {
			return err
		}
		return c.noteWithheld(r, v, n.what)
	}
	if err := h(n, r.WithContext(ctx), v); err != nil {
		return errors.Join(err, c.noteWithheld(r, v, n.what)) // a page of a fault shows nothing of what was read
	}
	return n.finish()
}

// notedWriter holds an answer back until note has returned.
type notedWriter struct {
	http.ResponseWriter
	note   func() error
	what   string       // page
	deed   audit.Deed   // in place of what the reads look like; "" for that
	file   *audit.Entry // in place of what was read to find a file: the file is all that is shown
	status int
	open   bool
}

// WriteHeader keeps the status until the answer may leave.
func (n *notedWriter) WriteHeader(status int) {
	if n.status == 0 {
		n.status = status
	}
}

// Write sends a part of the answer; the first one waits for the note.
func (n *notedWriter) Write(b []byte) (int, error) {
	if err := n.finish(); err != nil {
		return 0, err
	}
	return n.ResponseWriter.Write(b)
}

// finish lets the answer leave.
func (n *notedWriter) finish() error {
	if n.open {
		return nil
	}
	if err := n.note(); err != nil {
		return err
	}
	n.open = true
	if n.status != 0 {
		n.ResponseWriter.WriteHeader(n.status)
	}
	return nil
}

// gives says that the answer is a file that a field names, and nothing else of what
// was read for it.
func (n *notedWriter) gives(it record.NamedBlob) {
	n.what, n.file = "attachment", &audit.Entry{Deed: audit.Read, About: hex.EncodeToString(it.Digest[:]), Touched: []audit.Touch{{
		Kind: it.Header.Kind, Scope: it.Header.Scope, Subject: it.Header.Subject, Record: it.Header.ID, Fields: []record.Field{it.Field},
	}}}
	if !isPicture(it.MediaType) { // it is not looked at in the page, but saved
		n.file.Deed = audit.Export
	}
}

// note makes entries of a user durable.
func (c *Console) note(r *http.Request, user store.User, entries ...audit.Entry) error {
	if len(entries) == 0 {
		return nil
	}
	for i := range entries {
		entries[i].User, entries[i].Actor, entries[i].Login = user.Name, user.Login.Actor, user.Login.ID
	}
	return c.Store.Note(r.Context(), entries...)
}

// act notes what an administrator is about to do, before it is done: no act is
// without its entry, and one that then fails has an entry too.
func (c *Console) act(r *http.Request, v *visit, what, about string) error {
	if len(about) > audit.MaxText {
		about = strings.ToValidUTF8(about[:audit.MaxText], "")
	}
	return c.note(r, v.user, audit.Entry{Deed: audit.Act, What: what, About: about})
}

// noteRefused notes a login that was refused for its name or password. Those that
// were only told to wait are not: whoever guesses would fill the log. A name that
// cannot be one may be a password in the wrong field and is left out.
func (c *Console) noteRefused(r *http.Request, name string, why error) error {
	if kind := fault.KindOf(why); kind != fault.Unauthenticated && kind != fault.NotAllowed {
		return nil
	}
	if access.CheckName(strings.ToLower(name)) != nil {
		name = ""
	}
	return c.Store.Note(r.Context(), audit.Entry{Deed: audit.Refused, User: strings.ToLower(name), What: "console.login"})
}
