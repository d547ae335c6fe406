// SPDX-License-Identifier: Apache-2.0

package station

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"yuexin/shared/durable"
	"yuexin/shared/pinyin"
)

// learnedFile keeps which words the keyboard of this machine learned to offer first; see package pinyin for what may be
// in it.
const learnedFile = "learned.json"

// LoadLearned gives a keyboard what was kept at the same place; nothing, where nothing is there. A file that it does not
// take is an error to be noted: it is replaced with the next SaveLearned.
func (s *Station) LoadLearned(l *pinyin.Local, place string) error {
	data, err := os.ReadFile(s.path(learnedFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = l.Restore(data, place)
	}
	if err != nil {
		return fmt.Errorf("read what the keyboard learned: %w", err)
	}
	return nil
}

// SaveLearned keeps what a keyboard learned at a place.
func (s *Station) SaveLearned(l *pinyin.Local, place string) error {
	data, err := l.Save(place)
	if err == nil {
		err = durable.Replace(s.path(learnedFile), append(data, '\n'), 0o600)
	}
	if err != nil {
		return fmt.Errorf("keep what the keyboard learned: %w", err)
	}
	return nil
}

// ForgetLearned drops what a keyboard learned, on the disk first: what could not be removed is not said to be gone.
func (s *Station) ForgetLearned(l *pinyin.Local) error {
	err := os.Remove(s.path(learnedFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("forget what the keyboard learned: %w", err)
	}
	l.Forget()
	return durable.SyncFolder(s.Dir)
}
