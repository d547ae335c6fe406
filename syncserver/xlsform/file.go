// SPDX-License-Identifier: Apache-2.0

package xlsform

type texts = map[string]string

// The form file, as package forms reads it.
type (
	formFile struct {
		Form     string         `json:"form"`
		Version  int            `json:"version"`
		Kind     string         `json:"kind"`
		Of       []string       `json:"of,omitempty"`
		Title    texts          `json:"title"`
		Sections []*sectionFile `json:"sections"`
	}
	sectionFile struct {
		Name   string       `json:"name"`
		Title  texts        `json:"title"`
		When   string       `json:"when,omitempty"`
		Fields []*fieldFile `json:"fields"`
	}
	fieldFile struct {
		Name         string       `json:"name"`
		Type         string       `json:"type"`
		Format       string       `json:"format,omitempty"`
		Record       string       `json:"record,omitempty"`
		Kind         string       `json:"kind,omitempty"`
		Link         string       `json:"link,omitempty"`
		MaxRows      int          `json:"max_rows,omitempty"`
		Label        texts        `json:"label,omitempty"`
		Help         texts        `json:"help,omitempty"`
		Choices      []optionFile `json:"choices,omitempty"`
		Under        string       `json:"under,omitempty"`
		Level        string       `json:"level,omitempty"`
		Required     bool         `json:"required,omitempty"`
		RequiredWhen string       `json:"required_when,omitempty"`
		When         string       `json:"when,omitempty"`
		Min          string       `json:"min,omitempty"`
		Max          string       `json:"max,omitempty"`
		Compute      string       `json:"compute,omitempty"`
		Preset       string       `json:"preset,omitempty"`
		Hidden       bool         `json:"hidden,omitempty"`
		Checks       []checkFile  `json:"checks,omitempty"`
		Fields       []*fieldFile `json:"fields,omitempty"`

		from line
	}
	optionFile struct {
		Code  string `json:"code"`
		Label texts  `json:"label"`
		Under string `json:"under,omitempty"`
	}
	checkFile struct {
		Name    string `json:"name"`
		Level   string `json:"level"`
		When    string `json:"when"`
		Message texts  `json:"message"`
	}
)
