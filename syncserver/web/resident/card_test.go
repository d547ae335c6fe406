// SPDX-License-Identifier: Apache-2.0

package resident_test

import (
	"net/http"
	"strings"
	"testing"

	"yuexin/shared/credit/doorplate"
)

// What stands on the plate outside neither shows a demand nor withdraws it,
// and no page gives the card's code away.
func TestThePlateProvesNothing(t *testing.T) {
	w := newWorld(t)
	number := w.register(1, nil)
	for _, proof := range []string{doorplate.CodeOf(handle(1)).String(), w.token(1).String(), w.path(1)} {
		got := w.ask(1, number, proof)
		wantStatus(t, got, http.StatusBadRequest)
		if strings.Contains(got.Body.String(), "permit") || strings.Contains(got.Body.String(), "待核实") {
			t.Errorf("%.12s… shows the demand", proof)
		}
	}
	for _, page := range []string{"", "/NEED", "/STATE", "/DATA"} {
		body := w.get(w.path(1) + page).Body.String()
		if strings.Contains(body, card(1)) || strings.Contains(body, strings.ReplaceAll(card(1), " ", "")) {
			t.Errorf("page %q gives the card's code away", page)
		}
	}
	if got := w.ask(1, number, card(1)).Body.String(); !strings.Contains(got, "permit") {
		t.Error("the card does not let its holder withdraw")
	}
}
