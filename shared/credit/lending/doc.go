// SPDX-License-Identifier: Apache-2.0

// Package lending is the way of a loan demand from the first scan to the loan: what may happen to it, who may do it, what
// state it is in, who is responsible, and what its applicant is told.
//
// The rules are data, a [Policy] read from assets/policies/lending-N.json. A demand's progress is a list of immutable
// moves; its state is computed from them by [Policy.Fold], on every device alike, and stored nowhere. DESIGN.md beside
// this file gives the reasons.
package lending
