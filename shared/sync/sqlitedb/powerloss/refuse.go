// SPDX-License-Identifier: Apache-2.0

package powerloss

// #include "vfs.h"
import "C"

import (
	"sync/atomic"
	"testing"
)

// Call is something that SQLite asks of the file system and that may fail.
type Call int

// The calls.
const (
	Write    Call = C.POWERLOSS_WRITE
	Truncate Call = C.POWERLOSS_TRUNCATE
	Sync     Call = C.POWERLOSS_SYNC
)

// Failure is the error of a call that fails, by SQLite's number.
type Failure int

// How calls fail.
const (
	// Works is no failure.
	Works Failure = 0
	// Full is SQLITE_FULL: there is no room.
	Full Failure = 13
	// IO is SQLITE_IOERR with what was called: the disk is at fault. After a sync
	// that failed so, what was written is there or not.
	IO Failure = 10
)

// code returns the number with which a call fails.
func (f Failure) code(call Call) Failure {
	if f != IO {
		return f
	}
	return map[Call]Failure{Write: IO | 3<<8, Sync: IO | 4<<8, Truncate: IO | 6<<8}[call]
}

// refusal says which calls fail.
type refusal func(path string, call Call) Failure

var refuse atomic.Pointer[refusal]

// Refuse lets calls of SQLite fail from now on, as with says, until the test ends; it
// is called from several goroutines. Only databases that are opened later are asked
// about. Unlike a loss of power a failure changes nothing of a file by itself.
func Refuse(t testing.TB, with func(path string, call Call) Failure) {
	t.Helper()
	stand(t)
	f := refusal(with)
	if !refuse.CompareAndSwap(nil, &f) {
		t.Fatal("powerloss: another test refuses calls")
	}
	C.powerloss_refuse(1)
	t.Cleanup(func() {
		C.powerloss_refuse(0)
		refuse.Store(nil)
	})
}

//export powerlossRefused
func powerlossRefused(path *C.char, call C.int) C.int {
	f := refuse.Load()
	if f == nil {
		return 0
	}
	return C.int((*f)(C.GoString(path), Call(call)).code(Call(call)))
}
