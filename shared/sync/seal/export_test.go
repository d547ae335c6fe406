// SPDX-License-Identifier: Apache-2.0

package seal

// Typed and TypedText let the tests change the bytes behind a typed text.
var (
	Typed     = parseTyped
	TypedText = compactText
)
