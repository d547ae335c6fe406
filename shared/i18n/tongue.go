// SPDX-License-Identifier: Apache-2.0

package i18n

// Tongue is a language that is spoken, as a BCP 47 tag.
type Tongue string

// The tongues.
const (
	Mandarin  Tongue = "zh-Hans"
	Cantonese Tongue = "yue"
	English   Tongue = "en"
)

// Tongues returns all tongues.
func Tongues() []Tongue { return []Tongue{Mandarin, Cantonese, English} }

// Lang returns the language that is written where this one is spoken.
func (t Tongue) Lang() Lang {
	if t == English {
		return En
	}
	return ZhHans
}
