# shellcheck shell=bash disable=SC2034,SC2154
# What every piece of agent-sdk has to agree on. Sourced, not run.

# The name that `swift build --swift-sdk` is given.
name=sugarimage-arm64
list=$data/packages.list
started=$(date +%s)

# Progress on stderr, with the seconds since the run began.
say() { printf 'agent-sdk: [%3d s] %s\n' $(($(date +%s) - started)) "$*" >&2; }

die() {
  printf 'agent-sdk: %s\n' "$*" >&2
  exit 1
}
