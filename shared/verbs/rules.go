// SPDX-License-Identifier: Apache-2.0

package verbs

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"yuexin/shared/station"
	"yuexin/shared/terminal"
)

// rule is an edition of the rules as this device sees it.
type rule struct {
	What     string     `json:"what"`
	Name     string     `json:"name,omitempty"`
	Version  uint32     `json:"version"`
	Standing string     `json:"standing"`
	Due      *time.Time `json:"due,omitempty"`
	Why      string     `json:"why,omitempty"`
}

func (c *commands) rules() *cobra.Command {
	return &cobra.Command{
		Use: "rules", Short: "Take published rules that are due, and say what becomes of each; a command works by them from the next one on",
		Args: terminal.Exactly(0),
		RunE: c.working(func(ctx context.Context, s *station.Station) error {
			all, err := s.TakeRules(ctx, time.Now())
			if err != nil {
				return err
			}
			t := c.terminal()
			out := []rule{}
			for _, r := range all {
				one := rule{What: r.What, Name: r.Name, Version: r.Version, Standing: string(r.Standing)}
				if !r.Due.IsZero() {
					one.Due = &r.Due
				}
				if r.Fault != nil {
					one.Why, _ = t.Explain(r.Fault)
				}
				out = append(out, one)
			}
			return t.Show(out, func(w io.Writer) {
				rows := [][]string{}
				for _, r := range out {
					due := ""
					if r.Due != nil {
						due = r.Due.Local().Format("2006-01-02 15:04")
					}
					rows = append(rows, []string{r.What, r.Name, fmt.Sprint(r.Version), r.Standing, due, r.Why})
				}
				terminal.Table(w, rows)
			})
		}),
	}
}

// takeRules takes published rules that are due, beside what a command does.
func (c *commands) takeRules(ctx context.Context, s *station.Station) {
	if _, err := s.TakeRules(ctx, time.Now()); err != nil {
		s.Log.Error("published rules were not looked at", "err", err)
	}
}
