// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"bufio"
	"bytes"
	"strings"
	"testing"
)

// commandsOf returns every command of a program that does something, as its help
// lists them: "demand move".
func commandsOf(t *testing.T, program string, path ...string) (all []string) {
	t.Helper()
	out, err := call(t, program, append(path, "--help")...)
	if err != nil {
		t.Fatalf("help of %s %v: %v", program, path, err)
	}
	for _, name := range listed(out) {
		if name == "help" || name == "completion" { // cobra's own
			continue
		}
		all = append(all, commandsOf(t, program, append(path[:len(path):len(path)], name)...)...)
	}
	if len(all) == 0 {
		return []string{strings.Join(path, " ")}
	}
	return all
}

// listed returns the names in the help's list of commands.
func listed(help []byte) (names []string) {
	lines := bufio.NewScanner(bytes.NewReader(help))
	for inside := false; lines.Scan(); {
		switch text := lines.Text(); {
		case text == "Available Commands:":
			inside = true
		case text == "":
			inside = false
		case inside:
			names = append(names, strings.Fields(text)[0])
		}
	}
	return names
}
