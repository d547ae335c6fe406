// SPDX-License-Identifier: Apache-2.0

package myfile

import (
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"yuexin/shared/fault"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/seal"
)

// Policy is what a county may decide about file cards. It is immutable.
type Policy struct {
	Edition uint32 `json:"version"`

	// PIN is how many digits a PIN may have.
	PIN struct {
		Min int `json:"min"`
		Max int `json:"max"`
	} `json:"pin"`

	// Cost is what each guess at a PIN costs whoever has the card and a disk; argon2id.
	Cost struct {
		Passes    uint8  `json:"passes"`
		Threads   uint8  `json:"threads"`
		MemoryKiB uint32 `json:"memory_kib"`
	} `json:"cost"`

	// Tries bounds wrong PINs for one card on one machine: so many are free, then each waits twice as long as the one
	// before; after the most of them the card is locked there for good.
	Tries struct {
		Free    int `json:"free"`
		First   int `json:"first_wait_seconds"`
		Longest int `json:"longest_wait_seconds"`
		Most    int `json:"most"`
	} `json:"tries"`

	// AnswerDays is within how many days an objection is answered, from the day on which it was signed, and AnswerSource which
	// rule says so (征信业管理条例 art. 25: 20).
	AnswerDays   int    `json:"answer_days"`
	AnswerSource string `json:"answer_source"`

	// ShowUses is how many lines a file has of who saw what; what came after a withdrawal is not counted.
	ShowUses int `json:"show_uses"`

	// Show lists the kinds of records that a file tells of, in order.
	Show []record.Kind `json:"show"`

	// NotMissed are fields that no file lacks: whether somebody helped, remarks, what others judge.
	NotMissed []record.Field `json:"not_missed"`

	// Next names, for the kind a card is of, the form whose unanswered questions are what is missing.
	Next map[record.Kind]string `json:"next"`
}

// Version is the number of this edition of the policy.
func (p *Policy) Version() uint32 { return p.Edition }

// ParsePolicy reads a policy from its JSON form and checks it whole.
func ParsePolicy(r io.Reader) (*Policy, error) {
	p := new(Policy)
	dec := json.NewDecoder(r)
	dec.DisallowUnknownFields()
	if err := dec.Decode(p); err != nil {
		return nil, fmt.Errorf("read file card policy: %w", err)
	}
	t := p.Tries
	switch {
	case p.Edition == 0, p.AnswerDays < 1, p.AnswerSource == "", p.ShowUses < 1, len(p.Show) == 0:
		return nil, fmt.Errorf("file card policy version %d: a figure is missing", p.Edition)
	case p.PIN.Min < 6 || p.PIN.Max < p.PIN.Min || p.PIN.Max > 12:
		return nil, fmt.Errorf("file card policy version %d: a PIN has 6 to 12 digits", p.Edition)
	case p.Cost.Passes < 3 || p.Cost.Passes > 16 || p.Cost.Threads < 1 || p.Cost.Threads > 8 ||
		p.Cost.MemoryKiB < 64<<10 || p.Cost.MemoryKiB > 256<<10:
		return nil, fmt.Errorf("file card policy version %d: a guess costs 3 to 16 passes over 64 to 256 MiB", p.Edition)
	case t.Free < 1 || t.Most < t.Free || t.Most > 20 || t.First < 1 || t.Longest < t.First:
		return nil, fmt.Errorf("file card policy version %d: tries are out of bounds", p.Edition)
	}
	return p, nil
}

func (p *Policy) params() seal.Params {
	return seal.Params{Time: p.Cost.Passes, Threads: p.Cost.Threads, MemoryKiB: p.Cost.MemoryKiB}
}

// CheckPIN returns nil if somebody may choose a PIN, fault.Invalid on field "pin" otherwise: "myfile.pin.length" with min and
// max, "myfile.pin.digits", "myfile.pin.weak" for digits that follow a pattern, "myfile.pin.known" for digits that stand in one
// of the texts that others know of them: phone, identity number (and with it the birthday), house number.
func (p *Policy) CheckPIN(pin string, known ...string) error {
	refuse := func(key string) error { return fault.New(fault.Invalid, key).WithField("pin") }
	switch {
	case strings.Trim(pin, "0123456789") != "":
		return refuse("myfile.pin.digits")
	case len(pin) < p.PIN.Min || len(pin) > p.PIN.Max:
		return fault.New(fault.Invalid, "myfile.pin.length").WithField("pin").
			With("min", strconv.Itoa(p.PIN.Min)).With("max", strconv.Itoa(p.PIN.Max))
	case patterned(pin):
		return refuse("myfile.pin.weak")
	}
	for _, k := range known {
		if strings.Contains(strings.ReplaceAll(k, " ", ""), pin) {
			return refuse("myfile.pin.known")
		}
	}
	return nil
}

// patterned reports whether digits are what people type first: a run up or down, few different digits, the same part again,
// or the same read backwards.
func patterned(pin string) bool {
	up, down := true, true
	different := map[byte]bool{pin[0]: true}
	for i := 1; i < len(pin); i++ {
		up = up && (pin[i]-pin[i-1]+10)%10 == 1
		down = down && (pin[i-1]-pin[i]+10)%10 == 1
		different[pin[i]] = true
	}
	if up || down || len(different) < 3 {
		return true
	}
	backwards := true
	for i := range len(pin) / 2 {
		backwards = backwards && pin[i] == pin[len(pin)-1-i]
	}
	if backwards {
		return true
	}
	for size := 1; size <= len(pin)/2; size++ {
		if len(pin)%size == 0 && strings.Repeat(pin[:size], len(pin)/size) == pin {
			return true
		}
	}
	return pairs(pin)
}

// pairs reports whether every digit stands twice: 112233.
func pairs(pin string) bool {
	for i := 0; i+1 < len(pin); i += 2 {
		if pin[i] != pin[i+1] {
			return false
		}
	}
	return len(pin)%2 == 0
}

// Tried is how often a PIN was wrong for one card on one machine, and when last. The zero value was never wrong.
type Tried struct {
	Wrong  int   `json:"wrong"`
	LastMS int64 `json:"last"` // by the machine's clock
}

// Locked reports whether the card opens nothing more on this machine, whatever is typed.
func (p *Policy) Locked(t Tried) bool { return t.Wrong >= p.Tries.Most }

// Left returns how many PINs may still be tried.
func (p *Policy) Left(t Tried) int { return max(0, p.Tries.Most-t.Wrong) }

// Wait returns how long until the next PIN may be tried. A clock that was put back makes it no longer than the whole wait; one
// that was put forward makes it shorter, which is why there is a last try as well.
func (p *Policy) Wait(t Tried, now time.Time) time.Duration {
	if t.Wrong <= p.Tries.Free {
		return 0
	}
	doubled := min(t.Wrong-p.Tries.Free-1, 20)
	whole := min(time.Duration(p.Tries.First)*time.Second<<doubled, time.Duration(p.Tries.Longest)*time.Second)
	return min(whole, max(0, whole-now.Sub(time.UnixMilli(t.LastMS))))
}
