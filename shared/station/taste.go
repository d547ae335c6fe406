// SPDX-License-Identifier: Apache-2.0

package station

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// tasteFile keeps how people like the windows of this device. Nothing in it is about anybody else.
const tasteFile = "looks.json"

// Taste reads into v what PutTaste kept; v stays as it is where nothing was.
func (s *Station) Taste(v any) error {
	data, err := os.ReadFile(s.path(tasteFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = json.Unmarshal(data, v)
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", tasteFile, err)
	}
	return nil
}

// PutTaste keeps how people like the windows.
func (s *Station) PutTaste(v any) error { return s.writeJSON(tasteFile, v) }
