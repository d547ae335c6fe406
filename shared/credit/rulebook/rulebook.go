// SPDX-License-Identifier: Apache-2.0

// Package rulebook holds every rule that a county could want to change, as
// one value: the catalogue of kinds, the access table, the moves of a demand,
// the consent wordings, how reading is noted, what may be attached, visits, the
// forms, and what they look like on paper. All are versioned data; Load checks
// them together before anybody works by them.
package rulebook

import (
	"cmp"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"yuexin/shared/credit/alarm"
	"yuexin/shared/credit/carbon"
	"yuexin/shared/credit/consent"
	"yuexin/shared/credit/criteria"
	"yuexin/shared/credit/forms"
	"yuexin/shared/credit/idle"
	"yuexin/shared/credit/lending"
	"yuexin/shared/credit/modes"
	"yuexin/shared/credit/myfile"
	"yuexin/shared/credit/outreach"
	"yuexin/shared/credit/plate"
	"yuexin/shared/credit/points"
	"yuexin/shared/credit/product"
	"yuexin/shared/credit/reference"
	"yuexin/shared/credit/scoring"
	"yuexin/shared/credit/sheet"
	"yuexin/shared/credit/title"
	"yuexin/shared/credit/village"
	"yuexin/shared/credit/wholevillage"
	"yuexin/shared/fault"
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
	Forms     map[string]*forms.Form // by name, the newest version of each

	Attachments *blob.Policy
	Paper       *sheet.Template // what printed forms look like
	Outreach    *outreach.Policy
	Idle        *idle.Policy
	Modes       *modes.Policy
	Products    *product.List
	Points      *points.Policy
	MyFile      *myfile.Policy
	Plates      *plate.Policy
	Alarms      *alarm.Policy
	Criteria    *criteria.Policy
	Carbon      *carbon.Policy
	Village     *village.Policy
	Titled      *title.Policy // when a village, town or park is a credit one
	Reference   *reference.Policy
	Whole       *wholevillage.Policy

	versions map[string]map[uint32]*forms.Form // all there are, by name
	cards    map[string][]*scoring.Card        // by name, oldest version first
	waiting  map[string]bool                   // titles of cards that nobody has seconded
	seconds  map[string]bool                   // titles of what somebody has
}

// Form returns a version of a form: what was begun under it is finished under it. If
// that version is not here any more it is the newest; nil for an unknown form.
func (b *Book) Form(name string, version uint32) *forms.Form {
	if form := b.versions[name][version]; form != nil {
		return form
	}
	return b.Forms[name]
}

// Files of the newest version in the folder of policies.
const (
	catalogueFile = "catalogue-1.json"
	accessFile    = "access-1.json"
	lendingFile   = "lending-1.json"
	consentFile   = "consent-1.json"
	auditFile     = "audit-1.json"
	blobFile      = "attachments-1.json"
	paperFile     = "paper-1.json"
	outreachFile  = "outreach-1.json"
	idleFile      = "idle-1.json"
	modesFile     = "modes-1.json"
	productsFile  = "products-1.json"
	pointsFile    = "points-1.json"
	myFileFile    = "myfile-1.json"
	platesFile    = "plates-1.json"
	alarmsFile    = "alarms-1.json"
	criteriaFile  = "criteria-1.json"
	carbonFile    = "carbon-1.json"
	fiveOnesFile  = "fiveones-1.json"
	titlesFile    = "titles-1.json"
	referenceFile = "reference-1.json"
	wholeFile     = "wholevillage-1.json"
)

// Load reads the rules from the folders of policies, of forms and of cards, and puts what was
// published later in their place. The error names the file or edition at fault; then
// nothing of it may be worked by. An edition that is older than the program's own is
// passed over.
func Load(policies, formFiles, cards fs.FS, published ...Edition) (*Book, error) {
	var b Book
	var err error
	later := newest(published)
	if b.Catalogue, err = read(policies, catalogueFile, later, OfCatalogue, record.ParseCatalogue); err != nil {
		return nil, err
	}
	own, err := read(policies, catalogueFile, nil, OfCatalogue, record.ParseCatalogue)
	if err != nil {
		return nil, err
	}
	if err := record.Compatible(own, b.Catalogue); err != nil {
		return nil, fmt.Errorf("rules: catalogue version %d: %w", b.Catalogue.Version(), err)
	}
	if b.Access, err = read(policies, accessFile, later, OfAccess, record.ParseAccess); err != nil {
		return nil, err
	}
	if b.Lending, err = read(policies, lendingFile, later, OfLending, lending.Parse); err != nil {
		return nil, err
	}
	if b.Consent, err = read(policies, consentFile, later, OfConsent, consent.Parse); err != nil {
		return nil, err
	}
	if b.Audit, err = read(policies, auditFile, later, OfAudit, audit.ParsePolicy); err != nil {
		return nil, err
	}
	if b.Attachments, err = read(policies, blobFile, later, OfAttachments, blob.ParsePolicy); err != nil {
		return nil, err
	}
	if b.Paper, err = read(policies, paperFile, later, OfPaper, sheet.ParseTemplate); err != nil {
		return nil, err
	}
	if b.Outreach, err = read(policies, outreachFile, later, OfOutreach, outreach.Parse); err != nil {
		return nil, err
	}
	if b.Idle, err = read(policies, idleFile, later, OfIdle, idle.Parse); err != nil {
		return nil, err
	}
	if b.Modes, err = read(policies, modesFile, later, OfModes, modes.Parse); err != nil {
		return nil, err
	}
	if b.Products, err = read(policies, productsFile, later, OfProducts, product.Parse); err != nil {
		return nil, err
	}
	if b.Points, err = read(policies, pointsFile, later, OfPoints, points.Parse); err != nil {
		return nil, err
	}
	if b.MyFile, err = read(policies, myFileFile, later, OfMyFile, myfile.ParsePolicy); err != nil {
		return nil, err
	}
	if b.Plates, err = read(policies, platesFile, later, OfPlates, plate.ParsePolicy); err != nil {
		return nil, err
	}
	if b.Alarms, err = read(policies, alarmsFile, later, OfAlarms, alarm.ParsePolicy); err != nil {
		return nil, err
	}
	if b.Criteria, err = read(policies, criteriaFile, later, OfCriteria, criteria.Parse); err != nil {
		return nil, err
	}
	if err := b.Criteria.CheckAgainst(b.Catalogue); err != nil {
		return nil, err
	}
	if b.Carbon, err = read(policies, carbonFile, later, OfCarbon, carbon.Parse); err != nil {
		return nil, err
	}
	if b.Village, err = read(policies, fiveOnesFile, later, OfFiveOnes, village.Parse); err != nil {
		return nil, err
	}
	if b.Titled, err = read(policies, titlesFile, later, OfTitles, title.Parse); err != nil {
		return nil, err
	}
	if b.Reference, err = read(policies, referenceFile, later, OfReference, reference.Parse); err != nil {
		return nil, err
	}
	if b.Whole, err = read(policies, wholeFile, later, OfWholeVillage, wholevillage.Parse); err != nil {
		return nil, err
	}
	if err := b.Whole.CheckAgainst(b.Catalogue); err != nil {
		return nil, err
	}
	if err := b.loadForms(formFiles, published); err != nil {
		return nil, err
	}
	return &b, b.loadCards(cards, published)
}

// versioned is any set of rules.
type versioned interface{ Version() uint32 }

// read parses a file, or the edition that was published later.
func read[T versioned](from fs.FS, name string, later map[string]Edition, what string, parse func(io.Reader) (T, error)) (T, error) {
	v, err := readFile(from, name, parse)
	e, published := later[what+" "]
	if err != nil || !published || e.Version <= v.Version() {
		return v, err
	}
	if v, err = parse(strings.NewReader(e.Content)); err != nil {
		return v, fmt.Errorf("rules: %s version %d: %w", what, e.Version, err)
	}
	return v, mismatch(e, v.Version())
}

func readFile[T any](from fs.FS, name string, parse func(io.Reader) (T, error)) (T, error) {
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

// loadForms reads every form of the folder, and those that were published later, and
// checks each against the catalogue that its answers become records of.
func (b *Book) loadForms(from fs.FS, published []Edition) error {
	names, err := fs.Glob(from, "*.json")
	if err != nil {
		return fmt.Errorf("forms: %w", err)
	}
	b.Forms, b.versions = make(map[string]*forms.Form, len(names)), map[string]map[uint32]*forms.Form{}
	for _, name := range names {
		form, err := readFile(from, name, forms.Parse)
		if err == nil {
			err = b.putForm(form)
		}
		if err != nil {
			return fmt.Errorf("forms: %s: %w", name, err)
		}
	}
	for _, e := range published {
		if e.What != OfForm {
			continue
		}
		form, err := forms.Parse(strings.NewReader(e.Content))
		if err == nil && form.Name != e.Name {
			err = fmt.Errorf("it says %s", form.Name)
		}
		if err == nil {
			err = cmp.Or(mismatch(e, form.Version), b.putForm(form))
		}
		if err != nil {
			return fmt.Errorf("forms: %s version %d: %w", e.Name, e.Version, err)
		}
	}
	return nil
}

// Boards returns the rules by which the board of a village is made.
func (b *Book) Boards() village.Rules { return village.Rules{Village: b.Village, Criteria: b.Criteria} }

// Files returns the rules by which a resident's own file is made.
func (b *Book) Files() myfile.Rules {
	return myfile.Rules{Policy: b.MyFile, Catalogue: b.Catalogue, Forms: b.Forms, Consents: b.Consent, Card: b.Card}
}

// putForm adds a version of a form.
func (b *Book) putForm(form *forms.Form) error {
	if err := form.CheckAgainst(b.Catalogue); err != nil {
		return err
	}
	if b.versions[form.Name] == nil {
		b.versions[form.Name] = map[uint32]*forms.Form{}
	}
	if have := b.versions[form.Name]; have[form.Version] == nil {
		have[form.Version] = form
	}
	if have := b.Forms[form.Name]; have == nil || have.Version < form.Version {
		b.Forms[form.Name] = form
	}
	return nil
}

// Draft returns the edition that a file is, by its name and what it says of itself:
// catalogue-2.json, access-2.json, lending-2.json, consent-2.json, audit-2.json,
// attachments-2.json, paper-2.json, outreach-2.json, idle-2.json, modes-2.json, products-2.json, points-2.json, myfile-2.json,
// criteria-2.json, carbon-2.json, fiveones-2.json, titles-2.json, reference-2.json, wholevillage-2.json, card-household-2.json, plates-2.json, alarms-2.json, or any form.
// It is not staged or signed yet. What is longer than MaxContent is fault.TooLarge.
func Draft(file, content string) (Edition, error) {
	if len(content) > MaxContent {
		return Edition{}, fault.New(fault.TooLarge, "rules.toolong")
	}
	what, _, _ := strings.Cut(file, "-")
	e := Edition{What: what, Content: content}
	var v versioned
	var err error
	from := strings.NewReader(content)
	switch what {
	case OfCatalogue:
		v, err = record.ParseCatalogue(from)
	case OfAccess:
		v, err = record.ParseAccess(from)
	case OfLending:
		v, err = lending.Parse(from)
	case OfConsent:
		v, err = consent.Parse(from)
	case OfAudit:
		v, err = audit.ParsePolicy(from)
	case OfAttachments:
		v, err = blob.ParsePolicy(from)
	case OfPaper:
		v, err = sheet.ParseTemplate(from)
	case OfOutreach:
		v, err = outreach.Parse(from)
	case OfIdle:
		v, err = idle.Parse(from)
	case OfModes:
		v, err = modes.Parse(from)
	case OfProducts:
		v, err = product.Parse(from)
	case OfPoints:
		v, err = points.Parse(from)
	case OfMyFile:
		v, err = myfile.ParsePolicy(from)
	case OfPlates:
		v, err = plate.ParsePolicy(from)
	case OfAlarms:
		v, err = alarm.ParsePolicy(from)
	case OfCriteria:
		v, err = criteria.Parse(from)
	case OfCarbon:
		v, err = carbon.Parse(from)
	case OfFiveOnes:
		v, err = village.Parse(from)
	case OfTitles:
		v, err = title.Parse(from)
	case OfReference:
		v, err = reference.Parse(from)
	case OfWholeVillage:
		v, err = wholevillage.Parse(from)
	case OfCard:
		card, err := ParseCard(from)
		if err != nil {
			return e, fmt.Errorf("rules: %s: %w", file, err)
		}
		e.Name, e.Version = card.Card, card.Number
		return e, nil
	default:
		form, err := forms.Parse(from)
		if err != nil {
			return e, fmt.Errorf("rules: %s: %w", file, err)
		}
		e.What, e.Name, e.Version = OfForm, form.Name, form.Version
		return e, nil
	}
	if err != nil {
		return e, fmt.Errorf("rules: %s: %w", file, err)
	}
	e.Version = v.Version()
	return e, nil
}

// Titles names the newest version of each set of rules in the book, in order.
func (b *Book) Titles() []string {
	var out []string
	for _, what := range []string{OfCatalogue, OfAccess, OfLending, OfConsent, OfAudit, OfAttachments, OfPaper, OfOutreach, OfIdle, OfModes, OfProducts, OfPoints, OfMyFile, OfCriteria, OfCarbon, OfFiveOnes, OfTitles, OfReference, OfWholeVillage, OfPlates, OfAlarms} {
		out = append(out, Edition{What: what, Version: b.Version(what, "")}.Title())
	}
	for name, form := range b.Forms {
		out = append(out, Edition{What: OfForm, Name: name, Version: form.Version}.Title())
	}
	for name := range b.cards {
		out = append(out, Edition{What: OfCard, Name: name, Version: b.cardNumber(name)}.Title())
	}
	slices.Sort(out)
	return out
}

// ViewOf returns what a role reads; the name of a view is its role. False for no role.
func (b *Book) ViewOf(name string) (record.View, bool) {
	role := record.Role(name)
	if !slices.Contains(b.Access.Roles(), role) {
		return record.View{}, false
	}
	return b.Access.View(role), true
}

// Version returns the version of one set of rules in the book, of a card the highest that is known; 0 if it has none.
func (b *Book) Version(what, name string) uint32 {
	switch what {
	case OfCatalogue:
		return b.Catalogue.Version()
	case OfAccess:
		return b.Access.Version()
	case OfLending:
		return b.Lending.Version()
	case OfConsent:
		return b.Consent.Version()
	case OfAudit:
		return b.Audit.Version()
	case OfAttachments:
		return b.Attachments.Version()
	case OfPaper:
		return b.Paper.Version()
	case OfOutreach:
		return b.Outreach.Version()
	case OfIdle:
		return b.Idle.Version()
	case OfModes:
		return b.Modes.Version()
	case OfProducts:
		return b.Products.Version()
	case OfPoints:
		return b.Points.Version()
	case OfMyFile:
		return b.MyFile.Version()
	case OfPlates:
		return b.Plates.Version()
	case OfAlarms:
		return b.Alarms.Version()
	case OfCriteria:
		return b.Criteria.Version()
	case OfCarbon:
		return b.Carbon.Version()
	case OfFiveOnes:
		return b.Village.Version()
	case OfTitles:
		return b.Titled.Version()
	case OfReference:
		return b.Reference.Version()
	case OfWholeVillage:
		return b.Whole.Version()
	case OfCard:
		return b.cardNumber(name)
	case OfSecond:
		if b.seconds[name] {
			return 1
		}
		return 0
	}
	if form := b.Forms[name]; form != nil && what == OfForm {
		return form.Version
	}
	return 0
}
