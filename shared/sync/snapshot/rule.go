// SPDX-License-Identifier: Apache-2.0

package snapshot

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"yuexin/shared/sync/record"
)

// Rule is one published version of how snapshots are cut and kept. It is
// immutable. The zero Rule makes none.
type Rule struct {
	version      uint32
	ranks        map[record.Kind]int
	chunkRows    int
	leastRows    int
	stalePercent int
	keep         time.Duration
	total        int64
}

// ParseRule reads a rule from its JSON form:
//
//	version        number of this edition
//	kinds          the kinds whose records come first, in this order; all others follow
//	chunk_rows     about how many records stand in a chunk
//	least_rows     a smaller view of a scope is sent as rows, without a snapshot
//	stale_percent  a snapshot with more change sets after it than this share of its records is not given to new devices
//	keep_hours     how long one is kept for devices that have begun it
//	total_mb       what all snapshots of a store may take
func ParseRule(r io.Reader) (*Rule, error) {
	var file struct {
		Version      uint32        `json:"version"`
		Kinds        []record.Kind `json:"kinds"`
		ChunkRows    int           `json:"chunk_rows"`
		LeastRows    int           `json:"least_rows"`
		StalePercent int           `json:"stale_percent"`
		KeepHours    int           `json:"keep_hours"`
		TotalMB      int64         `json:"total_mb"`
	}
	dec := json.NewDecoder(r)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&file); err != nil {
		return nil, fmt.Errorf("read snapshot rule: %w", err)
	}
	if file.Version == 0 || file.ChunkRows <= 0 || file.LeastRows <= 0 || file.StalePercent <= 0 || file.KeepHours <= 0 || file.TotalMB <= 0 {
		return nil, fmt.Errorf("snapshot rule: a number is missing or not above 0")
	}
	rule := &Rule{
		version: file.Version, ranks: make(map[record.Kind]int, len(file.Kinds)),
		chunkRows: file.ChunkRows, leastRows: file.LeastRows, stalePercent: file.StalePercent,
		keep: time.Duration(file.KeepHours) * time.Hour, total: file.TotalMB << 20,
	}
	for i, kind := range file.Kinds {
		if _, twice := rule.ranks[kind]; twice {
			return nil, fmt.Errorf("snapshot rule: kind %q stands twice", kind)
		}
		rule.ranks[kind] = i
	}
	return rule, nil
}

// Version returns the number of the edition.
func (r *Rule) Version() uint32 { return r.version }

// Worth reports whether a view of a scope with so many records gets snapshots.
func (r *Rule) Worth(records uint64) bool {
	return r != nil && r.leastRows > 0 && records >= uint64(r.leastRows)
}

// Stale reports whether a snapshot of so many records at a version is too far
// behind a head to be given to a device that has none.
func (r *Rule) Stale(records uint64, at, head record.Version) bool {
	most := max(uint64(r.leastRows), records*uint64(r.stalePercent)/100)
	return head.Seq()-min(at.Seq(), head.Seq()) > most
}

// Keep returns how long a snapshot is kept for devices that have begun it.
func (r *Rule) Keep() time.Duration { return r.keep }

// Total returns how many bytes all snapshots of a store may take.
func (r *Rule) Total() int64 { return r.total }

// rank returns the place of a kind in the order.
func (r *Rule) rank(kind record.Kind) int32 {
	if i, listed := r.ranks[kind]; listed {
		return int32(i)
	}
	return int32(len(r.ranks))
}
