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

// put puts records and returns their ids.
func (d *device) put(kind string, entries ...entry) []string {
	d.t.Helper()
	data, err := json.Marshal(entries)
	if err != nil {
		d.t.Fatal(err)
	}
	file := filepath.Join(d.t.TempDir(), "put.json")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		d.t.Fatal(err)
	}
	var verdicts []struct{ ID, Error string }
	d.do(&verdicts, "put", kind, file)
	ids := make([]string, len(verdicts))
	for i, v := range verdicts {
		ids[i] = v.ID
	}
	return ids
}

// row is a record as list and get print it.
type row struct {
	ID, Kind, Scope   string
	Fields            map[string]string
	Pending, Disputed []string
	Deleted           bool
	History           []struct {
		Field, Value  string
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
