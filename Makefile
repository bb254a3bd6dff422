# The commands of the project. `make demo` shows it, `make test` proves it, `make check` is for before a commit.
SWIFT ?= swift
RELEASE := -c release --static-swift-stdlib --product sugarimage
# Where `make install` puts the program and what comes with it.
PREFIX ?= /usr/local
ROOT = $(DESTDIR)$(PREFIX)
AGENT ?= .build/agent/sugaragent

.PHONY: help soak demo test check fast-test format bench fuzz build agent packages base install install-files clean

help:
	@echo "make demo     build everything, make nine nodes, boot one in emulation"
	@echo "make test     build and run every test (about three quarters of an hour from cold)"
	@echo "make soak     first boot in emulation, killed twenty times; nine nodes at once"
	@echo "make check    format, walls, warnings as errors, fast tests"
	@echo "make bench    measure, and write docs/benchmarks.md"
	@echo "make fuzz     give the readers whatever bytes, ten minutes each (FUZZ_SECONDS=…)"
	@echo "make build    the program alone, in release mode"
	@echo "make agent    the nodes' program alone, for arm64"
	@echo "make install  program, agent, profiles, completions and manual pages into PREFIX (now $(PREFIX))"

packages:
	@scripts/install-packages

build: packages
	$(SWIFT) build $(RELEASE)

agent: packages
	@SWIFT="$(SWIFT)" scripts/agent

demo: build agent
	@scripts/demo

test: packages
	@scripts/test

# The emulated first boot, killed twenty times instead of three, and all nine nodes of the 3×3 at once.
soak: packages
	@SUGAR_POWER_CUTS=20 SUGAR_SOAK=1 scripts/test --filter 'FirstBootTests|RehearsalTests'

check: packages
	@scripts/check

format:
	$(SWIFT) format --in-place --recursive --parallel Sources Tests Package.swift

# Ten minutes for each reader; FUZZ_SECONDS says otherwise.
fuzz: packages
	@scripts/fuzz

bench: build agent
	@Benchmarks/run

install: build agent
	@$(MAKE) --no-print-directory install-files PROGRAM="$$($(SWIFT) build $(RELEASE) --show-bin-path)/sugarimage"

# The same for a program and an agent that stand built somewhere. Completions and manual pages are what the program says
# of itself.
install-files:
	@test -x "$(PROGRAM)" || { echo "say which program: make install-files PROGRAM=FILE [AGENT=FILE]" >&2; exit 64; }
	install -D -m 0755 "$(PROGRAM)" "$(ROOT)/bin/sugarimage"
	install -D -m 0755 "$(AGENT)" "$(ROOT)/share/sugarimage/sugaragent"
	cp -r profiles overlays bootfiles "$(ROOT)/share/sugarimage/"
	rm -rf "$(ROOT)"/share/sugarimage/profiles/*/secrets "$(ROOT)"/share/sugarimage/profiles/*/fleet.local.yaml
	install -d "$(ROOT)/share/bash-completion/completions" "$(ROOT)/share/zsh/site-functions" \
	  "$(ROOT)/share/fish/vendor_completions.d" "$(ROOT)/share/man/man1"
	"$(PROGRAM)" --generate-completion-script bash >"$(ROOT)/share/bash-completion/completions/sugarimage"
	"$(PROGRAM)" --generate-completion-script zsh >"$(ROOT)/share/zsh/site-functions/_sugarimage"
	"$(PROGRAM)" --generate-completion-script fish >"$(ROOT)/share/fish/vendor_completions.d/sugarimage.fish"
	scripts/man-pages "$(PROGRAM)" "$(ROOT)/share/man/man1"

clean:
	rm -rf .build out
