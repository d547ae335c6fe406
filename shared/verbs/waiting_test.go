// SPDX-License-Identifier: Apache-2.0

package verbs

import (
	"testing"
	"time"

	"yuexin/assets"
	"yuexin/shared/i18n"
	"yuexin/shared/sync/replica"
)

// "All sent" is never said while something waits for a person to carry it.
func TestWaiting(t *testing.T) {
	texts, err := i18n.Load(assets.Locales())
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	for _, tc := range []struct {
		status replica.Status
		want   string
	}{
		{replica.Status{}, "已全部上传"},
		{replica.Status{Waiting: 3, Oldest: now.Add(-2 * time.Hour)}, "3 条待上传，最早 2 小时前"},
		{replica.Status{Stranded: 2}, "2 份登记要由工作人员用 U 盘带到服务器"},
		{replica.Status{Waiting: 3, Oldest: now.Add(-2 * time.Hour), Stranded: 2}, "3 条待上传，最早 2 小时前；2 份登记要由工作人员用 U 盘带到服务器"},
	} {
		if got := Waiting(texts.Printer("zh"), tc.status, now); got != tc.want {
			t.Errorf("%+v: %q, want %q", tc.status, got, tc.want)
		}
	}
}
