// SPDX-License-Identifier: Apache-2.0

package ident_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"pgregory.net/rapid"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
)

// The example of RFC 9562 appendix A.6.
const (
	rfcMillis = 0x017F22E279B0
	rfcUUID   = "017f22e2-79b0-7cc3-98c4-dc0c0c07398f"
)

func TestNewV7IsThatOfTheRFC(t *testing.T) {
	// Version and variant bits of the random bytes are overwritten.
	random := bytes.NewReader([]byte{0xFC, 0xC3, 0xD8, 0xC4, 0xDC, 0x0C, 0x0C, 0x07, 0x39, 0x8F})
	id := must(ident.NewV7(rfcMillis, random))
	if got := uuid.UUID(id).String(); got != rfcUUID {
		t.Errorf("got %s, want %s", got, rfcUUID)
	}
	if id.Millis() != rfcMillis || ident.Record(id).Millis() != rfcMillis {
		t.Errorf("millis %d, want %d", id.Millis(), int64(rfcMillis))
	}
}

func TestNewV7WithoutRandomness(t *testing.T) {
	_, err := ident.New[ident.Record](rfcMillis, strings.NewReader("short"))
	if !errors.Is(err, io.ErrUnexpectedEOF) || !fault.Is(err, fault.Internal) {
		t.Errorf("got %v, want an internal unexpected EOF", err)
	}
}

func TestIDText(t *testing.T) {
	id := ident.Record(uuid.MustParse(rfcUUID))
	const want = "rec_01fwhe4ydgfk1shh6w1g60eecf"
	if got := id.String(); got != want {
		t.Fatalf("got %s, want %s", got, want)
	}
	for _, in := range []string{
		want, strings.ToUpper(want), " rec_01fwhe4ydg fk1shh6w1g60eecf\n", "rec_01fwhe4ydg-fk1shh6w1g60eecf",
		"rec_0lfwhe4ydgfkishh6wLg6Oeecf", "ｒｅｃ＿０１fwhe4ydgfk1shh6w1g60eecf",
	} {
		if got, err := ident.Parse[ident.Record](in); err != nil || got != id {
			t.Errorf("Parse(%q) = %v, %v", in, got, err)
		}
	}
}

func TestKindsDoNotMix(t *testing.T) {
	id := must(ident.NewV7(rfcMillis, strings.NewReader("0123456789")))
	texts := []string{
		ident.Record(id).String(), ident.Subject(id).String(), ident.Device(id).String(),
		ident.Actor(id).String(), ident.Incarnation(id).String(), ident.ChangeSet(id).String(),
		ident.Login(id).String(), ident.Unit(id).String(), ident.Org(id).String(),
	}
	parsers := []func(string) error{
		refuse[ident.Record], refuse[ident.Subject], refuse[ident.Device],
		refuse[ident.Actor], refuse[ident.Incarnation], refuse[ident.ChangeSet],
		refuse[ident.Login], refuse[ident.Unit], refuse[ident.Org],
	}
	for i, text := range texts {
		for j, parse := range parsers {
			if err := parse(text); (err == nil) != (i == j) {
				t.Errorf("%s read as kind %d: %v", text, j, err)
			}
		}
	}
}

func refuse[T any, P interface {
	*T
	UnmarshalText([]byte) error
}](text string) error {
	_, err := ident.Parse[T, P](text)
	return err
}

// Laws: text, binary, JSON and database forms give the id back, and the order of
// ids is the order of their texts.
func TestIDLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := drawID(t, "a"), drawID(t, "b")
		if got, err := ident.Parse[ident.Device](a.String()); err != nil || got != a {
			t.Fatalf("text: %v, %v", got, err)
		}
		var bin, scanned, held ident.Device
		if err := bin.UnmarshalBinary(must(a.MarshalBinary())); err != nil || bin != a {
			t.Fatalf("binary: %v, %v", bin, err)
		}
		if err := scanned.Scan(a.Bytes()); err != nil || scanned != a {
			t.Fatalf("scan: %v, %v", scanned, err)
		}
		if err := json.Unmarshal(must(json.Marshal(a)), &held); err != nil || held != a {
			t.Fatalf("JSON: %v, %v", held, err)
		}
		if got, want := strings.Compare(a.String(), b.String()), a.Compare(b); got != want {
			t.Fatalf("%s and %s: texts %d, ids %d", a, b, got, want)
		}
		if a.IsZero() != (a == ident.Device{}) {
			t.Fatal("IsZero")
		}
	})
}

func drawID(t *rapid.T, label string) ident.Device {
	return ident.Device(rapid.SliceOfN(rapid.Byte(), ident.Size, ident.Size).Draw(t, label))
}

func TestLaterIDsCompareGreater(t *testing.T) {
	ones, zeros := strings.Repeat("\xff", 10), strings.Repeat("\x00", 10)
	early := must(ident.New[ident.Record](1000, strings.NewReader(ones)))
	late := must(ident.New[ident.Record](1001, strings.NewReader(zeros)))
	if early.Compare(late) != -1 || late.Compare(early) != 1 || late.Compare(late) != 0 {
		t.Errorf("order of %s and %s", early, late)
	}
}

func TestWrongBinaryLeavesTheID(t *testing.T) {
	id := ident.Record(uuid.MustParse(rfcUUID))
	kept := id
	for _, err := range []error{
		id.UnmarshalBinary(make([]byte, 15)), id.UnmarshalBinary(nil), id.Scan(make([]byte, 17)), id.Scan("text"),
		id.UnmarshalText([]byte("rec_x")),
	} {
		if err == nil || id != kept {
			t.Errorf("error %v, id %s", err, id)
		}
	}
	if err := id.Scan(nil); err != nil || !id.IsZero() {
		t.Errorf("NULL: %v, %s", err, id)
	}
}

func TestScopes(t *testing.T) {
	id := ident.ID(uuid.MustParse(rfcUUID))
	unit, org, user := ident.UnitScope(ident.Unit(id)), ident.OrgScope(ident.Org(id)), ident.UserScope(ident.Actor(id))
	want := []ident.Scope{"unit:01fwhe4ydgfk1shh6w1g60eecf", "org:01fwhe4ydgfk1shh6w1g60eecf", "user:01fwhe4ydgfk1shh6w1g60eecf"}
	if got := []ident.Scope{unit, org, user}; !slices.Equal(got, want) {
		t.Fatalf("got %v, want %v", got, want)
	}

	if got, ok := unit.Unit(); !ok || got != ident.Unit(id) {
		t.Errorf("unit %v, %v", got, ok)
	}
	if got, ok := org.Org(); !ok || got != ident.Org(id) {
		t.Errorf("org %v, %v", got, ok)
	}
	if got, ok := user.User(); !ok || got != ident.Actor(id) {
		t.Errorf("user %v, %v", got, ok)
	}
	for _, s := range []ident.Scope{ident.Ref, org, "unit:", "unit:o1fwhe4ydgfk1shh6w1g60eecf", "unit:01fwhe4ydgfk1shh6w1g60eec"} {
		if got, ok := s.Unit(); ok {
			t.Errorf("%q was taken as unit %s", s, got)
		}
	}
}

func TestScopeText(t *testing.T) {
	for _, s := range []ident.Scope{ident.Ref, "a", "unit:x_1-2", ident.Scope(strings.Repeat("z", 64))} {
		var back ident.Scope
		if err := json.Unmarshal(must(json.Marshal(s)), &back); err != nil || back != s || s.IsZero() {
			t.Errorf("%q gives %q, %v", s, back, err)
		}
	}
	if _, err := json.Marshal(ident.Scope("Ref")); !fault.Is(err, fault.Invalid) {
		t.Errorf("an invalid scope was written: %v", err)
	}
	kept := ident.Ref
	if err := kept.UnmarshalText([]byte("NO")); err == nil || kept != ident.Ref {
		t.Errorf("got %v, scope %s", err, kept)
	}
	if ident.Ref.Compare("refa") != -1 || !ident.Scope("").IsZero() {
		t.Error("order or zero")
	}
}

func FuzzID(f *testing.F) {
	f.Add("rec_01fwhe4ydgfk1shh6w1g60eecf")
	f.Add("REC_O1FWHE4YDG-FK1SHH6W1G60EECF")
	f.Fuzz(func(t *testing.T, s string) {
		id, err := ident.Parse[ident.Record](s)
		if err != nil {
			return
		}
		if again, err := ident.Parse[ident.Record](id.String()); err != nil || again != id {
			t.Fatalf("%q gives %s, which gives %v, %v", s, id, again, err)
		}
	})
}
