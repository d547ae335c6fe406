// SPDX-License-Identifier: Apache-2.0

package fault_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yuexin/shared/fault"
)

// The wire codes and statuses as released; rows are only ever added at the end.
var released = []struct {
	kind fault.Kind
	num  uint8
	code string
	http int
}{
	{fault.OK, 0, "ok", 200},
	{fault.Internal, 1, "internal", 500},
	{fault.Invalid, 2, "invalid", 400},
	{fault.NotFound, 3, "not_found", 404},
	{fault.Conflict, 4, "conflict", 409},
	{fault.NotAllowed, 5, "not_allowed", 403},
	{fault.Unauthenticated, 6, "unauthenticated", 401},
	{fault.Stale, 7, "stale", 412},
	{fault.Exhausted, 8, "exhausted", 507},
	{fault.Unavailable, 9, "unavailable", 503},
	{fault.TooLarge, 10, "too_large", 413},
	{fault.RateLimited, 11, "rate_limited", 429},
	{fault.Gone, 12, "gone", 410},
	{fault.Unsupported, 13, "unsupported", 415},
	{fault.Corrupt, 14, "corrupt", 422},
	{fault.Canceled, 15, "canceled", 499},
}

func TestKindTableIsStable(t *testing.T) {
	if got, want := len(fault.Kinds()), len(released)-1; got != want {
		t.Fatalf("%d kinds, %d released: add the new one to the test", got, want)
	}
	for _, r := range released {
		t.Run(r.code, func(t *testing.T) {
			if uint8(r.kind) != r.num || r.kind.Code() != r.code || r.kind.HTTP() != r.http {
				t.Errorf("got %d %q %d, want %d %q %d", r.kind, r.kind.Code(), r.kind.HTTP(), r.num, r.code, r.http)
			}
			if got, ok := fault.FromCode(r.code); got != r.kind || !ok {
				t.Errorf("FromCode = %v, %v", got, ok)
			}
			if got := fault.FromHTTP(r.http); got != r.kind {
				t.Errorf("FromHTTP(%d) = %v, want %v", r.http, got, r.kind)
			}
		})
	}
}

func TestUnknownNumbersAndCodes(t *testing.T) {
	future := fault.Kind(200)
	if future.Code() != "internal" || future.HTTP() != 500 || future.String() != "kind(200)" {
		t.Errorf("future kind: %q %d %q", future.Code(), future.HTTP(), future)
	}
	if got, ok := fault.FromCode("too_early"); got != fault.Internal || ok {
		t.Errorf("FromCode of an unknown code = %v, %v", got, ok)
	}
	for status, want := range map[int]fault.Kind{
		204: fault.OK, 302: fault.OK, 405: fault.Unsupported, 408: fault.Unavailable, 418: fault.Invalid,
		502: fault.Unavailable, 504: fault.Unavailable, 599: fault.Internal, 0: fault.Internal, 700: fault.Internal,
	} {
		if got := fault.FromHTTP(status); got != want {
			t.Errorf("FromHTTP(%d) = %v, want %v", status, got, want)
		}
	}
}

func TestKindOf(t *testing.T) {
	stale := fault.New(fault.Stale, "x.stale")
	tests := []struct {
		name string
		err  error
		want fault.Kind
	}{
		{"nil", nil, fault.OK},
		{"plain", io.EOF, fault.Internal},
		{"own", stale, fault.Stale},
		{"wrapped", fmt.Errorf("step: %w", stale), fault.Stale},
		{"joined", errors.Join(io.EOF, stale), fault.Stale},
		{"outermost wins", fault.New(fault.Conflict, "x").WithCause(stale), fault.Conflict},
		{"zero Error", &fault.Error{}, fault.Internal},
		{"kind of the future", &fault.Error{Kind: 200}, fault.Internal},
		{"made with OK", fault.New(fault.OK, ""), fault.Internal},
		{"canceled", fmt.Errorf("pull: %w", context.Canceled), fault.Canceled},
		{"deadline", context.DeadlineExceeded, fault.Unavailable},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := fault.KindOf(tt.err); got != tt.want {
				t.Errorf("KindOf = %v, want %v", got, tt.want)
			}
			if !fault.Is(tt.err, tt.want) {
				t.Errorf("Is(%v) = false", tt.want)
			}
		})
	}
}

func TestWithLeavesTheOriginal(t *testing.T) {
	base := fault.New(fault.Invalid, "form.amount").With("max", "5")
	changed := base.With("max", "6").WithPersonal("name", "陈").WithField("amount").WithHint("other").WithCause(io.EOF)

	want := &fault.Error{Kind: fault.Invalid, Key: "form.amount", Hint: "form.amount.hint", Args: map[string]string{"max": "5"}}
	if diff := cmp.Diff(want, base); diff != "" {
		t.Errorf("the original changed (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]string{"max": "6", "name": "陈"}, changed.Values()); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
	if !errors.Is(changed, base) || !errors.Is(changed, io.EOF) {
		t.Error("a copy must still match its original and its cause")
	}
	if errors.Is(changed, fault.New(fault.Conflict, "form.amount")) || errors.Is(changed, fault.New(fault.Invalid, "form.term")) {
		t.Error("another kind or key must not match")
	}
}

func TestFromAndAll(t *testing.T) {
	phone := fault.New(fault.Invalid, "ident.mobile.empty").WithField("phone")
	name := fault.New(fault.Invalid, "form.required").WithField("name")
	both := fmt.Errorf("check form: %w", errors.Join(phone, name))

	if got := fault.From(both); got != phone {
		t.Errorf("From = %v, want the first", got)
	}
	if diff := cmp.Diff([]string{"phone", "name"}, fields(fault.All(both))); diff != "" {
		t.Errorf("All (-want +got):\n%s", diff)
	}
	general := fault.From(io.ErrUnexpectedEOF)
	if general.Key != "fault.internal" || general.Hint != "fault.internal.hint" || !errors.Is(general, io.ErrUnexpectedEOF) {
		t.Errorf("From of a plain error = %+v", general)
	}
	if got := fault.All(io.EOF); len(got) != 1 || got[0].Kind != fault.Internal {
		t.Errorf("All of a plain error = %v", got)
	}
	if fault.From(nil) != nil || fault.All(nil) != nil {
		t.Error("nil must stay nil")
	}
}

func fields(all []*fault.Error) []string {
	var names []string
	for _, e := range all {
		names = append(names, e.Field)
	}
	return names
}

func TestWrap(t *testing.T) {
	open := func(cause error) (err error) {
		defer fault.Wrap(&err, "open replica %q", "a")
		return cause
	}
	if err := open(nil); err != nil {
		t.Errorf("Wrap made an error of nil: %v", err)
	}
	err := open(fault.New(fault.Corrupt, "replica.header").WithCause(io.EOF))
	if got, want := err.Error(), `open replica "a": replica.header: EOF`; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if !fault.Is(err, fault.Corrupt) || !errors.Is(err, io.EOF) {
		t.Error("the meaning or the cause is lost")
	}
}

func TestLogsAndErrorStringsLeaveArgumentsOut(t *testing.T) {
	err := fault.New(fault.Invalid, "form.phone").With("pos", "SECRET1").WithPersonal("phone", "SECRET2").
		WithField("phone").WithCause(io.EOF)

	var log bytes.Buffer
	logger := slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		if len(groups) == 0 && a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
	logger.Info("refused", "fault", err)
	logger.Info("failed", fault.Attr(fmt.Errorf("step: %w", err)))

	want := `{"level":"INFO","msg":"refused","fault":{"kind":"invalid","key":"form.phone","field":"phone","cause":"EOF"}}
{"level":"INFO","msg":"failed","error":{"kind":"invalid","key":"form.phone","detail":"step: form.phone (phone): EOF"}}
`
	if diff := cmp.Diff(want, log.String()); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
	if strings.Contains(err.Error(), "SECRET") {
		t.Errorf("error string shows arguments: %s", err)
	}
}

func TestRetry(t *testing.T) {
	var got []fault.Kind
	for _, k := range fault.Kinds() {
		if k.Retry() {
			got = append(got, k)
		}
	}
	if diff := cmp.Diff([]fault.Kind{fault.Exhausted, fault.Unavailable, fault.RateLimited}, got); diff != "" {
		t.Errorf("retry (-want +got):\n%s", diff)
	}
}

// Every kind has its general sentence and hint in every language, and no sentence
// is left over from a kind that is gone.
func TestGeneralSentences(t *testing.T) {
	for _, lang := range []string{"zh-Hans", "en"} {
		t.Run(lang, func(t *testing.T) {
			text := catalogue(t, lang, "fault.")
			for _, k := range fault.Kinds() {
				for _, key := range []string{k.Key(), fault.New(k, "").Hint} {
					if text[key] == "" {
						t.Errorf("no text for %s", key)
					}
					delete(text, key)
				}
			}
			for key := range text {
				t.Errorf("%s belongs to no kind", key)
			}
		})
	}
}

func catalogue(t *testing.T, lang, prefix string) map[string]string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "..", "assets", "locales", lang, "words.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all map[string]string
	if err := json.Unmarshal(data, &all); err != nil {
		t.Fatal(err)
	}
	for key := range all {
		if !strings.HasPrefix(key, prefix) {
			delete(all, key)
		}
	}
	return all
}
