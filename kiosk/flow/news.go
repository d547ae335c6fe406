// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"cmp"
	"fmt"
	"slices"

	"yuexin/shared/credit/notice"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Told returns what the villages of the machine and everybody are told today, newest first. By the machine's own clock a
// notice goes with its last day, link or none.
func (f *Flow) Told() ([]notice.Notice, error) {
	rows, err := f.Store.List(f.ctx, record.Query{Kind: notice.Kind, Newest: true, Limit: 1000})
	if err != nil {
		return nil, fmt.Errorf("list notices: %w", err)
	}
	var out []notice.Notice
	for _, row := range rows {
		if n := notice.Of(row); n.Shown(f.Now()) {
			out = append(out, n)
		}
	}
	slices.SortStableFunc(out, func(a, b notice.Notice) int { return cmp.Compare(b.At, a.At) })
	return out, nil
}

// OpenTold shows the list of notices.
func (f *Flow) OpenTold() { f.open(Notices) }

// OpenNotice shows one of them.
func (f *Flow) OpenNotice(id ident.Record) {
	f.visit.reading = id
	f.open(Notice)
}

// Notice returns the notice that is read; false where it was taken off meanwhile.
func (f *Flow) Notice() (notice.Notice, bool) {
	all, err := f.Told()
	i := slices.IndexFunc(all, func(n notice.Notice) bool { return n.Header.ID == f.visit.reading })
	if err != nil || i < 0 {
		return notice.Notice{}, false
	}
	return all[i], true
}
