# shellcheck shell=bash disable=SC2154
# The SDK itself, made of what was downloaded. Sourced, not run.

# unpack DEB FOLDER [tar arguments]
unpack() {
  local deb=$1 folder=$2
  shift 2
  dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$folder" --no-same-owner "$@"
}

# The C library, headers and libraries of the target. Debian 12 has /lib as a
# folder in its packages and as a link in its systems.
make_sysroot() {
  local root=$2 deb link
  fetch_part "$1" sysroot
  mkdir -p "$root/usr/lib"
  ln -s usr/lib "$root/lib"
  for deb in "$1"/sysroot/debs/*.deb; do
    unpack "$deb" "$root" --keep-directory-symlink --exclude='./usr/share' --exclude='./usr/bin' \
      --exclude='./usr/sbin' --exclude='./bin' --exclude='./sbin' --exclude='./etc' --exclude='./var'
  done
  # an absolute link would lead out of the sysroot
  find "$root" -type l -lname '/*' -print0 | while IFS= read -r -d '' link; do
    ln -sfnr "$root$(readlink "$link")" "$link"
  done
  # with libstdc++.a alone to find, the C++ runtime is linked statically
  rm -f "$root"/usr/lib/gcc/aarch64-linux-gnu/*/libstdc++.so
  say "sysroot: $(du -sm "$root" | cut -f1) MiB"
}

# Swift's modules and static libraries for the target.
make_runtime() {
  local root=$2 from=./usr/libexec/swift/lib
  fetch_part "$1" runtime
  unpack "$1"/runtime/debs/swiftlang_*.deb "$root" --strip-components=5 --wildcards \
    --exclude='*/swift/host' --exclude='*/embedded' --exclude='*/swift/pm' \
    --exclude='*/FrameworkABIBaseline' --exclude='*/lib/clang/*/lib' \
    $from/swift $from/swift_static $from/clang
  rm "$1"/runtime/debs/*.deb
  say "runtime: $(du -sm "$root" | cut -f1) MiB"
}

# The compiler, which runs on the C library of its own release: $3 is where it
# will stand.
make_compiler() {
  local root=$2 final=$3 deb libraries=lib/x86_64-linux-gnu program
  local from=./usr/libexec/swift
  fetch_part "$1" compiler
  mkdir -p "$root/system/usr/lib" "$root/system/usr/lib64"
  ln -s usr/lib "$root/system/lib"
  ln -s usr/lib64 "$root/system/lib64"
  unpack "$1"/compiler/debs/libswiftlang_*.deb "$root" --strip-components=4 $from/lib/swift
  unpack "$1"/compiler/debs/swiftlang_*.deb "$root" --strip-components=4 --wildcards \
    --exclude='*/embedded' --exclude='*/lib/clang/*/lib' --exclude='*.swiftinterface' \
    $from/bin/clang $from/bin/clang++ $from/bin/clang-17 $from/bin/lld $from/bin/ld.lld \
    $from/bin/llvm-ar $from/bin/swift $from/bin/swiftc $from/bin/swift-driver $from/bin/swift-frontend \
    $from/bin/swift-autolink-extract $from/bin/swift-plugin-server \
    $from/lib/swift/host $from/lib/swift/shims $from/lib/swift/clang $from/lib/clang
  rm "$1"/compiler/debs/*swiftlang_*.deb
  for deb in "$1"/compiler/debs/*.deb; do
    unpack "$deb" "$root/system" --keep-directory-symlink --exclude='./usr/share' --exclude='./usr/bin' \
      --exclude='./usr/sbin' --exclude='./sbin' --exclude='./etc' --exclude='./var'
  done
  for program in "$root"/bin/*; do
    [ ! -L "$program" ] || continue
    patchelf --set-interpreter "$final/system/$libraries/ld-linux-x86-64.so.2" --force-rpath --set-rpath \
      "\$ORIGIN/../lib/swift/linux:\$ORIGIN/../lib/swift/host:\$ORIGIN/../lib/swift/host/compiler:$final/system/$libraries" \
      "$program"
  done
  say "compiler: $(du -sm "$root" | cut -f1) MiB"
}

# A program of the compiler before it stands where its loader is looked for.
run_compiler() {
  local root=$1 program=$2
  shift 2
  "$root/system/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2" \
    --library-path "$root/lib/swift/linux:$root/system/lib/x86_64-linux-gnu" "$root/bin/$program" "$@"
}

# Debian's Swift runtime was built on a newer glibc; what the sysroot's lacks of
# it is added as a library.
make_compatibility() {
  local compiler=$2 root=$3
  run_compiler "$compiler" clang-17 --target=aarch64-linux-gnu --sysroot="$root" \
    -resource-dir "$compiler/lib/clang/17" -O2 -fPIC -ffunction-sections -fno-builtin -Wall -Werror \
    -c "$data/glibc-compat.c" -o "$1/glibc-compat.o"
  run_compiler "$compiler" llvm-ar rcsD "$root/usr/lib/aarch64-linux-gnu/libglibc-compat.a" "$1/glibc-compat.o"
}

# The files by which SwiftPM knows an SDK. (swift-evolution SE-0387)
describe() {
  local bundle=$1 final=$2 version
  version=$(pinned runtime | sed 's/.*=\([0-9.]*\).*/\1/')
  cat >"$bundle/info.json" <<TEXT
{ "schemaVersion": "1.0", "artifacts": { "$name": {
    "type": "swiftSDK", "version": "$version", "variants": [ { "path": "$name" } ] } } }
TEXT
  cat >"$bundle/$name/swift-sdk.json" <<TEXT
{ "schemaVersion": "4.0", "targetTriples": { "aarch64-unknown-linux-gnu": {
    "sdkRootPath": "sysroot", "swiftResourcesPath": "sysroot/usr/lib/swift",
    "swiftStaticResourcesPath": "sysroot/usr/lib/swift_static", "toolsetPaths": [ "toolset.json" ] } } }
TEXT
  cat >"$bundle/$name/toolset.json" <<TEXT
{ "schemaVersion": "1.0", "rootPath": "$final/compiler/bin",
  "swiftCompiler": { "path": "swiftc", "extraCLIOptions": [ "-use-ld=lld" ] },
  "cCompiler": { "path": "clang" }, "cxxCompiler": { "path": "clang++" },
  "librarian": { "path": "llvm-ar" }, "linker": { "extraCLIOptions": [ "-lglibc-compat" ] } }
TEXT
  # a version that does not look like this one makes the compiler warn
  cat >"$bundle/$name/sysroot/SDKSettings.json" <<TEXT
{ "DisplayName": "Debian arm64", "Version": "0.0.1", "VersionMap": {}, "CanonicalName": "aarch64-swift-linux-gnu" }
TEXT
}

# assemble WORK FINAL: makes WORK/sdk, with FINAL as the path that it believes to have.
assemble() {
  local sdk=$1/sdk bundle=sdks/$name.artifactbundle compiler
  local root=$sdk/$bundle/$name/sysroot
  open_parts "$1"
  settle_versions "$1"
  mkdir -p "$root" "$sdk/compiler" "$1/runtime/root"
  make_compiler "$1" "$sdk/compiler" "$2/compiler" &
  compiler=$!
  make_sysroot "$1" "$root"
  make_runtime "$1" "$1/runtime/root"
  wait "$compiler" || exit 1
  mv "$1"/runtime/root/* "$root/usr/lib/"
  make_compatibility "$1" "$sdk/compiler" "$root"
  describe "$sdk/$bundle" "$2"
  ln -s "$bundle/$name/sysroot" "$sdk/sysroot"
  cp "$list" "$sdk/packages.list"
}
