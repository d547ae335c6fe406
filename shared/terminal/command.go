// SPDX-License-Identifier: Apache-2.0

package terminal

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"yuexin/shared/fault"
)

// Prepare makes a tree of commands refuse what it does not understand in the
// words of this program instead of cobra's: an option that is unknown or
// wrong, and a command that a group does not have.
func Prepare(root *cobra.Command) {
	root.SilenceUsage, root.SilenceErrors = true, true
	root.CompletionOptions.HiddenDefaultCmd = true
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return option(err) })
	prepare(root)
}

func prepare(cmd *cobra.Command) {
	if cmd.HasSubCommands() {
		cmd.Args = known
		if cmd.RunE == nil { // only then cobra asks for Args
			cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
		}
	}
	for _, sub := range cmd.Commands() {
		prepare(sub)
	}
}

// known refuses the name of a command that a group does not have.
func known(cmd *cobra.Command, got []string) error {
	if len(got) == 0 {
		return nil
	}
	var names []string
	for _, sub := range cmd.Commands() {
		if !sub.Hidden {
			names = append(names, sub.Name())
		}
	}
	return fault.New(fault.Invalid, "terminal.command").With("name", got[0]).With("commands", strings.Join(names, "、"))
}

// Exactly asks for n arguments; otherwise it is fault.Invalid "terminal.args".
func Exactly(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, got []string) error {
		if len(got) == n {
			return nil
		}
		return arguments(cmd, got)
	}
}

// AtLeast asks for n arguments or more; otherwise it is fault.Invalid
// "terminal.args".
func AtLeast(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, got []string) error {
		if len(got) >= n {
			return nil
		}
		return arguments(cmd, got)
	}
}

func arguments(cmd *cobra.Command, got []string) error {
	return fault.New(fault.Invalid, "terminal.args").With("got", fmt.Sprint(len(got))).With("use", cmd.UseLine())
}

// AsksJSON reports whether --json is on a command line that could not be read
// to its end.
func AsksJSON(args []string) bool { return slices.Contains(args, "--json") }

// Missing is fault.Invalid "terminal.missing": an option that has to be given.
func Missing(name string) error {
	return fault.New(fault.Invalid, "terminal.missing").With("name", name)
}

// Unread is fault.NotFound "terminal.file": a file that cannot be opened.
func Unread(file string, err error) error {
	return fault.New(fault.NotFound, "terminal.file").With("file", file).WithCause(err)
}

// Unwritten is fault.NotAllowed "terminal.write": a file that cannot be made.
func Unwritten(file string, err error) error {
	return fault.New(fault.NotAllowed, "terminal.write").With("file", file).WithCause(err)
}

// option says what is wrong with an option.
func option(err error) error {
	if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok {
		return fault.New(fault.Invalid, "terminal.option").With("name", dashed(unknown.GetSpecifiedName()))
	}
	if bare, ok := errors.AsType[*pflag.ValueRequiredError](err); ok {
		return fault.New(fault.Invalid, "terminal.option.bare").With("name", dashed(bare.GetSpecifiedName()))
	}
	if wrong, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		return fault.New(fault.Invalid, "terminal.option.value").
			With("name", dashed(wrong.GetFlag().Name)).With("value", wrong.GetValue()).With("type", wrong.GetFlag().Value.Type())
	}
	return fault.New(fault.Invalid, "terminal.usage").With("problem", err.Error())
}

func dashed(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}
