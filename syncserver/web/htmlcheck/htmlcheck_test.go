// SPDX-License-Identifier: Apache-2.0

package htmlcheck_test

import (
	"testing"

	"golang.org/x/net/html"
	"strings"

	"yuexin/syncserver/web/htmlcheck"
)

const page = `<!doctype html><main id="top"><h1>融资
  需求</h1><table class="list wide"><tr class="row first"><td>一</td></tr><tr class="row"><td>二 <b>粗</b></td></tr></table>
<form action="/a/move"><input name="amount" value="3" disabled></form></main><p class="row">外</p>`

func TestChecks(t *testing.T) {
	tests := []struct {
		name  string
		check htmlcheck.Check
		ok    bool
	}{
		{"text over a line end", htmlcheck.Text("h1", "融资 需求"), true},
		{"text that is not there", htmlcheck.Text("h1", "贷款"), false},
		{"text of an element that is not there", htmlcheck.Text("h2", ""), false},
		{"no text", htmlcheck.NoText("main", "外"), true},
		{"text that should not be there", htmlcheck.NoText("main", "粗"), false},
		{"exact texts", htmlcheck.Texts("main .row td", "一", "二 粗"), true},
		{"too few texts", htmlcheck.Texts(".row", "一", "二 粗"), false},
		{"count by class", htmlcheck.Count(".row", 3), true},
		{"count by joined conditions", htmlcheck.Count("tr.row.first", 1), true},
		{"wrong count", htmlcheck.Count("tr", 3), false},
		{"below an id", htmlcheck.Count("#top table.list tr", 2), true},
		{"not below", htmlcheck.None("form tr"), true},
		{"attribute there", htmlcheck.Some("input[disabled]"), true},
		{"attribute value", htmlcheck.Some("input[name=amount]"), true},
		{"attribute start and end", htmlcheck.Some("form[action^=/a][action$=move]"), true},
		{"attribute end differs", htmlcheck.Some("form[action$=/a]"), false},
		{"attribute check", htmlcheck.Attr("input", "value", "3"), true},
		{"attribute check fails", htmlcheck.Attr("input", "value", "4"), false},
		{"some fails", htmlcheck.Some("h3"), false},
	}
	parsed, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := tt.check(parsed); (err == nil) != tt.ok {
				t.Errorf("check = %v, want ok %v", err, tt.ok)
			}
		})
	}
}

func TestFind(t *testing.T) {
	found := htmlcheck.Find(t, page, "input")
	if len(found) != 1 || htmlcheck.AttrOf(found[0], "value") != "3" || htmlcheck.AttrOf(found[0], "none") != "" {
		t.Errorf("found %d inputs", len(found))
	}
}
