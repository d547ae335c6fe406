// SPDX-License-Identifier: Apache-2.0

// Command syncserver merges what kiosks and agents collected into the central
// store, serves the page behind every doorplate, and the console of banks and
// government.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"yuexin/assets"
	"yuexin/shared/i18n"
	"yuexin/shared/terminal"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// run carries out one command line and returns the exit code.
func run(ctx context.Context, args []string) int {
	texts, err := i18n.Load(assets.Locales())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	c := &commands{texts: texts}
	root := c.root()
	root.SetArgs(args)
	if err := root.ExecuteContext(ctx); err != nil {
		c.json = c.json || terminal.AsksJSON(args)
		return c.terminal().Fail(err)
	}
	return 0
}

func (c *commands) terminal() *terminal.Terminal { return terminal.New(c.texts, c.lang, c.json) }
