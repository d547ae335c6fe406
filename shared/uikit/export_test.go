// SPDX-License-Identifier: Apache-2.0

package uikit

// Furnish is furnish: OpenPanel itself needs a display.
var Furnish = furnish

// Owns is owns.
func (s Standing) Owns(width, height int) bool { return s.owns(width, height) }
