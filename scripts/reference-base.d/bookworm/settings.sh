# shellcheck shell=bash disable=SC2034,SC2154
# Raspberry Pi OS Lite (arm64), Bookworm: no cloud-init; the first boot is a script in the place of init.
# shellcheck source=scripts/reference-base.d/raspberry-pi.sh
. "${BASH_SOURCE[0]%/*}/../raspberry-pi.sh"

suite=bookworm
# Its packages still have files in /bin and /lib, which are links on a system that is installed.
bootstrap_options=(--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr)
images=(rpios-bookworm)
root_size=512
root_free_wanted=100

set_units() {
  systemctl --quiet --root="$root" enable regenerate_ssh_host_keys.service userconfig.service \
    NetworkManager.service systemd-timesyncd.service
  systemctl --quiet --root="$root" disable ssh.service systemd-networkd.service 2>/dev/null
  ln -s ../init.d/resize2fs_once "$root/etc/rc3.d/S01resize2fs_once"
}
