# Yuexin. `make run` and `make test` need nothing before them but Go and make:
# they fetch the rest themselves. `make` alone builds the three programs into bin/.

# Build tags: Fyne on X11 only, where Chinese input works, and without its old thread checks.
TAGS := x11,migrated_fynedo

# The programs.
PROGRAMS := ./agent ./kiosk ./syncserver

# Packages whose tests compare scenes with what was painted before.
GOLDENS := ./shared/uikit/gallery ./kiosk/screen ./agent/screen

# Folders that hold Go files, for gofmt.
SOURCES := agent kiosk syncserver shared assets

# Race detection for packages that draw windows: RACE_FYNE=-race switches it on.
# Off by default: Fyne compiled once more costs some three minutes on two cores.
RACE_FYNE ?=

# How often and how go test runs: never from the cache, in a new order each time.
TESTFLAGS := -shuffle=on -count=1 -timeout 30m -tags $(TAGS)

# A UTF-8 locale is needed by Fyne and by X11's input of Chinese; one that
# every Linux has stands in for none. Tests always use it.
UTF8_LOCALE := C.UTF-8
LOCALE := $(or $(LC_ALL),$(LC_CTYPE),$(LANG))
ifeq ($(findstring utf8,$(subst UTF-8,utf8,$(subst utf-8,utf8,$(LOCALE)))),)
export LC_ALL := $(UTF8_LOCALE)
endif

# build: the three programs into bin/. This is the default.
build: setup-build
	@mkdir -p bin
	@.ci/progress.sh "building the programs (the first time takes minutes)" \
		go build -v -tags $(TAGS) -o bin/ $(PROGRAMS)
.PHONY: build

# run: everything on this machine with sample data. LAN=1 serves the residents' page on the LAN.
run: build
	@exec bin/syncserver demo $(if $(LAN),--lan)
.PHONY: run

# test: vet and test every package. Packages without Fyne run under the race detector.
test: export LC_ALL := $(UTF8_LOCALE)
test: export LANG := $(UTF8_LOCALE)
test: setup-test
	@.ci/test.sh "$(TAGS)" "$(RACE_FYNE)" $(TESTFLAGS)
.PHONY: test

# check: what a reviewer would ask first: format, staticcheck, import rules, generated files; then vet and the tests.
check: setup-test
	@unformatted=$$(gofmt -l $(SOURCES)); \
		if [ -n "$$unformatted" ]; then echo "gofmt -w these files:"; echo "$$unformatted"; exit 1; fi
	go tool staticcheck -tags $(TAGS) ./...
	go test -count=1 ./shared/archtest
	.ci/generate-check.sh -tags $(TAGS)
	@$(MAKE) --no-print-directory test
.PHONY: check

# bench: the benchmarks of all packages that have some; BENCH=name picks. BENCH=PartA prints the bytes of sync beside their targets,
# BENCH=Window the kiosk's window beside an empty one of Fyne, BENCH=Residents what the page behind doorplates bears with 500 kiosks connected.
bench: setup-test
	@packages=$$(grep -rl --include='*_test.go' '^func Benchmark' $(SOURCES) | xargs -r -n 1 dirname | sort -u | sed 's,^,./,'); \
		if [ -z "$$packages" ]; then echo "There are no benchmarks yet."; exit 0; fi; \
		go test -tags $(TAGS) -run '^$$' -bench '$(or $(BENCH),.)' -benchmem $$packages
.PHONY: bench

# simulate: sync in made-up worlds of bad networks and crashes, SEED=… repeats one, N=… says how many; REAL=… of them (2,000) on the real
# stores; then SCORES=… households (10,000) rated at server, laptop and kiosk alike, and a day at a kiosk, CHANGES=… of screen long (5,000).
simulate: setup-build
	YUEXIN_SIM_SEED=$(SEED) YUEXIN_SIM_WORLDS=$(N) go test ./shared/sync/simtest -run TestSimulate -count=1 -timeout 0 -v
	YUEXIN_REAL_WORLDS=$(or $(REAL),2000) go test ./syncserver/hub -run TestWorldsOnRealStores -count=1 -timeout 0 -v
	YUEXIN_SAME_SCORES=$(or $(SCORES),10000) go test ./syncserver -run 'TestSameScoreEverywhere$$' -count=1 -timeout 0 -v
	YUEXIN_SOAK_CHANGES=$(or $(CHANGES),5000) go test -tags $(TAGS) ./kiosk/screen -run 'TestSoak$$' -count=1 -timeout 0 -v
.PHONY: simulate

# kill: kill -9 of the real server and devices at N random moments (300), in the middle of photos too, then a loss of power under
# their stores and files at twice as many.
kill: N := 300
kill: setup-build
	YUEXIN_KILL_ROUNDS=$(N) go test ./shared/e2e -run TestKillRounds -count=1 -timeout 0 -v
	go test ./shared/e2e -run TestAttachmentsKilled -count=1 -timeout 0 -v -args -attach.rounds $$(($(N) / 10 + 1))
	YUEXIN_POWER_ROUNDS=$$((2 * $(N))) go test ./syncserver/hub ./syncserver/attach -run 'TestPowerLoss$$' -count=1 -timeout 0 -v
.PHONY: kill

# postgres: the end-to-end tests where servers keep their rows in PostgreSQL, but those that look at screens, that fill the server's own
# disk (store/postgres fills the other), and that copy a server's folder with its rows in it.
postgres: setup-test
	go test -tags $(TAGS) ./shared/e2e -skip 'Window|README|MakeRun|Setup|Demo|FullDiskServer|OfflineMerge' -count=1 -timeout 30m -args -postgres
.PHONY: postgres

# dist: Debian packages, an archive for Windows and the manuals, in dist/; it says what it could not check.
dist: setup-dist
	@.ci/dist.sh "$(TAGS)"
.PHONY: dist

# gallery: every piece with prepared data, in one window; OF=agent or OF=kiosk shows that program's screens.
gallery: setup-build
	@.ci/progress.sh "building the gallery (the first time takes minutes)" \
		go build -v -tags $(TAGS) -o bin/ ./shared/uikit/gallery ./agent ./kiosk
	@exec bin/$(if $(OF),$(OF) gallery,gallery)
.PHONY: gallery

# goldens: write anew what the scenes of all programs are compared with (markup and pictures). Look at what changed before you commit it.
goldens: setup-build
	go test -tags $(TAGS) $(GOLDENS) -run 'TestScenes$$|TestShots$$' -count=1 -p 1 -timeout 30m -args -update
.PHONY: goldens

# setup-build: what building needs on this machine: Go's version, libraries, modules.
setup-build:
	@.ci/setup.sh build
.PHONY: setup-build

# setup-dist: what packing needs: the compiler for Windows, and what looks at packages.
setup-dist:
	@.ci/setup.sh dist
.PHONY: setup-dist

# setup-test: that, and what the tests drive: a display, a browser, a reader of QR codes.
setup-test:
	@.ci/setup.sh test
.PHONY: setup-test
