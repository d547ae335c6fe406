// SPDX-License-Identifier: Apache-2.0

package doorplate_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"yuexin/shared/credit/doorplate"
	"yuexin/shared/fault"
	"yuexin/shared/sync/record"
)

const crockford = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"

// testKey is a fixed private key; n makes it one of several.
func testKey(n byte) ed25519.PrivateKey {
	return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, ed25519.SeedSize))
}

func testKeys(t testing.TB, private ...ed25519.PrivateKey) doorplate.KeySet {
	t.Helper()
	var public []ed25519.PublicKey
	for _, p := range private {
		public = append(public, p.Public().(ed25519.PublicKey))
	}
	keys, err := doorplate.NewKeySet(public...)
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func testHandle(n byte) doorplate.Handle {
	return doorplate.Handle(bytes.Repeat([]byte{n}, doorplate.HandleSize))
}

func testToken(t testing.TB) doorplate.Token {
	t.Helper()
	day, err := doorplate.DayOf(time.Date(2026, 11, 22, 23, 0, 0, 0, time.FixedZone("CST", 8*3600)))
	if err != nil {
		t.Fatal(err)
	}
	token, err := doorplate.Issue(testHandle(7), day, doorplate.Ed25519Private(testKey(1)))
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func wantKind(t *testing.T, err error, want fault.Kind) {
	t.Helper()
	if got := fault.KindOf(err); got != want {
		t.Errorf("got %v (%v), want kind %v", got, err, want)
	}
}

func TestIssueAndVerify(t *testing.T) {
	token := testToken(t)
	got, err := doorplate.Verify(testKeys(t, testKey(1), testKey(2)), token)
	if err != nil {
		t.Fatal(err)
	}
	want := doorplate.Plate{
		Version:  1,
		Kid:      doorplate.KidOf(testKey(1).Public().(ed25519.PublicKey)),
		Handle:   testHandle(7),
		IssueDay: got.IssueDay,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got, want := got.IssueDay.String(), "2026-11-22"; got != want {
		t.Errorf("got day %s, want %s", got, want)
	}
	if got, want := len(token.String()), 136; got != want {
		t.Errorf("got %d characters, want %d", got, want)
	}
}

// The golden text pins the layout: plates printed today are read for decades.
func TestTokenGolden(t *testing.T) {
	const want = "HTTPS://XY.GDNYBANK.CN/D/"
	url, err := testToken(t).URL("https://xy.gdnybank.cn")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(url, want) {
		t.Errorf("got %s, want it to begin with %s", url, want)
	}
	if got, want := url[len(want):], goldenToken; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestVerifyRefuses(t *testing.T) {
	keys := testKeys(t, testKey(1))
	for _, tt := range []struct {
		name   string
		change func(*doorplate.Token)
		want   fault.Kind
	}{
		{"version", func(p *doorplate.Token) { p[0] = 2 }, fault.Unsupported},
		{"key", func(p *doorplate.Token) { p[1] ^= 1 }, fault.Stale},
		{"handle", func(p *doorplate.Token) { p[3] ^= 1 }, fault.Corrupt},
		{"day", func(p *doorplate.Token) { p[20] ^= 1 }, fault.Corrupt},
		{"signature", func(p *doorplate.Token) { p[84] ^= 1 }, fault.Corrupt},
		{"empty", func(p *doorplate.Token) { *p = doorplate.Token{} }, fault.Unsupported},
	} {
		t.Run(tt.name, func(t *testing.T) {
			token := testToken(t)
			tt.change(&token)
			_, err := doorplate.Verify(keys, token)
			wantKind(t, err, tt.want)
		})
	}
	t.Run("signed for something else", func(t *testing.T) {
		token := testToken(t)
		copy(token[21:], ed25519.Sign(testKey(1), token[:21]))
		_, err := doorplate.Verify(keys, token)
		wantKind(t, err, fault.Corrupt)
	})
}

// One changed character fails at any place, whichever of its five bits is changed.
func TestEveryCharacterCounts(t *testing.T) {
	keys, text := testKeys(t, testKey(1)), testToken(t).String()
	for i := range len(text) {
		for bit := range 5 {
			j := strings.IndexByte(crockford, text[i]) ^ 1<<bit
			forged := text[:i] + crockford[j:j+1] + text[i+1:]
			token, err := doorplate.Parse(forged)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := doorplate.Verify(keys, token); err == nil {
				t.Errorf("character %d as %c: verified", i+1, crockford[j])
			}
		}
	}
}

func TestParse(t *testing.T) {
	token := testToken(t)
	text := token.String()
	loose := strings.NewReplacer("0", "o", "1", "l").Replace(text)
	var wide strings.Builder
	for _, r := range text {
		wide.WriteRune(r + 0xFF01 - '!')
	}
	for name, input := range map[string]string{
		"address":            "HTTPS://XY.GDNYBANK.CN/D/" + text,
		"lower case":         strings.ToLower("https://xy.gdnybank.cn/D/" + text),
		"http with a port":   "http://192.168.1.5:8080/d/" + text,
		"no scheme":          "xy.gdnybank.cn/D/" + text,
		"path only":          "/D/" + text,
		"bare":               text,
		"white space":        " \ufeff" + text[:40] + "\r\n\t" + text[40:90] + " " + text[90:] + "\x00\n",
		"look-alikes":        loose,
		"full width":         wide.String(),
		"query and fragment": "https://xy.gdnybank.cn/D/" + text + "?from=wx#top",
		"slash at the end":   "https://xy.gdnybank.cn/D/" + text + "/",
	} {
		t.Run(name, func(t *testing.T) {
			got, err := doorplate.Parse(input)
			if err != nil {
				t.Fatal(err)
			}
			if got != token {
				t.Errorf("got %s, want %s", got, token)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	text := testToken(t).String()
	for _, tt := range []struct{ name, text, want string }{
		{"empty", "", "doorplate.token.foreign"},
		{"other address", "https://example.com/a/b", "doorplate.token.foreign"},
		{"other long address", "https://example.com/" + strings.Repeat("A1", 68), "doorplate.token.foreign"},
		{"plain number", "441284105203001", "doorplate.token.foreign"},
		{"short code", "4K7M-2QXA", "doorplate.token.foreign"},
		{"cut", text[:135], "doorplate.token.length"},
		{"cut address", "https://xy.gdnybank.cn/D/" + text[:80], "doorplate.token.length"},
		{"too long", text + "0", "doorplate.token.length"},
		{"wrong character", text[:10] + "U" + text[11:], "doorplate.token.char"},
		{"Chinese character", "/D/" + text[:10] + "门" + text[11:], "doorplate.token.char"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := doorplate.Parse(tt.text)
			var f *fault.Error
			if !errors.As(err, &f) || f.Key != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
			if got, want := errors.Is(err, doorplate.ErrForeign), tt.want == "doorplate.token.foreign"; got != want {
				t.Errorf("foreign: got %t, want %t", got, want)
			}
		})
	}
}

// voidList is a store with nothing but a void list.
type voidList []record.Row

func (l voidList) List(_ context.Context, q record.Query) (found []record.Row, err error) {
	for _, row := range l {
		if q.Kind == doorplate.KindVoid && row.Value(q.Where[0].Field).Equal(q.Where[0].Value) {
			found = append(found, row)
		}
	}
	return found, nil
}

func TestVoided(t *testing.T) {
	void := testToken(t).Unverified()
	next := void
	next.IssueDay++
	other := void
	other.Handle = testHandle(8)

	var list voidList
	check := func(p doorplate.Plate) error { return doorplate.Voided(context.Background(), list, p) }
	if err := check(void); err != nil {
		t.Errorf("empty list: got %v", err)
	}
	row := record.Row{Fields: map[record.Field]record.FieldState{}}
	for field, value := range doorplate.VoidFields(void.RID(), "2026-11-22") {
		row.Fields[field] = record.FieldState{Value: value}
	}
	list = append(list, row)
	wantKind(t, check(void), fault.Gone)
	for name, plate := range map[string]doorplate.Plate{"other day": next, "other handle": other} {
		if err := check(plate); err != nil {
			t.Errorf("%s: got %v", name, err)
		}
	}
	parsed, err := doorplate.ParseRID(void.RID().String())
	if err != nil || parsed != void.RID() {
		t.Errorf("got %v, %v, want %v", parsed, err, void.RID())
	}
	_, err = doorplate.ParseRID("12zz")
	wantKind(t, err, fault.Invalid)
}

func TestKeySetRefuses(t *testing.T) {
	public := testKey(1).Public().(ed25519.PublicKey)
	_, err := doorplate.NewKeySet(public, public)
	wantKind(t, err, fault.Conflict)
	_, err = doorplate.NewKeySet(public[:31])
	wantKind(t, err, fault.Invalid)
	_, err = doorplate.Issue(testHandle(1), 0, doorplate.Ed25519Private(testKey(1)[:10]))
	wantKind(t, err, fault.Internal)
	_, err = doorplate.Issue(doorplate.Handle{}, 0, doorplate.Ed25519Private(testKey(1)))
	wantKind(t, err, fault.Invalid)
}

func TestHandle(t *testing.T) {
	h, err := doorplate.NewHandle(bytes.NewReader([]byte("0123456789abcdef")))
	if err != nil {
		t.Fatal(err)
	}
	got, err := doorplate.ParseHandle(strings.ToLower(h.String()))
	if err != nil || got != h {
		t.Errorf("got %v, %v, want %v", got, err, h)
	}
	if _, err := doorplate.NewHandle(strings.NewReader("short")); err == nil {
		t.Error("too little randomness: got no error")
	}
	_, err = doorplate.NewHandle(bytes.NewReader(make([]byte, 16)))
	wantKind(t, err, fault.Internal)
	for name, text := range map[string]string{
		"short": "123", "character": strings.Repeat("U", 26), "spare bits": strings.Repeat("0", 25) + "1",
	} {
		_, err := doorplate.ParseHandle(text)
		if fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestDay(t *testing.T) {
	for _, tt := range []struct {
		name string
		at   time.Time
		want string // "" = refused
	}{
		{"first", time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), "2020-01-01"},
		{"leap day, late", time.Date(2028, 2, 29, 23, 59, 59, 0, time.UTC), "2028-02-29"},
		{"own zone", time.Date(2026, 1, 1, 1, 0, 0, 0, time.FixedZone("CST", 8*3600)), "2026-01-01"},
		{"last", time.Date(2199, 6, 6, 0, 0, 0, 0, time.UTC), "2199-06-06"},
		{"too late", time.Date(2199, 6, 7, 0, 0, 0, 0, time.UTC), ""},
		{"far", time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), ""},
		{"too early", time.Date(2019, 12, 31, 23, 0, 0, 0, time.UTC), ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			day, err := doorplate.DayOf(tt.at)
			if tt.want == "" {
				wantKind(t, err, fault.Invalid)
				return
			}
			if err != nil || day.String() != tt.want {
				t.Errorf("got %v, %v, want %s", day, err, tt.want)
			}
		})
	}
}

func TestForeign(t *testing.T) {
	a, err := doorplate.Foreign("https://yjm.example.cn/q?id=Ab1\r\n")
	if err != nil {
		t.Fatal(err)
	}
	same, err := doorplate.Foreign("\ufeff https://yjm.example.cn/q?id=Ab1")
	if err != nil || same != a {
		t.Errorf("white space around: got %v, %v, want %v", same, err, a)
	}
	other, err := doorplate.Foreign("https://yjm.example.cn/q?id=AB1")
	if err != nil || other == a {
		t.Errorf("other case: got %v, %v, want another key", other, err)
	}
	if strings.Contains(string(a), "Ab1") || len(a) != 27 {
		t.Errorf("got key %s, want F and 26 characters of digest", a)
	}
	_, err = doorplate.Foreign(" \n")
	wantKind(t, err, fault.Invalid)
	_, err = doorplate.Foreign(strings.Repeat("1", 9000))
	wantKind(t, err, fault.TooLarge)
}

func TestParseRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		handle := doorplate.Handle(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "handle"))
		handle[0] |= 1
		day := doorplate.Day(rapid.Uint16().Draw(t, "day"))
		private := testKey(rapid.Byte().Draw(t, "key"))
		token, err := doorplate.Issue(handle, day, doorplate.Ed25519Private(private))
		if err != nil {
			t.Fatal(err)
		}
		url, err := token.URL("https://a.cn")
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := doorplate.Parse(url)
		if err != nil {
			t.Fatal(err)
		}
		keys, err := doorplate.NewKeySet(private.Public().(ed25519.PublicKey))
		if err != nil {
			t.Fatal(err)
		}
		plate, err := doorplate.Verify(keys, parsed)
		if err != nil || plate.Handle != handle || plate.IssueDay != day {
			t.Fatalf("got %v, %v, want %v %v", plate, err, handle, day)
		}
	})
}

func FuzzParse(f *testing.F) {
	text := testToken(f).String()
	f.Add(text)
	f.Add("HTTPS://XY.GDNYBANK.CN/D/" + text)
	f.Add("/D//D/?#")
	f.Fuzz(func(t *testing.T, text string) {
		token, err := doorplate.Parse(text)
		if err != nil {
			return
		}
		again, err := doorplate.Parse(token.String())
		if err != nil || again != token {
			t.Errorf("%q: got %v, %v, want %v", text, again, err, token)
		}
	})
}
