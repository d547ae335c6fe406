// SPDX-License-Identifier: Apache-2.0

package flow

import (
	"strings"

	"yuexin/shared/i18n"
)

// The questions about who fills in for somebody, and the answer of a cadre who collects.
const (
	assisted   = "assisted"
	assistRole = "assist_role"
	assistName = "assist_name"
	byCadre    = "cadre"
)

// giveHelper answers who fills in where somebody of the staff does.
func (f *Flow) giveHelper() {
	who := f.Collector()
	if who == "" {
		return
	}
	for _, g := range [][2]string{{assisted, "yes"}, {assistRole, byCadre}, {assistName, who}} {
		if _, asked := f.visit.session.Form().Field(g[0]); asked {
			f.visit.session.Set(g[0], g[1])
			f.visit.given[g[0]] = true
		}
	}
}

// helper says who fills in for the person, by role and name where it is known, "" for nobody.
func (f *Flow) helper(p *i18n.Printer) string {
	s := f.visit.session
	if s == nil {
		return ""
	}
	if _, asked := s.Form().Field(assisted); !asked || !s.Value(assisted).Bool() {
		return ""
	}
	return strings.TrimSpace(f.roleName(p, s.Text(assistRole)) + " " + strings.TrimSpace(s.Text(assistName)))
}

// roleName names a role of those who help, "" for none.
func (f *Flow) roleName(p *i18n.Printer, role string) string {
	if role == "" {
		return ""
	}
	return p.T("choice.assist_role." + role)
}
