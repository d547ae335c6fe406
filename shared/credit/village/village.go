// SPDX-License-Identifier: Apache-2.0

// Package village tells how far a village is: the five elements of 五个一 (党支部结对, 一体机, 金融特派员, 三资平台, 整村授信) with what
// shows them, who is posted there, and what is collected there together. All of it is read from records that a laptop holds as
// the server does, so a board is the same on both; which element is shown by what is versioned data.
package village

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"yuexin/shared/i18n"
	"yuexin/shared/sync/record"
)

// The kinds that a board is read from, besides postings.
const (
	KindElement    record.Kind = "element"    // somebody reports an element of the five
	KindCollective record.Kind = "collective" // figures of the 三资 platform: funds, assets and resources of the collective
	KindTask       record.Kind = "task"       // something to be collected together
	KindCollected  record.Kind = "collected"  // who collected a record, and for which task
	KindSurvey     record.Kind = "village"
	KindHousehold  record.Kind = "household"
)

// Element is one of the five and what shows it. Exactly one of From is asked: a report of that element, a posting, or figures.
type Element struct {
	ID     string               `json:"id"`
	Name   map[i18n.Lang]string `json:"name"`
	What   map[i18n.Lang]string `json:"what"` // what has to be there, for people
	From   record.Kind          `json:"from"`
	Posts  []string             `json:"posts,omitempty"`  // of a posting: which count
	Stages []string             `json:"stages,omitempty"` // of a report: of which stages one has to be reached
	Photo  bool                 `json:"photo,omitempty"`  // of a report: without a photo it does not count
	Months int                  `json:"months,omitempty"` // how long it counts; 0 for until it ends
	Source string               `json:"source"`
}

// In returns the element's name in a language, in Chinese if the language is not there.
func (e Element) In(lang i18n.Lang) string { return said(e.Name, lang) }

// WhatIn returns what has to be there.
func (e Element) WhatIn(lang i18n.Lang) string { return said(e.What, lang) }

func said(texts map[i18n.Lang]string, lang i18n.Lang) string {
	if text, ok := texts[lang]; ok {
		return text
	}
	return texts[i18n.ZhHans]
}

// Policy is one published edition of what a village is to have. It is immutable.
type Policy struct {
	version  uint32
	elements []Element
}

// Parse reads a policy from its JSON form and checks it whole. The error names the element at fault.
func Parse(r io.Reader) (*Policy, error) {
	var file struct {
		Version  uint32    `json:"version"`
		About    string    `json:"about"` // for whoever edits the file
		Elements []Element `json:"elements"`
	}
	dec := json.NewDecoder(r)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&file); err != nil {
		return nil, fmt.Errorf("read village policy: %w", err)
	}
	if file.Version == 0 || len(file.Elements) == 0 {
		return nil, fmt.Errorf("village policy: version or elements are missing")
	}
	p := &Policy{version: file.Version}
	for _, e := range file.Elements {
		if err := e.check(); err != nil {
			return nil, fmt.Errorf("village policy: %q: %w", e.ID, err)
		}
		if _, twice := p.Element(e.ID); twice {
			return nil, fmt.Errorf("village policy: %q is there twice", e.ID)
		}
		p.elements = append(p.elements, e)
	}
	return p, nil
}

func (e Element) check() error {
	whole := !slices.ContainsFunc(i18n.Langs(), func(l i18n.Lang) bool { return e.Name[l] == "" || e.What[l] == "" })
	switch {
	case e.ID == "" || !whole || e.Source == "" || e.Months < 0:
		return fmt.Errorf("it is not whole")
	case e.From != KindElement && e.From != kindPosting && e.From != KindCollective:
		return fmt.Errorf("nothing is read from %q", e.From)
	case e.From == kindPosting && len(e.Posts) == 0 || e.From != kindPosting && len(e.Posts) > 0:
		return fmt.Errorf("posts are those of postings")
	case e.From != KindElement && (e.Photo || len(e.Stages) > 0):
		return fmt.Errorf("photo and stages are those of a report")
	}
	return nil
}

// Version returns the number of this edition of the policy.
func (p *Policy) Version() uint32 { return p.version }

// Elements returns what a village is to have, in the order of the file.
func (p *Policy) Elements() []Element { return slices.Clone(p.elements) }

// Element returns one of them.
func (p *Policy) Element(id string) (Element, bool) {
	i := slices.IndexFunc(p.elements, func(e Element) bool { return e.ID == id })
	if i < 0 {
		return Element{}, false
	}
	return p.elements[i], true
}
