# shellcheck shell=bash disable=SC2034,SC2154
# Ubuntu Server for Raspberry Pi, out of Debian's packages: the classic layout of
# 24.04, and that of 25.10 and later, which boots from current/ or new/. Both are
# made from one tree.

suite=trixie
images=(ubuntu-24.04 ubuntu-25.10)
boot_start=1
boot_size=512
boot_label=system-boot
boot_fat_options=()
root_label=writable
root_options=(-O '^orphan_file,^metadata_csum_seed')
root_size=576
root_free_wanted=100

# The account "ubuntu" is made by cloud-init.
add_users() { in_root usermod --lock root; }

set_units() {
  systemctl --quiet --root="$root" enable ssh.socket systemd-networkd.service systemd-resolved.service \
    systemd-timesyncd.service
  systemctl --quiet --root="$root" disable ssh.service 2>/dev/null
}

set_locale() {
  echo 'LANG=C.UTF-8' >"$root/etc/default/locale"
  echo 'Etc/UTC' >"$root/etc/timezone"
  ln -sf /usr/share/zoneinfo/Etc/UTC "$root/etc/localtime"
}

release() {
  rm -f "$root/etc/os-release"
  sed -e "s/@VERSION@/$1/" -e "s/@NAME@/$2/" -e "s/@CODENAME@/$3/" "$flavour/os-release" >"$root/usr/lib/os-release"
  ln -s ../usr/lib/os-release "$root/etc/os-release"
}

lay_out() {
  local image=$1 version=$2 folder=$boot
  echo ubuntu >"$root/etc/hostname"
  cp "$flavour"/boot/{user-data,meta-data,network-config} "$boot/"
  put_firmware "$boot"
  case $image in
    ubuntu-24.04)
      release 24.04 '24.04.4 LTS (Noble Numbat)' noble
      cp "$flavour/boot/config.txt" "$boot/config.txt"
      ;;
    ubuntu-25.10)
      release 25.10 '25.10 (Questing Quokka)' questing
      folder=$boot/current
      mkdir -p "$folder"
      sed 's/^\[all\]$/[all]\nos_prefix=current\//;T;:a;n;ba' "$flavour/boot/config.txt" >"$boot/config.txt"
      printf '\n[tryboot]\nos_prefix=new/\n' >>"$boot/config.txt"
      # The firmware's own files and overlays lie beside the kernel that they belong to.
      mv "$boot/overlays" "$folder/"
      echo good >"$folder/state"
      ;;
  esac
  cp "$flavour/boot/cmdline.txt" "$folder/"
  cp "$root/boot/vmlinuz-$version" "$folder/vmlinuz"
  cp "$root/boot/initrd.img-$version" "$folder/initrd.img"
  put_hardware "$folder" "$version"
}
