// SPDX-License-Identifier: Apache-2.0

package console_test

import (
	"io/fs"
	"math"
	"regexp"
	"strconv"
	"testing"

	"yuexin/assets"
)

var property = regexp.MustCompile(`--([a-z-]+): #([0-9a-f]{6});`)

// TestContrast measures what shared/uikit/DESIGN.md promises, after WCAG 2.2
// section 1.4.3 and, for borders of fields, 1.4.11.
func TestContrast(t *testing.T) {
	css := string(must(fs.ReadFile(assets.Folder("web"), "yuexin.css"))(t))
	light := map[string]float64{}
	for _, m := range property.FindAllStringSubmatch(css, -1) {
		light[m[1]] = luminance(t, m[2])
	}
	tests := []struct {
		on, under string
		least     float64
	}{
		{"ink", "paper", 15.6}, {"ink", "canvas", 14.4}, {"jade", "paper", 7.1}, {"jade", "jade-tint", 6.3},
		{"amber", "paper", 6.7}, {"amber", "amber-tint", 6}, {"alert", "paper", 6.1}, {"grey", "paper", 5.9},
		{"grey", "canvas", 5.4}, {"jade-deep", "paper", 10.4}, {"edge", "paper", 3},
	}
	for _, tt := range tests {
		a, b := light[tt.on], light[tt.under]
		if a == 0 || b == 0 {
			t.Errorf("no colour %s or %s", tt.on, tt.under)
			continue
		}
		if got := (math.Max(a, b) + 0.05) / (math.Min(a, b) + 0.05); got < tt.least {
			t.Errorf("%s on %s: %.2f, want at least %.1f", tt.on, tt.under, got, tt.least)
		}
	}
}

func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	var sum float64
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		c := float64(must(strconv.ParseUint(hex[2*i:2*i+2], 16, 8))(t)) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}
