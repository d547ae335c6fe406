// SPDX-License-Identifier: Apache-2.0

package main

import (
	"testing"

	"yuexin/shared/fault"
	"yuexin/shared/station"
)

// TestWindowsNeedEnrolment opens the windows of a machine that no administrator has enrolled: nothing may be drawn that
// would take something from a villager and lose it.
func TestWindowsNeedEnrolment(t *testing.T) {
	s, err := station.Open(t.Context(), station.Config{Dir: t.TempDir(), Program: "kiosk", Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	err = (&face{}).windows(t.Context(), s)
	if !fault.Is(err, fault.Unauthenticated) {
		t.Fatalf("got %v, want a refusal", err)
	}
	if message, hint := s.Texts.Printer("").Explain(err); message == "" || hint == "" {
		t.Errorf("told %q, %q", message, hint)
	}
}
