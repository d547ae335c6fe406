// SPDX-License-Identifier: Apache-2.0

package enrol_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yuexin/shared/sync/enrol"
	"yuexin/shared/sync/seal"
)

// protocolKeys are the keys of the example in the specification.
func protocolKeys() enrol.DeviceKeys {
	keys := deviceKeys(1)
	keys.Person = must(must(seal.NewSign(seal.Default, source(2))).Public())
	keys.Box = must(must(seal.NewBox(seal.Default, source(3))).Public())
	return keys
}

// TestProtocolExample reads the request that the specification shows: its
// signature verifies, and the code writes the same.
func TestProtocolExample(t *testing.T) {
	text, err := os.ReadFile("../wire/PROTOCOL.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "```json enrol-request\n")
	shown, _, found := strings.Cut(rest, "\n```")
	if !found {
		t.Fatal("PROTOCOL.md shows no request")
	}
	r, err := enrol.ReadRequest(strings.NewReader(shown))
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Verify(); err != nil {
		t.Error(err)
	}
	own := must(enrol.NewRequest(protocolKeys(), exampleTicket().Code, enrol.Pin{1, 2, 3}, program, incarnation(1)))
	if diff := cmp.Diff(string(must(json.MarshalIndent(own, "", " "))), shown); diff != "" {
		t.Errorf("(-code +PROTOCOL.md):\n%s", diff)
	}
}
