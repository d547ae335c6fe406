// SPDX-License-Identifier: Apache-2.0

package doorplate_test

import (
	"testing"

	"yuexin/shared/credit/doorplate"
	"yuexin/shared/fault"
)

func TestParseBase(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"https://xy.gdnybank.cn", "HTTPS://XY.GDNYBANK.CN"},
		{" https://XY.gdnybank.cn/ ", "HTTPS://XY.GDNYBANK.CN"},
		{"http://192.168.1.5:8080", "HTTP://192.168.1.5:8080"},
		{"https://xy.gdnybank.cn:8443/", "HTTPS://XY.GDNYBANK.CN:8443"},
		{"xy.gdnybank.cn", ""},
		{"ftp://xy.gdnybank.cn", ""},
		{"https://", ""},
		{"https://xy.gdnybank.cn/app", ""},
		{"https://a@xy.gdnybank.cn", ""},
		{"https://xy..cn", ""},
		{"https://-xy.cn", ""},
		{"https://粤信.cn", ""},
		{"https://[::1]", ""},
		{"https://xy.cn:", ""},
		{"https://xy.cn:0", ""},
		{"https://xy.cn:99999", ""},
		{"https://xy.cn:+80", ""},
	} {
		t.Run(tt.text, func(t *testing.T) {
			got, err := doorplate.ParseBase(tt.text)
			if tt.want == "" {
				wantKind(t, err, fault.Invalid)
				return
			}
			if err != nil || got.String() != tt.want {
				t.Errorf("got %v, %v, want %s", got, err, tt.want)
			}
		})
	}
}

func TestPermanent(t *testing.T) {
	for text, want := range map[string]bool{
		"https://xy.gdnybank.cn":      true,
		"https://zhaoqing.gov.cn/":    true,
		"https://4.gdnybank.cn":       true,
		"http://xy.gdnybank.cn":       false,
		"https://xy.gdnybank.cn:8443": false,
		"https://192.168.1.5":         false,
		"https://127.1":               false,
		"https://localhost":           false,
		"https://a.localhost":         false,
		"https://server":              false,
		"https://server.lan":          false,
		"https://kiosk.local":         false,
		"https://xy.example.com":      false,
		"https://xy.test":             false,
	} {
		t.Run(text, func(t *testing.T) {
			base, err := doorplate.ParseBase(text)
			if err != nil {
				t.Fatal(err)
			}
			err = base.Permanent()
			if got := err == nil; got != want {
				t.Errorf("got %v, want permanent %t", err, want)
			}
			if err != nil {
				wantKind(t, err, fault.Invalid)
			}
		})
	}
}
