// SPDX-License-Identifier: Apache-2.0

package resident

import (
	"context"
	"fmt"
	"html/template"
	"net/http"
	"strings"

	"yuexin/shared/credit/alarm"
	"yuexin/shared/credit/doorplate"
	life "yuexin/shared/credit/plate"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// visit is the plate that a request stands before.
type visit struct {
	key       string // for the limits
	handle    doorplate.Handle
	scope     ident.Scope
	record    ident.Record // of the plate
	sample    bool
	household ident.Record // that the plate is bound to, zero for none
	Forwarded bool         // an older plate was scanned
}

// open verifies a token, follows replaced plates, and puts the plate into the
// frame. Whatever is not a plate of ours that counts is a fault whose message
// names the official host.
func (q *request) open(token string) error {
	plate, err := q.verify(token)
	if err != nil {
		return err
	}
	row, err := q.plateOf(q.ctx, plate.Handle)
	if err != nil {
		return err
	}
	err = doorplate.Voided(q.ctx, q.Desk, plate)
	void := fault.Is(err, fault.Gone)
	if err != nil && !void {
		return err
	}
	row, q.visit.Forwarded, err = life.Follow(q.ctx, q.Desk, row)
	switch {
	case fault.Is(err, fault.Gone) && fault.From(err).Key == "plate.split":
		return fault.New(fault.Gone, "resident.plate.split").With("numbers", fault.From(err).Args["numbers"])
	case fault.Is(err, fault.Gone), err == nil && void && !q.visit.Forwarded:
		q.note(alarm.VoidScans, row.Header.ID.String(), row.Header.ID)
		return fault.New(fault.Gone, "resident.plate.void")
	case err != nil:
		return err
	}
	return q.stand(token, row)
}

// verify checks the signature. What is wrong with a token is told to nobody: it
// is not genuine, or not whole.
func (q *request) verify(token string) (doorplate.Plate, error) {
	parsed, err := doorplate.Parse("/D/" + token)
	if err != nil {
		return doorplate.Plate{}, fault.New(fault.NotFound, "resident.plate.damaged").WithCause(err)
	}
	plate, err := doorplate.Verify(q.Keys(), parsed)
	if err != nil {
		q.note(alarm.Forged, "", ident.Record{})
		return doorplate.Plate{}, fault.New(fault.NotFound, "resident.plate.forged").WithCause(err)
	}
	return plate, nil
}

// plateOf finds what a genuine plate stands for; one that is not in use yet is
// fault.NotFound.
func (s *site) plateOf(ctx context.Context, handle doorplate.Handle) (record.Row, error) {
	rows, err := s.Desk.List(ctx, record.Query{
		Kind: "plate", Where: []record.Term{{Field: "handle", Value: record.OfBytes(handle[:])}}, Limit: 1,
	})
	if err != nil {
		return record.Row{}, fmt.Errorf("find plate: %w", err)
	}
	if len(rows) == 0 {
		return record.Row{}, fault.New(fault.NotFound, "resident.plate.unknown")
	}
	return rows[0], nil
}

// stand fills in the visit and what the plate itself shows.
func (q *request) stand(token string, row record.Row) error {
	raw := row.Value("handle").Bytes()
	if len(raw) != doorplate.HandleSize {
		return fault.New(fault.Internal, "").WithCause(fmt.Errorf("plate record without a handle"))
	}
	handle := doorplate.Handle(raw)
	q.visit.key, q.visit.handle, q.visit.scope = handle.String(), handle, row.Header.Scope
	q.visit.sample, q.visit.record = row.Bool("sample"), row.Header.ID
	q.note(alarm.Serial, q.visit.key, ident.Record{})
	copy(q.visit.household[:], row.Value("household").Bytes())

	village, err := q.villageOf(row.Header.Scope)
	if err != nil {
		return err
	}
	q.Path = template.URL("/D/" + token) // a verified token is base32
	q.Village, q.House = village, houseOf(row)
	q.Code = doorplate.CodeOf(handle).String()
	return nil
}

// villageOf returns the name of the unit whose scope it is.
func (q *request) villageOf(scope ident.Scope) (string, error) {
	rows, err := q.Desk.List(q.ctx, record.Query{Kind: "unit", Scope: scope, Limit: 1})
	if err != nil {
		return "", fmt.Errorf("find village: %w", err)
	}
	if len(rows) == 0 {
		return "", nil
	}
	return rows[0].Text("name"), nil
}

// houseOf is what the plate shows besides the village, such as 三组12号. Group
// and number may be recorded as bare figures.
func houseOf(plate record.Row) string {
	return numbered(plate.Text("group_no"), "组") + numbered(plate.Text("house_no"), "号")
}

func numbered(text, unit string) string {
	if text != "" && strings.Trim(text, "0123456789") == "" {
		return text + unit
	}
	return text
}

// scanPage is what a scan opens.
type scanPage struct {
	*frame
	Forwarded bool
	Menu      []entryOf
}

// entryOf is one thing that can be done at a plate.
type entryOf struct {
	Page, Title, About string
	Icon               string // the path of its picture
}

// menu are the pages below the first, in the order in which they stand there, with their pictures. Whose page it is says whether
// a proof of person is asked for before it.
var menu = []struct{ page, key, icon string }{
	{"STATE", "resident.state", "M4 10.5a6.5 6.5 0 1 0 13 0a6.5 6.5 0 1 0-13 0M15.5 15.5l5 5"},
	{"MINE", "resident.mine", "M5 20v-1.5c0-3 3-5 7-5s7 2 7 5V20M8.5 7.5a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0"},
	{"FILE", "resident.file", "M6 3h9l4 4v14H6zM15 3v4h4M9.5 13l2 2 3.5-4"},
	{"NOTICES", "resident.notices", "M4 10v4h3l7 4V6l-7 4zM17.5 9.5a4 4 0 0 1 0 5"},
	{"POINTS", "resident.points", "M12 4l2.4 5 5.6.7-4.1 3.8 1.1 5.5-5-2.8-5 2.8 1.1-5.5L4 9.7 9.6 9z"},
	{"DATA", "resident.data", "M12 3 4.5 6v5.5c0 4.5 3.2 8 7.5 9.5 4.3-1.5 7.5-5 7.5-9.5V6zM9 12l2.3 2.3L15.3 10"},
}

func (q *request) onScan() error {
	page := scanPage{frame: q.frame, Forwarded: q.visit.Forwarded}
	for _, m := range menu {
		one := entryOf{Page: m.page, Title: q.T(m.key + ".title"), About: q.T(m.key + ".about"), Icon: m.icon}
		if m.page == "NOTICES" {
			all, err := q.told()
			if err != nil {
				return err
			}
			if one.About = q.T("resident.notices.none"); len(all) > 0 {
				one.About = q.T("resident.notices.newest", "title", all[0].Title)
			}
		}
		page.Menu = append(page.Menu, one)
	}
	q.titled("resident.scan.title", "")
	return q.show(http.StatusOK, "scan", page)
}
