// SPDX-License-Identifier: Apache-2.0

package station

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"yuexin/shared/credit/receipt"
	"yuexin/shared/durable"
	"yuexin/shared/fault"
)

// numbersFile keeps what the receipt numbers of this machine are made of.
const numbersFile = "receipts.json"

// Numbers gives the receipt numbers of one machine, each once. The serial after a number is on the disk before the number
// is returned, so that a loss of power may skip a number and never gives one twice. It is for one goroutine.
type Numbers struct {
	path     string
	numberer *receipt.Numberer
	kept     kept
}

// kept is the content of the file.
type kept struct {
	Device uint32 `json:"device"` // short id that leads the numbers
	Key    []byte `json:"key"`    // secret; the random part of each number comes from it
	Next   uint64 `json:"next"`   // serial of the next number
}

// OpenNumbers opens the numbers in a data folder, for the short id that enrolment gave the machine. At first, and after the
// machine was enrolled anew with another short id, key and serial begin anew. A file that is damaged is fault.Corrupt
// "station.numbers": beginning anew under the same id could give a number twice.
func OpenNumbers(dir string, device uint32, random io.Reader) (*Numbers, error) {
	n := &Numbers{path: filepath.Join(dir, numbersFile)}
	if err := n.read(); err != nil {
		return nil, err
	}
	if n.kept.Device != device {
		n.kept = kept{Device: device, Key: make([]byte, 2*receipt.MinKey)}
		if _, err := io.ReadFull(random, n.kept.Key); err != nil {
			return nil, fmt.Errorf("draw the key of receipt numbers: %w", err)
		}
		if err := n.write(); err != nil {
			return nil, err
		}
	}
	var err error
	n.numberer, err = receipt.NewNumberer(int(device), n.kept.Key)
	return n, err
}

func (n *Numbers) read() error {
	data, err := os.ReadFile(n.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read receipt numbers: %w", err)
	}
	if err := json.Unmarshal(data, &n.kept); err != nil || len(n.kept.Key) < receipt.MinKey || n.kept.Device == 0 {
		return fault.New(fault.Corrupt, "station.numbers")
	}
	return nil
}

// Next returns a fresh number. When nothing can be written it fails and no number is used up; after receipt.Capacity
// numbers it fails with fault.Exhausted.
func (n *Numbers) Next() (receipt.Number, error) {
	number, err := n.numberer.At(n.kept.Next)
	if err != nil {
		return "", err
	}
	n.kept.Next++
	if err := n.write(); err != nil {
		n.kept.Next--
		return "", err
	}
	return number, nil
}

// write replaces the file and waits until the disk has it.
func (n *Numbers) write() error {
	data, err := json.Marshal(n.kept)
	if err == nil {
		err = durable.Replace(n.path, append(data, '\n'), 0o600)
	}
	if durable.Full(err) {
		err = fault.New(fault.Exhausted, "store.full").WithCause(err)
	}
	if err != nil {
		return fmt.Errorf("keep receipt numbers: %w", err)
	}
	return nil
}
