# shellcheck shell=bash disable=SC2034
# What every piece of reference-base has to agree on. Sourced, not run.

suite=trixie

# Identity of the disk. Fixed, so that two bases of one script compare well.
disk_id=5ca1ab1e
root_uuid=7b6dd7c2-5f0c-4a39-9d0e-2f9a1c5ca1ab
hash_seed=0d1f7a4e-93c6-4b64-8f1a-5e2b6c5ca1ab
export SOURCE_DATE_EPOCH=1781740800 # 2026-06-18, the date in rpi-issue

# Layout in MiB: 8 MiB alignment as Raspberry Pi OS, the whole below 1.2 GiB.
boot_start=8
boot_size=512
root_start=$((boot_start + boot_size))
root_size=704
root_free_wanted=100

# The host's own tools live in sbin, which is not in every user's PATH.
export PATH=$PATH:/usr/sbin:/sbin

# Lines of a list file without comments.
read_list() { sed -e 's/#.*//' -e 's/[[:space:]]//g' -e '/^$/d' "$1"; }

# Progress on stderr, with the seconds since the whole run began.
say() { printf 'reference-base: [%3d s] %s\n' $(($(date +%s) - SUGAR_STARTED)) "$*" >&2; }

die() {
  printf 'reference-base: %s\n' "$*" >&2
  exit 1
}
