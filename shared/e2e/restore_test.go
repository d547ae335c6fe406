// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"net/url"
	"path/filepath"
	"testing"
)

// TestRestoredServerGetsItsOwnWorkBack: a resident asks for a loan on the page behind
// the plate, the desk registers it and the bank grants it, all after the last backup.
// The server is restored. One laptop syncs, and the demand, its number and the
// decision are there again; the number was given to nobody else meanwhile.
func TestRestoredServerGetsItsOwnWorkBack(t *testing.T) {
	t.Parallel()
	s := running(t)
	plate, _, _ := s.firstPlate()
	phone := newVisitor(t)
	desk, bank := s.staff("demo-admin"), s.staff("demo-bank")
	agent := s.enrol("agent", "laptop")
	agent.sync()
	backup := filepath.Join(t.TempDir(), "backup")
	s.do(nil, "backup", backup)

	number := scan(t, phone, plate.First)
	agent.sync()
	d, _ := agent.demand(number)
	s.move(desk, d.ID, "unverified", "registered", nil)
	agent.sync()
	for _, to := range []string{"contacted", "visited"} {
		agent.do(&d, "demand", "move", d.ID, to)
	}
	agent.do(&d, "demand", "move", d.ID, "intent", "--amount", "4万")
	agent.sync()
	s.move(bank, d.ID, "intent", "credited", url.Values{"amount": {"40000"}})
	agent.sync()
	if d, _ = agent.demand(number); d.Status != "credited" {
		t.Fatalf("before the restore the agent sees %q", d.Status)
	}
	s.stop()

	restored := newServer(t)
	restored.port, restored.url, restored.args = s.port, s.url, s.args
	restore(t, backup, restored.dir)
	restored.start()
	other := scan(t, phone, plate.First)
	if other == number {
		t.Errorf("%s was given twice", number)
	}
	if _, known := agent.demand(other); known {
		t.Error("the laptop has seen the restored server already")
	}
	agent.sync()
	sees(t, "the resident's page", state(t, phone, plate.First, number), d.Sentence)
	sees(t, "the resident's page", state(t, phone, plate.First, other), other)
	bank = restored.staff("demo-bank")
	page := bank.ok(bank.get(restored.url + "/console/demands/" + d.ID))
	sees(t, "the demand in the console", page.text(), applicant, "已联系", "已走访", "意向", d.Sentence)

	agent.sync()
	if again, _ := agent.demand(number); again.Status != "credited" || again.Pending {
		t.Errorf("after the restore the agent sees %+v", again)
	}
	st := agent.status()
	if st.Waiting != 0 || st.Refused != 0 {
		t.Errorf("on the laptop: %+v", st)
	}
	var adopted []struct{ Device, Act string }
	restored.do(&adopted, "device", "adopted")
	if len(adopted) < 3 || adopted[0].Device != st.Device {
		t.Errorf("what the server got back, and from whom: %+v", adopted)
	}
	restored.clean()
}
