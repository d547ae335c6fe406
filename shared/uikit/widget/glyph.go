// SPDX-License-Identifier: Apache-2.0

package widget

import (
	"fmt"
	"strings"

	"yuexin/assets/fonts"
	"yuexin/shared/i18n"
)

// Drawable returns the text with the number of each character that the face cannot draw in its place, as [U+30000]: a rare
// name is then never a silent box, nor in the letters of another face. Text does it by itself; for what Fyne's own widgets
// show. It is for the eye only: never store or send the result.
func Drawable(text string) string {
	missing := fonts.Missing(text)
	if len(missing) == 0 {
		return text
	}
	pairs := make([]string, 0, 2*len(missing))
	for _, r := range missing {
		pairs = append(pairs, string(r), "["+number(r)+"]")
	}
	return strings.NewReplacer(pairs...).Replace(text)
}

// Undrawn says in the words of p which characters of a text cannot be drawn here, by their numbers, and that the text is
// kept as it is; "" if all can be drawn.
func Undrawn(p *i18n.Printer, text string) string {
	missing := fonts.Missing(text)
	if len(missing) == 0 {
		return ""
	}
	numbers := make([]string, len(missing))
	for i, r := range missing {
		numbers[i] = number(r)
	}
	return p.T("uikit.undrawn", "list", strings.Join(numbers, p.T("uikit.undrawn.and")))
}

// number is how a character is called in the standard.
func number(r rune) string { return fmt.Sprintf("U+%04X", r) }
