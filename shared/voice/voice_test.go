// SPDX-License-Identifier: Apache-2.0

package voice_test

import (
	"encoding/binary"
	"encoding/csv"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"pgregory.net/rapid"

	"yuexin/assets"
	"yuexin/shared/credit/rulebook"
	"yuexin/shared/i18n"
	"yuexin/shared/money"
	"yuexin/shared/voice"
)

func load(t testing.TB) *voice.Book {
	t.Helper()
	b, err := voice.Load(assets.Folder("voice"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// all returns everything that a kiosk says.
func all(t testing.TB) *voice.Book {
	t.Helper()
	rules, err := rulebook.Load(assets.Folder("policies"), assets.Folder("forms"), assets.Folder("scorecards"))
	if err != nil {
		t.Fatal(err)
	}
	texts, err := i18n.Load(assets.Locales())
	if err != nil {
		t.Fatal(err)
	}
	return voice.OfRules(load(t), rules, "kiosk", texts)
}

func said(pieces []voice.Piece) (ids, text string) {
	var clips, words []string
	for _, p := range pieces {
		clips, words = append(clips, p.Clip), append(words, p.Text)
	}
	return strings.Join(clips, " "), strings.Join(words, " ")
}

func TestAmountsAreJoined(t *testing.T) {
	tests := []struct {
		fen      money.Fen
		mandarin string
		english  string
	}{
		{3_500_000, "三 万 五 千 元", "thirty five thousand yuan"},
		{0, "零 元", "zero yuan"},
		{1_000, "十 元", "ten yuan"},
		{1_200, "十 二 元", "twelve yuan"},
		{2_000, "二 十 元", "twenty yuan"},
		{11_000, "一 百 一 十 元", "one hundred ten yuan"},
		{10_500, "一 百 零 五 元", "one hundred five yuan"},
		{105_000, "一 千 零 五 十 元", "one thousand fifty yuan"},
		{200_000, "两 千 元", "two thousand yuan"},
		{1_000_500, "一 万 零 五 元", "ten thousand five yuan"},
		{2_050_000, "两 万 零 五 百 元", "twenty thousand five hundred yuan"},
		{12_000_000, "十 二 万 元", "one hundred twenty thousand yuan"},
		{10_000_000_000, "一 亿 元", "one hundred million yuan"},
		{10_000_010_000, "一 亿 零 一 百 元", "one hundred million one hundred yuan"},
		{100_000_500_000_000, "一 万 亿 零 五 百 万 元", "one thousand billion five million yuan"},
		{350, "三 元 五 角", "three point five zero yuan"},
		{305, "三 元 零 五 分", "three point zero five yuan"},
		{50, "五 角", "zero point five zero yuan"},
		{7, "七 分", "zero point zero seven yuan"},
	}
	b := load(t)
	for _, tt := range tests {
		line := voice.Say("answer.amount").With("amount", voice.Amount(tt.fen))
		for tongue, want := range map[i18n.Tongue]string{i18n.Mandarin: tt.mandarin, i18n.English: tt.english} {
			pieces, err := b.Pieces(tongue, line)
			if err != nil {
				t.Fatal(err)
			}
			if _, text := said(pieces[1:]); text != want {
				t.Errorf("%s in %s is %q, want %q", tt.fen, tongue, text, want)
			}
		}
	}
	pieces, _ := b.Pieces(i18n.Mandarin, voice.Say("answer.amount").With("amount", voice.Amount(3_500_000)))
	if ids, _ := said(pieces); ids != "answer.amount.1 n-3 n-wan n-5 n-thousand n-yuan" {
		t.Errorf("the clips are %s", ids)
	}
}

func TestDatesAndCodes(t *testing.T) {
	b := load(t)
	day := time.Date(2026, 11, 22, 23, 59, 0, 0, time.FixedZone("CST", 8*3600))
	for tongue, want := range map[i18n.Tongue]string{
		i18n.Mandarin:  "您填的是 二 零 二 六 年 十 一 月 二 十 二 日",
		i18n.Cantonese: "你填嘅系 二 零 二 六 年 十 一 月 二 十 二 号",
		i18n.English:   "You entered twenty two November two zero two six",
	} {
		pieces, err := b.Pieces(tongue, voice.Say("answer.date").With("day", voice.Day(day)))
		if _, text := said(pieces); err != nil || text != want {
			t.Errorf("%s: %q, want %q (%v)", tongue, text, want, err)
		}
	}
	pieces, err := b.Pieces(i18n.Mandarin, voice.Say("kept.slip").With("number", voice.Digits("ab2c-2223")))
	if ids, _ := said(pieces); err != nil || ids != "kept.slip.1 l-a l-b n-2 l-c n-2 n-2 n-2 n-3" {
		t.Errorf("%s, %v", ids, err)
	}
}

// TestEveryNumberHasItsWords: whatever the amount, each word of it is one that somebody is asked to record, and no two amounts
// sound alike.
func TestEveryNumberHasItsWords(t *testing.T) {
	b := load(t)
	for _, tongue := range i18n.Tongues() {
		asked := map[string]bool{}
		for _, p := range b.Clips(tongue) {
			asked[p.Clip] = p.Text != ""
		}
		rapid.Check(t, func(t *rapid.T) {
			amount := rapid.Int64Range(0, 9_999_9999_9999)
			speak := func(fen int64) string {
				pieces, err := b.Pieces(tongue, voice.Say("answer.amount").With("amount", voice.Amount(money.Fen(fen))))
				if err != nil {
					t.Fatal(err)
				}
				for _, p := range pieces {
					if !asked[p.Clip] {
						t.Fatalf("nobody records %q in %s", p.Clip, tongue)
					}
				}
				ids, _ := said(pieces)
				if strings.Contains(ids, "n-0 n-0") && tongue != i18n.English {
					t.Fatalf("%d: two zeros: %s", fen, ids)
				}
				return ids
			}
			x, y := amount.Draw(t, "x"), amount.Draw(t, "y")
			if x != y && speak(x) == speak(y) {
				t.Fatalf("%d and %d sound alike", x, y)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	data, err := fs.ReadFile(assets.Folder("voice"), "voice-1.json")
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, old, new, want string }{
		{"a personal value that nobody asked for", `"id": "kept.slip", "asked": true`, `"id": "kept.slip"`, "personal"},
		{"another place in one tongue", "The slip code is {number:digits}", "The slip code is {code:digits}", "places"},
		{"an id twice", `"id": "sound.test"`, `"id": "problem"`, "twice"},
		{"a strange kind", "{n:count}", "{n:colour}", "kind"},
		{"no text", `"en": "Is this loud enough?"`, `"en": " "`, "no text"},
		{"a place that is none", "Is this loud enough?", "Is {this} loud enough?", "place"},
		{"a word that is missing", `"n-wan": {"zh-Hans": "万", "yue": "万"},`, "", "n-wan"},
		{"a word that nobody says", `"n-wan": {`, `"n-lots": {"en": "lots"}, "n-wan": {`, "never said"},
		{"no version", `"version": 1`, `"version": 0`, "version"},
		{"an unknown field", `"version": 1`, `"version": 1, "speed": 2`, "speed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			changed := strings.ReplaceAll(string(data), tt.old, tt.new)
			if changed == string(data) {
				t.Fatal("nothing was changed")
			}
			if _, err := voice.Parse(strings.NewReader(changed)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want something with %q", err, tt.want)
			}
		})
	}
	if _, err := voice.Load(fstest.MapFS{}); err == nil {
		t.Error("no error without a file")
	}
}

func TestPiecesRefuses(t *testing.T) {
	b := load(t)
	for name, line := range map[string]voice.Line{
		"no such script": voice.Say("nothing"), "no value": voice.Say("kept.slip"),
		"another kind": voice.Say("kept.slip").With("number", voice.Count(1)), "less than nothing": voice.Say("screen.idle").With("n", voice.Count(-1)),
	} {
		if _, err := b.Pieces(i18n.Mandarin, line); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// TestWhatIsMissing: a clip counts as recorded in its own tongue only, and everything that can be said stands in the list.
func TestWhatIsMissing(t *testing.T) {
	b := all(t)
	everything := b.Clips(i18n.Cantonese)
	recorded := fstest.MapFS{"yue/n-3.wav": {Data: []byte("RIFF")}, "yue/screen.start.wav/x": {}, "en/n-5.wav": {}}
	missing := b.Missing(i18n.Cantonese, recorded)
	if len(missing) != len(everything)-1 || slices.ContainsFunc(missing, func(p voice.Piece) bool { return p.Clip == "n-3" }) {
		t.Errorf("%d of %d are missing", len(missing), len(everything))
	}
	for _, want := range []string{
		"n-5", "screen.start", "screen.idle.1", "screen.idle.2", "form.demand.purpose", "form.demand.purpose.planting",
		"form.household.members.birth_date", "consent.finance.1.1", "text.demand.state.visited",
	} {
		if !slices.ContainsFunc(missing, func(p voice.Piece) bool { return p.Clip == want && p.Text != "" }) {
			t.Errorf("%s is not in the list", want)
		}
	}
	seen := map[string]bool{}
	for _, p := range everything {
		if seen[p.Clip] || p.Clip == "" || p.Text == "" {
			t.Errorf("the list has %q, %q", p.Clip, p.Text)
		}
		seen[p.Clip] = true
	}
	for _, unseen := range []string{"form.enterprise.name", "form.pond.area"} {
		if _, ok := b.Script(unseen); ok {
			t.Errorf("%s: no kiosk hands that form in", unseen)
		}
	}
}

func TestSheet(t *testing.T) {
	var out strings.Builder
	if err := voice.WriteSheet(&out, i18n.Cantonese, load(t).Missing(i18n.Cantonese, fstest.MapFS{})); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(out.String(), "\ufeff"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) < 50 || !slices.Equal(rows[4], []string{"n-3", "yue/n-3.wav", "三"}) {
		t.Errorf("%d rows, the fifth %q", len(rows), rows[4])
	}
}

// TestClips holds whatever was recorded to the list and to the format that README.md asks for.
func TestClips(t *testing.T) {
	folder := assets.Folder("voice")
	for _, tongue := range i18n.Tongues() {
		asked := map[string]bool{}
		for _, p := range all(t).Clips(tongue) {
			asked[p.Path(tongue)] = true
		}
		files, err := fs.Glob(folder, string(tongue)+"/*")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			data, err := fs.ReadFile(folder, name)
			if err != nil {
				t.Fatal(err)
			}
			if !asked[name] {
				t.Errorf("no script asks for %s", name)
			}
			if len(data) < 44 || binary.LittleEndian.Uint16(data[22:]) != 1 || binary.LittleEndian.Uint32(data[24:]) != 22_050 || binary.LittleEndian.Uint16(data[34:]) != 16 {
				t.Errorf("%s is no WAV of one channel, 22,050 samples a second, 16 bits", name)
			}
		}
	}
}
