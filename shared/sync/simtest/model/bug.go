// SPDX-License-Identifier: Apache-2.0

package model

// Bug is a fault planted in a store on purpose. The zero Bug is none.
type Bug string

// The planted bugs. Each is a mistake that was made in some sync engine, or
// nearly in this one.
const (
	ReceiptBeforeCommit   Bug = "receipt before commit"         // the server answers before the change set is on disk
	EnteredBeforeDurable  Bug = "entered before durable"        // the device says "saved" before it is
	CursorOffByOne        Bug = "cursor off by one"             // the first row after a cursor is left out
	LostLoser             Bug = "lost loser"                    // a value that was replaced is not kept
	DoubleApply           Bug = "double apply"                  // known numbers of a lane are applied again
	ReissueApplied        Bug = "reissue applied again"         // the origin of a re-issued change set is not looked at
	LeakedField           Bug = "leaked field"                  // rows carry fields outside the view
	OwnBaseForSeen        Bug = "own base mistaken for seen"    // an edit counts as having seen what arrived before it
	RestoredForCurrent    Bug = "restored epoch for current"    // a cursor's log hash is not compared
	LostEpochReceiptsKept Bug = "receipts of a lost epoch kept" // what a restored server forgot is not sent again
	ForkForDuplicate      Bug = "fork for duplicate"            // a known number is taken for the same change set
	DisputeClosedByWrite  Bug = "dispute closed by a write"     // an ordinary write settles what it was shown as disputed
	OnePersonSettles      Bug = "one person settles"            // a sensitive field is settled by a resolve of one person
	PersonCountsTwice     Bug = "one person counts twice"       // a person who settles it again counts as a second one
	ResolveClosesUnseen   Bug = "resolve closes unseen"         // a resolve settles heads it does not name
	DependentsApplied     Bug = "dependents applied"            // what builds on a refused change set is applied
	RefusedShown          Bug = "refused still shown"           // a refused change set stays in the rows
	QueueStopsAtRefusal   Bug = "queue stops at refusal"        // nothing is sent after a refused change set
	HalfAct               Bug = "half an act"                   // only the first write of an act is applied
	HalfPull              Bug = "half a pull"                   // a checkpoint is taken although rows are missing
	RevokedRowsKept       Bug = "revoked rows kept"             // a revocation purges nothing
	TombstoneLost         Bug = "tombstone lost"                // deleted records are left out of what is sent
	RestoredInPart        Bug = "restored in part"              // of a restored record only what changed since is sent
	OffApplied            Bug = "switched off, applied"         // work of a device that is switched off is applied
	OldChunkForNew        Bug = "old chunk for new"             // chunks of an older snapshot are taken for the newer one's
	ActInTwoChunks        Bug = "act in two chunks"             // what one act wrote is cut apart
	ShownOverOwn          Bug = "shown over own work"           // a snapshot is shown as seen where own work hides newer values
	SnapshotOutlivesPurge Bug = "snapshot outlives purge"       // a revocation leaves what is kept of a snapshot
	DecisionUntold        Bug = "decision untold"               // a device never hears what became of what was quarantined
	BoxesForgotten        Bug = "boxes forgotten"               // what the server wrote and lost is not offered back
	AdoptedTwice          Bug = "adopted twice"                 // what a second device offers back is applied again
	ClockDecides          Bug = "clock decides"                 // the effective stamp forgets what its author had seen
)

// Bugs lists all of them.
var Bugs = []Bug{
	ReceiptBeforeCommit, EnteredBeforeDurable, CursorOffByOne, LostLoser, DoubleApply, ReissueApplied, LeakedField,
	OwnBaseForSeen, RestoredForCurrent, LostEpochReceiptsKept, ForkForDuplicate, DisputeClosedByWrite,
	OnePersonSettles, PersonCountsTwice, ResolveClosesUnseen, DependentsApplied, RefusedShown, QueueStopsAtRefusal, HalfAct, HalfPull,
	RevokedRowsKept, TombstoneLost, RestoredInPart, OffApplied, DecisionUntold, ClockDecides, OldChunkForNew, ActInTwoChunks, ShownOverOwn,
	SnapshotOutlivesPurge, BoxesForgotten, AdoptedTwice,
}
