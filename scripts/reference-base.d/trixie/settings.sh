# shellcheck shell=bash disable=SC2034,SC2154
# Raspberry Pi OS Lite (arm64), Trixie.
# shellcheck source=scripts/reference-base.d/raspberry-pi.sh
. "${BASH_SOURCE[0]%/*}/../raspberry-pi.sh"

suite=trixie
images=(reference-base)
packing=-1
root_size=704
root_free_wanted=100

set_units() {
  chmod 600 "$root/usr/lib/netplan/00-network-manager-all.yaml"
  systemctl --quiet --root="$root" enable regenerate_ssh_host_keys.service rpi-resize.service \
    userconfig.service NetworkManager.service systemd-timesyncd.service
  systemctl --quiet --root="$root" disable ssh.service ssh.socket systemd-networkd.service \
    systemd-networkd.socket systemd-networkd-wait-online.service 2>/dev/null
}
