// SPDX-License-Identifier: Apache-2.0

package exchange

import (
	"strings"
	"unicode"
)

// formulaStarts begin what a spreadsheet program may run when it opens a text file (OWASP, "CSV Injection"), which lists tab and the
// ends of lines as well: guarded looks past whatever is not seen.
const formulaStarts = "=+-@"

// guarded returns a cell that no spreadsheet program takes for a formula: an apostrophe before what could be one.
// Numbers with a sign stay.
func guarded(cell string) string {
	trimmed := strings.TrimLeftFunc(cell, unseen)
	if trimmed == "" || !strings.ContainsRune(formulaStarts, half([]rune(trimmed)[0])) || isNumber(trimmed) {
		if strings.IndexFunc(cell, func(r rune) bool { return r == '\t' || r == '\r' || r == '\n' }) == 0 {
			return "'" + cell
		}
		return cell
	}
	return "'" + cell
}

func unseen(r rune) bool {
	return unicode.IsSpace(r) || unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
}

// unguarded takes off the apostrophe that guarded put before a cell.
func unguarded(cell string) string {
	if rest, found := strings.CutPrefix(cell, "'"); found && guarded(rest) == cell {
		return rest
	}
	return cell
}

// isNumber reports whether s is a sign, digits and what stands between digits, which no program runs.
func isNumber(s string) bool {
	rest := strings.Trim(s[1:], "0123456789., ")
	return strings.ContainsRune("+-", rune(s[0])) && rest == ""
}

// bare takes off the apostrophe by which people keep a spreadsheet program from rounding a number.
func bare(cell string) string {
	if rest, found := strings.CutPrefix(cell, "'"); found && rest != "" && strings.Trim(rest, "0123456789Xx") == "" {
		return rest
	}
	return unguarded(cell)
}
