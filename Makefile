# Parley. `make demo` and `make test` set up all that they need.
PREFIX ?= /usr/local
FUZZ_SECONDS ?= 60
SWIFT ?= swift
SHELL := /bin/bash

# One binary that needs no Swift on the machine it runs on.
RELEASE := .build-release
FLAGS := -c release --static-swift-stdlib --scratch-path $(RELEASE) --product parley
PARLEY := $(RELEASE)/release/parley

.DEFAULT_GOAL := help
.PHONY: help demo build test lint format install uninstall bench-offline bench-live bench-jitter bench-quality bench-stages bench-room budgets shipped-costs samples fuzz clean toolchain

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: build ## Set up, build, mix the sample meeting and say where the result is
	@mkdir -p out
	@$(PARLEY) mix samples/meeting -o out/meeting.opus --report out/meeting.html --force
	@$(PARLEY) pipeline graph meeting -o out/meeting.svg --force
	@echo
	@$(PARLEY) mix samples/meeting-hotel.pcapng -o out/hotel.opus --force
	@$(PARLEY) inspect samples/meeting-hotel.pcapng --report out/hotel.html --force >/dev/null
	@echo
	@echo "Hear it:   out/meeting.opus   (any player: mpv, ffplay, VLC, a browser)"
	@echo "See it:    out/meeting.html   who spoke when, level, limiting; open it in a browser"
	@echo "The chain: out/meeting.svg    the pipeline that made it"
	@echo "A capture: out/hotel.opus     the same meeting, as it came through a conference hotel's network"
	@echo "See it:    out/hotel.html     delay, losses and repairs, stream by stream"

build: toolchain ## Build the release binary
	@Scripts/setup.sh build
	@echo "Building Parley (release; the first time takes a minute or two) …"
	@set -o pipefail; $(SWIFT) build $(FLAGS) -q 2>&1 | { grep -v mktemp || true; }  # a warning of Foundation's own

toolchain:
	@command -v $(SWIFT) >/dev/null || { echo "Parley needs a Swift 6.2 toolchain or newer: see swift.org/install" >&2; exit 1; }

test: toolchain ## Set up and run every test: format, debug, release-only
	@Scripts/setup.sh build test python
	@Scripts/python.sh
	@Scripts/test.sh

lint: ## Check the format of the sources
	@$(SWIFT) format lint --strict --parallel --recursive Package.swift Sources Tests Pipelines

format: ## Format the sources
	@$(SWIFT) format --in-place --parallel --recursive Package.swift Sources Tests Pipelines

install: build ## Install to PREFIX (default /usr/local)
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/parley/pipelines
	install -m 755 $(PARLEY) $(DESTDIR)$(PREFIX)/bin/parley
	install -m 644 Pipelines/*.yaml $(DESTDIR)$(PREFIX)/share/parley/pipelines/
	install -d $(DESTDIR)$(PREFIX)/share/parley/networks
	install -m 644 Pipelines/networks/*.yaml $(DESTDIR)$(PREFIX)/share/parley/networks/
	install -d $(DESTDIR)$(PREFIX)/lib/systemd/system
	sed 's|/usr/local/bin|$(PREFIX)/bin|' packaging/parley-voice.service \
		> $(DESTDIR)$(PREFIX)/lib/systemd/system/parley-voice.service

uninstall: ## Take away what install put there
	rm -f $(DESTDIR)$(PREFIX)/bin/parley
	rm -rf $(DESTDIR)$(PREFIX)/share/parley
	rm -f $(DESTDIR)$(PREFIX)/lib/systemd/system/parley-voice.service

bench-offline: build ## Compare with ffmpeg, GStreamer, sox and bare libopus (ARGS=--quick for a short run)
	@Scripts/setup.sh bench
	@/usr/bin/python3 Benchmarks/offline/run.py --parley $(PARLEY) $(ARGS)

bench-live: build ## Run the voice server beside Janus and GStreamer, and against its goals (ARGS=--quick for a short run)
	@Scripts/setup.sh bench python
	@Scripts/python.sh
	@.build-python/bin/python3 Benchmarks/live/run.py --parley $(PARLEY) $(ARGS)

bench-jitter: build ## Play speech through bad networks; delay against quality, with PESQ and STOI (ARGS=--runs=1)
	@Scripts/setup.sh python bench
	@Scripts/python.sh
	@mkdir -p out
	@$(PARLEY) bench jitter $$(dpkg -L pocketsphinx-testdata | grep 'librivox/.*wav' | head -5) \
		--python .build-python/bin/python3 --front out/jitter.svg --force $(ARGS)
	@echo "See it: out/jitter.svg   delay against quality, for each network"

bench-quality: build ## Speech quality (PESQ) through the whole chain at 0 to 20 % loss (ARGS=--seeds=2)
	@Scripts/setup.sh python bench
	@Scripts/python.sh
	@.build-python/bin/python3 Benchmarks/speech-quality/run.py --parley $(PARLEY) $(ARGS)

bench-stages: build ## What every stage costs beside its floor in bare C (ARGS=--time=2)
	@mkdir -p out
	@$(PARLEY) bench stage --save out/costs.json --report out/stages.html --force $(ARGS)
	@echo "See it: out/stages.html   kept as out/costs.json, for 'parley bench compare' and 'parley pipeline check --costs'"

bench-room: build ## A room of 3 speakers and 1000 listeners, measured beside what was predicted
	@$(PARLEY) bench pipeline guild-voice $(ARGS)

shipped-costs: build ## Measure anew what pipeline check predicts from where nothing was measured (five minutes of a quiet machine)
	@/usr/bin/python3 Scripts/shipped-costs.py $(PARLEY) Sources/parley/Bench/shipped-costs.json

budgets: ## Count instructions of every stage and write them down as the budgets that make test holds
	@Scripts/setup.sh build test
	@$(SWIFT) build -c release --build-tests --scratch-path .build-release-tests -q
	@/usr/bin/python3 Benchmarks/instructions/run.py --parley .build-release-tests/release/parley --record

samples: build ## Make samples/ anew
	@Scripts/setup.sh samples python
	@Scripts/python.sh
	@samples/make-meeting.sh

fuzz: toolchain ## Fuzz the parsers for FUZZ_SECONDS each
	@Scripts/setup.sh build fuzz
	@Scripts/fuzz.sh $(FUZZ_SECONDS)

clean: ## Remove everything that was built
	rm -rf .build .build-* out
