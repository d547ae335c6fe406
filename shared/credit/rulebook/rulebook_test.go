// SPDX-License-Identifier: Apache-2.0

package rulebook_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"yuexin/assets"
	"yuexin/shared/credit/rulebook"
)

// The rules that ship fit each other.
func TestLoad(t *testing.T) {
	b, err := rulebook.Load(assets.Folder("policies"), assets.Folder("forms"), assets.Folder("scorecards"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"household", "merchant", "demand"} {
		if b.Forms[name] == nil {
			t.Errorf("there is no form %s", name)
		}
	}
	if b.Catalogue.Version() == 0 || b.Access.Version() == 0 || b.Lending == nil || b.Consent.Version() == 0 {
		t.Errorf("a part is missing: %+v", b)
	}
}

// An error names the file at fault.
func TestLoadNamesTheFile(t *testing.T) {
	policies := fstest.MapFS{"catalogue-1.json": {Data: []byte(`{"version": 0}`)}}
	_, err := rulebook.Load(policies, fstest.MapFS{}, fstest.MapFS{})
	if err == nil || !strings.Contains(err.Error(), "catalogue-1.json") {
		t.Errorf("got %v", err)
	}
}
