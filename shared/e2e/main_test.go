// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"yuexin/shared/pgtest"
)

var (
	update   = flag.Bool("update", false, "write screenshots to testdata")
	postgres = flag.Bool("postgres", false, "servers keep their rows in PostgreSQL")
)

// What every test starts from, made once.
var (
	programs string // folder of the three built programs
	samples  string // data folder of a server with sample data that never ran
	made     sampleMade
)

// sampleMade is what `syncserver sample` answers.
type sampleMade struct {
	Households int
	Units      []struct{ Code, Name string }
	Officers   []struct{ Actor, Name, Role string }
	Users      []string
}

// The sample is as small as the tests allow.
const (
	password   = "yuexin-demo-2026"
	villages   = "2"
	households = "4"
)

// together is how many tests run at once, unless -parallel says so: most of their
// time they wait, and the processors are for the programs.
const together = "4"

func TestMain(m *testing.M) {
	if err := flag.Set("test.parallel", together); err != nil {
		panic(err)
	}
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	temp, err := os.MkdirTemp("", "yuexin-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(temp)
	programs, samples = filepath.Join(temp, "bin"), filepath.Join(temp, "server")
	if err := prepare(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return pgtest.Run(m)
}

func prepare() error {
	build := exec.Command("go", "build", "-tags", "x11,migrated_fynedo", "-o", programs+string(filepath.Separator),
		"yuexin/syncserver", "yuexin/agent", "yuexin/kiosk")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build the programs: %w\n%s", err, out)
	}
	cmd := exec.Command(filepath.Join(programs, "syncserver"), "sample", "--dir", samples, "--sample", "--quiet", "--json",
		"--villages", villages, "--households", households, "--demo-password", password)
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("make sample data: %w\n%s", err, stderrOf(err))
	}
	return json.Unmarshal(out, &made)
}
