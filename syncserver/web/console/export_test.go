// SPDX-License-Identifier: Apache-2.0

package console

// Patterns returns the patterns of all addresses of the console.
func (c *Console) Patterns() (all []string) {
	for _, r := range c.table() {
		all = append(all, r.pattern)
	}
	return all
}
