// SPDX-License-Identifier: Apache-2.0

package resident

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"

	"yuexin/shared/credit/alarm"
	"yuexin/shared/ident"
)

const (
	sourceContext = "yuexin alarm source"
	sourceSize    = 6
)

// note tells the alarms what happened. thing is the plate or the form; plate is where the alarm would stand, zero for nowhere.
func (q *request) note(kind alarm.Kind, thing string, plate ident.Record) {
	if q.Watch != nil {
		q.Watch(alarm.Scan{Kind: kind, Source: q.source(), Thing: thing, Plate: plate, At: q.now})
	}
}

// source marks an address: the same one has the same mark, and nobody reads an address from it.
func (q *request) source() string {
	mac := hmac.New(sha256.New, q.Key)
	mac.Write([]byte(sourceContext + q.address))
	return hex.EncodeToString(mac.Sum(nil)[:sourceSize])
}
