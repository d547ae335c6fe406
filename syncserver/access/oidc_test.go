// SPDX-License-Identifier: Apache-2.0

package access_test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"log/slog"
	"maps"
	"math/big"
	mathrand "math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"yuexin/syncserver/access"
)

// authority is an identity provider that speaks the protocol: discovery, keys, codes with PKCE, signed ID tokens.
type authority struct {
	t      *testing.T
	server *httptest.Server
	key    *rsa.PrivateKey
	now    time.Time
	claims map[string]any                              // of whoever signs in
	twist  func(claims map[string]any) *rsa.PrivateKey // spoils a token, and says by whom it is signed; nil for nobody
	codes  map[string]url.Values                       // by code: what the client asked for
	asked  url.Values                                  // of the last exchange
}

const secret = "client secret"

func newAuthority(t *testing.T) *authority {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	a := &authority{t: t, key: key, now: time.Date(2026, 11, 27, 8, 0, 0, 0, time.UTC), codes: map[string]url.Values{}}
	a.claims = map[string]any{"sub": "1", "name": "陈秀英", "card": "11010519491231002X", "mobile": "13900001234", "mobile_ok": true}
	mux := http.NewServeMux()
	answer := func(w http.ResponseWriter, v any) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v)
	}
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{
			"issuer": a.server.URL, "authorization_endpoint": a.server.URL + "/authorize", "token_endpoint": a.server.URL + "/token",
			"jwks_uri": a.server.URL + "/keys", "id_token_signing_alg_values_supported": []string{"RS256"}, "code_challenge_methods_supported": []string{"S256"},
		})
	})
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, map[string]any{"keys": []any{map[string]any{
			"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "k1", "n": encode(a.key.N.Bytes()), "e": encode(big.NewInt(int64(a.key.E)).Bytes()),
		}}})
	})
	mux.HandleFunc("POST /token", a.onToken)
	a.server = httptest.NewServer(mux)
	t.Cleanup(a.server.Close)
	return a
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// signIn is what the provider's pages do with somebody whom a client sent: it gives their browser a code.
func (a *authority) signIn(to string) access.Answer {
	a.t.Helper()
	at, err := url.Parse(to)
	if err != nil || !strings.HasPrefix(to, a.server.URL+"/authorize?") {
		a.t.Fatalf("sent to %s: %v", to, err)
	}
	q := at.Query()
	for name, want := range map[string]string{"response_type": "code", "client_id": "yuexin", "redirect_uri": "https://xy.example/D/PROVEN", "code_challenge_method": "S256", "scope": "openid profile"} {
		if q.Get(name) != want {
			a.t.Fatalf("asked with %s %q, want %q", name, q.Get(name), want)
		}
	}
	code := encode([]byte(rand.Text()))
	a.codes[code] = q
	return access.Answer{Code: code, State: q.Get("state")}
}

// onToken gives the token for a code, once, to the client that asked for it.
func (a *authority) onToken(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	a.asked = r.PostForm
	asked, known := a.codes[r.PostForm.Get("code")]
	delete(a.codes, r.PostForm.Get("code"))
	id, pass, basic := r.BasicAuth()
	if !basic {
		id, pass = r.PostForm.Get("client_id"), r.PostForm.Get("client_secret")
	}
	challenge := sha256.Sum256([]byte(r.PostForm.Get("code_verifier")))
	if pass, _ = url.QueryUnescape(pass); !known || id != "yuexin" || pass != secret || r.PostForm.Get("redirect_uri") != asked.Get("redirect_uri") ||
		encode(challenge[:]) != asked.Get("code_challenge") {
		http.Error(w, `{"error":"invalid_grant"}`, http.StatusBadRequest)
		return
	}
	claims := map[string]any{
		"iss": a.server.URL, "aud": "yuexin", "iat": a.now.Unix(), "exp": a.now.Add(time.Minute).Unix(), "nonce": asked.Get("nonce"),
	}
	maps.Copy(claims, a.claims)
	by := a.key
	if a.twist != nil {
		by = a.twist(claims)
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"access_token": "x", "token_type": "Bearer", "id_token": a.sign(claims, by)})
}

// sign returns a token; without a key one that says that it needs none.
func (a *authority) sign(claims map[string]any, by *rsa.PrivateKey) string {
	head := map[string]any{"alg": "RS256", "kid": "k1", "typ": "JWT"}
	if by == nil {
		head["alg"] = "none"
	}
	h, _ := json.Marshal(head)
	c, _ := json.Marshal(claims)
	said := encode(h) + "." + encode(c)
	if by == nil {
		return said + "."
	}
	sum := sha256.Sum256([]byte(said))
	signature, err := rsa.SignPKCS1v15(nil, by, crypto.SHA256, sum[:])
	if err != nil {
		a.t.Error(err)
	}
	return said + "." + encode(signature)
}

func (a *authority) prover(t *testing.T, change func(*access.ProviderConfig)) *access.Provider {
	t.Helper()
	dir := t.TempDir()
	file, hidden := filepath.Join(dir, "oidc.json"), filepath.Join(dir, "secret")
	text, err := json.Marshal(map[string]any{
		"issuer": a.server.URL, "client_id": "yuexin", "client_secret_file": hidden, "scopes": []string{"profile"},
		"claim_name": "name", "claim_id": "card", "claim_phone": "mobile", "claim_phone_verified": "mobile_ok",
	})
	for name, data := range map[string][]byte{file: text, hidden: []byte(secret + "\n")} {
		if err == nil {
			err = os.WriteFile(name, data, 0o600)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := access.OpenProvider(file, "https://xy.example/D/PROVEN")
	if err != nil {
		t.Fatal(err)
	}
	if change != nil {
		change(&cfg)
	}
	return access.NewProvider(cfg, func() time.Time { return a.now }, mathrand.NewChaCha8([32]byte{5}), slog.New(slog.DiscardHandler))
}

// TestProvider: whoever signs in at the provider has proved name, phone and identity number, once.
func TestProvider(t *testing.T) {
	a := newAuthority(t)
	p := a.prover(t, nil)
	step, err := p.Begin(t.Context(), access.Ask{})
	if err != nil {
		t.Fatal(err)
	}
	answer := a.signIn(step.Redirect)
	who, err := p.Finish(t.Context(), step.Flow, answer)
	if err != nil || who.Way != access.ByProvider || who.Name != "陈秀英" || who.Phone.String() != "13900001234" || who.ID.String() != "11010519491231002X" {
		t.Fatalf("got %+v, %v", who, err)
	}
	if a.asked.Get("code_verifier") == "" || a.asked.Get("grant_type") != "authorization_code" {
		t.Errorf("asked for the token with %v", a.asked)
	}
	_, err = p.Finish(t.Context(), step.Flow, answer)
	wantKey(t, "the same answer again", err, "access.proof.over")

	a.claims["mobile_ok"] = false
	step, _ = p.Begin(t.Context(), access.Ask{})
	if who, err = p.Finish(t.Context(), step.Flow, a.signIn(step.Redirect)); err != nil || !who.Phone.IsZero() || who.ID.IsZero() {
		t.Errorf("a phone that was not verified: %+v, %v", who, err)
	}
}

// TestProviderRefusals: whatever does not come from the provider, for us, in answer to this browser's question, proves nothing.
func TestProviderRefusals(t *testing.T) {
	a := newAuthority(t)
	stranger, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	spoil := func(name string, value any) func(map[string]any) *rsa.PrivateKey {
		return func(c map[string]any) *rsa.PrivateKey { c[name] = value; return a.key }
	}
	for _, tt := range []struct {
		name   string
		twist  func(map[string]any) *rsa.PrivateKey
		answer func(*access.Answer)
		want   string
	}{
		{"signed by somebody else", func(map[string]any) *rsa.PrivateKey { return stranger }, nil, "access.proof.refused"},
		{"signed by nobody", func(map[string]any) *rsa.PrivateKey { return nil }, nil, "access.proof.refused"},
		{"for another client", spoil("aud", "other"), nil, "access.proof.refused"},
		{"of another issuer", spoil("iss", "https://evil.example"), nil, "access.proof.refused"},
		{"over", spoil("exp", a.now.Add(-time.Hour).Unix()), nil, "access.proof.refused"},
		{"of another nonce", spoil("nonce", "replayed"), nil, "access.proof.refused"},
		{"without a nonce", spoil("nonce", ""), nil, "access.proof.refused"},
		{"of nobody in particular", func(c map[string]any) *rsa.PrivateKey { delete(c, "card"); delete(c, "mobile"); return a.key }, nil, "access.proof.refused"},
		{"another state", nil, func(x *access.Answer) { x.State = "other" }, "access.proof.refused"},
		{"no code", nil, func(x *access.Answer) { x.Code = "" }, "access.proof.refused"},
		{"a made-up code", nil, func(x *access.Answer) { x.Code = "other" }, "access.proof.refused"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := a.prover(t, nil)
			a.twist = tt.twist
			defer func() { a.twist = nil }()
			step, err := p.Begin(t.Context(), access.Ask{})
			if err != nil {
				t.Fatal(err)
			}
			answer := a.signIn(step.Redirect)
			if tt.answer != nil {
				tt.answer(&answer)
			}
			who, err := p.Finish(t.Context(), step.Flow, answer)
			if wantKey(t, tt.name, err, tt.want); who != (access.Proven{}) {
				t.Errorf("got %+v", who)
			}
		})
	}
	t.Run("the flow of another browser", func(t *testing.T) {
		p := a.prover(t, nil)
		mine, _ := p.Begin(t.Context(), access.Ask{})
		other, _ := p.Begin(t.Context(), access.Ask{})
		_, err := p.Finish(t.Context(), mine.Flow, a.signIn(other.Redirect))
		wantKey(t, "its answer", err, "access.proof.refused")
	})
	t.Run("too late", func(t *testing.T) {
		p := a.prover(t, nil)
		step, _ := p.Begin(t.Context(), access.Ask{})
		answer := a.signIn(step.Redirect)
		a.now = a.now.Add(11 * time.Minute)
		_, err := p.Finish(t.Context(), step.Flow, answer)
		wantKey(t, "after eleven minutes", err, "access.proof.over")
	})
	t.Run("the provider is away", func(t *testing.T) {
		p := a.prover(t, func(c *access.ProviderConfig) { c.Issuer = "http://127.0.0.1:1" })
		_, err := p.Begin(t.Context(), access.Ask{})
		wantKey(t, "no answer", err, "access.proof.down")
	})
}
