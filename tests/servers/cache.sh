# shellcheck shell=bash
# The cache of downloaded servers, sourced by tests/matrix: packages of the npm registry and of Debian's suites, each
# unpacked into a folder that its name and version name. Nothing is installed, and no root is needed.
#
# A folder is made under another name and renamed when it is whole, so that two runs at once cannot see half of one.

# The servers run as users of their own when we are root, and root's home is closed to them.
default_cache() {
    if [ "$(id -u)" = 0 ]; then echo /var/cache; else echo "${XDG_CACHE_HOME:-$HOME/.cache}"; fi
}
CACHE=${ALUDEL_TEST_CACHE:-$(default_cache)/aludel-tests}

# unavailable REASON: ends the getting of a server (in a subshell); tests/matrix prints the reason.
unavailable() {
    printf '%s\n' "$*" >"$REASON"
    exit 1
}

# require PROGRAM...: programs that the download needs.
require() {
    local program
    for program in "$@"; do
        command -v "$program" >/dev/null || unavailable "$program is not installed"
    done
}

# keep FOLDER NAME: moves FOLDER into the cache. A run that was faster has made the same one already.
keep() {
    chmod -R a+rX "$1"
    mv -T "$1" "$CACHE/$2" 2>/dev/null || rm -rf "$1"
    [ -d "$CACHE/$2" ] || unavailable "$CACHE/$2 cannot be written"
}

# new_folder: a folder of our own in the cache. What killed runs left there is removed after a day.
new_folder() {
    mkdir -p "$CACHE" || unavailable "$CACHE cannot be written"
    find "$CACHE" -maxdepth 1 -name '.new-*' -mmin +1440 -exec rm -rf {} +
    mktemp -d "$CACHE/.new-XXXXXX" || unavailable "$CACHE cannot be written"
}

# npm_package NAME VERSION: prints the folder with the package's files.
npm_package() {
    local name=$1 version=$2 kept folder
    kept=$(tr '/' '-' <<<"${name#@}")_$version
    if [ ! -d "$CACHE/$kept" ]; then
        require npm node tar
        folder=$(new_folder) || exit 1
        (cd "$folder" && npm pack --silent "$name@$version" >/dev/null && tar -xzf ./*.tgz && rm ./*.tgz) >&2 ||
            unavailable "npm pack $name@$version failed"
        # The registry's archives hold no links; the package lists those that it needs.
        (cd "$folder/package" && if [ -f scripts/hydrate-symlinks.js ]; then node scripts/hydrate-symlinks.js; fi) >&2 ||
            unavailable "$name@$version: hydrate-symlinks failed"
        keep "$folder" "$kept"
    fi
    echo "$CACHE/$kept/package"
}

# debian_packages SUITE PACKAGE...: prints the folder with the packages' files and those of all that they depend on.
# The folder's name has the first package's version; the newest that is there is used until somebody removes it.
debian_packages() {
    local suite=$1 package=$2 kept folder version
    shift
    kept=$(find "$CACHE" -maxdepth 1 -name "debian-$suite-${package}_*" 2>/dev/null | sort -V | tail -1)
    if [ -z "$kept" ]; then
        require apt-get dpkg-deb
        folder=$(new_folder) || exit 1
        download_packages "$folder/apt" "$suite" "$@" >&2
        version=$(dpkg-deb -f "$folder"/apt/cache/archives/"$package"_*.deb Version) || exit 1
        mkdir "$folder/root"
        for package_file in "$folder"/apt/cache/archives/*.deb; do
            dpkg-deb -x "$package_file" "$folder/root" || unavailable "$package_file cannot be unpacked"
        done
        rm -rf "$folder/apt"
        kept=$CACHE/debian-$suite-${package}_${version//:/%3a}
        keep "$folder" "${kept##*/}"
    fi
    echo "$kept/root"
}

# download_packages FOLDER SUITE PACKAGE...: with an apt of its own that knows no installed package, so that it
# downloads the C library too, and changes nothing on this machine.
download_packages() {
    local folder=$1 suite=$2 keyring=/usr/share/keyrings/debian-archive-keyring.gpg
    shift 2
    [ -f "$keyring" ] || unavailable "$keyring is missing (package debian-archive-keyring)"
    mkdir -p "$folder"/{state/lists/partial,cache/archives/partial,parts}
    : >"$folder/status"
    echo "deb [signed-by=$keyring] http://deb.debian.org/debian $suite main" >"$folder/sources.list"
    cat >"$folder/apt.conf" <<CONF
Dir::State "$folder/state";
Dir::State::status "$folder/status";
Dir::Cache "$folder/cache";
Dir::Etc::sourcelist "$folder/sources.list";
Dir::Etc::sourceparts "$folder/parts";
Dir::Etc::preferences "$folder/none";
Dir::Etc::preferencesparts "$folder/parts";
APT::Sandbox::User "";
APT::Install-Recommends "false";
Acquire::Languages "none";
Acquire::Retries "3";
CONF
    APT_CONFIG=$folder/apt.conf apt-get -qq -o APT::Update::Error-Mode=any update ||
        unavailable "Debian's list of packages in $suite cannot be fetched"
    APT_CONFIG=$folder/apt.conf apt-get -qq -y --download-only install "$@" ||
        unavailable "Debian's $suite does not give $*"
}

# wrap ROOT PROGRAM FOLDER [NAME]: writes FOLDER/NAME, which runs ROOT/PROGRAM with ROOT's own C library: the packages of
# a newer suite want a newer one than this machine's.
wrap() {
    local root=$1 program=$2 folder=$3 name=${4:-${2##*/}} libraries
    libraries=$root/usr/lib/$(uname -m)-linux-gnu
    local loader=$libraries/ld-linux-x86-64.so.2
    if [ "$(uname -m)" = aarch64 ]; then loader=$libraries/ld-linux-aarch64.so.1; fi
    [ -x "$root/$program" ] || unavailable "$root/$program is missing"
    # Renamed into place: another run may be reading it.
    printf '#!/bin/sh\nexec %s --library-path %s --argv0 %s %s "$@"\n' \
        "$loader" "$libraries" "$root/$program" "$root/$program" >"$folder/.$name.$$"
    chmod 755 "$folder/.$name.$$"
    mv "$folder/.$name.$$" "$folder/$name"
}
