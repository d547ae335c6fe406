// SPDX-License-Identifier: Apache-2.0

package main

import (
	"errors"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"regexp"
	"strings"

	"yuexin/shared/fault"
)

// newLog returns the server's log: one line for each event, key=value.
func newLog(w io.Writer, level slog.Level) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: level}))
}

// errorLog is where net/http tells of connections. Its lines are free text
// with the addresses of people's phones, which are cut out.
func errorLog(to *slog.Logger) *log.Logger { return log.New(httpLog{to}, "", 0) }

type httpLog struct{ to *slog.Logger }

var peerAddress = regexp.MustCompile(`(\[[0-9a-fA-F:.%a-z]+\]|\d+\.\d+\.\d+\.\d+):\d+`)

func (l httpLog) Write(line []byte) (int, error) {
	first, _, _ := strings.Cut(string(line), "\n")
	l.to.Warn("connection failed", "detail", peerAddress.ReplaceAllString(first, "peer"))
	return len(line), nil
}

// guarded answers with an apology where a handler panics, and notes where it
// happened. Of what it panicked with only the type is noted: the text may hold
// what somebody typed.
func guarded(to *slog.Logger, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			p := recover()
			if p == nil {
				return
			}
			if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(http.ErrAbortHandler) // how a handler hangs up on purpose
			}
			to.Error("handler panicked", "type", fmt.Sprintf("%T", p), "place", ownPlace(fault.Trace()))
			http.Error(w, "服务器出错了，请稍后再试。\nSomething went wrong; please try again later.", http.StatusInternalServerError)
		}()
		h.ServeHTTP(w, r)
	})
}

// ownPlace returns the project's own code that panicked, or led to it.
func ownPlace(trace []string) string {
	for _, place := range trace {
		if strings.HasPrefix(place, "yuexin/") || strings.HasPrefix(place, "main.") {
			return place
		}
	}
	return "unknown"
}
