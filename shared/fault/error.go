// SPDX-License-Identifier: Apache-2.0

package fault

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
)

// hintSuffix makes the hint key of a message key.
const hintSuffix = ".hint"

// Error is an error with a meaning and a message that can be translated.
//
// Treat it as a value: the With methods return a changed copy, so a package may
// keep one as a variable and compare with errors.Is.
type Error struct {
	// Kind is the meaning; OK and unknown numbers count as Internal.
	Kind Kind
	// Key names the translated message, e.g. "ident.resident.check".
	Key string
	// Hint names the translated sentence that says what to do next; Key + ".hint" unless set.
	Hint string
	// Args fill the {name} places of both sentences. Never personal data.
	Args map[string]string
	// Personal fills further places on the screen in front of the person concerned;
	// it must not be logged, stored or sent.
	Personal map[string]string
	// Field names the form field at fault, "" when there is none.
	Field string
	// Cause is the underlying error, for the log only; it may be nil.
	Cause error
}

// New returns an Error of this kind whose message is key and whose hint is
// key + ".hint". An empty key stands for the general sentence of the kind.
func New(kind Kind, key string) *Error {
	if kind == OK || kind >= kindEnd {
		kind = Internal
	}
	if key == "" {
		key = kind.Key()
	}
	return &Error{Kind: kind, Key: key, Hint: key + hintSuffix}
}

// With returns a copy with one more argument for the message. The value must not
// be personal; see WithPersonal.
func (e *Error) With(name, value string) *Error {
	c := *e
	c.Args = put(e.Args, name, value)
	return &c
}

// WithPersonal returns a copy with one more argument that is shown on the screen
// only and never logged, stored or sent.
func (e *Error) WithPersonal(name, value string) *Error {
	c := *e
	c.Personal = put(e.Personal, name, value)
	return &c
}

// WithHint returns a copy whose hint is key.
func (e *Error) WithHint(key string) *Error {
	c := *e
	c.Hint = key
	return &c
}

// WithField returns a copy that names the form field at fault.
func (e *Error) WithField(name string) *Error {
	c := *e
	c.Field = name
	return &c
}

// WithCause returns a copy that wraps cause.
func (e *Error) WithCause(cause error) *Error {
	c := *e
	c.Cause = cause
	return &c
}

// Values returns Args and Personal together, to fill the message on a screen.
// The map is the caller's.
func (e *Error) Values() map[string]string {
	all := make(map[string]string, len(e.Args)+len(e.Personal))
	maps.Copy(all, e.Args)
	maps.Copy(all, e.Personal)
	return all
}

// Error returns key, field and cause for the log: "ident.mobile.length (phone)".
// Arguments are left out.
func (e *Error) Error() string {
	s := e.Key
	if s == "" {
		s = e.kind().Key()
	}
	if e.Field != "" {
		s += " (" + e.Field + ")"
	}
	if e.Cause != nil {
		s += ": " + e.Cause.Error()
	}
	return s
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error {
	return e.Cause
}

// Is makes errors.Is true for an Error of the same kind and key, whatever its
// arguments, field and cause.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t != nil && t.kind() == e.kind() && t.Key == e.Key
}

// LogValue prints kind, key, field and cause; arguments are left out.
func (e *Error) LogValue() slog.Value {
	attrs := []slog.Attr{
		slog.String("kind", e.kind().Code()),
		slog.String("key", e.Key),
	}
	if e.Field != "" {
		attrs = append(attrs, slog.String("field", e.Field))
	}
	if e.Cause != nil {
		attrs = append(attrs, slog.String("cause", e.Cause.Error()))
	}
	return slog.GroupValue(attrs...)
}

// kind is Kind with everything that is no meaning of an error read as Internal.
func (e *Error) kind() Kind {
	if e.Kind == OK {
		return Internal
	}
	return e.Kind.known()
}

// KindOf returns the meaning of err: OK for nil; the Kind of the outermost Error
// in its tree; Canceled and Unavailable for the two errors of package context;
// Internal for all else.
func KindOf(err error) Kind {
	if err == nil {
		return OK
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.kind()
	}
	switch {
	case errors.Is(err, context.Canceled):
		return Canceled
	case errors.Is(err, context.DeadlineExceeded):
		return Unavailable
	}
	return Internal
}

// Is says whether the meaning of err is kind.
func Is(err error, kind Kind) bool {
	return KindOf(err) == kind
}

// From returns what may be told about err: the outermost Error in its tree, or,
// when there is none, the general Error of its kind with err as cause.
// From(nil) is nil.
func From(err error) *Error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return New(KindOf(err), "").WithCause(err)
}

// All returns every Error in the tree of err, outermost first, so that a form
// can mark each field of an errors.Join. An Error's own cause is not searched.
// An error without any gives one general Error; nil gives none.
func All(err error) []*Error {
	if err == nil {
		return nil
	}
	if found := collect(err, nil); len(found) > 0 {
		return found
	}
	return []*Error{From(err)}
}

func collect(err error, found []*Error) []*Error {
	switch e := err.(type) {
	case *Error:
		return append(found, e)
	case interface{ Unwrap() error }:
		return collect(e.Unwrap(), found)
	case interface{ Unwrap() []error }:
		for _, part := range e.Unwrap() {
			found = collect(part, found)
		}
	}
	return found
}

// Wrap puts the formatted step in front of *err and keeps its meaning; it does
// nothing when *err is nil. Use it as the first line of a function with a named
// result, without personal data among the arguments:
//
//	defer fault.Wrap(&err, "open replica %q", name)
func Wrap(err *error, format string, args ...any) {
	if *err != nil {
		*err = fmt.Errorf("%s: %w", fmt.Sprintf(format, args...), *err)
	}
}

// Attr returns err as the attribute "error" for one log line at the edge: kind,
// message key and the whole chain of steps.
func Attr(err error) slog.Attr {
	if err == nil {
		return slog.Attr{}
	}
	return slog.Group("error",
		slog.String("kind", KindOf(err).Code()),
		slog.String("key", From(err).Key),
		slog.String("detail", err.Error()),
	)
}

func put(m map[string]string, name, value string) map[string]string {
	c := make(map[string]string, len(m)+1)
	maps.Copy(c, m)
	c[name] = value
	return c
}
