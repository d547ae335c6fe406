// SPDX-License-Identifier: Apache-2.0

package resident

import "net/http"

// dataPage says how data are used.
type dataPage struct {
	*frame
	Bank    string
	Wording wording
}

// onData shows what is collected, who gets it, and the text of the consent.
func (q *request) onData() error {
	terms, err := q.termsOf()
	if err != nil {
		return err
	}
	q.titled("resident.data.title", "DATA")
	return q.show(http.StatusOK, "data", dataPage{frame: q.frame, Bank: terms.recipient, Wording: terms.wording})
}
