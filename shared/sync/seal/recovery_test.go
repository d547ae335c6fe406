// SPDX-License-Identifier: Apache-2.0

package seal_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"yuexin/shared/sync/seal"
)

var device = [16]byte{0xde, 1}

// office is an operator with administrators, and one device's key in escrow.
type office struct {
	key    seal.Key
	admins map[seal.AdminID]seal.AdminPrivate
	ids    []seal.AdminID // in the order they act
	escrow *seal.Escrow
}

func newOffice(admins int) office {
	o := office{key: newKey(77), admins: map[seal.AdminID]seal.AdminPrivate{}}
	var public []seal.AdminPublic
	for i := range admins {
		admin := must(seal.NewAdmin(seal.Default, source(byte(100+i))))
		public = append(public, must(admin.Public()))
		o.admins[public[i].ID()] = admin
	}
	o.escrow = must(seal.NewEscrow(source(1), device, o.key, public))
	o.ids = o.escrow.Admins()
	return o
}

func (o office) public(id seal.AdminID) seal.AdminPublic { return must(o.admins[id].Public()) }

func (o office) challenge(t testing.TB, a, b seal.AdminID) (*seal.Challenge, *seal.State) {
	t.Helper()
	c, state, err := seal.NewChallenge(source(5), o.escrow, a, b)
	if err != nil {
		t.Fatal(err)
	}
	return c, state
}

// TestRecoveryOfEveryPair passes each step on as text, as people would.
func TestRecoveryOfEveryPair(t *testing.T) {
	o := newOffice(4)
	escrow := must(seal.ParseEscrow(o.escrow.Encode()))
	for i, a := range o.ids {
		for j, b := range o.ids {
			if i == j {
				continue
			}
			c, state, err := seal.NewChallenge(source(9), escrow, a, b)
			if err != nil {
				t.Fatal(err)
			}
			stored := must(seal.WrapState(source(2), "new passphrase", cheap, state))

			got := must(seal.ParseChallenge(c.String()))
			partial := must(seal.Approve1(source(3), o.admins[got.First], got))
			passed := must(seal.ParsePartial(partial.String()))
			response := must(seal.Approve2(source(4), o.admins[passed.Second], o.public(passed.First), passed))

			state = must(seal.UnwrapState("new passphrase", stored))
			key := must(seal.Recover(state, must(seal.ParseResponse(response.String()))))
			if !key.Equal(o.key) {
				t.Errorf("pair %d %d: another key came back", i, j)
			}
			if got.Request != state.Request() || passed.Request != state.Request() || got.Device != device {
				t.Errorf("pair %d %d: the steps show different requests", i, j)
			}
		}
	}
}

func TestTheWordsAreTheSameAtEachStepAndFreshEachTime(t *testing.T) {
	o := newOffice(2)
	c, state := o.challenge(t, o.ids[0], o.ids[1])
	partial := must(seal.Approve1(source(3), o.admins[c.First], c))
	if c.Phrase() != partial.Phrase() || c.Phrase() != state.Request().Phrase() {
		t.Error("the words differ within one recovery")
	}
	other, _, err := seal.NewChallenge(source(6), o.escrow, o.ids[0], o.ids[1])
	if err != nil {
		t.Fatal(err)
	}
	if other.Phrase() == c.Phrase() || other.Digest() == c.Digest() {
		t.Error("two recoveries have the same words")
	}
}

// TestOneAdministratorAloneLearnsNothing gives one administrator the device's whole
// disk and lets them play both parts with every text there is.
func TestOneAdministratorAloneLearnsNothing(t *testing.T) {
	o := newOffice(3)
	for i, id := range o.ids {
		me := o.admins[id]
		// With another of their own making in the second role.
		helper := must(seal.NewAdmin(seal.Default, source(200)))
		for j, other := range o.ids {
			if i == j {
				continue
			}
			c, _ := o.challenge(t, id, other)
			if c.First != id {
				if _, err := seal.Approve1(source(1), me, c); !errors.Is(err, seal.ErrAdmin) {
					t.Errorf("second before first: got %v, want ErrAdmin", err)
				}
				continue
			}
			partial := must(seal.Approve1(source(1), me, c))
			if _, err := seal.Approve2(source(1), me, o.public(id), partial); !errors.Is(err, seal.ErrAdmin) {
				t.Errorf("both steps by one: got %v, want ErrAdmin", err)
			}
			partial.Second = must(helper.Public()).ID()
			if _, err := seal.Approve2(source(1), helper, o.public(id), partial); err == nil {
				t.Error("an administrator of one's own making completed a recovery")
			}
		}
		if _, _, err := seal.NewChallenge(source(1), o.escrow, id, id); !errors.Is(err, seal.ErrAdmin) {
			t.Errorf("a pair of one: got %v, want ErrAdmin", err)
		}
		if _, _, err := seal.NewChallenge(source(1), o.escrow, id, must(helper.Public()).ID()); !errors.Is(err, seal.ErrAdmin) {
			t.Errorf("a stranger in the pair: got %v, want ErrAdmin", err)
		}
	}
}

// TestALayerHidesTheNext opens every layer a single key opens and looks for the data
// key in what comes out.
func TestALayerHidesTheNext(t *testing.T) {
	o := newOffice(2)
	needle := o.key.Encode()[2:]
	c, _ := o.challenge(t, o.ids[0], o.ids[1])
	partial := must(seal.Approve1(source(1), o.admins[c.First], c))
	response := must(seal.Approve2(source(1), o.admins[c.Second], o.public(c.First), partial))
	texts := map[string][]byte{
		"escrow":    o.escrow.Encode(),
		"challenge": must(seal.Typed("YXC:", c.QR())),
		"partial":   must(seal.Typed("YXP:", partial.QR())),
		"response":  must(seal.Typed("YXR:", response.QR())),
	}
	for name, b := range texts {
		if bytes.Contains(b, needle) || bytes.Contains(b, needle[:8]) {
			t.Errorf("%s shows the key", name)
		}
	}
}

func TestAnObserverCannotRedirectTheResponse(t *testing.T) {
	o := newOffice(2)
	c, _ := o.challenge(t, o.ids[0], o.ids[1])
	partial := must(seal.Approve1(source(1), o.admins[c.First], c))
	response := must(seal.Approve2(source(1), o.admins[c.Second], o.public(c.First), partial))

	// They saw all the texts, and even have the disk: the response is not for them.
	_, thief, err := seal.NewChallenge(source(66), o.escrow, o.ids[0], o.ids[1])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := seal.Recover(thief, response); !errors.Is(err, seal.ErrOpen) {
		t.Errorf("observed response: got %v, want ErrOpen", err)
	}
	// They put their own key into the partial on its way: the signature breaks.
	partial.Ephemeral = thief.Request().Ephemeral
	if _, err := seal.Approve2(source(1), o.admins[c.Second], o.public(c.First), partial); !errors.Is(err, seal.ErrSignature) {
		t.Errorf("redirected partial: got %v, want ErrSignature", err)
	}
}

func TestRecoverRefuses(t *testing.T) {
	o := newOffice(2)
	c, state := o.challenge(t, o.ids[0], o.ids[1])
	first, second := o.admins[c.First], o.admins[c.Second]

	otherDevice := must(seal.NewEscrow(source(1), [16]byte{9}, newKey(9), []seal.AdminPublic{o.public(c.First), o.public(c.Second)}))
	c2, state2, err := seal.NewChallenge(source(5), otherDevice, c.First, c.Second)
	if err != nil {
		t.Fatal(err)
	}
	r2 := must(seal.Approve2(source(1), second, o.public(c.First), must(seal.Approve1(source(1), first, c2))))
	if _, err := seal.Recover(state, r2); !errors.Is(err, seal.ErrOpen) {
		t.Errorf("response for another device: got %v, want ErrOpen", err)
	}
	c2.Device = device
	if _, err := seal.Approve1(source(1), first, c2); !errors.Is(err, seal.ErrOpen) {
		t.Errorf("challenge under another device's name: got %v, want ErrOpen", err)
	}
	state2.Zero()
	if _, err := seal.Recover(state2, r2); !errors.Is(err, seal.ErrKey) {
		t.Errorf("wiped state: got %v, want ErrKey", err)
	}

	// Escrows of another key for the same device: the answer opens, but is told apart.
	replaced := must(seal.NewEscrow(source(1), device, newKey(78), []seal.AdminPublic{o.public(c.First), o.public(c.Second)}))
	mixed := replaced.Encode()
	copy(mixed[18:34], o.escrow.Encode()[18:34]) // the check bytes of the true key
	c3, state3, err := seal.NewChallenge(source(5), must(seal.ParseEscrow(mixed)), c.First, c.Second)
	if err != nil {
		t.Fatal(err)
	}
	r3 := must(seal.Approve2(source(1), second, o.public(c.First), must(seal.Approve1(source(1), first, c3))))
	if _, err := seal.Recover(state3, r3); !errors.Is(err, seal.ErrRecovered) {
		t.Errorf("another key: got %v, want ErrRecovered", err)
	}
}

func TestEveryChangeOfAnEscrowFails(t *testing.T) {
	o := newOffice(2)
	eachByteFlipped(t, o.escrow.Encode(), func(t *testing.T, changed []byte) {
		escrow, err := seal.ParseEscrow(changed)
		if err != nil {
			return
		}
		c, state, err := seal.NewChallenge(source(5), escrow, o.ids[0], o.ids[1])
		if err != nil {
			return
		}
		partial, err := seal.Approve1(source(1), o.admins[c.First], c)
		if err != nil {
			return
		}
		response, err := seal.Approve2(source(1), o.admins[c.Second], o.public(c.First), partial)
		if err != nil {
			return
		}
		if _, err := seal.Recover(state, response); err == nil {
			t.Error("a changed escrow gave the key")
		}
	})
}

func TestEveryChangeOfARecoveryTextFails(t *testing.T) {
	o := newOffice(2)
	c, state := o.challenge(t, o.ids[0], o.ids[1])
	partial := must(seal.Approve1(source(1), o.admins[c.First], c))
	response := must(seal.Approve2(source(1), o.admins[c.Second], o.public(c.First), partial))

	// The check letters are put right again: only cryptography is left to notice.
	eachByteFlipped(t, must(seal.Typed("YXC:", c.QR())), func(t *testing.T, changed []byte) {
		c, err := seal.ParseChallenge(seal.TypedText("YXC:", changed))
		if err != nil {
			return
		}
		p, err := seal.Approve1(source(1), o.admins[state.Request().First], c)
		if err != nil {
			return
		}
		r, err := seal.Approve2(source(1), o.admins[state.Request().Second], o.public(state.Request().First), p)
		if err != nil {
			return
		}
		if _, err := seal.Recover(state, r); err == nil {
			t.Error("a changed challenge was answered")
		}
	})
	eachByteFlipped(t, must(seal.Typed("YXP:", partial.QR())), func(t *testing.T, changed []byte) {
		p, err := seal.ParsePartial(seal.TypedText("YXP:", changed))
		if err != nil {
			return
		}
		if _, err := seal.Approve2(source(1), o.admins[c.Second], o.public(c.First), p); err == nil {
			t.Error("a changed partial was accepted")
		}
	})
	eachByteFlipped(t, must(seal.Typed("YXR:", response.QR())), func(t *testing.T, changed []byte) {
		r, err := seal.ParseResponse(seal.TypedText("YXR:", changed))
		if err != nil {
			return
		}
		if _, err := seal.Recover(state, r); err == nil {
			t.Error("a changed response was accepted")
		}
	})
}

func TestEscrowAdministrators(t *testing.T) {
	var many []seal.AdminPublic
	for i := range seal.MaxAdmins + 1 {
		many = append(many, must(must(seal.NewAdmin(seal.Default, source(byte(i)))).Public()))
	}
	tests := []struct {
		name   string
		admins []seal.AdminPublic
	}{
		{"none", nil},
		{"one", many[:1]},
		{"one twice", []seal.AdminPublic{many[0], many[0]}},
		{"too many", many},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := seal.NewEscrow(source(1), device, newKey(1), tt.admins); !errors.Is(err, seal.ErrAdmin) {
				t.Errorf("got %v, want ErrAdmin", err)
			}
		})
	}
	if _, err := seal.NewEscrow(source(1), device, seal.Key{}, many[:2]); !errors.Is(err, seal.ErrKey) {
		t.Errorf("empty key: got %v, want ErrKey", err)
	}
	if got := newOffice(seal.MaxAdmins).escrow.Device(); got != device {
		t.Errorf("got device %x", got)
	}
}

func TestAdminUnderPassphrase(t *testing.T) {
	admin := must(seal.NewAdmin(seal.Default, source(1)))
	wrapped := must(seal.WrapAdmin(source(2), "p", cheap, admin))
	got := must(seal.UnwrapAdmin("p", wrapped))
	if !got.Box.Equal(admin.Box) || !got.Sign.Equal(admin.Sign) {
		t.Error("other keys came out")
	}
	if _, err := seal.UnwrapAdmin("q", wrapped); !errors.Is(err, seal.ErrPassphrase) {
		t.Errorf("got %v, want ErrPassphrase", err)
	}
	got.Zero()
	if _, err := seal.WrapAdmin(source(2), "p", cheap, got); !errors.Is(err, seal.ErrKey) {
		t.Errorf("wiped: got %v, want ErrKey", err)
	}
	if _, err := got.Public(); !errors.Is(err, seal.ErrKey) {
		t.Errorf("public of wiped: got %v, want ErrKey", err)
	}
}

func TestStateUnderPassphrase(t *testing.T) {
	o := newOffice(2)
	_, state := o.challenge(t, o.ids[0], o.ids[1])
	wrapped := must(seal.WrapState(source(1), "p", cheap, state))
	if _, err := seal.UnwrapState("q", wrapped); !errors.Is(err, seal.ErrPassphrase) {
		t.Errorf("got %v, want ErrPassphrase", err)
	}
	state.Zero()
	if _, err := seal.WrapState(source(1), "p", cheap, state); !errors.Is(err, seal.ErrKey) {
		t.Errorf("wiped: got %v, want ErrKey", err)
	}
}

func TestTypedTextForgives(t *testing.T) {
	o := newOffice(2)
	c, _ := o.challenge(t, o.ids[0], o.ids[1])
	shown := c.String()
	tests := []struct{ name, in string }{
		{"as shown", shown},
		{"as a QR code", c.QR()},
		{"lower case", strings.ToLower(shown)},
		{"letters for digits", strings.NewReplacer("0", "O", "1", "l").Replace(shown)},
		{"spaces for dashes", strings.ReplaceAll(shown, "-", "  ")},
		{"Windows line ends", strings.ReplaceAll(shown, "\n", "\r\n")},
		{"no prefix", strings.TrimPrefix(shown, "YXC:")},
		{"full-width colon", strings.Replace(shown, ":", "：", 1)},
		{"full-width digits", strings.NewReplacer("0", "０", "7", "７").Replace(shown)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := seal.ParseChallenge(tt.in)
			if err != nil {
				t.Fatal(err)
			}
			if got.QR() != c.QR() {
				t.Error("another challenge was read")
			}
		})
	}
}

func TestTypedTextRefuses(t *testing.T) {
	o := newOffice(2)
	c, _ := o.challenge(t, o.ids[0], o.ids[1])
	tests := []struct {
		name, in string
		want     error
	}{
		{"empty", "", seal.ErrFormat},
		{"the text of another step", "YXP:" + strings.TrimPrefix(c.QR(), "YXC:"), seal.ErrFormat},
		{"not complete", c.QR()[:4+30*3], seal.ErrFormat},
		{"half a line", c.QR()[:4+30*3+7], seal.ErrFormat},
		{"one letter", "YXC:A", seal.ErrFormat},
		{"much too long", strings.Repeat("A", 9000), seal.ErrTooLarge},
		{"a code of a next version", seal.TypedText("YXC:", []byte{2, 0x91}), seal.ErrUnknown},
		{"other content", seal.TypedText("YXC:", newKey(1).Encode()), seal.ErrFormat},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := seal.ParseChallenge(tt.in); !errors.Is(err, tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}

// TestASlipNamesItsLine: nearly every wrong letter is found in its line (a check of
// ten bits misses one in a thousand), and none leads to another challenge unnoticed.
func TestASlipNamesItsLine(t *testing.T) {
	o := newOffice(2)
	c, _ := o.challenge(t, o.ids[0], o.ids[1])
	rapid.Check(t, func(t *rapid.T) {
		text := []byte(c.QR()[4:])
		at := rapid.IntRange(0, len(text)-1).Draw(t, "at")
		wrong := rapid.SampledFrom([]byte("0123456789ABCDEFGHJKMNPQRSTVWXYZU*")).Draw(t, "letter")
		if text[at] == wrong {
			return
		}
		text[at] = wrong
		got, err := seal.ParseChallenge(string(text))
		var slip *seal.LineError
		if errors.As(err, &slip) && slip.Line == at/30+1 && strings.Contains(err.Error(), fmt.Sprint("line ", at/30+1)) {
			return
		}
		if err == nil && got.Digest() == c.Digest() && got.QR() == c.QR() {
			t.Fatalf("a wrong letter at %d was read as the right text", at)
		}
		if errors.As(err, &slip) {
			t.Fatalf("slip at %d named as line %d", at, slip.Line)
		}
	})
}

func FuzzRecoveryTexts(f *testing.F) {
	o := newOffice(2)
	c, _ := o.challenge(f, o.ids[0], o.ids[1])
	partial := must(seal.Approve1(source(1), o.admins[c.First], c))
	response := must(seal.Approve2(source(1), o.admins[c.Second], o.public(c.First), partial))
	for _, seed := range [][]byte{
		must(seal.Typed("YXC:", c.QR())), must(seal.Typed("YXP:", partial.QR())), must(seal.Typed("YXR:", response.QR())),
	} {
		f.Add(seed, "")
		f.Add(seed[:len(seed)/2], c.QR())
	}
	f.Fuzz(func(t *testing.T, b []byte, text string) {
		if c, err := seal.ParseChallenge(seal.TypedText("YXC:", b)); err == nil && !bytes.Equal(must(seal.Typed("YXC:", c.QR())), b) {
			t.Error("challenge: read and written again it differs")
		}
		if p, err := seal.ParsePartial(seal.TypedText("YXP:", b)); err == nil && !bytes.Equal(must(seal.Typed("YXP:", p.QR())), b) {
			t.Error("partial: read and written again it differs")
		}
		if r, err := seal.ParseResponse(seal.TypedText("YXR:", b)); err == nil && !bytes.Equal(must(seal.Typed("YXR:", r.QR())), b) {
			t.Error("response: read and written again it differs")
		}
		_, _ = seal.ParseChallenge(text) // must not panic
	})
}

func FuzzParseEscrow(f *testing.F) {
	f.Add(newOffice(3).escrow.Encode())
	f.Add([]byte{1, 0x81})
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := seal.ParseEscrow(b)
		if err != nil {
			return
		}
		if !bytes.Equal(e.Encode(), b) {
			t.Error("read and written again it differs")
		}
		ids := e.Admins()
		for i := range ids {
			for j := range i {
				if _, _, err := seal.NewChallenge(source(1), e, ids[i], ids[j]); err != nil {
					t.Errorf("pair %d %d: %v", i, j, err)
				}
			}
		}
	})
}
