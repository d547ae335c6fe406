// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// device is an agent's laptop or a kiosk with its own data folder.
type device struct {
	t       *testing.T
	program string
	dir     string
	wrote   int // change sets, by what put reports
}

// copy returns the device as it is now, with the other test's life.
func (d *device) copy(t *testing.T) *device {
	t.Helper()
	c := &device{t: t, program: d.program, dir: filepath.Join(t.TempDir(), filepath.Base(d.dir)), wrote: d.wrote}
	copyTree(t, c.dir, d.dir)
	return c
}

// ticket is what `syncserver enrol` answers.
type ticket struct{ File, Code, Server, Words, QR string }

// invite makes a one-time code as an administrator does.
func (s *server) invite(program, name string, units ...string) ticket {
	s.t.Helper()
	role := "officer"
	if program == "kiosk" {
		role = "kiosk"
	}
	args := []string{"enrol", "--program", program, "--name", name, "--person", name, "--role", role}
	for _, u := range units {
		args = append(args, "--village", u)
	}
	var answer ticket
	s.do(&answer, args...)
	return answer
}

// enrol makes a new device for some villages, all of the sample by default.
func (s *server) enrol(program, name string, units ...string) *device {
	s.t.Helper()
	if len(units) == 0 {
		for _, u := range made.Units {
			units = append(units, u.Code)
		}
	}
	d := &device{t: s.t, program: program, dir: filepath.Join(s.t.TempDir(), name)}
	must(s.t, nil, program, "enrol", "--dir", d.dir, "--ticket", s.invite(program, name, units...).File)
	return d
}

// do carries out a verb.
func (d *device) do(v any, args ...string) {
	d.t.Helper()
	must(d.t, v, d.program, append(args, "--dir", d.dir)...)
}

// standing is what sync and status answer.
type standing struct {
	Device                        string
	Waiting, Refused, Quarantined int
	Broken                        int
	Stranded, Attachments         int
	Scopes                        []struct{ Scope, View, Version string }
}

func (d *device) sync() standing {
	d.t.Helper()
	var st standing
	d.do(&st, "sync", "--once")
	return st
}

// syncing starts sync that goes on by itself.
func (d *device) syncing() *process {
	d.t.Helper()
	return start(d.t, command(context.Background(), d.program, "sync", "--dir", d.dir))
}

func (d *device) status() standing {
	d.t.Helper()
	var st standing
	d.do(&st, "status")
	return st
}

// entry is a record to put.
type entry struct {
	ID      string            `json:"id,omitempty"`
	Village string            `json:"village,omitempty"`
	Fields  map[string]string `json:"fields"`
}

// verdict is what put says of an entry.
type verdict struct {
	Row                             int
	ID, Receipt, Field, Error, Hint string
	Number                          int
	Unchanged                       bool
}

// put puts records and returns their ids.
func (d *device) put(kind string, entries ...entry) []string {
	d.t.Helper()
	ids := make([]string, len(entries))
	for i, v := range d.putFile(kind, entries) {
		ids[i] = v.ID
	}
	return ids
}

// putFile puts records and returns what the device says of each.
func (d *device) putFile(kind string, entries []entry) (verdicts []verdict) {
	d.t.Helper()
	data, err := json.Marshal(entries)
	if err != nil {
		d.t.Fatal(err)
	}
	d.do(&verdicts, "put", kind, write(d.t, "put.json", string(data)))
	for _, v := range verdicts {
		if v.Number > 0 {
			d.wrote++
		}
	}
	return verdicts
}

// ask registers a demand at a plate, with consent on paper, and returns the
// receipt number.
func (d *device) ask(plate string) string {
	d.t.Helper()
	return d.putFile("demand", []entry{{Fields: map[string]string{
		"plate_code": plate, "applicant_name": applicant, "contact": "own", "phone": applicantPhone,
		"asked": "5万", "term_months": "12", "purpose": "planting", "agreed": "1", "sample": "是",
	}}})[0].Receipt
}

// write makes a file in a folder of its own.
func write(t *testing.T, name, text string) (file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// row is a record as list and get print it.
type row struct {
	ID, Kind, Scope   string
	Fields            map[string]string
	Others            map[string][]string
	Pending, Disputed []string
	Deleted           bool
	History           []struct {
		Field, Value  string
		Writer        string
		Lost, Pending bool
	}
}

// had tells whether a value is in the history of a field.
func (r row) had(field, value string) bool {
	for _, p := range r.History {
		if p.Field == field && p.Value == value {
			return true
		}
	}
	return false
}

// lost returns what stands no more, and who wrote it. Whether it stood for a
// while or lost on arrival is left out: that is what the order decides.
func (r row) lost() (values []string) {
	for _, p := range r.History {
		values = append(values, r.ID+" "+p.Field+"="+p.Value+" by "+p.Writer)
	}
	return values
}

// where lists the records in which an indexed field has a value.
func (d *device) where(kind, term string) (rows []row) {
	d.t.Helper()
	d.do(&rows, "list", kind, "--where", term)
	return rows
}

func (d *device) list(kind string) []row {
	d.t.Helper()
	var rows []row
	d.do(&rows, "list", kind, "--limit", "5000")
	slices.SortFunc(rows, func(a, b row) int { return strings.Compare(a.ID, b.ID) })
	return rows
}

func (d *device) get(id string) row {
	d.t.Helper()
	var r row
	d.do(&r, "get", id, "--history")
	return r
}

// demand is what demand list and show print.
type demand struct {
	ID, Receipt, Name, Asked, Status, Channel, Sentence string
	Pending                                             bool
	Steps                                               []struct{ To, Role, Reason string }
}

func (d *device) demands() []demand {
	d.t.Helper()
	var list []demand
	d.do(&list, "demand", "list")
	return list
}

// demand returns the demand with a receipt number.
func (d *device) demand(receipt string) (demand, bool) {
	d.t.Helper()
	list := d.demands()
	i := slices.IndexFunc(list, func(one demand) bool { return one.Receipt == receipt })
	if i < 0 {
		return demand{}, false
	}
	return list[i], true
}
