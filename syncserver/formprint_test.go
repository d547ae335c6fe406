// SPDX-License-Identifier: Apache-2.0

package main

import (
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// paperText is what stands on a document.
func paperText(t *testing.T, file string) string {
	t.Helper()
	out, err := exec.Command("pdftotext", file, "-").Output()
	if err != nil {
		t.Fatalf("pdftotext (see .ci/setup.sh): %v", err)
	}
	return string(out)
}

// TestFormPrint prints a blank form, and a record's only with a reason and with an entry in the audit log that names the
// record and nothing of what stands in it.
func TestFormPrint(t *testing.T) {
	dir := t.TempDir()
	mustCLI(t, nil, dir, "village", "add", "四会市大沙镇富溪村", "--sample")
	blank := filepath.Join(t.TempDir(), "blank.pdf")
	var made PaperAnswer
	mustCLI(t, &made, dir, "form", "print", "household_survey", "--village", "富溪村", "-o", blank, "--sample")
	if made.Form != "household_survey 2" || made.Pages != 3 || made.File != blank || made.Record != "" {
		t.Errorf("got %+v", made)
	}
	if text := paperText(t, blank); !strings.Contains(text, "农户信用信息采集表") || !strings.Contains(text, "富溪村") || !strings.Contains(text, "（单位）") {
		t.Errorf("the blank sheet says %s", text)
	}

	id := mustHousehold(t, dir)
	filled := filepath.Join(t.TempDir(), "filled.pdf")
	args := []string{"form", "print", "household", "--record", id.String(), "-o", filled, "--sample"}
	if code, said := cli(t, dir, args...); code == 0 || !strings.Contains(said, "--reason") {
		t.Errorf("without a reason: exit code %d: %s", code, said)
	}
	if _, err := os.Stat(filled); err == nil {
		t.Fatal("without a reason a file was written")
	}
	mustCLI(t, &made, dir, append(args, "--reason", "给本人核对")...)
	if text := paperText(t, filled); !strings.Contains(text, "陈秀英") {
		t.Errorf("the sheet says %s", text)
	}
	if info, err := os.Stat(filled); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file is %v, %v", info.Mode(), err)
	}
	_, log := cli(t, dir, "audit", "list", "--reason", "test", "--sample")
	for _, want := range []string{`"print"`, "syncserver form print", "给本人核对", id.String(), "head_name"} {
		if !strings.Contains(log, want) {
			t.Errorf("the audit log lacks %s:\n%s", want, log)
		}
	}
	if strings.Contains(log, "陈秀英") {
		t.Error("the audit log holds what was printed")
	}
	if code, said := cli(t, dir, "form", "print", "merchant", "--record", id.String(), "--reason", "x", "-o", filled, "--sample"); code == 0 || !strings.Contains(said, "household_survey") {
		t.Errorf("a household as a merchant: exit code %d: %s", code, said)
	}
}

// mustHousehold puts a household into the store of a data folder.
func mustHousehold(t *testing.T, dir string) ident.Record {
	t.Helper()
	app, err := Open(t.Context(), production(dir, true, slog.New(slog.DiscardHandler)))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := app.Close(); err != nil {
			t.Error(err)
		}
	}()
	scope, err := app.village(t.Context(), "富溪村")
	if err != nil {
		t.Fatal(err)
	}
	id := ident.Record{1, 0x93, 7, 6, 5, 4, 0x70, 3, 0x80, 1}
	_, err = app.desk().Apply(t.Context(), record.Act{Name: "test", Scope: scope, Writes: []record.Write{{
		Op: record.Create, Header: record.Header{ID: id, Kind: "household", Scope: scope, Subject: ident.Subject{1, 2}},
		Fields: map[record.Field]record.Value{"head_name": record.OfText("陈秀英"), "sample": record.OfBool(true)},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	return id
}
