// SPDX-License-Identifier: Apache-2.0

package main

import (
	"os"
	"strings"

	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/syncserver/access"
	"yuexin/syncserver/web/resident"
)

// ProofConfig says how residents prove who they are. Without any of it nobody sees anything personal on a phone, and every demand
// from a phone waits until an officer or the kiosk confirms it.
type ProofConfig struct {
	Gateway  string // file of an access.Gateway
	Console  bool   // text messages go to standard output: sample data only
	Provider string // file of an access.ProviderConfig
}

// provers returns the ways of proof that are set up.
func (s *server) provers() (all []access.Prover, err error) {
	p := s.cfg.Proof
	words := func(code string) string {
		return s.Texts.Printer(i18n.ZhHans).T("server.sms", "code", code, "host", s.public.Host)
	}
	var texter access.Texter
	switch {
	case p.Console && !s.Sample:
		return nil, fault.New(fault.NotAllowed, "server.sms.console").WithField("sms-console")
	case p.Console && p.Gateway != "":
		return nil, fault.New(fault.Invalid, "server.sms.two").WithField("sms-gateway")
	case p.Console:
		texter = &access.Console{Out: os.Stdout, Words: words}
	case p.Gateway != "":
		if texter, err = access.OpenGateway(p.Gateway, words); err != nil {
			return nil, err
		}
	}
	if p.Provider != "" {
		cfg, err := access.OpenProvider(p.Provider, strings.TrimSuffix(s.public.String(), "/")+resident.BackPath)
		if err != nil {
			return nil, err
		}
		all = append(all, access.NewProvider(cfg, s.Now, s.Random, s.Log))
	}
	if texter != nil {
		codes, err := access.NewCodes(texter, s.Now, s.Random, s.Log)
		if err != nil {
			return nil, err
		}
		all = append(all, codes)
	}
	return all, nil
}
