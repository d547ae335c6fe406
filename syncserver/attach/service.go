// SPDX-License-Identifier: Apache-2.0

package attach

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/tus/tusd/v2/pkg/handler"
	expslog "golang.org/x/exp/slog"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/audit"
	"yuexin/shared/sync/blob"
	"yuexin/shared/sync/blob/blobdir"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/store"
)

// Store is what the service needs of the central store; store.Store has it.
type Store interface {
	store.Blobs
	Device(ctx context.Context, id ident.Device) (store.Device, error)
	Grants(ctx context.Context, device ident.Device) ([]store.Grant, error)
	// Note makes audit entries durable.
	Note(ctx context.Context, entries ...audit.Entry) error
}

// Config is what a Service is made of. All fields are needed.
type Config struct {
	Store     Store
	Dir       *blobdir.Dir
	Desk      record.Store             // notes arrivals
	Policy    func() *blob.Policy      // the one in force
	Catalogue func() *record.Catalogue // the one in force

	// View returns what a view holds, by its name.
	View func(name string) (record.View, bool)
	// Verify checks a device's signature for a purpose.
	Verify func(public []byte, purpose string, message, signature []byte) bool

	Now func() time.Time
	Log *slog.Logger
}

// Service takes and gives attachments below blob.Path.
type Service struct {
	Config
	tus   *handler.UnroutedHandler
	locks *locker

	announcing sync.Mutex // held while arrivals are noted, so that each is once
}

// New returns the service of cfg.
func New(cfg Config) (*Service, error) {
	s := &Service{Config: cfg, locks: newLocker()}
	composer := handler.NewStoreComposer()
	composer.UseCore(uploads{s})
	composer.UseLocker(s.locks)
	var err error
	s.tus, err = handler.NewUnroutedHandler(handler.Config{
		BasePath: blob.Path, StoreComposer: composer, // begin knows the greatest size
		DisableDownload: true, DisableTermination: true, Cors: &handler.CorsConfig{Disable: true},
		PreUploadCreateCallback: s.begin,
		Logger:                  expslog.New(expslog.NewTextHandler(io.Discard, nil)), // what matters is logged here
	})
	return s, err
}

// ServeHTTP answers a signed request: POST, HEAD and PATCH as tus has them, GET for
// the sealed bytes.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	device, err := s.authenticate(r)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	r = r.WithContext(context.WithValue(r.Context(), deviceKey{}, device))
	var h http.Handler
	switch r.Method {
	case http.MethodPost:
		h = http.HandlerFunc(s.tus.PostFile)
	case http.MethodHead:
		h = http.HandlerFunc(s.tus.HeadFile)
	case http.MethodPatch:
		h = http.HandlerFunc(s.tus.PatchFile)
	case http.MethodGet:
		if err := s.give(w, r, device); err != nil {
			s.refuse(w, r, err)
		}
		return
	default:
		http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
		return
	}
	http.StripPrefix(blob.Path, s.tus.Middleware(h)).ServeHTTP(w, r)
}

// deviceKey is under what a request's context has its device.
type deviceKey struct{}

// authenticate returns the device that signed a request.
func (s *Service) authenticate(r *http.Request) (store.Device, error) {
	q, signature, err := blob.Signed(r.Header)
	if err != nil {
		return store.Device{}, err
	}
	q.Method, q.Path = r.Method, r.URL.Path
	if r.Method == http.MethodPost { // what is signed names the file in every request
		q.Path += handler.ParseMetadataHeader(r.Header.Get("Upload-Metadata"))[metaDigest]
	}
	stranger := fault.New(fault.Unauthenticated, "blob.signature")
	if off := s.Now().Sub(time.UnixMilli(q.AtMS)); off > blob.Fresh || off < -blob.Fresh {
		return store.Device{}, stranger
	}
	device, err := s.Store.Device(r.Context(), q.Device)
	if fault.Is(err, fault.NotFound) {
		return store.Device{}, stranger
	}
	if err == nil && !s.Verify(device.Public, blob.SignPurpose, q.Bytes(), signature) {
		err = stranger
	}
	return device, err
}

// metaDigest is the name of the digest, in hex, in the header Upload-Metadata.
const metaDigest = "digest"

func parseDigest(text string) (digest blob.Digest, err error) {
	b, err := hex.DecodeString(text)
	if err != nil || len(b) != len(digest) || text != strings.ToLower(text) {
		return digest, fault.New(fault.Invalid, "blob.unknown")
	}
	return blob.Digest(b), nil
}

// problem is a refusal as devices read it.
type problem struct {
	Code string            `json:"code"`
	Key  string            `json:"key"`
	Args map[string]string `json:"args,omitempty"`
}

func (s *Service) refuse(w http.ResponseWriter, r *http.Request, err error) {
	f := s.problem(r.Context(), err)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set(blob.HeaderTime, strconv.FormatInt(s.Now().UnixMilli(), 10))
	w.WriteHeader(f.Kind.HTTP())
	if r.Method != http.MethodHead {
		_, _ = w.Write(body(f)) // the device has gone: nobody to tell
	}
}

// problem returns what may be told of an error, and logs what nobody planned for.
func (s *Service) problem(ctx context.Context, err error) *fault.Error {
	f := fault.From(err)
	if f.Kind == fault.Internal && ctx.Err() == nil {
		s.Log.Error("an attachment's request failed", fault.Attr(err))
	}
	return f
}

func body(f *fault.Error) []byte {
	key := f.Key
	if key == "" {
		key = f.Kind.Key()
	}
	b, _ := json.Marshal(problem{f.Kind.Code(), key, f.Args}) // of texts alone
	return b
}

// tusError is an error as tusd passes it on.
func (s *Service) tusError(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	f := s.problem(ctx, err)
	if f.Kind == fault.NotFound {
		return handler.ErrNotFound
	}
	e := handler.NewError(f.Kind.Code(), f.Key, f.Kind.HTTP())
	e.HTTPResponse.Body, e.HTTPResponse.Header["Content-Type"] = string(body(f)), "application/json"
	return e
}
