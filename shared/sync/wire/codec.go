// SPDX-License-Identifier: Apache-2.0

package wire

import (
	"bytes"
	"fmt"
	"maps"
	"slices"

	"yuexin/shared/ident"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/record"
)

// UnknownKindError is what Decode returns for a message of a later protocol.
// The receiver passes over it.
type UnknownKindError struct{ Kind uint64 }

// Error names the kind.
func (e *UnknownKindError) Error() string { return fmt.Sprintf("unknown message kind %d", e.Kind) }

// Encode returns the bytes of a message: a CBOR array of its kind and a map
// of its fields by number. Zero values are left out. The error wraps a
// *record.LimitError when a part or the whole is larger than Decode accepts.
func Encode(m Message) ([]byte, error) {
	c := &codec{writing: true}
	c.b = record.AppendUint(record.AppendArray(make([]byte, 0, 256), 2), uint64(m.kind()))
	c.object(m.fields)
	if c.err != nil {
		return nil, fmt.Errorf("message kind %d: %w", m.kind(), c.err)
	}
	if len(c.b) > MaxMessage {
		return nil, &record.LimitError{What: "message", Got: len(c.b), Max: MaxMessage}
	}
	return c.b, nil
}

// Decode is the inverse of Encode. Fields with unknown numbers are passed
// over and missing ones are zero. What is malformed wraps ErrMalformed, what
// is too large is a *record.LimitError, and a kind of a later protocol gives
// *UnknownKindError. Byte strings of the message alias data.
func Decode(data []byte) (Message, error) {
	if len(data) > MaxMessage {
		return nil, &record.LimitError{What: "message", Got: len(data), Max: MaxMessage}
	}
	c := &codec{reader: reader{b: data}}
	c.tuple(2)
	kind := c.uint()
	m := newMessage(kind)
	switch {
	case c.err != nil:
		return nil, c.err
	case m == nil:
		c.skip(0)
		if err := c.end(); err != nil {
			return nil, err
		}
		return nil, &UnknownKindError{Kind: kind}
	}
	c.object(m.fields)
	if err := c.end(); err != nil {
		return nil, fmt.Errorf("message kind %d: %w", kind, err)
	}
	return m, nil
}

// codec writes or reads messages: each message lists its fields once, in its
// method fields, and serves both directions.
type codec struct {
	reader  // when reading
	writing bool
	b       []byte // what was written

	// The map that is being written or read.
	count int    // pairs written
	spans []span // pairs found
}

// span is where the value of a key stands.
type span struct {
	key uint64
	at  int
}

// maxKeys is how many pairs the map of a message may have.
const maxKeys = 64

// object writes or reads a map whose pairs are visited by fields.
func (c *codec) object(fields func(*codec)) {
	count, spans := c.count, c.spans
	defer func() { c.count, c.spans = count, spans }()
	if c.writing {
		outer := c.b
		c.b, c.count = nil, 0
		fields(c)
		c.b = append(record.AppendMap(outer, c.count), c.b...)
		return
	}
	c.index()
	end := c.i
	fields(c)
	c.i = end
}

// index finds the pairs of the map at hand and passes over it.
func (c *codec) index() {
	n := c.mapping(maxKeys)
	c.spans = make([]span, 0, n)
	for range n {
		key := c.uint()
		if slices.ContainsFunc(c.spans, func(s span) bool { return s.key == key }) {
			c.fail("key twice")
		}
		c.spans = append(c.spans, span{key: key, at: c.i})
		c.skip(0)
		if c.err != nil {
			return
		}
	}
}

// at reports whether the caller should write or read the value of key now:
// always when writing something set, when reading if the key is there.
func (c *codec) at(key uint64, set bool) bool {
	if c.writing {
		if set {
			c.count++
			c.b = record.AppendUint(c.b, key)
		}
		return set
	}
	i := slices.IndexFunc(c.spans, func(s span) bool { return s.key == key })
	if i < 0 || c.err != nil {
		return false
	}
	c.i = c.spans[i].at
	return true
}

// unsigned is every unsigned number of the messages.
type unsigned interface {
	~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64
}

func number[T unsigned](c *codec, key uint64, p *T) {
	if c.at(key, *p != 0) {
		numberItem(c, p)
	}
}

func numberItem[T unsigned](c *codec, p *T) {
	if c.writing {
		c.b = record.AppendUint(c.b, uint64(*p))
		return
	}
	*p = T(c.uintTo(uint64(^T(0))))
}

// stampField is number with the limit of stamps.
func stampField(c *codec, key uint64, p *hlc.Stamp) {
	number(c, key, p)
	if !c.writing && *p > hlc.Max {
		c.fail("stamp out of range")
	}
}

func (c *codec) signed(key uint64, p *int64) {
	if !c.at(key, *p != 0) {
		return
	}
	if c.writing {
		c.b = record.AppendInt(c.b, *p)
		return
	}
	*p = c.int()
}

func (c *codec) truth(key uint64, p *bool) {
	if !c.at(key, *p) {
		return
	}
	if c.writing {
		c.b = record.AppendBool(c.b, *p)
		return
	}
	*p = c.bool()
}

func text[T ~string](c *codec, key uint64, p *T, limit int) {
	if c.at(key, *p != "") {
		textItem(c, p, limit)
	}
}

func textItem[T ~string](c *codec, p *T, limit int) {
	if c.writing {
		c.within("text", len(*p), limit)
		c.b = record.AppendText(c.b, string(*p))
		return
	}
	*p = T(c.text(limit))
}

func (c *codec) blob(key uint64, p *[]byte, limit int) {
	if !c.at(key, len(*p) > 0) {
		return
	}
	if c.writing {
		c.within("bytes", len(*p), limit)
		c.b = record.AppendBytes(c.b, *p)
		return
	}
	*p = c.bytes(limit)
}

// exact writes or reads ids, digests and nonces: byte strings of fixed length.
func (c *codec) exact(key uint64, p []byte) {
	if c.at(key, len(bytes.Trim(p, "\x00")) > 0) {
		c.exactItem(p)
	}
}

func (c *codec) exactItem(p []byte) {
	if c.writing {
		c.b = record.AppendBytes(c.b, p)
		return
	}
	c.fixed(p)
}

// list writes or reads an array.
func list[T any](c *codec, key uint64, p *[]T, limit int, item func(*codec, *T)) {
	if !c.at(key, len(*p) > 0) {
		return
	}
	if c.writing {
		c.within("items", len(*p), limit)
		c.b = record.AppendArray(c.b, len(*p))
	} else {
		*p = make([]T, c.array(limit))
	}
	for i := range *p {
		item(c, &(*p)[i])
	}
}

func (c *codec) lane(key uint64, p *record.Lane) {
	if !c.at(key, *p != record.Lane{}) {
		return
	}
	if c.writing {
		c.b = record.AppendBytes(record.AppendArray(c.b, 2), p.Incarnation[:])
		c.b = record.AppendText(c.b, string(p.Scope))
		return
	}
	c.tuple(2)
	c.fixed(p.Incarnation[:])
	p.Scope = ident.Scope(c.reader.text(maxScope))
}

func (c *codec) clock(key uint64, p *hlc.Reading) {
	if !c.at(key, *p != hlc.Reading{}) {
		return
	}
	if c.writing {
		c.b = appendReading(c.b, *p)
		return
	}
	*p = c.reading()
}

// arguments writes or reads the arguments of a message key.
func (c *codec) arguments(key uint64, p *map[string]string) {
	if !c.at(key, len(*p) > 0) {
		return
	}
	if c.writing {
		c.within("items", len(*p), maxArguments)
		c.b = record.AppendMap(c.b, len(*p))
		for _, name := range slices.SortedFunc(maps.Keys(*p), compareTexts) {
			c.b = record.AppendText(record.AppendText(c.b, name), (*p)[name])
		}
		return
	}
	n := c.mapping(maxArguments)
	*p = make(map[string]string, n)
	for range n {
		name := c.reader.text(maxText)
		(*p)[name] = c.reader.text(maxText)
	}
	if c.err == nil && len(*p) != n {
		c.fail("key twice")
	}
}

// within notes that a message being written exceeds a limit.
func (c *codec) within(what string, got, limit int) {
	if got > limit {
		c.limit(what, uint64(got), limit)
	}
}

func compareTexts(a, b string) int { return compareFields(record.Field(a), record.Field(b)) }
