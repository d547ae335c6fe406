// SPDX-License-Identifier: Apache-2.0

// Package console is the web console of banks and government: demands with
// their moves, disputes, quarantine, devices, users and the village board.
//
// Rules that hold for every page:
//
//   - What a role may not do is absent from its pages and refused when it is
//     asked for all the same. May is the one table of pages; the access table,
//     the lending policy and the store judge what happens on them.
//   - Pages are whole without JavaScript. htmx only replaces a part of a page
//     by the same part of a page the server renders whole, so there are no
//     fragments to keep alike.
//   - Everything that changes something is a POST from the same origin
//     (http.CrossOriginProtection and a SameSite=Strict cookie). A POST that
//     succeeds answers 303, one that fails answers the form with what was
//     typed, the message beside its field, and has changed nothing.
//   - No page is kept by a browser or a proxy, no script or style stands in a
//     page, and nothing is fetched from elsewhere.
//   - Logs name kinds of faults and message keys, never a person.
//
// The templates are in templates, styles and icons in assets/web, the texts in
// assets/locales under "console.", the design language in
// shared/uikit/DESIGN.md.
package console
