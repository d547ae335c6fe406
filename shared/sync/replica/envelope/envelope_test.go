// SPDX-License-Identifier: Apache-2.0

package envelope_test

import (
	"crypto/rand"
	"testing"

	"yuexin/shared/fault"
	"yuexin/shared/sync/replica/envelope"
	"yuexin/shared/sync/seal"
)

func TestOpen(t *testing.T) {
	private, err := seal.NewBox(seal.Default, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	public, err := private.Public()
	if err != nil {
		t.Fatal(err)
	}
	boxed, err := envelope.Box(rand.Reader, public, []byte("frame"))
	if err != nil {
		t.Fatal(err)
	}
	broken := append([]byte(nil), boxed...)
	broken[len(broken)-1] ^= 1
	for _, tc := range []struct {
		name string
		data []byte
		want fault.Kind
	}{
		{"plain", envelope.Wrap([]byte("frame")), fault.OK},
		{"boxed", boxed, fault.OK},
		{"empty", nil, fault.Corrupt},
		{"changed", broken, fault.Corrupt},
		{"unknown", []byte{9, 1}, fault.Unsupported},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := envelope.Open(private, tc.data)
			if fault.KindOf(err) != tc.want {
				t.Fatalf("err = %v, want %v", err, tc.want)
			}
			if tc.want == fault.OK && string(got) != "frame" {
				t.Errorf("got %q, want the frame", got)
			}
		})
	}
}
