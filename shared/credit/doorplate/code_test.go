// SPDX-License-Identifier: Apache-2.0

package doorplate_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"yuexin/shared/credit/doorplate"
	"yuexin/shared/fault"
)

func drawCode(t *rapid.T) string {
	handle := doorplate.Handle(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "handle"))
	return string(doorplate.CodeOf(handle))
}

func TestCodeGolden(t *testing.T) {
	if got, want := doorplate.CodeOf(testHandle(7)).String(), goldenCode; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestParseCode(t *testing.T) {
	code := doorplate.CodeOf(testHandle(7))
	text := code.String()
	for name, input := range map[string]string{
		"printed":     text,
		"no dash":     string(code),
		"lower case":  strings.ToLower(text),
		"spaces":      " " + strings.ReplaceAll(text, "", " ") + "\n",
		"other dash":  strings.ReplaceAll(text, "-", "—"),
		"minus":       strings.ReplaceAll(text, "-", "－"),
		"look-alikes": strings.NewReplacer("0", "O", "1", "I").Replace(text),
	} {
		t.Run(name, func(t *testing.T) {
			got, err := doorplate.ParseCode(input)
			if err != nil || got != code {
				t.Errorf("got %v, %v, want %v", got, err, code)
			}
		})
	}
	for name, input := range map[string]string{
		"empty": "", "short": text[:8], "long": text + "0", "letter U": "U" + text[1:], "Chinese": "门" + text[1:],
	} {
		t.Run(name, func(t *testing.T) {
			_, err := doorplate.ParseCode(input)
			wantKind(t, err, fault.Invalid)
		})
	}
}

// Every single wrong character is found: all places, all characters.
func TestCodeFindsEveryWrongCharacter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		code := drawCode(t)
		if _, err := doorplate.ParseCode(code); err != nil {
			t.Fatalf("%s: %v", code, err)
		}
		for i := range len(code) {
			for _, r := range crockford {
				wrong := code[:i] + string(r) + code[i+1:]
				if _, err := doorplate.ParseCode(wrong); wrong != code && err == nil {
					t.Fatalf("%s typed as %s was taken", code, wrong)
				}
			}
		}
	})
}

// Any two different characters exchanged are found, neighbours or not; and aa typed as bb.
func TestCodeFindsEveryExchange(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		code := drawCode(t)
		for i := range len(code) {
			for j := i + 1; j < len(code); j++ {
				wrong := []byte(code)
				wrong[i], wrong[j] = wrong[j], wrong[i]
				if _, err := doorplate.ParseCode(string(wrong)); string(wrong) != code && err == nil {
					t.Fatalf("%s typed as %s was taken", code, wrong)
				}
			}
			if i+1 == len(code) || code[i] != code[i+1] {
				continue
			}
			for _, r := range crockford {
				wrong := code[:i] + string(r) + string(r) + code[i+2:]
				if _, err := doorplate.ParseCode(wrong); wrong != code && err == nil {
					t.Fatalf("%s typed as %s was taken", code, wrong)
				}
			}
		}
	})
}

func TestResolve(t *testing.T) {
	handles := []doorplate.Handle{testHandle(1), testHandle(2), testHandle(3), testHandle(2)}
	for _, tt := range []struct {
		name string
		code doorplate.Code
		want []doorplate.Handle
	}{
		{"one", doorplate.CodeOf(testHandle(3)), []doorplate.Handle{testHandle(3)}},
		{"several, in order", doorplate.CodeOf(testHandle(2)), []doorplate.Handle{testHandle(2), testHandle(2)}},
		{"none", doorplate.CodeOf(testHandle(9)), nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, doorplate.Resolve(tt.code, slices.Values(handles))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func FuzzParseCode(f *testing.F) {
	f.Add("4K7M-2QXA")
	f.Fuzz(func(t *testing.T, text string) {
		code, err := doorplate.ParseCode(text)
		if err != nil {
			return
		}
		again, err := doorplate.ParseCode(code.String())
		if err != nil || again != code {
			t.Errorf("%q: got %v, %v, want %v", text, again, err, code)
		}
	})
}
