// SPDX-License-Identifier: Apache-2.0

package resident

import "container/list"

// lru is a map that holds at most limit entries and forgets the one that was
// not used for longest. It is not safe for concurrent use.
type lru[V any] struct {
	limit int
	order *list.List // of entry[V], newest first
	items map[string]*list.Element
}

type entry[V any] struct {
	key   string
	value *V
}

func newLRU[V any](limit int) *lru[V] {
	return &lru[V]{limit: limit, order: list.New(), items: make(map[string]*list.Element)}
}

// get returns the value of key, made by fresh when there is none.
func (l *lru[V]) get(key string, fresh func() *V) *V {
	if e, found := l.items[key]; found {
		l.order.MoveToFront(e)
		return e.Value.(entry[V]).value
	}
	if l.order.Len() >= l.limit {
		oldest := l.order.Back()
		l.order.Remove(oldest)
		delete(l.items, oldest.Value.(entry[V]).key)
	}
	value := fresh()
	l.items[key] = l.order.PushFront(entry[V]{key, value})
	return value
}
