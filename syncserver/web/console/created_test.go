// SPDX-License-Identifier: Apache-2.0

package console_test

import (
	"strings"
	"testing"
	"time"

	"yuexin/shared/ident"
	"yuexin/syncserver/web/htmlcheck"
)

// A demand was registered when its first move was made, whatever its id says,
// and the zero above a list alarms nobody.
func TestDayOfADemandIsThatOfItsFirstMove(t *testing.T) {
	w := newWorld(t)
	long := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	w.id = must(ident.New[ident.Record](long.UnixMilli(), w.random))(t)
	w.register(wish{name: "石门生", village: "马房村", channel: "kiosk", yuan: 30_000, months: 12, purpose: "planting"})
	admin := w.login("admin")
	for _, path := range []string{"/demands?open=1", w.at("石门生")} {
		if body := admin.get(path).body; !strings.Contains(body, "石门生") || strings.Contains(body, "2025年1月1日") {
			t.Errorf("%s shows the day of the id", path)
		}
	}
	htmlcheck.Run(t, admin.get("/villages").body, htmlcheck.None("td.zero .late"), htmlcheck.None("td.zero .soon"))
}
