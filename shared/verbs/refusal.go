// SPDX-License-Identifier: Apache-2.0

package verbs

import (
	"fmt"
	"strings"
	"time"

	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/sync/replica"
)

// refusal is one change set of the tray, in words.
type refusal struct {
	Group  uint64 `json:"group"` // number of the first of those refused together
	Number uint64 `json:"number"`
	Act    string `json:"act"`
	Record string `json:"record,omitempty"`
	Field  string `json:"field,omitempty"`
	Scope  string `json:"scope,omitempty"`
	Broken bool   `json:"broken,omitempty"` // cannot be read any more, and the server does not have it
	Reason string `json:"reason"`
	Hint   string `json:"hint"`
}

func refusalsOf(groups []replica.Group, p *i18n.Printer) []refusal {
	list := []refusal{}
	for _, g := range groups {
		for _, it := range g.Items {
			r := it.Receipt
			f := fault.New(fault.Invalid, r.Reason).WithField(string(r.Field))
			for name, value := range r.Args {
				f = f.With(name, value)
			}
			one := refusal{Group: g.First, Number: r.Link.Number, Act: it.Set.Name, Field: string(r.Field), Scope: string(r.Link.Lane.Scope)}
			one.Reason, one.Hint = p.Explain(f)
			if !r.Record.ID.IsZero() {
				one.Record = r.Record.ID.String()
			}
			list = append(list, one)
		}
	}
	return list
}

// remainsOf names what cannot be read any more.
func remainsOf(broken []replica.Remains, p *i18n.Printer) (list []refusal) {
	for _, one := range broken {
		r := refusal{Group: one.Link.Number, Number: one.Link.Number, Scope: string(one.Link.Lane.Scope), Broken: true}
		r.Reason, r.Hint = p.Explain(fault.New(fault.Corrupt, "replica.broken"))
		list = append(list, r)
	}
	return list
}

// Waiting says how the outbox stands in one line: "3 条待上传，最早 2 小时前". What only
// a person can bring to the server is never passed over.
func Waiting(p *i18n.Printer, s replica.Status, now time.Time) string {
	var parts []string
	if s.Waiting > 0 {
		parts = append(parts, p.Waiting(s.Waiting, s.Oldest, now))
	}
	if s.Stranded > 0 {
		parts = append(parts, p.T("sync.stranded", "n", fmt.Sprint(s.Stranded)))
	}
	if len(parts) == 0 {
		return p.T("sync.done")
	}
	return strings.Join(parts, p.T("sync.and"))
}
