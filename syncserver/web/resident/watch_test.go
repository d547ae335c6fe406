// SPDX-License-Identifier: Apache-2.0

package resident_test

import (
	"crypto/ed25519"
	"slices"
	"testing"

	"yuexin/shared/credit/alarm"
	"yuexin/shared/credit/doorplate"
	"yuexin/shared/ident"
)

// What the alarms are told of: which plates one source opens, tokens that nobody signed, void plates; never an address.
func TestTheAlarmsAreTold(t *testing.T) {
	w := newWorld(t)
	var told []alarm.Scan
	w.config.Watch = func(s alarm.Scan) { told = append(told, s) }
	w.open()
	w.plate(4, "", "4号", "void", ident.Record{})
	stranger := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	forged := must(doorplate.Issue(handle(1), 2500, doorplate.Ed25519Private(stranger)))
	for _, tt := range []struct {
		path string
		want []alarm.Kind
	}{
		{w.path(1), []alarm.Kind{alarm.Serial}},
		{"/D/" + forged.String(), []alarm.Kind{alarm.Forged}},
		{w.path(4), []alarm.Kind{alarm.VoidScans}},
		{w.path(1)[:100], nil},
		{w.path(99), nil},
	} {
		told = nil
		w.get(tt.path)
		var got []alarm.Kind
		for _, s := range told {
			got = append(got, s.Kind)
			if len(s.Source) != 12 || s.At.IsZero() || s.Kind == alarm.VoidScans && s.Plate.IsZero() {
				t.Errorf("%s: told %+v", tt.path, s)
			}
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: told %v, want %v", tt.path, got, tt.want)
		}
	}
}
