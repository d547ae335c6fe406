// SPDX-License-Identifier: Apache-2.0

package console

import (
	"slices"

	"yuexin/shared/sync/record"
)

// Page is a part of the console that a role has or has not.
type Page string

// The pages, in the order of the menu.
const (
	PageDemands    Page = "demands"
	PageVillages   Page = "villages"
	PageNotices    Page = "notices"
	PagePoints     Page = "points"
	PageTitles     Page = "titles"
	PagePlates     Page = "plates"
	PageAlarms     Page = "alarms"
	PageConflicts  Page = "conflicts"
	PageQuarantine Page = "quarantine"
	PageDevices    Page = "devices"
	PageUsers      Page = "users"
	PageTrials     Page = "trials"
	PageRules      Page = "rules"
	PageAudit      Page = "audit"
)

// Pages returns all pages in the order of the menu.
func Pages() []Page {
	return []Page{PageDemands, PageVillages, PageNotices, PagePoints, PageTitles, PagePlates, PageAlarms, PageConflicts, PageQuarantine, PageDevices, PageUsers, PageTrials, PageRules, PageAudit}
}

// The roles that people work in at the console; the access table says what
// they may do with records.
const (
	Cadre    record.Role = "cadre"
	Officer  record.Role = "officer"
	Reviewer record.Role = "reviewer" // of one bank
	Analyst  record.Role = "analyst"  // of county or central bank
	Auditor  record.Role = "auditor"  // sees who saw what, and nobody's data
	Admin    record.Role = "admin"
)

// Roles returns the roles a console user can have.
func Roles() []record.Role { return []record.Role{Cadre, Officer, Reviewer, Analyst, Auditor, Admin} }

// access to pages. Disputes name whose data it is, so an analyst has them not;
// a reviewer's bank has no business with the disputes of others. Who has PageAudit
// says the access table.
var pagesOf = map[record.Role][]Page{
	Cadre:    {PageDemands, PageVillages, PageNotices, PagePoints, PageTitles, PageConflicts},
	Officer:  {PageDemands, PageVillages, PagePoints, PageTitles, PageConflicts},
	Reviewer: {PageDemands},
	Analyst:  {PageDemands, PageVillages, PageTitles, PageTrials},
	Auditor:  nil,
	Admin:    {PageDemands, PageVillages, PageNotices, PagePoints, PageTitles, PagePlates, PageAlarms, PageConflicts, PageQuarantine, PageDevices, PageUsers, PageTrials, PageRules},
}

// kindAudit stands for the audit log in the access table. Who may read it sees who
// saw, did and wrote what, and no value; a county that wants its administrators not to
// keep watch over themselves leaves it to the auditors.
const kindAudit record.Kind = "audit"

// May reports whether a role has a page by an access table. An unknown role has none.
func May(access *record.Access, role record.Role, page Page) bool {
	if page == PageAudit {
		return slices.Contains(Roles(), role) && access.Allows(role, kindAudit, record.C1, record.CanRead)
	}
	return slices.Contains(pagesOf[role], page)
}

// pagesFor returns the pages of a role in the order of the menu.
func (c *Console) pagesFor(role record.Role) []Page {
	return slices.DeleteFunc(Pages(), func(p Page) bool {
		return !May(c.Access, role, p) || c.Plates == nil && (p == PagePlates || p == PageAlarms)
	})
}
