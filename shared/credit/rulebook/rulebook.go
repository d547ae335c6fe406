// SPDX-License-Identifier: Apache-2.0

// Package rulebook holds every rule that a county could want to change, as
// one value: the catalogue of kinds, the access table, the moves of a demand,
// the consent wordings, how reading is noted, what may be attached, and the forms. All are versioned data; Load checks
// them together before anybody works by them.
package rulebook

import (
	"fmt"
	"io"
	"io/fs"

	"yuexin/shared/credit/consent"
	"yuexin/shared/credit/forms"
	"yuexin/shared/credit/lending"
	"yuexin/shared/sync/audit"
	"yuexin/shared/sync/blob"
	"yuexin/shared/sync/record"
)

// Book is one set of rules that fit each other. It is immutable.
type Book struct {
	Catalogue *record.Catalogue
	Access    *record.Access
	Lending   *lending.Policy
	Consent   *consent.Policy
	Audit     *audit.Policy
	Forms     map[string]*forms.Form // by name

	Attachments *blob.Policy
}

// Files of the newest version in the folder of policies.
const (
	catalogueFile = "catalogue-1.json"
	accessFile    = "access-1.json"
	lendingFile   = "lending-1.json"
	consentFile   = "consent-1.json"
	auditFile     = "audit-1.json"
	blobFile      = "attachments-1.json"
)

// Load reads the rules from the folders of policies and of forms. The error
// names the file at fault.
func Load(policies, formFiles fs.FS) (*Book, error) {
	var b Book
	var err error
	if b.Catalogue, err = read(policies, catalogueFile, record.ParseCatalogue); err != nil {
		return nil, err
	}
	if b.Access, err = read(policies, accessFile, record.ParseAccess); err != nil {
		return nil, err
	}
	if b.Lending, err = read(policies, lendingFile, lending.Parse); err != nil {
		return nil, err
	}
	if b.Consent, err = read(policies, consentFile, consent.Parse); err != nil {
		return nil, err
	}
	if b.Audit, err = read(policies, auditFile, audit.ParsePolicy); err != nil {
		return nil, err
	}
	if b.Attachments, err = read(policies, blobFile, blob.ParsePolicy); err != nil {
		return nil, err
	}
	return &b, b.loadForms(formFiles)
}

func read[T any](from fs.FS, name string, parse func(io.Reader) (T, error)) (T, error) {
	var none T
	f, err := from.Open(name)
	if err != nil {
		return none, fmt.Errorf("rules: %w", err)
	}
	defer f.Close()
	v, err := parse(f)
	if err != nil {
		return none, fmt.Errorf("rules: %s: %w", name, err)
	}
	return v, nil
}

// loadForms reads every form of the folder and checks it against the
// catalogue that its answers become records of.
func (b *Book) loadForms(from fs.FS) error {
	names, err := fs.Glob(from, "*.json")
	if err != nil {
		return fmt.Errorf("forms: %w", err)
	}
	b.Forms = make(map[string]*forms.Form, len(names))
	for _, name := range names {
		form, err := read(from, name, forms.Parse)
		if err != nil {
			return err
		}
		if err := form.CheckAgainst(b.Catalogue); err != nil {
			return fmt.Errorf("forms: %s: %w", name, err)
		}
		b.Forms[form.Name] = form
	}
	return nil
}
