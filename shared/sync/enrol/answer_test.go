// SPDX-License-Identifier: Apache-2.0

package enrol_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"yuexin/shared/fault"
	"yuexin/shared/sync/enrol"
)

// FuzzReadAnswer: whatever a server answers, the device gets a whole enrolment,
// which reads back from its file, or a fault that it can explain.
func FuzzReadAnswer(f *testing.F) {
	f.Add(http.StatusOK, []byte(`{}`))
	f.Add(http.StatusOK, []byte(`{"device":"dev_0000000001fbkbgftfqqmhpvnr","shortId":7,"syncPath":"//evil"}`))
	f.Add(http.StatusNotFound, []byte(`{"code":"not_found","key":"enrol.code","args":{"a":"b"}}`))
	f.Add(http.StatusTeapot, []byte(`<html>`))
	f.Add(http.StatusConflict, []byte(`{"code":"ok","key":"enrol.code"}`))
	f.Add(http.StatusServiceUnavailable, []byte(`{"code":"unavailable","key":"verbs.put.done","retryMs":-1}`))
	f.Add(http.StatusOK, []byte(strings.Repeat("[", 100_000)))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		e, err := enrol.ExportReadAnswer(t.Context(), status, body)
		if err != nil {
			if got := fault.From(err); got.Kind == fault.OK || got.Kind == fault.Internal || got.Key == "" {
				t.Errorf("refused with %v", err)
			}
			return
		}
		data, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		again, err := enrol.ExportReadAnswer(t.Context(), http.StatusOK, data)
		if err != nil {
			t.Fatalf("an enrolment does not read back: %v", err)
		}
		if got, err := json.Marshal(again); err != nil || !slices.Equal(got, data) {
			t.Errorf("it reads back as %s, %v; want %s", got, err, data)
		}
	})
}
