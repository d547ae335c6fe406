// SPDX-License-Identifier: Apache-2.0

package resident

import (
	"net/http"
	"slices"
)

// Pages returns the names of all pages that answer a method.
func Pages(method string) (all []string) {
	for name, byMethod := range handlers() {
		if byMethod[method] != nil {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return all
}

// Unknown are the methods that a page does not answer.
func Unknown(page string) (all []string) {
	for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions} {
		if handlers()[page][method] == nil {
			all = append(all, method)
		}
	}
	return all
}
