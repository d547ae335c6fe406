// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"yuexin/shared/terminal"
	"yuexin/syncserver/demo"
)

func (c *commands) demo() *cobra.Command {
	var lan bool
	var data string
	var villages, households int
	cmd := &cobra.Command{
		Use: "demo", Short: "Run server, kiosk and agent on this machine with sample data (make run)", Args: terminal.Exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			self, err := os.Executable()
			if err != nil {
				return fmt.Errorf("find the programs: %w", err)
			}
			return demo.New(demo.Config{
				Dir: data, Bin: filepath.Dir(self), LAN: lan, In: os.Stdin, Out: os.Stdout,
				Texts: c.terminal().Printer, Getenv: os.Getenv, Villages: villages, Households: households,
			}).Run(cmd.Context())
		},
	}
	cmd.Flags().StringVar(&data, "data", ".demo", "folder of all data of the demo; running again continues with them")
	cmd.Flags().IntVar(&villages, "villages", 0, "at most this many villages of sample data (default: all)")
	cmd.Flags().IntVar(&households, "households", 0, "sample households of each village (default: as sample)")
	cmd.Flags().BoolVar(&lan, "lan", false, "serve residents' pages of sample data on the LAN")
	return cmd
}
