// SPDX-License-Identifier: Apache-2.0

// Package wholevillage is 整村授信: how the households of one grid unit come to a credit limit together, from their files to
// signed contracts and the yearly review. DESIGN.md beside it says why it is as it is; which state needs what, who may move it,
// how many reviewers and rounds there are, what puts a household on which list and what the papers say is versioned data
// ([Policy], assets/policies/wholevillage-N.json).
//
// Nothing is ever changed. Each step leaves a record, and a [Case] is what the records of a household come to ([Sum]); it does not
// depend on the order in which they arrived. All records lie in the scope of the unit, but for sheets of a blind review: each lies
// in the scope of its reviewer, whom alone the server sends it, and what a round came to is published when the desk closes it.
//
//	state      record           by        what it holds beside village_year, household, at, policy, sample
//	-          village_year     desk      subject: the unit; year
//	file       household        village   (kind of its own; nothing of this package is written)
//	screen     screening        desk      screen_list white|grey|black, reasons (JSON [Ground]), limit fen (of the model), grade, score, day, seen
//	screen     officer_check    officer   about: a screening (grey) or pre_limit (officer); check pass|refuse, words; signed
//	rounds     review_round     desk      subject: the unit; round_no 1-3, reviewers (JSON [Reviewer]), households (JSON [Seat]), until
//	rounds     review_sheet     reviewer  scope user:…; review_round, member, sheet_way, knows, abstain or suggest fen, honesty, willing, usury,
//	                                      vetoes, honours, note; signed; no village_year
//	rounds     round_result     desk      review_round, round_no, enough, abstained, suggests (JSON fen, sorted), suggest fen (median), tally
//	                                      (JSON veto: count), vetoes, used (JSON ids of sheets)
//	rounds     round_close      desk      subject: the unit; review_round, sheets
//	review     review_meeting   village   subject: the unit; day, present, households (JSON ids), note, photo; signed
//	offer      pre_limit        desk      meeting, outcome offered|officer|refused, limit fen, suggest fen, model fen, reasons, vetoes, used,
//	                                      score, day, until, seen
//	notice     limit_notice     village   subject: the unit; from, until, lines (JSON [NoticeLine]: pre_limit, name masked, group); signed; class C1
//	notice     limit_objection  anybody   pre_limit, own, limit_why; class C1; no village_year, household
//	notice     limit_answer     village   limit_objection, limit_answer kept|right, words; signed
//	interview  interview        two       pre_limit, with (the first one's interview, by the second), amount fen, identity_seen, photo, day; signed
//	contract   credit_contract  bank      pre_limit, ask (of package exposure), bank, contract_no, amount fen, rate bp, from, until; signed
//	use        drawing          bank      credit_contract, amount fen (below zero: paid back), day; signed
//	renewal    renewal          bank      credit_contract, renewal keep|lower|end, amount fen, words, day; signed
package wholevillage
