// SPDX-License-Identifier: Apache-2.0

package hub_test

import (
	"bytes"
	"errors"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"yuexin/shared/ident"
	"yuexin/shared/sync/wire"
)

func (w *world) dial(header http.Header) (*websocket.Conn, error) {
	conn, resp, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(w.web.URL, "http"), header)
	if resp != nil && resp.Body != nil {
		resp.Body.Close()
	}
	return conn, err
}

// answer returns the next message, or nil when the hub closed.
func answer(t testing.TB, conn *websocket.Conn) wire.Message {
	t.Helper()
	if err := conn.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
		t.Fatal(err)
	}
	_, data, err := conn.ReadMessage()
	if err != nil {
		return nil
	}
	m, err := wire.Decode(data)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Whoever is not a device learns nothing and costs nothing.
func TestStrangers(t *testing.T) {
	w := open(t)
	hello, err := wire.Encode(&wire.Hello{Min: 1, Max: 1, Device: ident.Device{9}, Program: "agent/1"})
	w.must(err)
	frame, err := wire.Encode(&wire.Frame{Data: []byte{1, 2, 3}})
	w.must(err)
	tests := []struct {
		name string
		kind int
		data []byte
		key  string // of the fault, "" if the hub just closes
	}{
		{"an unknown device", websocket.BinaryMessage, hello, "sync.unknown_device"},
		{"work before the handshake", websocket.BinaryMessage, frame, "sync.unexpected"},
		{"garbage", websocket.BinaryMessage, []byte{0xff, 0, 1}, "sync.message"},
		{"text", websocket.TextMessage, []byte("hello"), ""},
		{"too much", websocket.BinaryMessage, bytes.Repeat([]byte{0}, 1<<20), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			conn, err := w.dial(nil)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			conn.SetCloseHandler(func(int, string) error { return nil }) // says no goodbye yet: hungUp
			_ = conn.WriteMessage(tt.kind, tt.data)                      // too much may be cut off while it is written
			m := answer(t, conn)
			if f, ok := m.(*wire.Fault); tt.key == "" && m != nil || tt.key != "" && (!ok || f.Key != tt.key) {
				t.Errorf("got %+v", m)
			}
			if tt.key != "" && answer(t, conn) != nil {
				t.Error("the hub went on talking")
			}
			if tt.key != "" && hungUp(conn) {
				t.Error("the hub closed the socket on a device that may be writing: the reason could be lost")
			}
		})
	}
}

// hungUp reports whether the hub has closed the socket.
func hungUp(conn *websocket.Conn) bool {
	_ = conn.NetConn().SetReadDeadline(time.Now().Add(100 * time.Millisecond))
	_, err := conn.NetConn().Read(make([]byte, 1))
	return !errors.Is(err, os.ErrDeadlineExceeded)
}

// A page in a browser cannot speak to devices' endpoint.
func TestBrowsersAreRefused(t *testing.T) {
	w := open(t)
	if conn, err := w.dial(http.Header{"Origin": {"https://evil.example"}}); err == nil {
		conn.Close()
		t.Error("a page of another site was let in")
	}
}

// A device whose signature is another's is turned away.
func TestForgedProof(t *testing.T) {
	w := open(t)
	d := w.device()
	conn, err := w.dial(nil)
	w.must(err)
	defer conn.Close()
	send := func(m wire.Message) {
		data, err := wire.Encode(m)
		w.must(err)
		w.must(conn.WriteMessage(websocket.BinaryMessage, data))
	}
	send(&wire.Hello{Min: 1, Max: 1, Device: d.id, Program: "agent/1"})
	if _, ok := answer(t, conn).(*wire.Challenge); !ok {
		t.Fatal("no challenge")
	}
	send(&wire.Proof{Signature: bytes.Repeat([]byte{7}, 66)})
	if f, ok := answer(t, conn).(*wire.Fault); !ok || f.Key != "sync.proof" {
		t.Errorf("got %+v", f)
	}
}
