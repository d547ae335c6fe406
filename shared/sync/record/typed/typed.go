// SPDX-License-Identifier: Apache-2.0

// Package typed reads and writes values as people type them, by the format that
// the catalogue gives a field: in a verb of the command line, in a form that knows
// no widget for the field.
package typed

import (
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/money"
	"yuexin/shared/sync/record"
)

// setSeparators part the items of a set in text.
const setSeparators = ",，、;；"

// Parse reads what people write into a field, by the format that the
// catalogue gives it. The empty text is None: it clears. Faults name the
// field.
func Parse(def record.FieldDef, text string) (record.Value, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return record.Value{}, nil
	}
	v, err := parseFormat(def, text)
	if err != nil {
		return record.Value{}, fault.From(err).WithField(string(def.Name))
	}
	return v, nil
}

func parseFormat(def record.FieldDef, text string) (record.Value, error) {
	switch def.Format {
	case record.FormatText, record.FormatRegion, record.FormatPosition:
		return record.OfText(text), nil
	case record.FormatChoice:
		return parseChoice(def, text)
	case record.FormatDate:
		_, err := time.Parse(time.DateOnly, text)
		return orInvalid(record.OfText(text), err, "verbs.value.date")
	case record.FormatResidentID:
		return parseChecked(ident.ParseResidentID(text))
	case record.FormatUSCC:
		return parseChecked(ident.ParseUSCC(text))
	case record.FormatMobile:
		return parseChecked(ident.ParseMobile(text))
	case record.FormatBool:
		return parseBool(text)
	case record.FormatInt, record.FormatTime:
		n, err := strconv.ParseInt(text, 10, 64)
		return orInvalid(record.OfInt(n), err, "verbs.value.int")
	case record.FormatMoney:
		n, err := money.Parse(text)
		return record.OfInt(int64(n)), err
	case record.FormatRate:
		n, err := money.ParseRate(text)
		return record.OfInt(int64(n)), err
	case record.FormatArea:
		n, err := money.ParseArea(text)
		return record.OfInt(int64(n)), err
	case record.FormatDecimal:
		n, err := money.ParseDecimal(text)
		return record.OfInt(int64(n)), err
	case record.FormatRef:
		id, err := ident.Parse[ident.Record](text)
		return record.OfBytes(id[:]), err
	case record.FormatSet:
		return parseSet(def, text)
	default:
		b, err := hex.DecodeString(text)
		return orInvalid(record.OfBytes(b), err, "verbs.value.bytes")
	}
}

func parseChecked[T interface{ String() string }](v T, err error) (record.Value, error) {
	if err != nil {
		return record.Value{}, err
	}
	return record.OfText(v.String()), nil
}

func orInvalid(v record.Value, err error, key string) (record.Value, error) {
	if err != nil {
		return record.Value{}, fault.New(fault.Invalid, key)
	}
	return v, nil
}

func parseChoice(def record.FieldDef, text string) (record.Value, error) {
	if len(def.Choices) > 0 && !slices.Contains(def.Choices, text) {
		return record.Value{}, fault.New(fault.Invalid, "verbs.value.choice").With("choices", strings.Join(def.Choices, ", "))
	}
	return record.OfText(text), nil
}

func parseBool(text string) (record.Value, error) {
	switch strings.ToLower(text) {
	case "true", "yes", "y", "1", "是", "有":
		return record.OfBool(true), nil
	case "false", "no", "n", "0", "否", "无", "没有":
		return record.OfBool(false), nil
	}
	return record.Value{}, fault.New(fault.Invalid, "verbs.value.bool")
}

func parseSet(def record.FieldDef, text string) (record.Value, error) {
	var items []string
	for _, item := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(setSeparators, r) }) {
		if item = strings.TrimSpace(item); item == "" {
			continue
		}
		if _, err := parseChoice(def, item); err != nil {
			return record.Value{}, err
		}
		items = append(items, item)
	}
	if items == nil {
		return record.Value{}, nil
	}
	return record.OfSet(items...), nil
}

// DigestMark begins an attachment as Format writes it: by the digest of its sealed
// bytes. The key is not printed anywhere.
const DigestMark = "sha256:"

func formatAttachment(v record.Value) string {
	a, err := record.ParseAttachment(v)
	if err != nil {
		return ""
	}
	return DigestMark + hex.EncodeToString(a.Digest[:])
}

// Format writes a value so that Parse reads it back.
func Format(def record.FieldDef, v record.Value) string {
	switch v.Type() {
	case record.Bool:
		return strconv.FormatBool(v.Bool())
	case record.Text:
		return v.Text()
	case record.Set:
		return strings.Join(v.Set(), "、")
	case record.Bytes:
		return formatBytes(def, v.Bytes())
	case record.Int:
		return formatInt(def, v.Int())
	default:
		return ""
	}
}

func formatBytes(def record.FieldDef, b []byte) string {
	if def.Format == record.FormatRef && len(b) == ident.Size {
		return ident.Record(b).String()
	}
	if def.Format == record.FormatBlob {
		return formatAttachment(record.OfBytes(b))
	}
	return hex.EncodeToString(b)
}

func formatInt(def record.FieldDef, n int64) string {
	switch def.Format {
	case record.FormatMoney:
		return money.Fen(n).String()
	case record.FormatRate:
		return money.Rate(n).String()
	case record.FormatArea:
		return money.Area(n).String()
	case record.FormatDecimal:
		return money.Decimal(n).String()
	default:
		return strconv.FormatInt(n, 10)
	}
}
