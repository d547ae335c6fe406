// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"yuexin/shared/credit/scoring"
	"yuexin/shared/credit/title"
	"yuexin/shared/i18n"
	"yuexin/shared/terminal"
	"yuexin/syncserver/desk"
)

type (
	// TitleAsk judges a place, or does something about its title as two console users, whose passwords prove who they are.
	TitleAsk struct {
		Title, Place   string // a village by code or name; a town or park by the code of its region
		Name           string // of a park
		Grade, Plaque  string // of a title that is given
		Reason         string // why it is lowered or withdrawn
		As, Password   string
		Second, Secret string // the second person and their password
	}
	// CheckView is what a test came to.
	CheckView struct {
		Test  string `json:"test"`
		Part  int64  `json:"part"`
		Of    int64  `json:"of"`
		Got   int64  `json:"got"`  // basis points
		Want  int64  `json:"want"` // basis points
		Pass  bool   `json:"pass"`
		Lacks int64  `json:"lacks"` // households, villages, entities, or fen too many
	}
	// TitleView is what a place comes to, and how its title stands.
	TitleView struct {
		Title  string      `json:"title"`
		Place  string      `json:"place"`
		Name   string      `json:"name"`
		Grade  string      `json:"grade"` // that the records reach; "" for none
		Checks []CheckView `json:"checks"`
		Next   string      `json:"next,omitempty"` // the grade above
		Lacks  []CheckView `json:"lacks,omitempty"`
		Holds  string      `json:"holds"` // the grade that is held; "" for none
		Plaque string      `json:"plaque,omitempty"`
		Until  string      `json:"until,omitempty"`
		Due    bool        `json:"due"` // has to be looked at again
	}
	// DeedView is what was done about a title.
	DeedView struct {
		ID     string `json:"id"`
		Act    string `json:"act"`
		Title  string `json:"title"`
		Name   string `json:"name"`
		Grade  string `json:"grade"`
		Day    string `json:"day"`
		Until  string `json:"until,omitempty"`
		Plaque string `json:"plaque,omitempty"`
		Reason string `json:"reason,omitempty"`
	}
)

func (a *App) titles() desk.Titles {
	return desk.Titles{Desk: a.office(), Policy: func() *title.Policy { return a.Book().Titled }, Card: func(day string) *scoring.Card { return a.Book().Card(householdCard, day) }}
}

// titlePlace is a village by its scope, anything else as it is.
func (o operator) titlePlace(ctx context.Context, a TitleAsk) (string, error) {
	if what, known := o.Book().Titled.Title(a.Title); !known || what.Level != title.Village {
		return a.Place, nil
	}
	scope, err := o.village(ctx, a.Place)
	return string(scope), err
}

func (o operator) judgeTitle(ctx context.Context, a TitleAsk) (v TitleView, err error) {
	place, err := o.titlePlace(ctx, a)
	if err != nil {
		return v, err
	}
	j, err := o.titles().Judge(ctx, a.Title, place, a.Name)
	if err != nil {
		return v, err
	}
	return TitleView{
		Title: a.Title, Place: j.Place.ID, Name: j.Place.Name, Grade: j.Verdict.Grade, Checks: checkViews(j.Verdict.Checks), Next: j.Verdict.Next,
		Lacks: checkViews(j.Verdict.Lacks), Holds: j.Standing.Grade, Plaque: j.Standing.Plaque, Until: j.Standing.Until, Due: j.Standing.Due(o.today()),
	}, nil
}

func (o operator) today() string { return o.Now().In(office).Format("2006-01-02") }

func checkViews(checks []title.Check) (out []CheckView) {
	for _, c := range checks {
		out = append(out, CheckView{Test: string(c.Test), Part: c.Part, Of: c.All, Got: c.Got, Want: max(c.Least, c.Below), Pass: c.Pass, Lacks: c.Lacks})
	}
	return out
}

// doTitle does a deed for the persons of an ask.
func (o operator) doTitle(ctx context.Context, a TitleAsk, do desk.Did) (DeedView, error) {
	var who []title.Person
	for _, one := range [][2]string{{a.As, a.Password}, {a.Second, a.Secret}} {
		if one[0] == "" {
			continue
		}
		user, err := o.Gate.Login(ctx, one[0], one[1], "")
		if err != nil {
			return DeedView{}, unknown(err, "server.user.unknown", "name", one[0])
		}
		who = append(who, title.Person{Actor: user.Login.Actor, Role: user.Login.Role})
	}
	place, err := o.titlePlace(ctx, a)
	if err != nil {
		return DeedView{}, err
	}
	o.scoring.Lock() // two deeds about one place, one after the other
	defer o.scoring.Unlock()
	d, err := o.titles().Do(ctx, do, title.Ask{Title: a.Title, Plaque: a.Plaque, Grade: a.Grade, Reason: a.Reason}, place, a.Name, who...)
	return deedView(d), err
}

func deedView(d title.Deed) DeedView {
	return DeedView{d.Header.ID.String(), string(d.Act), d.Title, d.Place.Name, d.Grade, d.Day, d.Until, d.Plaque, d.Reason}
}

func (o operator) awardTitle(ctx context.Context, a TitleAsk) (DeedView, error) {
	return o.doTitle(ctx, a, (*title.Policy).Give)
}

func (o operator) checkTitle(ctx context.Context, a TitleAsk) (DeedView, error) {
	return o.doTitle(ctx, a, (*title.Policy).Recheck)
}

func (o operator) withdrawTitle(ctx context.Context, a TitleAsk) (DeedView, error) {
	return o.doTitle(ctx, a, (*title.Policy).Withdraw)
}

// listTitles lists all deeds, by title and place, the oldest first.
func (o operator) listTitles(ctx context.Context, _ None) ([]DeedView, error) {
	all, err := title.All(ctx, o.desk())
	out := []DeedView{}
	for _, s := range all {
		for _, d := range s.Deeds {
			out = append(out, deedView(d))
		}
	}
	return out, err
}

func (c *commands) title() *cobra.Command {
	cmd := &cobra.Command{Use: "title", Short: "Credit villages, towns and parks: judge, award, check, withdraw, list"}
	cmd.AddCommand(c.titleJudge(),
		c.titleDeed("award", "Give a title that the records reach, with the number of its plaque", operator.awardTitle),
		c.titleDeed("check", "Look at a title again, as every year: confirm it, or lower or withdraw it with a reason where less is reached", operator.checkTitle),
		c.titleDeed("withdraw", "Take a title away before its time, with a reason", operator.withdrawTitle), c.titleList())
	return cmd
}

func (c *commands) titleJudge() *cobra.Command {
	var q TitleAsk
	cmd := &cobra.Command{
		Use: "judge TITLE PLACE", Short: "Judge a place by its records: every test, and by how much it fails", Args: terminal.Exactly(2),
		Example: "  syncserver title judge credit_village 富溪村\n  syncserver title judge credit_town 441284105\n  syncserver title judge credit_park 441284105 --name 大沙农产园",
		RunE: func(cmd *cobra.Command, args []string) error {
			q.Title, q.Place = args[0], args[1]
			v, err := asOperator(cmd.Context(), c, "title.judge", q, operator.judgeTitle)
			if err != nil {
				return err
			}
			t := c.terminal()
			return t.Show(v, func(w io.Writer) {
				fmt.Fprintln(w, t.T("title.said", "name", v.Name, "grade", dash(v.Grade), "holds", dash(v.Holds)))
				rows := [][]string{{"TEST", "GOT", "WANT", ""}}
				for _, k := range v.Checks {
					rows = append(rows, k.row(t.Printer))
				}
				for _, k := range v.Lacks {
					if v.Grade != "" {
						rows = append(rows, append([]string{v.Next + ": "}, k.row(t.Printer)...))
					}
				}
				terminal.Table(w, rows)
			})
		},
	}
	cmd.Flags().StringVar(&q.Name, "name", "", "of a park")
	return cmd
}

// row is a test as people read it.
func (k CheckView) row(p *i18n.Printer) []string {
	why := ""
	if !k.Pass {
		c := title.Check{Want: title.Want{Test: title.Test(k.Test)}, Lacks: k.Lacks}
		if k.Test == string(title.Bad) || k.Test == string(title.Fresh) {
			c.Below = k.Want
		}
		why = p.T("title.short."+k.Test, "n", c.Lacking())
	}
	return []string{p.T("title.test." + k.Test), share(k.Got), share(k.Want), why}
}

// share prints basis points in percent.
func share(points int64) string { return fmt.Sprintf("%d.%02d %%", points/100, points%100) }

// secondVariable holds the password of the second person, for scripts.
const secondVariable = "YUEXIN_SECOND_PASSWORD"

func (c *commands) titleDeed(name, short string, do func(operator, context.Context, TitleAsk) (DeedView, error)) *cobra.Command {
	var q TitleAsk
	cmd := &cobra.Command{
		Use: name + " TITLE PLACE", Short: short, Args: terminal.Exactly(2),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			q.Title, q.Place = args[0], args[1]
			if q.As == "" {
				return terminal.Missing("--as")
			}
			t := c.terminal()
			if q.Password, err = t.AskSecret(t.T("server.user.password", "name", q.As), passwordVariable); err != nil {
				return err
			}
			if q.Second != "" {
				if q.Secret, err = t.AskSecret(t.T("server.user.password", "name", q.Second), secondVariable); err != nil {
					return err
				}
			}
			d, err := asOperator(cmd.Context(), c, "title."+name, q, do)
			if err != nil {
				return err
			}
			return c.table(d, [][]string{deedHead, deedRow(d)})
		},
	}
	f := cmd.Flags()
	f.StringVar(&q.As, "as", "", "console user who does it; the password is asked for")
	f.StringVar(&q.Second, "second", "", "another console user who stands for it as well; their password is asked for")
	f.StringVar(&q.Name, "name", "", "of a park")
	if name == "award" {
		f.StringVar(&q.Plaque, "plaque", "", "number of the plaque")
		f.StringVar(&q.Grade, "grade", "", "star1 (default: the highest that is reached)")
	} else {
		f.StringVar(&q.Reason, "reason", "", "why it is lowered or withdrawn")
	}
	return cmd
}

var deedHead = []string{"DAY", "ACT", "TITLE", "PLACE", "GRADE", "PLAQUE", "UNTIL", "REASON"}

func deedRow(d DeedView) []string {
	return []string{d.Day, d.Act, d.Title, d.Name, dash(d.Grade), d.Plaque, d.Until, d.Reason}
}

func (c *commands) titleList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List all that was done about titles, by title and place", Args: terminal.Exactly(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			all, err := asOperator(cmd.Context(), c, "title.list", None{}, operator.listTitles)
			if err != nil {
				return err
			}
			rows := [][]string{deedHead}
			for _, d := range all {
				rows = append(rows, deedRow(d))
			}
			return c.table(all, rows)
		},
	}
}
