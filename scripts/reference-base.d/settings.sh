# shellcheck shell=bash disable=SC2034
# What every piece of reference-base has to agree on. Sourced, not run.
#
# SUGAR_FLAVOUR names the folder beside this file that holds what one system has
# of its own: packages, files, and a settings.sh that is read at the end here.
# It has to set
#   suite           Debian's name of the release
#   images          the names of the disk images to make, without .img
#   boot_*, root_*  the layout, in MiB, and the labels of the file systems
# and to define
#   add_users, set_units, set_locale   on the tree $root, by in_root
#   lay_out IMAGE VERSION              the tree $root and the folder $boot for one image

# Identity of the disk. Fixed, so that two bases of one script compare well.
disk_id=5ca1ab1e
root_uuid=7b6dd7c2-5f0c-4a39-9d0e-2f9a1c5ca1ab
hash_seed=0d1f7a4e-93c6-4b64-8f1a-5e2b6c5ca1ab
export SOURCE_DATE_EPOCH=1781740800 # 2026-06-18, the date in rpi-issue

# What a flavour's mmdebstrap and xz are told besides.
bootstrap_options=()
packing=-0

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

flavour=$(dirname "${BASH_SOURCE[0]}")/$SUGAR_FLAVOUR
# shellcheck source=scripts/reference-base.d/trixie/settings.sh
. "$flavour/settings.sh"
