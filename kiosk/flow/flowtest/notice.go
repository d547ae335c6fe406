// SPDX-License-Identifier: Apache-2.0

package flowtest

import (
	"context"

	"yuexin/shared/credit/notice"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Tell publishes a notice, as a server would have sent it, and returns it with its record.
func (s *Stage) Tell(scope ident.Scope, n notice.Notice) (notice.Notice, error) {
	h, err := s.header(scope, notice.Kind)
	if err != nil {
		return n, err
	}
	n.Header, n.At = h, s.Time.UnixMilli()
	return n, s.apply(n.Create())
}

// End takes a notice off.
func (s *Stage) End(n notice.Notice) error {
	base, err := s.Desk.Base(context.Background(), n.Header.Scope)
	if err != nil {
		return err
	}
	_, err = s.Desk.Apply(context.Background(), record.Act{
		Name: "stage", Scope: n.Header.Scope, Base: base, Source: record.Authoritative, Writes: []record.Write{n.End()},
	})
	return err
}
