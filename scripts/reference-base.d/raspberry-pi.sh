# shellcheck shell=bash disable=SC2034,SC2154
# What the releases of Raspberry Pi OS have in common. Sourced by their settings.sh.

# 8 MiB alignment, 512-byte clusters, and the labels of the stock image.
boot_start=8
boot_size=512
boot_label=bootfs
boot_fat_options=(-s 1)
root_label=rootfs
root_options=(-O '^64bit,^huge_file,^orphan_file,^metadata_csum_seed')

add_users() {
  local group
  local -a groups=()
  for group in input render gpio i2c spi; do
    in_root groupadd --force --system "$group"
  done
  for group in adm dialout cdrom sudo audio video plugdev games users input render netdev gpio i2c spi; do
    ! grep -q "^$group:" "$root/etc/group" || groups+=("$group")
  done
  in_root groupadd --gid 1000 pi
  in_root useradd --uid 1000 --gid pi --groups "$(IFS=,; echo "${groups[*]}")" \
    --create-home --shell /bin/bash --comment '' pi
  in_root usermod --lock root
  echo 'pi ALL=(ALL) NOPASSWD: ALL' >"$root/etc/sudoers.d/010_pi-nopasswd"
  chmod 440 "$root/etc/sudoers.d/010_pi-nopasswd"
}

set_locale() {
  sed -i 's/^# *\(en_GB.UTF-8 UTF-8\)/\1/' "$root/etc/locale.gen"
  in_root localedef -i en_GB -f UTF-8 en_GB.UTF-8
  echo 'LANG=en_GB.UTF-8' >"$root/etc/default/locale"
  echo 'Europe/London' >"$root/etc/timezone"
  ln -sf /usr/share/zoneinfo/Europe/London "$root/etc/localtime"
}

# Kernels and initramfs by the names that the Pi's firmware asks for.
lay_out() {
  local version=$2
  grep -q '^pi:!:' "$root/etc/shadow" || die 'user pi is not locked'
  echo raspberrypi >"$root/etc/hostname"
  cp "$flavour"/boot/* "$boot/"
  sed -i "s/@DISKID@/$disk_id/" "$boot/cmdline.txt"
  cp "$root/etc/rpi-issue" "$boot/issue.txt"
  cp "$root/boot/vmlinuz-$version" "$boot/kernel8.img"
  cp "$root/boot/vmlinuz-$version" "$boot/kernel_2712.img"
  cp "$root/boot/initrd.img-$version" "$boot/initramfs8"
  cp "$root/boot/initrd.img-$version" "$boot/initramfs_2712"
  put_firmware "$boot"
  put_hardware "$boot" "$version"
}
