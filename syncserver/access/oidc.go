// SPDX-License-Identifier: Apache-2.0

package access

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
)

// ProviderConfig names an identity provider that speaks OpenID Connect (Core 1.0, authorization code flow with PKCE).
type ProviderConfig struct {
	Issuer   string `json:"issuer"`
	ClientID string `json:"client_id"`
	// SecretFile holds the client's secret, in a file of its own that nobody else reads; "" for a client without one.
	SecretFile string   `json:"client_secret_file"`
	Scopes     []string `json:"scopes"` // besides openid

	// The claims of the ID token that name what the provider has proved. "" for what it does not. Phone counts only if
	// the claim PhoneVerified is true, or PhoneVerified is "".
	Name          string `json:"claim_name"`
	ID            string `json:"claim_id"`
	Phone         string `json:"claim_phone"`
	PhoneVerified string `json:"claim_phone_verified"`

	// Redirect is the address to which the provider sends people back.
	Redirect string `json:"-"`
	Secret   string `json:"-"`
}

// OpenProvider reads a configuration from its file. The fault is Invalid "access.oidc.file" with {file} and {why}.
func OpenProvider(file, redirect string) (c ProviderConfig, err error) {
	refuse := func(why string) (ProviderConfig, error) {
		return c, fault.New(fault.Invalid, "access.oidc.file").With("file", file).With("why", why)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return refuse(err.Error())
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&c); err != nil {
		return refuse(err.Error())
	}
	at, err := url.Parse(c.Issuer)
	switch {
	case err != nil || !safe(at):
		return refuse("issuer: https, or http on this machine")
	case c.ClientID == "":
		return refuse("client_id: none")
	case c.ID == "" && c.Phone == "":
		return refuse("claim_id, claim_phone: neither")
	}
	if c.SecretFile != "" {
		secret, err := os.ReadFile(c.SecretFile)
		if err != nil {
			return refuse(err.Error())
		}
		c.Secret = strings.TrimSpace(string(secret))
	}
	c.Redirect = redirect
	return c, nil
}

// flowLife is how long somebody may take at the provider.
const flowLife = 10 * time.Minute

// Provider proves who somebody is by an identity provider. It is asked for its keys when they are first needed, so that the
// server starts without it.
type Provider struct {
	cfg    ProviderConfig
	now    func() time.Time
	random io.Reader
	log    *slog.Logger
	client *http.Client

	mu    sync.Mutex // protects all below, and random
	found *oidc.Provider
	held  *recent[*flow]
}

// flow is somebody who is at the provider.
type flow struct {
	state, nonce, verifier string
	at                     time.Time
	used                   bool
}

// NewProvider returns a prover. random must be fit for keys.
func NewProvider(cfg ProviderConfig, now func() time.Time, random io.Reader, log *slog.Logger) *Provider {
	return &Provider{
		cfg: cfg, now: now, random: random, log: log, held: newRecent[*flow](flowsHeld),
		client: &http.Client{Timeout: 10 * time.Second},
	}
}

// Way implements Prover.
func (*Provider) Way() Way { return ByProvider }

// provider asks the provider who it is, once.
func (p *Provider) provider(ctx context.Context) (*oidc.Provider, error) {
	p.mu.Lock()
	found := p.found
	p.mu.Unlock()
	if found != nil {
		return found, nil
	}
	// Keys are asked for again later, by this context: it must not end with the request.
	found, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), p.client), p.cfg.Issuer)
	if err != nil {
		p.log.ErrorContext(ctx, "identity provider does not answer", fault.Attr(err))
		return nil, fault.New(fault.Unavailable, "access.proof.down").WithCause(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.found = found
	return found, nil
}

func (p *Provider) oauth(found *oidc.Provider) *oauth2.Config {
	return &oauth2.Config{
		ClientID: p.cfg.ClientID, ClientSecret: p.cfg.Secret, Endpoint: found.Endpoint(), RedirectURL: p.cfg.Redirect,
		Scopes: slices.Concat([]string{oidc.ScopeOpenID}, p.cfg.Scopes),
	}
}

// Begin implements Prover.
func (p *Provider) Begin(ctx context.Context, _ Ask) (Step, error) {
	found, err := p.provider(ctx)
	if err != nil {
		return Step{}, err
	}
	one := &flow{at: p.now()}
	name, err := p.draw(one)
	if err != nil {
		return Step{}, err
	}
	to := p.oauth(found).AuthCodeURL(one.state, oidc.Nonce(one.nonce), oauth2.S256ChallengeOption(one.verifier))
	return Step{Flow: name, Redirect: to}, nil
}

// draw draws what nobody can guess: the name of the flow, which the browser keeps, and what ties the provider's answer to it.
func (p *Provider) draw(one *flow) (name string, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, to := range []*string{&name, &one.state, &one.nonce, &one.verifier} {
		if *to, err = drawToken(p.random); err != nil {
			return "", err
		}
	}
	p.held.get(name, func() *flow { return one })
	return name, nil
}

// take returns a flow, once.
func (p *Provider) take(name string) (*flow, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	one, found := p.held.peek(name)
	if !found || one.used || p.now().Sub(one.at) > flowLife {
		return nil, false
	}
	one.used = true
	return one, true
}

// Finish implements Prover.
func (p *Provider) Finish(ctx context.Context, name string, answer Answer) (Proven, error) {
	one, found := p.take(name)
	if !found {
		return Proven{}, fault.New(fault.Unauthenticated, "access.proof.over")
	}
	wrong := fault.New(fault.Unauthenticated, "access.proof.refused")
	if answer.State != one.state || answer.Code == "" {
		return Proven{}, wrong
	}
	provider, err := p.provider(ctx)
	if err != nil {
		return Proven{}, err
	}
	ctx = oidc.ClientContext(ctx, p.client)
	token, err := p.oauth(provider).Exchange(ctx, answer.Code, oauth2.VerifierOption(one.verifier))
	if err != nil {
		p.log.WarnContext(ctx, "identity provider gave no token") // its answer may name somebody
		return Proven{}, wrong
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := provider.VerifierContext(ctx, &oidc.Config{ClientID: p.cfg.ClientID, Now: p.now}).Verify(ctx, raw)
	if err != nil {
		p.log.WarnContext(ctx, "identity provider's token does not hold", fault.Attr(err))
		return Proven{}, wrong
	}
	if id.Nonce != one.nonce {
		return Proven{}, wrong
	}
	return p.proven(id)
}

// proven reads the claims that the configuration names.
func (p *Provider) proven(id *oidc.IDToken) (Proven, error) {
	var claims map[string]any
	if err := id.Claims(&claims); err != nil {
		return Proven{}, fault.New(fault.Unauthenticated, "access.proof.refused").WithCause(err)
	}
	text := func(claim string) string {
		s, _ := claims[claim].(string)
		return strings.TrimSpace(s)
	}
	who := Proven{Way: ByProvider, Name: text(p.cfg.Name), At: p.now()}
	if verified, _ := claims[p.cfg.PhoneVerified].(bool); p.cfg.PhoneVerified == "" || verified {
		who.Phone, _ = ident.ParseMobile(text(p.cfg.Phone)) // none where it is none
	}
	who.ID, _ = ident.ParseResidentID(text(p.cfg.ID)) // none where it is none
	if who.Phone.IsZero() && who.ID.IsZero() {        // a name alone is many people's
		return Proven{}, fault.New(fault.Unauthenticated, "access.proof.refused")
	}
	return who, nil
}
