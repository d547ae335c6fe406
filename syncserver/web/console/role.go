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
	PageConflicts  Page = "conflicts"
	PageQuarantine Page = "quarantine"
	PageDevices    Page = "devices"
	PageUsers      Page = "users"
	PageAudit      Page = "audit"
)

// Pages returns all pages in the order of the menu.
func Pages() []Page {
	return []Page{PageDemands, PageVillages, PageConflicts, PageQuarantine, PageDevices, PageUsers, PageAudit}
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
// a reviewer's bank has no business with the disputes of others. Who saw what is
// for auditors alone: those whose work is in the log do not keep watch over it.
var pagesOf = map[record.Role][]Page{
	Cadre:    {PageDemands, PageVillages, PageConflicts},
	Officer:  {PageDemands, PageVillages, PageConflicts},
	Reviewer: {PageDemands},
	Analyst:  {PageDemands, PageVillages},
	Auditor:  {PageAudit},
	Admin:    {PageDemands, PageVillages, PageConflicts, PageQuarantine, PageDevices, PageUsers},
}

// May reports whether a role has a page. An unknown role has none.
func May(role record.Role, page Page) bool { return slices.Contains(pagesOf[role], page) }
