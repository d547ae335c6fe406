// SPDX-License-Identifier: Apache-2.0

package replica_test

import (
	"bufio"
	"crypto/rand"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"yuexin/shared/sync/audit"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/recordtest"
	"yuexin/shared/sync/replica"
)

// childPath, in the environment, makes the test program a child that applies acts
// to the replica there until it is killed.
const childPath = "YUEXIN_TEST_REPLICA"

func TestMain(m *testing.M) {
	if path := os.Getenv(childPath); path != "" {
		child(path)
		return
	}
	os.Exit(m.Run())
}

// child prints the number of every act that Apply returned for. It runs without a
// testing.T: a panic ends it and is seen in its output.
func child(path string) {
	cat, acc := recordtest.Catalogue(new(testing.T)), recordtest.Access(new(testing.T))
	r := must(replica.Open(ctx, path, replica.Options{Clock: new(recordtest.Clock).Now, Random: rand.Reader, Catalogue: cat, Access: acc, Cost: cheap}))
	must(r.Unlock(ctx, anna, passphrase))
	session := replica.Session{Actor: anna, Role: recordtest.Officer}
	store := r.As(session)
	for n := int(must(store.Base(ctx, recordtest.Here)).Number) + 1; ; n++ {
		photo := must(r.KeepAttachment([]byte(fmt.Sprintf("\xff\xd8\xff photo %d", n)), "image/jpeg"))
		receipt := must(store.Apply(ctx, recordtest.Create(recordtest.Header(recordtest.Household, n), recordtest.Fields{
			"people": record.OfInt(int64(n)), "photo": photo.Value(),
		})))
		if err := r.Note(ctx, session, audit.Entry{Deed: audit.Read, What: strconv.FormatUint(receipt.Link.Number, 10)}); err != nil {
			panic(err)
		}
		fmt.Println(receipt.Link.Number)
	}
}

// TestKilled kills a process in the middle of its work, again and again. Every act
// that Apply returned for is there afterwards with its photo, no photo is there that no
// act names, and the chain verifies.
func TestKilled(t *testing.T) {
	d := newServer(t).newDevice(replica.Laptop, 1)
	d.grant(recordtest.Officer, recordtest.Here)
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	kept := newKeeper()
	for round := range 6 {
		told := work(t, d.path, 3+7*round)
		r, err := replica.Open(ctx, d.path, d.opt)
		if err != nil {
			t.Fatal(err)
		}
		d.Replica = r
		d.unlock()
		if err := d.Check(ctx); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		if err := d.Verify(ctx); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		if have := d.base().Number; have < told {
			t.Fatalf("round %d: %d acts are there, %d were acknowledged", round, have, told)
		}
		if _, err := d.mustSend(t, kept, 0); err != nil {
			t.Fatalf("round %d: audit log: %v", round, err)
		}
		if kept.whats(t)[strconv.FormatUint(told, 10)] != 1 {
			t.Fatalf("round %d: the last audit entry that was acknowledged is not there once", round)
		}
		for n := 1; n <= int(told); n++ {
			row := d.row(recordtest.ID(n))
			if got := row.Int("people"); got != int64(n) {
				t.Fatalf("round %d: act %d shows %d", round, n, got)
			}
			a := must(record.ParseAttachment(row.Value("photo")))
			if plain, err := d.openFile(a); err != nil || !strings.HasSuffix(string(plain), fmt.Sprint(" ", n)) {
				t.Fatalf("round %d: the photo of act %d: %q, %v", round, n, plain, err)
			}
		}
		if lost := must(d.SweepAttachments(ctx)); lost > 0 {
			t.Fatalf("round %d: %d photos are gone", round, lost)
		}
		if files := must(os.ReadDir(d.path + ".blobs")); len(files) != int(d.base().Number) {
			t.Fatalf("round %d: %d photos of %d acts", round, len(files), d.base().Number)
		}
		if err := d.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// work runs a child until it has acknowledged some acts, kills it, and returns the
// last number it printed.
func work(t *testing.T, path string, acts int) (last uint64) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childPath+"="+path)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for n := 0; lines.Scan(); n++ {
		if n == acts {
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
		number, err := strconv.ParseUint(lines.Text(), 10, 64)
		if err != nil {
			t.Fatalf("child: %q", lines.Text())
		}
		last = number
	}
	if err := cmd.Wait(); err == nil || last == 0 {
		t.Fatalf("the child ended by itself after %d acts", last)
	}
	return last
}
