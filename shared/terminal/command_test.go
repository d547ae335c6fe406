// SPDX-License-Identifier: Apache-2.0

package terminal_test

import (
	"testing"

	"github.com/spf13/cobra"

	"yuexin/shared/fault"
	"yuexin/shared/terminal"
)

// What a tree of commands does not understand it refuses with words of its own,
// in a group of commands as well, where cobra would show the help and succeed.
func TestPrepare(t *testing.T) {
	run := func(*cobra.Command, []string) error { return nil }
	tree := func() *cobra.Command {
		root, group := &cobra.Command{Use: "agent"}, &cobra.Command{Use: "demand"}
		show := &cobra.Command{Use: "show ID", Args: terminal.Exactly(1), RunE: run}
		show.Flags().Int("limit", 1, "")
		add := &cobra.Command{Use: "add PLACE…", Args: terminal.AtLeast(1), RunE: run}
		group.AddCommand(show, add)
		root.AddCommand(group)
		terminal.Prepare(root)
		return root
	}
	for _, tt := range []struct {
		args []string
		key  string // "" for none
	}{
		{[]string{"demand", "show", "1"}, ""},
		{[]string{"demand", "add", "1", "2"}, ""},
		{[]string{"dragon"}, "terminal.command"},
		{[]string{"demand", "shwo"}, "terminal.command"},
		{[]string{"demand", "show"}, "terminal.args"},
		{[]string{"demand", "add"}, "terminal.args"},
		{[]string{"demand", "show", "1", "--dragon"}, "terminal.option"},
		{[]string{"demand", "show", "1", "-x"}, "terminal.option"},
		{[]string{"demand", "show", "1", "--limit"}, "terminal.option.bare"},
		{[]string{"demand", "show", "1", "--limit", "x"}, "terminal.option.value"},
	} {
		root := tree()
		root.SetArgs(tt.args)
		err := root.Execute()
		if tt.key == "" && err != nil || tt.key != "" && (!fault.Is(err, fault.Invalid) || fault.From(err).Key != tt.key) {
			t.Errorf("%v: got %v (%s), want %q", tt.args, err, fault.From(err).Key, tt.key)
		}
	}
}
