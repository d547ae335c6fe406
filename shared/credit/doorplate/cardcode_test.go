// SPDX-License-Identifier: Apache-2.0

package doorplate_test

import (
	"testing"

	"yuexin/shared/credit/doorplate"
	"yuexin/shared/fault"
)

func TestCardCode(t *testing.T) {
	key := []byte("a secret of the server")
	code := doorplate.CardCodeOf(key, testHandle(1))
	if again := doorplate.CardCodeOf(key, testHandle(1)); again != code {
		t.Errorf("the code changes: %s, %s", code, again)
	}
	if doorplate.CardCodeOf(key, testHandle(2)) == code || doorplate.CardCodeOf([]byte("another"), testHandle(1)) == code {
		t.Error("two cards or two servers have one code")
	}
	for _, text := range []string{code.String(), " " + string(code[:3]) + "－" + string(code[3:])} {
		if got, err := doorplate.ParseCardCode(text); err != nil || got != code {
			t.Errorf("%q: got %s, %v", text, got, err)
		}
	}
	if got, err := doorplate.ParseCardCode("０４１７３３８５"); err != nil || got.String() != "0417 3385" {
		t.Errorf("full-width digits: %s, %v", got, err)
	}
	for _, text := range []string{"", "1234567", "123456789", "1234567X", doorplate.CodeOf(testHandle(1)).String()} {
		_, err := doorplate.ParseCardCode(text)
		wantKind(t, err, fault.Invalid)
	}
}
