// SPDX-License-Identifier: Apache-2.0

package wholevillage

import "yuexin/shared/sync/record"

// The kinds of records.
const (
	KindYear      record.Kind = "village_year"
	KindScreening record.Kind = "screening"
	KindCheck     record.Kind = "officer_check"
	KindRound     record.Kind = "review_round"
	KindSheet     record.Kind = "review_sheet" // in the scope of its reviewer
	KindResult    record.Kind = "round_result"
	KindClose     record.Kind = "round_close"
	KindMeeting   record.Kind = "review_meeting"
	KindLimit     record.Kind = "pre_limit"
	KindNotice    record.Kind = "limit_notice"
	KindObjection record.Kind = "limit_objection"
	KindAnswer    record.Kind = "limit_answer"
	KindInterview record.Kind = "interview"
	KindContract  record.Kind = "credit_contract"
	KindDrawing   record.Kind = "drawing"
	KindRenewal   record.Kind = "renewal"
	Household     record.Kind = "household"
)

// Kinds returns the kinds of what a village's cases are made of, besides households, consents and grants.
func Kinds() []record.Kind {
	return []record.Kind{
		KindYear, KindScreening, KindCheck, KindRound, KindResult, KindClose, KindMeeting, KindLimit, KindNotice, KindObjection,
		KindAnswer, KindInterview, KindContract, KindDrawing, KindRenewal,
	}
}
