# The commands of the project. `make demo` shows it, `make test` proves it, `make check` is for before a commit.
SWIFT ?= swift
RELEASE := -c release --static-swift-stdlib --product sugarimage
# Where `make install` puts the program and what comes with it.
PREFIX ?= /usr/local

.PHONY: help soak demo test check fast-test format bench build agent packages base install clean

help:
	@echo "make demo     build everything, make nine nodes, boot one in emulation"
	@echo "make test     build and run every test (about three quarters of an hour from cold)"
	@echo "make soak     first boot in emulation, killed twenty times; nine nodes at once"
	@echo "make check    format, walls, warnings as errors, fast tests"
	@echo "make bench    measure, and write docs/benchmarks.md"
	@echo "make build    the program alone, in release mode"
	@echo "make agent    the nodes' program alone, for arm64"
	@echo "make install  into PREFIX (now $(PREFIX))"

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

bench: build agent
	@Benchmarks/run

install: build agent
	install -D -m 0755 "$$($(SWIFT) build $(RELEASE) --show-bin-path)/sugarimage" "$(DESTDIR)$(PREFIX)/bin/sugarimage"
	install -D -m 0755 .build/agent/sugaragent "$(DESTDIR)$(PREFIX)/share/sugarimage/sugaragent"
	cp -r profiles overlays bootfiles "$(DESTDIR)$(PREFIX)/share/sugarimage/"
	rm -rf "$(DESTDIR)$(PREFIX)"/share/sugarimage/profiles/*/secrets "$(DESTDIR)$(PREFIX)"/share/sugarimage/profiles/*/fleet.local.yaml

clean:
	rm -rf .build out
