// SPDX-License-Identifier: Apache-2.0

package device

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// TestCodes: codes end with CR, LF or both, come in pieces, and are dropped where they are no code.
func TestCodes(t *testing.T) {
	long := strings.Repeat("x", longestCode+1)
	in := "ABC\r\n\r\n  富溪村  \n" + long + "\rDEF\runfinished"
	for name, port := range map[string]io.Reader{
		"at once": strings.NewReader(in), "byte by byte": iotest.OneByteReader(strings.NewReader(in)),
	} {
		var got []string
		err := codes(t.Context(), port, func(text string) { got = append(got, text) })
		if want := []string{"ABC", "富溪村", "DEF"}; !slices.Equal(got, want) || !errors.Is(err, io.EOF) {
			t.Errorf("%s: %q, %v; want %q", name, got, err, want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	if err := codes(ctx, strings.NewReader("A\nB\n"), func(string) { cancel() }); !errors.Is(err, context.Canceled) {
		t.Errorf("an end from outside: %v", err)
	}
}
