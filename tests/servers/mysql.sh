# shellcheck shell=bash
# MariaDB and MySQL for tests/matrix, from Debian's suites.

# get_mariadb SUITE: prints the environment in which the tests use that suite's server.
get_mariadb() {
    local root folder program
    root=$(debian_packages "$1" mariadb-server-core mariadb-client) || exit 1
    # What looks like an installation of MariaDB, with the programs wrapped, to the script that makes the system tables.
    folder=${root%/*}
    mkdir -p "$folder/bin" || unavailable "$folder/bin cannot be written"
    ln -sfn bin "$folder/sbin"
    ln -sfn root/usr/share "$folder/share"
    ln -sfn root/usr/lib "$folder/lib"
    wrap "$root" usr/sbin/mariadbd "$folder/bin" .mariadbd
    for program in mariadb mariadb-dump my_print_defaults resolveip; do wrap "$root" "usr/bin/$program" "$folder/bin"; done
    # Compiled in are Debian's folders, where another version's files may be.
    script "$folder/bin/mariadbd" "first=\$1; shift
exec '$folder/bin/.mariadbd' \"\$first\" --basedir='$folder' --lc-messages-dir='$folder/share/mysql' \\
    --character-sets-dir='$folder/share/mysql/charsets' --plugin-dir='$folder/lib/mysql/plugin' \"\$@\""
    script "$folder/bin/mariadb-install-db" "exec sh '$root/usr/bin/mariadb-install-db' \"\$@\" --basedir='$folder'"
    echo "ALUDEL_TEST_MARIADB_BIN=$folder/bin"
    echo "PATH=$folder/bin:$PATH"
    echo "VERSION=$("$folder/bin/mariadb" --version | sed -E 's/.*[^0-9.]([0-9]+\.[0-9]+\.[0-9]+)-MariaDB.*/\1/')"
}

# get_mysql SUITE: the same for MySQL.
get_mysql() {
    local root folder program
    root=$(debian_packages "$1" mysql-server-core mysql-client-core) || exit 1
    folder=${root%/*}
    mkdir -p "$folder/bin" || unavailable "$folder/bin cannot be written"
    ln -sfn root/usr/share "$folder/share"
    ln -sfn root/usr/lib "$folder/lib"
    wrap "$root" usr/sbin/mysqld "$folder/bin" .mysqld
    for program in mysql mysqldump; do wrap "$root" "usr/bin/$program" "$folder/bin"; done
    # The folder that --secure-file-priv names is Debian's and need not be there; X Protocol has a fixed port.
    script "$folder/bin/mysqld" "first=\$1; shift
exec '$folder/bin/.mysqld' \"\$first\" --basedir='$folder' --lc-messages-dir='$folder/share/mysql' \\
    --character-sets-dir='$folder/share/mysql/charsets' --plugin-dir='$folder/lib/mysql/plugin' \\
    --secure-file-priv= --mysqlx=OFF \"\$@\""
    echo "ALUDEL_TEST_MARIADB_BIN=$folder/bin"
    echo "PATH=$folder/bin:$PATH"
    echo "VERSION=$("$folder/bin/mysql" --version | sed -E 's/.*Ver ([0-9.]+).*/\1/')"
}

# script FILE TEXT: writes a shell script, in one step.
script() {
    printf '#!/bin/sh\n%s\n' "$2" >"$1.$$"
    chmod 755 "$1.$$"
    mv "$1.$$" "$1"
}
