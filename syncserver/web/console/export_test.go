// SPDX-License-Identifier: Apache-2.0

package console

// Address is an address of the console, and the page that it belongs to; "" is everybody's.
type Address struct {
	Pattern string
	Page    Page
}

// Table returns all addresses of the console.
func (c *Console) Table() (all []Address) {
	for _, r := range c.table() {
		all = append(all, Address{r.pattern, r.page})
	}
	return all
}

// Patterns returns the patterns of all of them.
func (c *Console) Patterns() (all []string) {
	for _, r := range c.Table() {
		all = append(all, r.Pattern)
	}
	return all
}
