// SPDX-License-Identifier: Apache-2.0

package archtest

import "go/ast"

// readers are what makes Fyne read a text instead of showing it: marks become
// headings, pictures and links, and addresses are opened.
var readers = map[string]bool{
	"NewRichTextFromMarkdown": true, "ParseMarkdown": true, "AppendMarkdown": true, "NewHyperlink": true, "NewHyperlinkWithStyle": true,
	"HyperlinkSegment": true, "OpenURL": true,
}

// checkLiteral wants text shown as it is wherever windows are drawn. Tests are left alone.
func checkLiteral(t *Tree) []Violation {
	var found []Violation
	for _, p := range t.in("shared/uikit", "kiosk", "agent") {
		for _, f := range p.Files {
			if f.Test || f.Ignored {
				continue
			}
			ast.Inspect(f.Syntax, func(n ast.Node) bool {
				if sel, ok := n.(*ast.SelectorExpr); ok && readers[sel.Sel.Name] {
					found = append(found, Violation{f.Path, t.line(sel), "uses " + sel.Sel.Name})
				}
				return true
			})
		}
	}
	return found
}
