// SPDX-License-Identifier: Apache-2.0

package access_test

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/crypto/argon2"

	"yuexin/shared/fault"
	"yuexin/shared/sync/seal"
	"yuexin/syncserver/access"
)

func TestCheckPassword(t *testing.T) {
	tests := []struct{ password, want string }{
		{goodPassword, ""},
		{"correct horse battery", ""},
		{"二十四桥明月夜玉人何处", ""},
		{"123456 but then more words", ""},
		{"", "access.password.short"},
		{"九个字符不够长啊呀", "access.password.short"},
		{strings.Repeat("长短", 65), "access.password.long"},
		{"my name is chenxy", "access.password.name"},
		{"My Name Is CHENXY", "access.password.name"},
		{"1234567890", "access.password.common"},
		{"zyxwvutsrq", "access.password.common"},
		{"aaaaaaaaaaaa", "access.password.common"},
		{"ababababab", "access.password.common"},
		{"Password123", "access.password.common"},
		{"Ｐassword123", "access.password.common"},
		{"admin12345", "access.password.common"},
		{"tab\tin the middle", "access.password.control"},
		{"broken \xff encoding", "access.password.control"},
	}
	for _, tt := range tests {
		t.Run(tt.password, func(t *testing.T) {
			err := access.CheckPassword("chenxy", tt.password)
			if key(err) != tt.want || (err != nil && !fault.Is(err, fault.Invalid)) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestHashReadsBack(t *testing.T) {
	hash := must(access.HashPassword(source(1), cheap, goodPassword))
	for password, want := range map[string]bool{goodPassword: true, goodPassword + " ": false, "": false} {
		right, weak, err := access.VerifyPassword(hash, cheap, password)
		if right != want || weak || err != nil {
			t.Errorf("%q: right %v, weak %v, %v", password, right, weak, err)
		}
	}
	if again := must(access.HashPassword(source(2), cheap, goodPassword)); again == hash {
		t.Error("two salts give the same hash")
	}
	if _, err := access.HashPassword(source(1), seal.Params{}, goodPassword); err == nil {
		t.Error("a cost of nothing was accepted")
	}
}

// TestHashIsPlainArgon2id states the form for other programs.
func TestHashIsPlainArgon2id(t *testing.T) {
	salt := []byte("0123456789abcdef")
	sum := argon2.IDKey([]byte("password"), salt, 2, 64, 1, 32)
	enc := base64.RawStdEncoding
	hash := fmt.Sprintf("$argon2id$v=19$m=64,t=2,p=1$%s$%s", enc.EncodeToString(salt), enc.EncodeToString(sum))
	if right, _, err := access.VerifyPassword(hash, cheap, "password"); !right || err != nil {
		t.Errorf("right %v, %v", right, err)
	}
}

func TestWeakHashes(t *testing.T) {
	made := seal.Params{Time: 2, Threads: 1, MemoryKiB: 64}
	hash := must(access.HashPassword(source(1), made, "x"))
	tests := []struct {
		name string
		want seal.Params
		weak bool
	}{
		{"same", made, false},
		{"less", cheap, false},
		{"more passes", seal.Params{Time: 3, Threads: 1, MemoryKiB: 64}, true},
		{"more memory", seal.Params{Time: 2, Threads: 1, MemoryKiB: 128}, true},
		{"other threads", seal.Params{Time: 2, Threads: 4, MemoryKiB: 64}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, weak, err := access.VerifyPassword(hash, tt.want, "x"); weak != tt.weak || err != nil {
				t.Errorf("weak %v, %v", weak, err)
			}
		})
	}
}

func TestMalformedHashes(t *testing.T) {
	good := must(access.HashPassword(source(1), cheap, "x"))
	for name, hash := range map[string]string{
		"empty":       "",
		"bcrypt":      "$2a$10$abcdefghijklmnopqrstuv",
		"argon2i":     strings.Replace(good, "argon2id", "argon2i", 1),
		"version":     strings.Replace(good, "v=19", "v=16", 1),
		"huge memory": strings.Replace(good, "m=8", "m=99999999", 1),
		"no passes":   strings.Replace(good, "t=1", "t=0", 1),
		"300 threads": strings.Replace(good, "p=1", "p=300", 1),
		"text behind": good + "$x",
		"padding":     good + "=",
		"cut":         good[:len(good)-30],
		"plus sign":   strings.Replace(good, "t=1", "t=+1", 1),
	} {
		t.Run(name, func(t *testing.T) {
			if right, _, err := access.VerifyPassword(hash, cheap, "x"); right || err == nil {
				t.Errorf("right %v, %v", right, err)
			}
		})
	}
}

func TestHashNeedsRandomness(t *testing.T) {
	if hash, err := access.HashPassword(strings.NewReader("short"), cheap, "x"); err == nil {
		t.Errorf("got %s", hash)
	}
}

func FuzzVerifyPassword(f *testing.F) {
	f.Add(must(access.HashPassword(source(1), cheap, "x")))
	f.Add("$argon2id$v=19$m=8,t=1,p=1$$")
	f.Fuzz(func(t *testing.T, hash string) {
		if strings.Contains(hash, "$m=") && !strings.Contains(hash, "$m=8,t=1,p=1$") {
			return // other costs are allowed and slow
		}
		right, _, err := access.VerifyPassword(hash, cheap, "never set")
		if right {
			t.Fatalf("%q fits", hash)
		}
		if f, ok := errors.AsType[*fault.Error](err); ok {
			t.Fatalf("meaning %v for a broken hash: want internal", f)
		}
	})
}
