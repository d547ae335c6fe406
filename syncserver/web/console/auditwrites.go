// SPDX-License-Identifier: Apache-2.0

package console

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/store"
)

// writeRow is a change set that wrote to the record, as people read it.
type writeRow struct {
	Clock   time.Time // of the device, as it was
	Person  string
	Place   string // device, or the server
	Deed    string
	Act     string // as programs name it
	Fields  fieldList
	Outcome string // key
	Refused bool
}

// onWrites shows who wrote to one record: the change sets are their own log.
func (c *Console) onWrites(w http.ResponseWriter, r *http.Request, v *visit) error {
	page, q, err := c.newAuditPage(r, v, auditWrites, r.URL.Query())
	if err != nil {
		return err
	}
	if page.Problem == nil && q.Record.IsZero() && page.Filter.Whom != "" {
		page.Problem = problemOf(v.print, fault.New(fault.Invalid, "console.audit.one_record"))
	}
	if page.Problem != nil {
		return c.show(w, http.StatusUnprocessableEntity, "audit", &page)
	}
	if q.Record.IsZero() { // nothing was asked yet
		return c.show(w, http.StatusOK, "audit", &page)
	}
	if err := c.noteAsked(r, v, "console.writes", page.Filter, q); err != nil {
		return err
	}
	list, err := c.Store.Written(r.Context(), q.Record)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	list = cutWrites(list, r.URL.Query().Get("after"))
	if r.URL.Query().Has("after") {
		page.First = page.address("")
	}
	if len(list) > auditRows {
		list = list[:auditRows]
		page.Next = page.address(printWritePlace(list[auditRows-1]))
	}
	if page.Writes, err = c.writeRows(r.Context(), v, list); err != nil {
		return err
	}
	return c.show(w, http.StatusOK, "audit", &page)
}

// cutWrites orders change sets, newest first, and leaves out those up to a place.
func cutWrites(list []store.Written, after string) []store.Written {
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b store.Written) int { return -compareWrites(a, b) })
	last, ok := parseWritePlace(after)
	if !ok {
		return list
	}
	return slices.DeleteFunc(list, func(w store.Written) bool { return compareWrites(w, last) >= 0 })
}

func compareWrites(a, b store.Written) int {
	return cmp.Or(
		cmp.Compare(a.Clocks.WallMS, b.Clocks.WallMS),
		a.Link.Lane.Incarnation.Compare(b.Link.Lane.Incarnation),
		cmp.Compare(a.Link.Number, b.Link.Number),
	)
}

func printWritePlace(w store.Written) string {
	return strings.Join([]string{
		strconv.FormatInt(w.Clocks.WallMS, 36), w.Link.Lane.Incarnation.String(), strconv.FormatUint(w.Link.Number, 36),
	}, ".")
}

// parseWritePlace reads what printWritePlace wrote; false for anything else.
func parseWritePlace(text string) (w store.Written, ok bool) {
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return w, false
	}
	var errs [3]error
	w.Clocks.WallMS, errs[0] = strconv.ParseInt(parts[0], 36, 64)
	w.Link.Lane.Incarnation, errs[1] = ident.Parse[ident.Incarnation](parts[1])
	w.Link.Number, errs[2] = strconv.ParseUint(parts[2], 36, 63)
	return w, errs == [3]error{}
}

func (c *Console) writeRows(ctx context.Context, v *visit, list []store.Written) ([]writeRow, error) {
	machines, err := c.deviceNames(ctx)
	if err != nil {
		return nil, err
	}
	names := c.people()
	var out []writeRow
	for _, one := range list {
		row := writeRow{
			Clock: time.UnixMilli(one.Clocks.WallMS), Place: machines[one.Device], Deed: deedText(v.print, one.Act), Act: one.Act,
			Fields: c.fieldList(v, one.Kind, one.Fields), Outcome: one.Outcome.String(), Refused: one.Outcome >= record.Rejected,
		}
		if row.Person, err = names.of(ctx, one.Actor); err != nil {
			return nil, err
		}
		out = append(out, row)
	}
	return out, nil
}
