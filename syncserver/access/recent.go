// SPDX-License-Identifier: Apache-2.0

package access

import "container/list"

// recent is a map of bounded size that forgets the key unused for longest.
// It holds no lock.
type recent[V any] struct {
	size  int
	order *list.List // of entry[V], most recently used first
	at    map[string]*list.Element
}

type entry[V any] struct {
	key   string
	value V
}

func newRecent[V any](size int) *recent[V] {
	return &recent[V]{size: max(size, 1), order: list.New(), at: make(map[string]*list.Element)}
}

// get returns the value of key, made by fresh if there is none.
func (r *recent[V]) get(key string, fresh func() V) V {
	if e, found := r.at[key]; found {
		r.order.MoveToFront(e)
		return e.Value.(entry[V]).value
	}
	if r.order.Len() >= r.size {
		oldest := r.order.Back()
		delete(r.at, oldest.Value.(entry[V]).key)
		r.order.Remove(oldest)
	}
	v := fresh()
	r.at[key] = r.order.PushFront(entry[V]{key, v})
	return v
}

// peek returns the value of key without making it more recent.
func (r *recent[V]) peek(key string) (v V, found bool) {
	if e, ok := r.at[key]; ok {
		return e.Value.(entry[V]).value, true
	}
	return v, false
}

func (r *recent[V]) drop(key string) {
	if e, found := r.at[key]; found {
		delete(r.at, key)
		r.order.Remove(e)
	}
}

func (r *recent[V]) len() int { return r.order.Len() }
