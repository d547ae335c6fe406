// SPDX-License-Identifier: Apache-2.0

package screen

import "yuexin/kiosk/flow/flowtest"

// shopScenes are the products and what they cost.
func shopScenes() []Prepared {
	compare := func(id string) func(*flowtest.Stage) {
		return func(s *flowtest.Stage) { s.Flow.OpenProducts(); s.Flow.OpenProduct(id) }
	}
	return []Prepared{
		{Name: "products", Lead: func(s *flowtest.Stage) { s.Flow.OpenProducts() }},
		{Name: "products-large", Lead: func(s *flowtest.Stage) { s.Flow.OpenProducts() }, Large: true},
		{Name: "compare", Lead: compare("yinong")},
		{Name: "compare-large", Lead: compare("ningzhu"), Large: true},
	}
}
