// SPDX-License-Identifier: Apache-2.0

package flow_test

import (
	"io/fs"
	"path"
	"reflect"
	"slices"
	"strings"
	"testing"

	"yuexin/agent/stage"
	"yuexin/assets"
	"yuexin/shared/i18n"
)

// elsewhere are the texts that no window of the agent can show: those of other programs, and of the server's operator.
var elsewhere = []string{"console.json", "demo.json", "kiosk.json", "xlsform.json", "resident.json", "server.json"}

// TestWords reads every Chinese text that the agent can show, faults of the packages below and questions of forms among
// them: how data are kept has no place in them.
func TestWords(t *testing.T) {
	read := 0
	err := fs.WalkDir(assets.FS, ".", func(name string, d fs.DirEntry, err error) error {
		folder := path.Dir(name)
		texts := folder == "locales/zh-Hans" && !slices.Contains(elsewhere, path.Base(name)) || folder == "forms" || folder == "policies"
		if err != nil || d.IsDir() || !texts {
			return err
		}
		read++
		data, err := fs.ReadFile(assets.FS, name)
		for line := range strings.Lines(string(data)) {
			for _, word := range []string{"版本", "合并"} {
				if strings.Contains(line, word) {
					t.Errorf("%s says %s: %s", name, word, strings.TrimSpace(line))
				}
			}
		}
		return err
	})
	if err != nil || read < 15 {
		t.Fatalf("read %d files: %v", read, err)
	}
}

// TestDeskInAnotherLanguage: whoever changes the language goes on with everything that the desk had.
func TestDeskInAnotherLanguage(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	other := reflect.ValueOf(s.Desk.In(s.Desk.Print)).Elem()
	for _, f := range reflect.VisibleFields(other.Type()) {
		if f.IsExported() && other.FieldByIndex(f.Index).IsZero() {
			t.Errorf("%s is lost", f.Name)
		}
	}
}
