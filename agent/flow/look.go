// SPDX-License-Identifier: Apache-2.0

package flow

import "yuexin/shared/i18n"

// Look is how a person likes the windows: the zero Look is light and Chinese.
type Look struct {
	Dark bool      `json:"dark"`
	Lang i18n.Lang `json:"lang"`
}

// Looks keeps the look of each person who works on a laptop.
type Looks interface {
	// Liked returns that of whoever has opened the desk.
	Liked() Look
	// Like keeps it. The windows have changed already: that it could not be kept is for the log.
	Like(Look)
	// Printer returns the texts in a language.
	Printer(i18n.Lang) *i18n.Printer
}

// In returns the desk with its texts in another language.
func (d *Desk) In(p *i18n.Printer) *Desk {
	in := &Desk{
		Store: d.Store, StoreFor: d.StoreFor, Files: d.Files, Shelf: d.Shelf, Unfinished: d.Unfinished, Book: d.Book, Regions: d.Regions, Print: p,
		Actor: d.Actor, Role: d.Role, Name: d.Name, Host: d.Host, Now: d.Now, Random: d.Random, Numbers: d.Numbers, Users: d.Users,
	}
	d.joints.Range(func(scope, j any) bool { in.joints.Store(scope, j); return true })
	return in
}
