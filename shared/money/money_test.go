// SPDX-License-Identifier: Apache-2.0

package money_test

import (
	"encoding/json"
	"math"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"yuexin/shared/fault"
	"yuexin/shared/money"
)

func TestParse(t *testing.T) {
	tests := map[string]money.Fen{
		"0": 0, "30000": 3_000_000, "30,000": 3_000_000, "3,0000": 3_000_000, "1,234,567.89": 123_456_789,
		"30000.50": 3_000_050, "30000.5": 3_000_050, "0.01": 1, "007": 700, "1.2300": 123,
		"￥300": 30_000, "¥ 300.00 元": 30_000, "人民币300元整": 30_000, "rmb 300": 30_000, "CNY300": 30_000,
		"３００００．５０": 3_000_050, "３０，０００": 3_000_000, "3 0000": 3_000_000, "30。5": 3_050,
		"3万": 3_000_000, "3.5万元": 3_500_000, "3W": 3_000_000, "3.5w": 3_500_000, "5k": 500_000, "0.000001万": 1,
		"1亿2000万": 12_000_000_000, "12000万": 12_000_000_000, "1.2亿元": 12_000_000_000, "3万5千": 3_500_000, "3万5": 3_500_000,
		"3万2000.5元": 3_200_050, "3千万": 3_000_000_000, "3万亿": 300_000_000_000_000,
		"三万": 3_000_000, "三万五": 3_500_000, "三万五千元": 3_500_000, "三点五万": 3_500_000, "两万": 2_000_000,
		"十五": 1_500, "二十": 2_000, "三百五": 35_000, "三百零五": 30_500, "三百五十块": 35_000, "一千零五十": 105_000,
		"一万零五百": 1_050_000, "三万零五": 3_000_500, "一亿零三万": 10_003_000_000, "一亿五": 15_000_000_000, "十三万五": 13_500_000,
		"零": 0, "叁万伍仟元整": 3_500_000, "壹佰贰拾叁萬肆仟伍佰陆拾柒圆捌角玖分": 123_456_789, "十万": 10_000_000,
		"300元5角2分": 30_052, "三百元零五分": 30_005, "5角": 50, "两毛": 20, "2分": 2, "三块五": 350, "12元5": 1_250, "12元3角0分": 1_230,
		"92233720368547758.07": math.MaxInt64, "\u202d300\u202c": 30_000,
	}
	for in, want := range tests {
		t.Run(in, func(t *testing.T) {
			if got, err := money.Parse(in); err != nil || got != want {
				t.Errorf("got %d, %v, want %d", got, err, want)
			}
		})
	}
}

// spoken writes 0 < n < 10^12 yuan as a bank clerk does; formal chooses 大写.
func spoken(n int64, formal bool) string {
	digits, tens := []rune("零一二三四五六七八九"), []rune("十百千")
	if formal {
		digits, tens = []rune("零壹贰叁肆伍陆柒捌玖"), []rune("拾佰仟")
	}
	below := func(n int64) string { // below ten thousand
		var b strings.Builder
		gap := false
		for i, unit := 3, int64(1000); unit > 0; i, unit = i-1, unit/10 {
			d := n / unit % 10
			if d == 0 {
				gap = b.Len() > 0
				continue
			}
			if gap {
				b.WriteRune(digits[0])
				gap = false
			}
			b.WriteRune(digits[d])
			if i > 0 {
				b.WriteRune(tens[i-1])
			}
		}
		return b.String()
	}
	var b strings.Builder
	for _, s := range []struct {
		unit int64
		name string
	}{{1e8, "亿"}, {1e4, "万"}, {1, ""}} {
		part := n / s.unit % 10_000
		if part == 0 {
			continue
		}
		if b.Len() > 0 && part < 1000 {
			b.WriteRune(digits[0])
		}
		b.WriteString(below(part) + s.name)
	}
	return b.String()
}

// Law: what a clerk writes in numerals is read back.
func TestParseReadsChineseNumerals(t *testing.T) {
	if got, want := spoken(1_0005_0300, false), "一亿零五万零三百"; got != want {
		t.Fatalf("the writer itself is wrong: %s, want %s", got, want)
	}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64Range(1, 1e12-1).Draw(t, "n")
		text := spoken(n, rapid.Bool().Draw(t, "formal")) + "元"
		if got, err := money.Parse(text); err != nil || got != money.Fen(n*100) {
			t.Fatalf("%s: got %d, %v, want %d", text, got, err, n*100)
		}
	})
}

// Law: every printed form of an amount is read back as the same amount.
func TestParseReadsEveryPrintedForm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := money.Fen(rapid.Int64Range(0, math.MaxInt64).Draw(t, "fen"))
		for _, text := range []string{
			f.String(), f.Grouped(), f.Text(),
			f.In(money.Yuan), f.In(money.Wan) + "万元", f.In(money.Yi) + "亿元", f.Rounded(money.Yi, 10) + "亿",
		} {
			if got, err := money.Parse(text); err != nil || got != f {
				t.Fatalf("%s: got %d, %v, want %d", text, got, err, f)
			}
		}
	})
}

func TestDisplay(t *testing.T) {
	tests := []struct {
		fen                           money.Fen
		canonical, grouped, text, wan string
	}{
		{0, "0.00", "0.00", "0元", "0"},
		{1, "0.01", "0.01", "0.01元", "0.000001"},
		{-1, "-0.01", "-0.01", "-0.01元", "-0.000001"},
		{80_000, "800.00", "800.00", "800元", "0.08"},
		{999_900, "9999.00", "9,999.00", "9,999元", "0.9999"},
		{3_000_000, "30000.00", "30,000.00", "3万元", "3"},
		{3_500_000, "35000.00", "35,000.00", "3.5万元", "3.5"},
		{-3_500_000, "-35000.00", "-35,000.00", "-3.5万元", "-3.5"},
		{3_000_050, "30000.50", "30,000.50", "30,000.50元", "3.00005"},
		{12_000_000_000, "120000000.00", "120,000,000.00", "1.2亿元", "12000"},
		{12_345_000_000, "123450000.00", "123,450,000.00", "12,345万元", "12345"},
		{math.MaxInt64, "92233720368547758.07", "92,233,720,368,547,758.07", "92,233,720,368,547,758.07元", "9223372036854.775807"},
		{math.MinInt64, "-92233720368547758.08", "-92,233,720,368,547,758.08", "-92,233,720,368,547,758.08元", "-9223372036854.775808"},
	}
	for _, tt := range tests {
		t.Run(tt.canonical, func(t *testing.T) {
			got := [4]string{tt.fen.String(), tt.fen.Grouped(), tt.fen.Text(), tt.fen.In(money.Wan)}
			if want := [4]string{tt.canonical, tt.grouped, tt.text, tt.wan}; got != want {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

func TestRounded(t *testing.T) {
	tests := []struct {
		fen    money.Fen
		unit   money.Unit
		places int
		want   string
	}{
		{3_450_000, money.Wan, 1, "3.4"}, // half to even
		{3_550_000, money.Wan, 1, "3.6"},
		{3_450_001, money.Wan, 1, "3.5"},
		{-3_450_000, money.Wan, 1, "-3.4"},
		{50, money.Yuan, 0, "0"},
		{150, money.Yuan, 0, "2"},
		{150, money.Yuan, -1, "2"},
		{150, money.Yuan, 2, "1.50"},
		{150, money.Yuan, 4, "1.5000"},
		{12_345_000_000, money.Yi, 2, "1.23"},
		{math.MinInt64, money.Yuan, 1, "-92233720368547758.1"},
	}
	for _, tt := range tests {
		if got := tt.fen.Rounded(tt.unit, tt.places); got != tt.want {
			t.Errorf("%d in %s with %d places: %s, want %s", tt.fen, tt.unit, tt.places, got, tt.want)
		}
	}
}

// Laws: checked arithmetic is that of the integers, or the fault overflow.
func TestArithmeticLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := rapid.Int64().Draw(t, "a"), rapid.Int64().Draw(t, "b")
		den := rapid.Int64Range(1, math.MaxInt64).Draw(t, "den")
		x, y, d := big.NewInt(a), big.NewInt(b), big.NewInt(den)
		f, g := money.Fen(a), money.Fen(b)

		check := func(name string, want *big.Int) func(money.Fen, error) {
			return func(got money.Fen, err error) {
				t.Helper()
				if want.IsInt64() != (err == nil) || err == nil && int64(got) != want.Int64() {
					t.Fatalf("%s: got %d, %v, want %s", name, int64(got), err, want)
				}
			}
		}
		check("add", new(big.Int).Add(x, y))(f.Add(g))
		check("sub", new(big.Int).Sub(x, y))(f.Sub(g))
		check("mul", new(big.Int).Mul(x, y))(f.Mul(b))
		check("muldiv", halfEven(new(big.Int).Mul(x, y), d))(f.MulDiv(b, den))
		check("sum", new(big.Int).Sub(new(big.Int).Add(x, y), d))(money.Sum(f, money.Fen(-den), g))
		check("rate", halfEven(new(big.Int).Mul(x, big.NewInt(int64(int32(b)))), big.NewInt(10_000)))(money.Rate(int32(b)).Apply(f))
	})
}

// halfEven is n ÷ d, written down from the definition: the nearest integer, and
// of two equally near the even one.
func halfEven(n, d *big.Int) *big.Int {
	floor := new(big.Int).Div(n, d) // Euclidean, d > 0
	twice := new(big.Int).Sub(n, new(big.Int).Mul(floor, d))
	twice.Lsh(twice, 1)
	if c := twice.Cmp(d); c > 0 || c == 0 && floor.Bit(0) == 1 {
		floor.Add(floor, big.NewInt(1))
	}
	return floor
}

func TestSumDependsOnTheTotalOnly(t *testing.T) {
	big := money.Fen(math.MaxInt64)
	if got, err := money.Sum(big, big, -big, -big, 5); err != nil || got != 5 {
		t.Errorf("got %d, %v", got, err)
	}
	if got, err := money.Sum(); err != nil || got != 0 {
		t.Errorf("sum of none: %d, %v", got, err)
	}
	if _, err := money.Sum(big, 1); !fault.Is(err, fault.Invalid) {
		t.Errorf("got %v, want overflow", err)
	}
	if _, err := money.Sum(-big, -big); !fault.Is(err, fault.Invalid) {
		t.Errorf("got %v, want overflow", err)
	}
}

func TestMulDivByNothingIsInternal(t *testing.T) {
	for _, den := range []int64{0, -1} {
		if _, err := money.Fen(1).MulDiv(1, den); !fault.Is(err, fault.Internal) {
			t.Errorf("den %d: %v", den, err)
		}
	}
}

func TestRate(t *testing.T) {
	tests := map[string]money.Rate{
		"4.35%": 435, "4.35": 435, "４．３５％": 435, "0%": 0, "3‰": 30, "3.5‰": 35, "435bp": 435, "15BP": 15,
		"百分之四点三五": 435, "百分之五": 500, "百分之十二": 1200, "100%": money.Whole, "21474836.47%": math.MaxInt32,
	}
	for in, want := range tests {
		t.Run(in, func(t *testing.T) {
			got, err := money.ParseRate(in)
			if err != nil || got != want {
				t.Fatalf("got %d, %v, want %d", got, err, want)
			}
			if back, err := money.ParseRate(got.String()); err != nil || back != got {
				t.Errorf("%s is read as %d, %v", got, back, err)
			}
		})
	}
	if got := money.Rate(-15).String(); got != "-0.15%" {
		t.Errorf("got %s", got)
	}
}

func TestRateApply(t *testing.T) {
	tests := []struct {
		rate      money.Rate
		fen, want money.Fen
	}{
		{435, 3_000_000, 130_500},
		{5000, 1, 0}, // half to even
		{5000, 3, 2},
		{5000, -3, -2},
		{-5000, 3, -2},
		{money.Whole, math.MinInt64, math.MinInt64},
	}
	for _, tt := range tests {
		if got, err := tt.rate.Apply(tt.fen); err != nil || got != tt.want {
			t.Errorf("%s of %d: %d, %v, want %d", tt.rate, tt.fen, got, err, tt.want)
		}
	}
}

func TestArea(t *testing.T) {
	tests := map[string]money.Area{
		"2.3": 230, "2.35亩": 235, "２．３亩": 230, "3": 300, "108万亩": 108_000_000, "1,200亩": 120_000,
		"两亩三分": 230, "2亩3分5厘": 235, "2亩3": 230, "三亩半": 350, "半亩": 50, "5分地": 50, "5厘": 5, "三亩地": 300, "2畝": 200,
		"1.2公顷": 1_800, "十五亩": 1_500, "三百五十亩": 35_000, "0": 0,
	}
	for in, want := range tests {
		t.Run(in, func(t *testing.T) {
			got, err := money.ParseArea(in)
			if err != nil || got != want {
				t.Fatalf("got %d, %v, want %d", got, err, want)
			}
			for _, text := range []string{got.String(), got.Text()} {
				if back, err := money.ParseArea(text); err != nil || back != got {
					t.Errorf("%s is read as %d, %v", text, back, err)
				}
			}
		})
	}
}

func TestAreaInSquareMetres(t *testing.T) {
	for m2, want := range map[int64]money.Area{667: 100, 10_000: 1_500, 0: 0, 10: 2, 30: 4, 50: 8} {
		if got, err := money.AreaOfSquareMetres(m2); err != nil || got != want {
			t.Errorf("%d m²: %d, %v, want %d", m2, got, err, want)
		}
	}
	for area, want := range map[money.Area]int64{money.Mu: 667, 1_500: 10_000, -money.Mu: -667} {
		if got, err := area.SquareMetres(); err != nil || got != want {
			t.Errorf("%s mu: %d, %v, want %d", area, got, err, want)
		}
	}
	if _, err := money.Area(math.MaxInt64).SquareMetres(); !fault.Is(err, fault.Invalid) {
		t.Errorf("got %v, want overflow", err)
	}
	if got, err := money.Mu.Add(50); err != nil || got != 150 {
		t.Errorf("add: %d, %v", got, err)
	}
	for _, a := range []money.Area{math.MaxInt64, math.MinInt64} {
		if _, err := a.Add(a); !fault.Is(err, fault.Invalid) {
			t.Errorf("%d doubled: %v, want overflow", int64(a), err)
		}
	}
}

func TestIntegersInJSONAndText(t *testing.T) {
	type row struct {
		Fen  money.Fen
		Rate money.Rate
		Area money.Area
		By   map[money.Fen]money.Rate
	}
	in := row{3_000_050, -15, 230, map[money.Fen]money.Rate{7: 1}}
	data, err := json.Marshal(in)
	if want := `{"Fen":3000050,"Rate":-15,"Area":230,"By":{"7":1}}`; err != nil || string(data) != want {
		t.Fatalf("got %s, %v, want %s", data, err, want)
	}
	var out row
	if err := json.Unmarshal(data, &out); err != nil || out.Fen != in.Fen || out.Rate != in.Rate || out.Area != in.Area || out.By[7] != 1 {
		t.Errorf("got %+v, %v", out, err)
	}
	for _, bad := range []string{`{"Fen":1.5}`, `{"Fen":"3.5"}`, `{"Fen":true}`, `{"Rate":3000000000}`, `{"Area":1e3}`} {
		if err := json.Unmarshal([]byte(bad), &out); !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", bad, err)
		}
	}
	if err := json.Unmarshal([]byte(`{"Fen":null}`), &out); err != nil || out.Fen != in.Fen {
		t.Errorf("null: %v, %d", err, out.Fen)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"3.5万元", "三百元零五分", "1亿2000万", "￥30,000.50", "三万五"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if v, err := money.Parse(s); err == nil {
			if again, err := money.Parse(v.String()); err != nil || again != v || v < 0 {
				t.Fatalf("%q gives %s, which gives %s, %v", s, v, again, err)
			}
		}
		if v, err := money.ParseRate(s); err == nil {
			if again, err := money.ParseRate(v.String()); err != nil || again != v || v < 0 {
				t.Fatalf("%q gives %s, which gives %s, %v", s, v, again, err)
			}
		}
		if v, err := money.ParseArea(s); err == nil {
			if again, err := money.ParseArea(v.String()); err != nil || again != v || v < 0 {
				t.Fatalf("%q gives %s, which gives %s, %v", s, v, again, err)
			}
		}
	})
}
