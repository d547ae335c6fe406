// SPDX-License-Identifier: Apache-2.0

package console_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"strings"
	"testing"

	"yuexin/assets"
	"yuexin/shared/i18n"
	"yuexin/shared/sync/audit"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/web/console"
)

// forbidden are the words for how data are kept; they do not belong on a screen.
var forbidden = map[i18n.Lang][]string{
	i18n.ZhHans: {"版本", "合并", "同步点", "记录头"},
	i18n.En:     {"version", "merge"},
}

func TestTextsAvoidTheWordsOfTheTrade(t *testing.T) {
	for lang, words := range forbidden {
		data := must(fs.ReadFile(assets.Locales(), string(lang)+"/console.json"))(t)
		var texts map[string]string
		if err := json.Unmarshal(data, &texts); err != nil {
			t.Fatal(err)
		}
		for key, text := range texts {
			if !strings.HasPrefix(key, "console.") {
				t.Errorf("%s: %s does not belong here", lang, key)
			}
			for _, word := range words {
				if strings.Contains(strings.ToLower(text), word) {
					t.Errorf("%s: %s says %q", lang, key, word)
				}
			}
		}
	}
}

// TestTextsOfKeysMadeUp covers keys that pages put together.
func TestTextsOfKeysMadeUp(t *testing.T) {
	w := newWorld(t)
	var keys []string
	for _, page := range console.Pages() {
		keys = append(keys, "console.page."+string(page))
	}
	for _, role := range w.access.Roles() {
		keys = append(keys, "choice.role."+string(role))
	}
	for _, s := range w.lending.States() {
		keys = append(keys, "console.move."+string(s.Name), s.Name.Key())
	}
	for _, deed := range audit.Deeds() {
		keys = append(keys, "console.audit.deed."+string(deed))
	}
	for _, page := range []string{"demand", "demands", "conflicts", "audit", "writes", "login", "newuser", "password", "switch", "newdevice"} {
		keys = append(keys, "console.audit.what.console."+page)
	}
	kind, _ := w.cat.Kind("demand")
	for _, f := range kind.Fields {
		if f.Name == "channel" || f.Name == "purpose" || f.Name == "contact" {
			for _, code := range f.Choices {
				keys = append(keys, "choice."+string(f.Name)+"."+code)
			}
		}
	}
	for o := record.Accepted; o <= record.Discarded; o++ {
		keys = append(keys, "console.outcome."+o.String())
	}
	p := w.texts.Printer(i18n.ZhHans)
	for _, key := range keys {
		if !p.Has(key) {
			t.Errorf("no text for %s", key)
		}
	}
}

// TestNoTextIsLeftOver finds texts that nothing asks for any more.
func TestNoTextIsLeftOver(t *testing.T) {
	var source strings.Builder
	for _, pattern := range []string{"*.go", "templates/*.html"} {
		for _, file := range must(fs.Glob(here(t), pattern))(t) {
			if !strings.HasSuffix(file, "_test.go") {
				source.Write(must(fs.ReadFile(here(t), file))(t))
			}
		}
	}
	var texts map[string]string
	if err := json.Unmarshal(must(fs.ReadFile(assets.Locales(), "zh-Hans/console.json"))(t), &texts); err != nil {
		t.Fatal(err)
	}
	for key := range texts {
		asked := strings.Contains(source.String(), `"`+strings.TrimSuffix(key, ".hint")+`"`)
		for _, made := range []string{"console.page.", "console.move.", "console.program.", "console.demand.", "console.act.", "console.audit.deed.", "console.kind.", "console.outcome.", "console.device.proof.", "console.quarantine.op.", "console.alarm.count.", "console.plates.form."} {
			rest, is := strings.CutPrefix(key, made)
			asked = asked || is && (made == "console.act." || !strings.Contains(rest, ".")) && strings.Contains(source.String(), `"`+made+`"`) && !strings.HasPrefix(made, "console.demand.")
		}
		asked = asked || strings.HasPrefix(key, "console.audit.what.") // pages and programs, as entries name them
		for _, amount := range []string{"asked", "intended", "credited", "disbursed"} {
			asked = asked || key == "console.demand."+amount
		}
		if !asked {
			t.Errorf("nothing asks for %s", key)
		}
	}
}

// here is the folder of the package's source.
func here(t *testing.T) fs.FS {
	t.Helper()
	return os.DirFS(".")
}
