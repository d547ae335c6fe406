// SPDX-License-Identifier: Apache-2.0

package seal_test

import (
	"errors"
	"testing"

	"yuexin/shared/sync/seal"
)

// TestWrapBox: who knows the passphrase opens what anybody sealed to the public half, and nobody else does.
func TestWrapBox(t *testing.T) {
	private := must(seal.NewBox(seal.Default, source(1)))
	public := must(private.Public())
	box := must(public.SealTo(nil, source(2), []byte("一万元"), []byte("place")))
	wrapped := must(seal.WrapBox(source(3), "card 123457", cheap, private))
	got := must(seal.UnwrapBox("card 123457", wrapped))
	if plain, err := got.OpenBox(nil, box, []byte("place")); err != nil || string(plain) != "一万元" {
		t.Errorf("opened %q, %v", plain, err)
	}
	if _, err := seal.UnwrapBox("card 123456", wrapped); !errors.Is(err, seal.ErrPassphrase) {
		t.Errorf("another passphrase: %v", err)
	}
	if _, err := seal.UnwrapKey("card 123457", wrapped); !errors.Is(err, seal.ErrFormat) {
		t.Errorf("taken for a key: %v", err)
	}
	if _, err := seal.WrapBox(source(3), "", cheap, private); !errors.Is(err, seal.ErrPassphrase) {
		t.Errorf("no passphrase: %v", err)
	}
	if _, err := seal.WrapBox(source(3), "x", cheap, seal.BoxPrivate{}); !errors.Is(err, seal.ErrKey) {
		t.Errorf("no key: %v", err)
	}
}
