// SPDX-License-Identifier: Apache-2.0

package lending_test

import (
	"bytes"
	"os"
	"testing"

	"yuexin/shared/credit/lending"
)

// FuzzParse: in a policy that is taken every state that is not final has a way
// on, every move leads to a state that is there, and every state has a sentence
// for the people.
func FuzzParse(f *testing.F) {
	data, err := os.ReadFile("../../../assets/policies/lending-1.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte("{}"))
	f.Add(bytes.Replace(data, []byte("\"to\""), []byte("\"from\""), 1))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := lending.Parse(bytes.NewReader(data))
		if err != nil {
			return
		}
		ways, states := map[lending.Status]bool{}, map[lending.Status]bool{}
		for _, m := range p.Moves() {
			ways[m.From] = true
		}
		for _, s := range p.States() {
			states[s.Name] = true
			if key, _ := p.Sentence(s.Name); key == "" || !s.Final && !ways[s.Name] {
				t.Errorf("state %+v has no sentence or no way on", s)
			}
		}
		for _, m := range p.Moves() {
			if !states[m.To] || m.From != "" && !states[m.From] {
				t.Errorf("move %+v leads from or to nowhere", m)
			}
		}
	})
}
