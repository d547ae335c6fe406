// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"slices"
	"time"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// value checks v against the field's format; None clears and is always good.
func value(def record.FieldDef, v record.Value) error {
	if v.IsNone() {
		return nil
	}
	if v.Type() != def.Format.Type() {
		return wrong("record.type", def)
	}
	switch def.Format {
	case record.FormatChoice:
		return choice(def, v.Text())
	case record.FormatSet:
		return choice(def, v.Set()...)
	case record.FormatDate:
		if _, err := time.Parse(time.DateOnly, v.Text()); err != nil {
			return wrong("record.date", def) // without the cause, which quotes the input
		}
	case record.FormatRef:
		if v.Size() != ident.Size {
			return wrong("record.bytes", def)
		}
	case record.FormatBlob:
		if _, err := record.ParseAttachment(v); err != nil {
			return wrong("record.bytes", def)
		}
	}
	return nil
}

func choice(def record.FieldDef, items ...string) error {
	for _, item := range items {
		if len(def.Choices) > 0 && !slices.Contains(def.Choices, item) {
			return wrong("record.choice", def)
		}
	}
	return nil
}

func wrong(key string, def record.FieldDef) error {
	return fault.New(fault.Invalid, key).WithField(string(def.Name)).With("format", string(def.Format))
}
