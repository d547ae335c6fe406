// SPDX-License-Identifier: Apache-2.0

package wire_test

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"

	"yuexin/shared/sync/wire"
)

// object is a map of numbers in the specification: what stands under each.
type object map[uint64]string

var (
	messageRule = regexp.MustCompile(`(?m)^[a-z-]+ += \[(\d+), (\{.*\})\]`)
	objectRule  = regexp.MustCompile(`(?m)^([a-z-]+) += (\{1: .*\})`)
	numberRule  = regexp.MustCompile(`(\d+): `)
	nameRule    = regexp.MustCompile(`^(?:\[\* )?([a-z-]+)\]?$`)
)

// parseObject reads {1: a, 2: [* b]}, whose values may have braces of their own.
func parseObject(text string) object {
	o, depth, from := object{}, 0, 0
	item := func(to int) {
		part := strings.TrimSpace(text[from:to])
		if m := numberRule.FindStringSubmatch(part); m != nil {
			var n uint64
			fmt.Sscan(m[1], &n)
			o[n] = strings.TrimSpace(part[len(m[0]):])
		}
	}
	for i, c := range text {
		switch c {
		case '{', '[':
			if depth++; depth == 1 {
				from = i + 1
			}
		case '}', ']':
			if depth--; depth == 0 {
				item(i)
			}
		case ',':
			if depth == 1 {
				item(i)
				from = i + 1
			}
		}
	}
	return o
}

// TestProtocolNamesEveryNumber compares the numbers of every message, and of the
// objects in it, with those that the code writes: none is missing in the
// specification, and none stands there that is not written.
func TestProtocolNamesEveryNumber(t *testing.T) {
	text, err := os.ReadFile("PROTOCOL.md")
	if err != nil {
		t.Fatal(err)
	}
	messages, objects := map[string]object{}, map[string]object{}
	for _, m := range messageRule.FindAllStringSubmatch(string(text), -1) {
		messages[m[1]] = parseObject(m[2])
	}
	for _, m := range objectRule.FindAllStringSubmatch(string(text), -1) {
		objects[m[1]] = parseObject(m[2])
	}
	seen := map[string]map[uint64]bool{} // numbers that were written, by rule
	for _, m := range samples() {        // which leave no field out: TestSamplesAreComplete
		data, err := wire.Encode(m)
		if err != nil {
			t.Fatal(err)
		}
		var written []any
		if err := cbor.Unmarshal(data, &written); err != nil {
			t.Fatal(err)
		}
		kind := fmt.Sprint(written[0])
		rule, found := messages[kind]
		if !found {
			t.Errorf("kind %s, %T, has no rule", kind, m)
			continue
		}
		compareObject(t, name(m), rule, objects, written[1], seen)
		delete(messages, kind)
	}
	for kind := range messages {
		t.Errorf("kind %s has a rule and is never written", kind)
	}
	for rule, o := range objects {
		for n := range o {
			if !seen[rule][n] {
				t.Errorf("%s: number %d has a rule and is never written", rule, n)
			}
		}
	}
}

// compareObject wants a rule for every number of a written map. Of a message it
// wants the reverse as well; of an object, that some one has the number.
func compareObject(t *testing.T, what string, rule object, objects map[string]object, written any, seen map[string]map[uint64]bool) {
	t.Helper()
	pairs, _ := written.(map[any]any)
	if seen[what] == nil {
		seen[what] = map[uint64]bool{}
	}
	for key, value := range pairs {
		n := key.(uint64)
		seen[what][n] = true
		of, found := rule[n]
		if !found {
			t.Errorf("%s: number %d is written and has no rule", what, n)
		}
		m := nameRule.FindStringSubmatch(of)
		if m == nil || objects[m[1]] == nil {
			continue
		}
		items, list := value.([]any)
		if !list {
			items = []any{value}
		}
		for _, item := range items {
			compareObject(t, m[1], objects[m[1]], objects, item, seen)
		}
	}
	if _, inner := objects[what]; inner {
		return
	}
	for _, n := range slices.Sorted(maps.Keys(rule)) {
		if pairs[n] == nil {
			t.Errorf("%s: number %d has a rule and is never written", what, n)
		}
	}
}
