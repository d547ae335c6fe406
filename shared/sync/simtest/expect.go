// SPDX-License-Identifier: Apache-2.0

package simtest

import (
	"fmt"
	"strconv"

	"yuexin/shared/sync/record"
	"yuexin/shared/sync/simtest/model"
)

// expect carries out what plans say of a world:
//
//	expect NAME waiting N                 change sets without a receipt
//	expect NAME boxes N                   boxes that wait to be offered back to the server
//	expect NAME tray N                    refused change sets
//	expect NAME has|lacks RECORD          whether the device shows a record
//	expect NAME disputed RECORD FIELD     a field is shown as disputed
//	expect NAME settled RECORD FIELD      and is not
//	expect same NAME NAME RECORD FIELD    both show the same value
//	expect differ NAME NAME RECORD FIELD
//	expect deleted|live NAME RECORD
//	expect quarantine N                   change sets kept aside at the server
//	expect happened COUNT…                a path was taken, by its name in Counts
//	expect never COUNT…
func (w *World) expect(words []string) error {
	for len(words) < 5 {
		words = append(words, "")
	}
	switch words[0] {
	case "same", "differ":
		a, b := w.state(words[1], words[3], words[4]), w.state(words[2], words[3], words[4])
		return w.expected(a.Value.Equal(b.Value) == (words[0] == "same"), "%s and %s show %s and %s",
			words[1], words[2], model.Print(a.Value), model.Print(b.Value))
	case "deleted", "live":
		row, ok := w.row(words[1], words[2])
		return w.expected(ok && row.Deleted() == (words[0] == "deleted"), "record there: %v, deleted: %v", ok, row.Deleted())
	case "quarantine":
		return w.expectNumber(len(w.server.store.Quarantined()), words[1])
	case "happened", "never":
		name := joinWords(words[1:])
		return w.expected((w.Counts[name] > 0) == (words[0] == "happened"), "%q happened %d times", name, w.Counts[name])
	}
	n := w.nodes[words[0]]
	if n == nil {
		return fmt.Errorf("no device %s", words[0])
	}
	switch words[1] {
	case "waiting":
		return w.expectNumber(n.store.Waiting(), words[2])
	case "boxes":
		return w.expectNumber(n.store.Offers(), words[2])
	case "tray":
		return w.expectNumber(len(n.store.Tray()), words[2])
	case "has", "lacks":
		_, ok := w.row(words[0], words[2])
		return w.expected(ok == (words[1] == "has"), "record there: %v", ok)
	case "disputed", "settled":
		s := w.state(words[0], words[2], words[3])
		return w.expected(s.Disputed == (words[1] == "disputed"), "disputed: %v", s.Disputed)
	}
	return fmt.Errorf("unknown expectation")
}

func joinWords(words []string) (out string) {
	for _, word := range words {
		if word != "" && out != "" {
			out += " "
		}
		out += word
	}
	return out
}

// expected notes a broken expectation. It is no error: the plan goes on.
func (w *World) expected(ok bool, format string, args ...any) error {
	if !ok {
		w.broke("as the story says", format, args...)
		return fmt.Errorf(format, args...)
	}
	return nil
}

func (w *World) expectNumber(got int, want string) error {
	n, err := strconv.Atoi(want)
	if err != nil {
		return err
	}
	return w.expected(got == n, "got %d", got)
}

// row returns a record as a device shows it.
func (w *World) row(device, name string) (record.Row, bool) {
	n, h := w.nodes[device], w.records[name]
	if n == nil {
		return record.Row{}, false
	}
	for _, r := range n.store.Rows(h.Scope) {
		if r.Header.ID == h.ID {
			return r, true
		}
	}
	return record.Row{}, false
}

func (w *World) state(device, name, field string) record.FieldState {
	row, _ := w.row(device, name)
	return row.Fields[record.Field(field)]
}
