// SPDX-License-Identifier: Apache-2.0

package uikit_test

import (
	"runtime"
	"strings"
	"testing"

	"yuexin/assets"
	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/uikit"
)

func TestPanelScale(t *testing.T) {
	tests := []struct {
		name          string
		standing      uikit.Standing
		width, height int
		want          float32
		owner         bool
	}{
		{"the kiosk", uikit.ByDisplay, 1080, 1920, 1, true},
		{"a kiosk of twice the pixels", uikit.ByDisplay, 2160, 3840, 2, true},
		{"a laptop", uikit.ByDisplay, 1366, 768, float32(768-80) / 1920, false},
		{"a narrow display", uikit.ByDisplay, 400, 3000, 400.0 / 1080, true},
		{"almost nothing", uikit.ByDisplay, 10, 10, 0.1, false},
		{"a guest on a kiosk's display", uikit.Guest, 1080, 1920, float32(1920-80) / 1920, false},
		{"the owner of a display that lies", uikit.Owner, 1920, 1080, float32(1080) / 1920, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.standing.PanelScale(tt.width, tt.height); got != tt.want {
				t.Errorf("scale = %v, want %v", got, tt.want)
			}
			if got := tt.standing.Owns(tt.width, tt.height); got != tt.owner {
				t.Errorf("owner = %v, want %v", got, tt.owner)
			}
		})
	}
}

func TestStartWithoutDisplaySaysSo(t *testing.T) {
	if runtime.GOOS != "linux" {
		return // other systems always have a display
	}
	t.Setenv("DISPLAY", "")
	t.Setenv("WAYLAND_DISPLAY", "")
	_, err := uikit.Start("cn.yuexin.test")
	if !fault.Is(err, fault.Unavailable) || fault.From(err).Key != "uikit.no_display" {
		t.Errorf("error = %v", err)
	}
}

func TestNoGLNamesThePackage(t *testing.T) {
	texts, err := i18n.Load(assets.Locales())
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range i18n.Langs() {
		_, hint := texts.Printer(lang).Explain(fault.New(fault.Unavailable, "uikit.no_gl"))
		if !strings.Contains(hint, "libgl1-mesa-dri") {
			t.Errorf("%s: hint %q names no package", lang, hint)
		}
	}
}
