# shellcheck shell=bash disable=SC2154
# Packages of another Debian release and architecture, in pinned versions where they are to be had. apt
# checks the signatures, in folders of its own: neither root nor this machine's
# list of packages is needed. Its proxies and certificates are used as they are.
# Sourced, not run.

# Rows of packages.list: PART SUITE ARCHITECTURE PACKAGE VERSION
rows() { sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "$list"; }

# The packages of one part, as PACKAGE=VERSION.
pinned() { rows | awk -v part="$1" '$1 == part { print $4 "=" $5 }'; }

find_mirror() {
  local from_apt
  # shellcheck disable=SC2016 # apt fills these in, not the shell
  from_apt=$(apt-get indextargets --format '$(REPO_URI)' \
    'Created-By: Packages' 'Origin: Debian' 'Label: Debian' 'Component: main' 2>/dev/null | head -n 1 || true)
  mirror=${SUGAR_MIRROR:-$from_apt}
  [ -n "$mirror" ] || die 'apt knows no Debian mirror; run apt-get update once, or set SUGAR_MIRROR'
}

parts() { rows | awk '!seen[$1]++ { print $1 }'; }

# One word for each package of a part.
names() { pinned "$1" | sed 's/=.*//'; }

# open_part WORK PART: an index of the packages of that part's release and
# architecture, in WORK/PART.
open_part() {
  local suite arch folder=$1/$2
  read -r _ suite arch _ < <(rows | awk -v part="$2" '$1 == part')
  mkdir -p "$folder"/{lists/partial,cache/archives/partial,preferences,debs}
  : >"$folder/status"
  echo "deb [arch=$arch target=Packages signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" \
    >"$folder/sources.list"
  cat >"$folder/conf" <<TEXT
#clear APT::Architectures;
#clear APT::Update;
APT::Architecture "$arch";
APT::Architectures { "$arch"; };
APT::Sandbox::User "$(id -un)";
Acquire::Languages "none";
Dir::State "$folder";
Dir::State::status "$folder/status";
Dir::State::lists "$folder/lists";
Dir::Cache "$folder/cache";
Dir::Log "$folder";
Dir::Etc::sourcelist "$folder/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "$folder/preferences";
TEXT
  apt-get -c "$folder/conf" -qq update >&2 ||
    die "cannot read the packages of Debian $suite for $arch at $mirror"
  # shellcheck disable=SC2046 # one word for each package
  apt-cache -c "$folder/conf" madison $(names "$2") |
    awk -F' *[|] *' '{ gsub(" ", "", $1); print $1, $2 }' >"$folder/offered"
}

# open_parts WORK: all of them at a time. WORK/PART/offered says which versions
# the mirror has, the newest first.
open_parts() {
  local part jobs=()
  say "packages of $mirror"
  for part in $(parts); do
    open_part "$1" "$part" &
    jobs+=($!)
  done
  for part in "${jobs[@]}"; do wait "$part" || exit 1; done
}

# settle_versions WORK: from here on `list` is WORK/packages.list, with versions that the mirror has. Debian
# replaces a version by its next security update, and a mirror keeps only the newest: what is pinned and gone
# is replaced by what stands there now, of the same release, and that is said. Swift is never replaced so:
# compiler and libraries have to be of one version, and our own sources are tried with that one.
settle_versions() {
  local settled=$1/packages.list part pin name offered gone=no
  cp "$list" "$settled"
  for part in $(parts); do
    for pin in $(pinned "$part"); do
      name=${pin%%=*}
      ! grep -qxF "${pin/=/ }" "$1/$part/offered" || continue
      offered=$(awk -v name="$name" '$1 == name { print $2; exit }' "$1/$part/offered")
      if [ -z "$offered" ] || [[ $name == *swiftlang* ]]; then
        say "the mirror has no ${pin/=/ } (of the $part) any longer"
        gone=yes
        continue
      fi
      say "$name of the $part: $offered, because the mirror has no ${pin#*=} any longer"
      awk -v part="$part" -v name="$name" -v version="$offered" \
        '$1 == part && $4 == name { sub(/[^ ]+$/, version) } { print }' "$settled" >"$settled.part"
      mv "$settled.part" "$settled"
    done
  done
  if [ "$gone" = yes ]; then
    say 'either have the present versions written into scripts/agent-sdk.d/packages.list by scripts/agent-sdk --update,'
    say 'run the tests and commit the list, or set SUGAR_MIRROR to a mirror that keeps old versions'
    exit 1
  fi
  list=$settled
}

# fetch_part WORK PART: the packages themselves, in WORK/PART/debs.
fetch_part() {
  # shellcheck disable=SC2046 # one word for each package
  (cd "$1/$2/debs" && apt-get -c "$1/$2/conf" -qq download $(pinned "$2") >&2) ||
    die "cannot download the packages of the $2"
}

# Writes the newest version of every package into the list, and leaves the rest of it alone.
update_list() {
  local part new=$1/packages.list
  open_parts "$1"
  cp "$list" "$new"
  for part in $(parts); do
    awk -v part="$part" 'NR == FNR { if (!($1 in version)) version[$1] = $2; next }
      $1 == part { if (!($4 in version)) { print $4 > "/dev/stderr"; exit 1 }
                   sub(/[^ ]+$/, version[$4]) }
      { print }' "$1/$part/offered" "$new" >"$new.part" || die "the mirror has no such package (above) for the $part"
    mv "$new.part" "$new"
  done
  if cmp -s "$new" "$list"; then
    say 'the list names the present versions already'
  else
    diff -U0 "$list" "$new" | sed -n '/^[-+][^-+]/p' >&2 || true
    cat "$new" >"$list"
    say 'packages.list names the present versions now; run the tests, then commit it'
  fi
}
