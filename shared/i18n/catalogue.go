// SPDX-License-Identifier: Apache-2.0

package i18n

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"slices"
	"sync"
)

// Catalogue holds the texts of all languages. It is safe for concurrent use.
type Catalogue struct {
	texts map[Lang]map[string]string

	mu sync.Mutex
	// missing is what printers looked for in vain; guarded by mu.
	missing map[string]bool
}

// Load reads <language>/*.json for every language of Langs, normally from assets.Locales(). A key that is there twice
// in one language, in one file or two, is an error; so are a value that is no string and a language without texts.
func Load(fsys fs.FS) (*Catalogue, error) {
	c := &Catalogue{texts: make(map[Lang]map[string]string), missing: make(map[string]bool)}
	for _, lang := range Langs() {
		files, err := fs.Glob(fsys, string(lang)+"/*.json")
		if err != nil {
			return nil, fmt.Errorf("list texts: %w", err)
		}
		texts := make(map[string]string)
		for _, file := range files {
			if err := readFile(fsys, file, texts); err != nil {
				return nil, fmt.Errorf("read texts %s: %w", file, err)
			}
		}
		if len(texts) == 0 {
			return nil, fmt.Errorf("no texts in language %s", lang)
		}
		c.texts[lang] = texts
	}
	return c, nil
}

func readFile(fsys fs.FS, name string, into map[string]string) error {
	data, err := fs.ReadFile(fsys, name)
	if err != nil {
		return err
	}
	return readTexts(json.NewDecoder(bytes.NewReader(data)), into)
}

// readTexts goes token by token, since decoding into a map would hide double keys.
func readTexts(d *json.Decoder, into map[string]string) error {
	if start, err := d.Token(); err != nil || start != json.Delim('{') {
		return errors.Join(errors.New("want an object"), err)
	}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return err
		}
		key, ok := token.(string)
		if !ok || key == "" {
			return fmt.Errorf("bad key %v", token)
		}
		var text string
		if err := d.Decode(&text); err != nil {
			return fmt.Errorf("key %s: %w", key, err)
		}
		if _, double := into[key]; double {
			return fmt.Errorf("key %s is there twice", key)
		}
		into[key] = text
	}
	if _, err := d.Token(); err != nil { // the closing brace
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the object")
	}
	return nil
}

// Printer returns the printer of a language; of ZhHans for one the programs do not speak.
func (c *Catalogue) Printer(lang Lang) *Printer {
	if c.texts[lang] == nil {
		lang = ZhHans
	}
	return &Printer{catalogue: c, lang: lang}
}

// Missing returns, sorted, what printers looked for in vain: "en: key" for a text, "en: key {name}" for a place that
// got no value.
func (c *Catalogue) Missing() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Sorted(maps.Keys(c.missing))
}

func (c *Catalogue) miss(lang Lang, what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.missing[string(lang)+": "+what] = true
}
