// SPDX-License-Identifier: Apache-2.0

package replica_test

import (
	"strings"
	"testing"

	"yuexin/shared/fault"
	"yuexin/shared/sync/recordtest"
	"yuexin/shared/sync/replica"
)

func TestDrafts(t *testing.T) {
	d := newServer(t).newDevice(replica.Kiosk, 1)
	const now, day = recordtest.StartMS, 24 * 3600 * 1000
	slip := must(d.PutDraft(ctx, []byte("one"), now))
	other := must(d.PutDraft(ctx, []byte("two"), now))
	for _, tc := range []struct {
		name, slip string
		at         int64
		want       string
	}{
		{"as printed", slip, now, "one"},
		{"lower case without dash", strings.ToLower(strings.ReplaceAll(slip, "-", " ")), now, "one"},
		{"the other", other, now, "two"},
		{"a moment before its end", slip, now + day - 1, "one"},
		{"after its end", slip, now + day, ""},
		{"too short", slip[:4], now, ""},
		{"unknown", slip[:2] + "222222", now, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := d.GetDraft(ctx, tc.slip, tc.at)
			if string(got) != tc.want || fault.Is(err, fault.NotFound) != (tc.want == "") {
				t.Errorf("got %q, %v, want %q", got, err, tc.want)
			}
		})
	}
	if err := d.DeleteDraft(ctx, slip, now); err != nil {
		t.Fatal(err)
	}
	if err := d.DeleteDraft(ctx, slip, now); !fault.Is(err, fault.NotFound) {
		t.Errorf("delete twice: %v, want not found", err)
	}
	if err := d.ExpireDrafts(ctx, now+day); err != nil {
		t.Fatal(err)
	}
	if _, err := d.GetDraft(ctx, other, now); !fault.Is(err, fault.NotFound) {
		t.Errorf("an expired draft is still on disk: %v", err)
	}
}
