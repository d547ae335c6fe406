// SPDX-License-Identifier: Apache-2.0

package audit_test

import (
	"strings"
	"testing"

	"yuexin/shared/fault"
	"yuexin/shared/sync/audit"
)

// FuzzParseHead: a head that somebody kept on paper is none, or reads the same again.
func FuzzParseHead(f *testing.F) {
	f.Add(audit.Head{Number: 7, AtMS: 1780000000000, Signature: []byte{1, 2}}.String())
	f.Add("yxaudit1.e30")
	f.Fuzz(func(t *testing.T, text string) {
		h, err := audit.ParseHead(text)
		if err != nil {
			if !fault.Is(err, fault.Invalid) {
				t.Fatalf("refused as %v", err)
			}
			return
		}
		if again, err := audit.ParseHead(h.String()); err != nil || again.String() != h.String() {
			t.Fatalf("%+v is read again as %+v, %v", h, again, err)
		}
	})
}

// FuzzParsePolicy: a policy that is taken keeps to its bounds.
func FuzzParsePolicy(f *testing.F) {
	f.Add(`{"version": 1, "again_minutes": 10, "named": 20, "hot_months": 6}`)
	f.Fuzz(func(t *testing.T, text string) {
		p, err := audit.ParsePolicy(strings.NewReader(text))
		if err == nil && (p.Version() == 0 || p.Named < 1 || p.Named > audit.MaxTouched || p.HotMonths < 1) {
			t.Fatalf("taken: %+v", p)
		}
	})
}
