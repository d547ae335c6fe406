// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"context"
	"slices"
	"strings"
	"sync"

	"yuexin/shared/sync/record"
)

// Page gathers what is read for one view of one person, so that it becomes one
// entry. It is safe for concurrent use.
type Page struct {
	mu      sync.Mutex // guards all fields below
	deed    Deed
	touched []Touch
	by      *Watcher // who watched; nil while nothing was read
}

type (
	pageKey  struct{}
	doingKey struct{}
)

// doing says more about what is read than the reads themselves do.
type doing struct {
	deed   Deed
	what   string
	reason string
}

// Doing returns a context whose reads are noted under the name of a page or command
// and, unless it is "", as another deed than the reads look like: an export, a print.
func Doing(ctx context.Context, deed Deed, what string) context.Context {
	return context.WithValue(ctx, doingKey{}, doing{deed: deed, what: what})
}

// Because returns a context whose reads are noted with the reason that somebody gave.
func Because(ctx context.Context, reason string) context.Context {
	d := doingOf(ctx)
	d.reason = reason
	return context.WithValue(ctx, doingKey{}, d)
}

func doingOf(ctx context.Context) doing {
	d, _ := ctx.Value(doingKey{}).(doing)
	return d
}

// Open returns a context in which reads through a watched store are gathered in the
// page that comes with it, instead of being noted one by one. Whoever opens a page
// notes what it holds before anybody is shown it.
func Open(ctx context.Context) (context.Context, *Page) {
	p := new(Page)
	return context.WithValue(ctx, pageKey{}, p), p
}

func pageOf(ctx context.Context) *Page {
	p, _ := ctx.Value(pageKey{}).(*Page)
	return p
}

// add notes what was read. The strongest deed counts: who looked one person up and
// lists the rest has looked up.
func (p *Page) add(w *Watcher, deed Deed, touched []Touch) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.by = w
	if len(touched) > 0 && rank(deed) > rank(p.deed) {
		p.deed = deed
	}
	p.touched = append(p.touched, touched...)
}

func rank(d Deed) int { return slices.Index([]Deed{List, Read, LookUp}, d) + 1 }

// Note makes what was gathered durable, with the watcher that saw it.
func (p *Page) Note(ctx context.Context) error {
	p.mu.Lock()
	by := p.by
	p.mu.Unlock()
	if by == nil {
		return nil
	}
	return by.Note(ctx, named(ctx, p.Entries(by.Policy)))
}

// named gives entries the name and deed of what the context is about.
func named(ctx context.Context, entries []Entry) []Entry {
	about := doingOf(ctx)
	for i := range entries {
		entries[i].What, entries[i].Reason = about.what, about.reason
		if about.deed != "" {
			entries[i].Deed = about.deed
		}
	}
	return entries
}

// Entries returns what was gathered as entries that lack who and when; none if
// nothing of class C2 or C3 was read. More than one entry can hold become several.
func (p *Page) Entries(policy *Policy) []Entry {
	p.mu.Lock()
	defer p.mu.Unlock()
	return entriesOf(policy, p.deed, p.touched)
}

func entriesOf(policy *Policy, deed Deed, touched []Touch) (out []Entry) {
	for part := range slices.Chunk(merge(policy, touched), MaxTouched/2) {
		out = append(out, Entry{Deed: deed, Touched: part})
	}
	return out
}

// merge makes one touch of those of a record, and one of all records of a kind and
// scope where there are more than an entry names.
func merge(policy *Policy, touched []Touch) []Touch {
	single := map[Touched]int{}
	var out []Touch
	for _, t := range touched {
		k := t.key()
		i, known := single[k]
		if !known {
			single[k] = len(out)
			out = append(out, t)
			continue
		}
		out[i].Fields = union(out[i].Fields, t.Fields)
		out[i].By = union(out[i].By, t.By)
		out[i].Count = max(out[i].Count, t.Count)
	}
	return summarize(policy.Named, out)
}

// summarize counts the records of a kind and scope instead of naming them where
// there are more than named.
func summarize(named int, all []Touch) []Touch {
	type place struct {
		kind  record.Kind
		scope string
	}
	count, fields, by := map[place]int{}, map[place][]record.Field{}, map[place][]record.Field{}
	of := func(t Touch) place { return place{t.Kind, string(t.Scope)} }
	for _, t := range all {
		at := of(t)
		count[at] += max(1, t.Count)
		fields[at], by[at] = union(fields[at], t.Fields), union(by[at], t.By)
	}
	var out []Touch
	told := map[place]bool{}
	for _, t := range all {
		at := of(t)
		switch {
		case count[at] <= named:
			out = append(out, t)
		case !told[at]:
			told[at] = true
			out = append(out, Touch{Kind: t.Kind, Scope: t.Scope, Fields: fields[at], By: by[at], Count: count[at]})
		}
	}
	return out
}

func union(a, b []record.Field) []record.Field {
	out := slices.Concat(a, b)
	slices.SortFunc(out, func(x, y record.Field) int { return strings.Compare(string(x), string(y)) })
	return slices.Compact(out)
}
