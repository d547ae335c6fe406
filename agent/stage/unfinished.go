// SPDX-License-Identifier: Apache-2.0

package stage

import (
	"context"
	"maps"
	"slices"

	"yuexin/shared/ident"
)

// Drafts keeps what was not saved on the laptop of the stage.
type Drafts map[ident.Record]map[int64][]byte

// KeepUnfinished keeps parts.
func (s Drafts) KeepUnfinished(_ context.Context, _ ident.Scope, draft ident.Record, parts map[int64][]byte) error {
	if s[draft] == nil {
		s[draft] = make(map[int64][]byte)
	}
	for n, plain := range parts {
		if plain == nil {
			delete(s[draft], n)
			continue
		}
		s[draft][n] = slices.Clone(plain)
	}
	return nil
}

// Unfinished returns one part of each draft.
func (s Drafts) Unfinished(_ context.Context, part int64) (map[ident.Record][]byte, error) {
	out := make(map[ident.Record][]byte)
	for draft, parts := range s {
		if plain := parts[part]; plain != nil {
			out[draft] = plain
		}
	}
	return out, nil
}

// UnfinishedParts returns all parts of a draft.
func (s Drafts) UnfinishedParts(_ context.Context, draft ident.Record) (map[int64][]byte, error) {
	return maps.Clone(s[draft]), nil
}

// DropUnfinished deletes a draft.
func (s Drafts) DropUnfinished(_ context.Context, draft ident.Record) error {
	delete(s, draft)
	return nil
}
