// SPDX-License-Identifier: Apache-2.0

package subject

import (
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"

	"yuexin/shared/fault"
	"yuexin/shared/sync/record"
)

// maxName is the longest name in characters: names of minorities and of firms are long, a sentence is not a name.
const maxName = 60

// name wants a name that is not empty and not too long.
func name(f record.Field, s string) error {
	switch {
	case strings.TrimSpace(s) == "":
		return fault.New(fault.Invalid, "subject.name").WithField(string(f))
	case utf8.RuneCountInString(s) > maxName:
		return fault.New(fault.Invalid, "subject.name_long").WithField(string(f)).With("max", strconv.Itoa(maxName))
	}
	return nil
}

// year wants four digits, from the founding of the household registers on.
func year(f record.Field, y Known[int64]) error {
	if y.Set && (y.Value < 1950 || y.Value > 9999) {
		return fault.New(fault.Invalid, "subject.year").WithField(string(f))
	}
	return nil
}

// notNegative wants every number that is known to be 0 or more.
func notNegative[T any](columns []column[T], t T) error {
	var errs []error
	for _, c := range columns {
		if c.write(&t).Int() < 0 {
			errs = append(errs, fault.New(fault.Invalid, "subject.negative").WithField(string(c.field)))
		}
	}
	return errors.Join(errs...)
}
