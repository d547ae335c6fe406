// SPDX-License-Identifier: Apache-2.0

package screen_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"yuexin/kiosk/flow"
	"yuexin/kiosk/flow/flowtest"
	"yuexin/kiosk/screen"
	"yuexin/shared/credit/forms"
	"yuexin/shared/uikit/scene"
	"yuexin/shared/uikit/theme"
	"yuexin/shared/uikit/uitest"
)

// shots is where the pictures are.
const shots = "../testdata/shots"

// TestScenes walks every prepared screen in every mode.
func TestScenes(t *testing.T) {
	texts := uitest.Texts(t)
	uitest.Walk(t, texts, "../testdata", auditPanel)
	if missing := texts.Missing(); len(missing) > 0 {
		t.Errorf("texts are missing: %v", missing)
	}
}

// Every screen of the table is prepared, and every type of question that the
// forms ask, rows and what stands in them included.
func TestScenesAreComplete(t *testing.T) {
	routes, types := map[flow.Route]bool{}, map[forms.Type]bool{}
	inRow, consent, signature := false, false, false
	var book map[string]*forms.Form // those that a kiosk asks
	for _, p := range screen.Scenes() {
		s, err := flowtest.New(nil)
		if err != nil {
			t.Fatal(err)
		}
		p.Lead(s)
		all := s.World.Book.Forms
		book = map[string]*forms.Form{"household": all["household"], "merchant": all["merchant"], "demand": all["demand"]}
		routes[s.Flow.Route()] = true
		if s.Flow.Route() != flow.Question {
			continue
		}
		page := s.Flow.Page()
		signature = signature || page.Field == nil
		consent = consent || page.Wording != "" && page.Field != nil
		inRow = inRow || page.Row > 0
		if page.Field != nil {
			types[page.Field.Type] = true
		}
	}
	for route := range flow.Screens() {
		if !routes[route] {
			t.Errorf("no scene shows %s", route)
		}
	}
	for _, form := range book {
		for _, section := range form.Sections {
			eachType(section.Fields, func(name string, typ forms.Type) {
				if !types[typ] {
					t.Errorf("no scene asks a question of type %s, as %s is", typ, name)
				}
			})
		}
	}
	if !inRow || !consent || !signature {
		t.Errorf("scenes ask in a row: %v, for consent: %v, for a signature: %v", inRow, consent, signature)
	}
}

func eachType(fields []*forms.Field, visit func(name string, t forms.Type)) {
	for _, f := range fields {
		visit(f.Name, f.Type)
		eachType(f.Fields, visit)
	}
}

// Every prepared screen has its picture, and every picture its screen. With
// -update the pictures are painted anew, without a display, one pixel per unit: make goldens.
func TestShots(t *testing.T) {
	if *uitest.Update {
		shoot(t)
	}
	there := map[string]bool{}
	files, err := os.ReadDir(shots)
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		there[strings.TrimSuffix(file.Name(), ".png")] = true
	}
	for _, p := range screen.Scenes() {
		if !there[p.Name] {
			t.Errorf("no picture of %s: run with -update", p.Name)
		}
		delete(there, p.Name)
	}
	for name := range there {
		t.Errorf("%s.png shows nothing that is prepared", name)
	}
}

func shoot(t *testing.T) {
	t.Helper()
	texts := uitest.Texts(t)
	uitest.Look(t, theme.Look{Place: theme.Kiosk})
	for _, p := range screen.Scenes() {
		t.Run(p.Name, func(t *testing.T) {
			img := scene.Paint(p.Scene(), scene.Variants()[0], texts)
			if err := scene.Write(filepath.Join(shots, p.Name+".png"), img); err != nil {
				t.Fatal(err)
			}
		})
	}
}
