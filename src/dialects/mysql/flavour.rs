//! Products that speak MySQL's SQL: everything in which they differ. A new product is a variant of [`MysqlFlavour`];
//! the compiler then names each decision that it requires.

use std::time::Duration;

use crate::sql::Flavour;

/// Product in MySQL's family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MysqlFlavour {
    /// MySQL, and what reports itself as MySQL, such as Percona Server.
    Mysql,
    /// MariaDB.
    Mariadb,
}

/// All products of the dialect, for messages.
pub const PRODUCTS: &str = "MySQL and MariaDB";

/// Schemes of the URLs. Each one is accepted for every product: the server itself reports which one it is.
pub(super) const URL_SCHEMES: [&str; 2] = ["mysql", "mariadb"];

/// Identity of the products.
impl MysqlFlavour {
    /// All products.
    pub const ALL: [Self; 2] = [Self::Mysql, Self::Mariadb];

    /// Product that gave the dialect its name.
    pub const DEFAULT: Self = Self::Mysql;

    /// Returns the product of a server by the result of `VERSION()`: `10.11.6-MariaDB-1`, `8.4.3`, `8.0.36-28`.
    #[must_use]
    pub fn of_server(version: &str) -> Self {
        if version.to_ascii_lowercase().contains("mariadb") { Self::Mariadb } else { Self::Mysql }
    }

    /// Returns the product of a handle from this dialect.
    #[must_use]
    pub fn from_handle(flavour: Flavour) -> Self {
        #[allow(clippy::expect_used)]
        Self::ALL.into_iter().find(|known| known.handle() == flavour).expect("the handles of this dialect are below")
    }

    /// Returns the handle of the product.
    #[must_use]
    pub const fn handle(self) -> Flavour {
        match self {
            Self::Mysql => Flavour::named("mysql"),
            Self::Mariadb => Flavour::named("mariadb"),
        }
    }

    /// Name of the product and of its programs.
    #[must_use]
    pub const fn product(self) -> &'static str {
        match self {
            Self::Mysql => "MySQL",
            Self::Mariadb => "MariaDB",
        }
    }

    /// Oldest tested version, as major and minor number (the list in `tests/matrix`, and README.md).
    #[must_use]
    pub const fn oldest_tested_version(self) -> (u32, u32) {
        match self {
            Self::Mysql => (8, 0),
            Self::Mariadb => (10, 6),
        }
    }
}

/// Sessions and privileges.
impl MysqlFlavour {
    /// Variable that limits the time of a statement. MariaDB's applies to all statements, MySQL's to SELECT only
    /// (<https://mariadb.com/kb/en/server-system-variables/#max_statement_time>; MySQL manual, "Server System
    /// Variables", `max_execution_time`).
    #[must_use]
    pub const fn statement_timeout_variable(self) -> &'static str {
        match self {
            Self::Mysql => "max_execution_time",
            Self::Mariadb => "max_statement_time",
        }
    }

    /// Value of [`Self::statement_timeout_variable`]: milliseconds on MySQL, seconds with a fraction on MariaDB.
    #[must_use]
    pub fn statement_timeout_value(self, time: Duration) -> String {
        match self {
            Self::Mysql => time.as_millis().to_string(),
            Self::Mariadb => time.as_secs_f64().to_string(),
        }
    }

    /// Privileges that exempt a user from `read_only`, as `information_schema.USER_PRIVILEGES` lists them. MariaDB's
    /// SUPER does not exempt since 10.11, and older versions list READ ONLY ADMIN with it
    /// (<https://mariadb.com/kb/en/server-system-variables/#read_only>; MySQL manual, `read_only`).
    #[must_use]
    pub const fn privileges_beyond_read_only(self) -> &'static [&'static str] {
        match self {
            Self::Mysql => &["SUPER", "CONNECTION_ADMIN"],
            Self::Mariadb => &["READ_ONLY ADMIN", "READ ONLY ADMIN"],
        }
    }

    /// Has `super_read_only`, from which no privilege exempts (MySQL manual, "Server System Variables").
    #[must_use]
    pub const fn has_super_read_only(self) -> bool {
        match self {
            Self::Mysql => true,
            Self::Mariadb => false,
        }
    }
}

/// Programs of the products.
impl MysqlFlavour {
    /// Names of the dump program, best first. MariaDB's had MySQL's name before 10.4.6
    /// (<https://mariadb.com/kb/en/mariadb-dump/>).
    #[must_use]
    pub const fn dump_programs(self) -> &'static [&'static str] {
        match self {
            Self::Mysql => &["mysqldump"],
            Self::Mariadb => &["mariadb-dump", "mysqldump"],
        }
    }

    /// Names of the client program, best first; see [`Self::dump_programs`].
    #[must_use]
    pub const fn client_programs(self) -> &'static [&'static str] {
        match self {
            Self::Mysql => &["mysql"],
            Self::Mariadb => &["mariadb", "mysql"],
        }
    }

    /// Debian's package with the programs.
    #[must_use]
    pub const fn client_package(self) -> &'static str {
        match self {
            Self::Mysql => "mysql-client",
            Self::Mariadb => "mariadb-client",
        }
    }

    /// Options of the dump program beside those that all products have. MySQL's would write the server's GTIDs, which
    /// only a privileged user may load, and queries statistics that MariaDB and MySQL before 8 lack (MySQL manual,
    /// "mysqldump").
    #[must_use]
    pub const fn dump_options(self) -> &'static [&'static str] {
        match self {
            Self::Mysql => &["--set-gtid-purged=OFF", "--column-statistics=0"],
            Self::Mariadb => &[],
        }
    }

    /// The programs have `--ssl-mode`, with the modes of URLs. MariaDB's have `--ssl` and `--ssl-verify-server-cert`,
    /// and cannot verify a certificate without its host name (<https://mariadb.com/kb/en/mysql-command-line-client/>).
    #[must_use]
    pub const fn has_ssl_mode_option(self) -> bool {
        match self {
            Self::Mysql => true,
            Self::Mariadb => false,
        }
    }
}

/// Statements that change a schema. MySQL's algorithms: its manual, "Online DDL Operations"; MariaDB's:
/// <https://mariadb.com/kb/en/innodb-online-ddl-overview/>, and as observed on 10.11.
impl MysqlFlavour {
    /// Has CREATE OR REPLACE for routines, triggers and events, which keeps their privileges. MySQL has it for views
    /// only.
    #[must_use]
    pub const fn has_create_or_replace_program(self) -> bool {
        match self {
            Self::Mysql => false,
            Self::Mariadb => true,
        }
    }

    /// RENAME COLUMN also changes checks, functional indexes, generated columns, defaults and partitions that use the
    /// column. MySQL refuses it unless the same statement defines them again.
    #[must_use]
    pub const fn renames_column_in_expressions(self) -> bool {
        match self {
            Self::Mysql => false,
            Self::Mariadb => true,
        }
    }

    /// Rebuilds a table with a full-text index in place. MySQL refuses: "InnoDB presently supports one FULLTEXT index
    /// creation at a time".
    #[must_use]
    pub const fn rebuilds_full_text_in_place(self) -> bool {
        match self {
            Self::Mysql => false,
            Self::Mariadb => true,
        }
    }

    /// Adds a column and the first full-text index in one rebuild of the table (as observed on MariaDB 10.11; MySQL was
    /// not tried).
    #[must_use]
    pub const fn combines_first_full_text_index(self) -> bool {
        match self {
            Self::Mysql => false,
            Self::Mariadb => true,
        }
    }

    /// Rebuilds the table for a new or dropped column if ALGORITHM=INPLACE is written, though it can do with INSTANT.
    /// MariaDB's INPLACE allows whatever is cheaper.
    #[must_use]
    pub const fn rebuilds_for_columns_in_place(self) -> bool {
        match self {
            Self::Mysql => true,
            Self::Mariadb => false,
        }
    }

    /// Changes a table's comment and its default collation with ALGORITHM=INSTANT; MySQL with INPLACE.
    #[must_use]
    pub const fn has_instant_change_of_table_options(self) -> bool {
        match self {
            Self::Mysql => false,
            Self::Mariadb => true,
        }
    }

    /// Removes AUTO_INCREMENT from a column with ALGORITHM=INSTANT; MySQL copies the table.
    #[must_use]
    pub const fn has_instant_drop_of_auto_increment(self) -> bool {
        match self {
            Self::Mysql => false,
            Self::Mariadb => true,
        }
    }

    /// Changes the expression of a virtual column without an index with ALGORITHM=INSTANT; MySQL copies the table.
    #[must_use]
    pub const fn has_instant_change_of_virtual_column(self) -> bool {
        match self {
            Self::Mysql => false,
            Self::Mariadb => true,
        }
    }

    /// Default `sql_mode`: MariaDB since 10.2.4, MySQL 8 (both manuals, "SQL Mode").
    #[must_use]
    pub const fn default_sql_mode(self) -> &'static str {
        match self {
            Self::Mysql => {
                "ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,ERROR_FOR_DIVISION_BY_ZERO,\
                 NO_ENGINE_SUBSTITUTION"
            }
            Self::Mariadb => {
                "STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_AUTO_CREATE_USER,NO_ENGINE_SUBSTITUTION"
            }
        }
    }
}

/// Work of changes of a table, measured on MySQL 9.7 and MariaDB 10.11 and 11.8.
impl MysqlFlavour {
    /// Returns the query for the names and ids of InnoDB's tables in the current database; of other tables, the engine.
    #[must_use]
    pub const fn table_ids_query(self) -> &'static str {
        match self {
            Self::Mysql => {
                "SELECT SUBSTRING_INDEX(NAME, '/', -1), TABLE_ID FROM information_schema.INNODB_TABLES \
                 WHERE SUBSTRING_INDEX(NAME, '/', 1) = DATABASE() \
                 UNION ALL SELECT TABLE_NAME, ENGINE FROM information_schema.TABLES \
                 WHERE TABLE_SCHEMA = DATABASE() AND ENGINE <> 'InnoDB'"
            }
            Self::Mariadb => {
                "SELECT SUBSTRING_INDEX(NAME, '/', -1), TABLE_ID FROM information_schema.INNODB_SYS_TABLES \
                 WHERE SUBSTRING_INDEX(NAME, '/', 1) = DATABASE() \
                 UNION ALL SELECT TABLE_NAME, ENGINE FROM information_schema.TABLES \
                 WHERE TABLE_SCHEMA = DATABASE() AND ENGINE <> 'InnoDB'"
            }
        }
    }

    /// Returns whether a foreign key, and a change of a table with one, locks the table at its other end.
    #[must_use]
    pub const fn locks_referenced_table(self) -> bool {
        match self {
            Self::Mysql => true,
            Self::Mariadb => false,
        }
    }

    /// Keeps the rows where more is known of them than the catalog says: a longer VARCHAR across 255 bytes, utf8mb3 that
    /// becomes utf8mb4, a new column with a CHECK or with a constant in parentheses as its default.
    #[must_use]
    pub const fn keeps_rows_in_more_cases(self) -> bool {
        match self {
            Self::Mysql => false,
            Self::Mariadb => true,
        }
    }

    /// Has `ALGORITHM=NOCOPY`, and takes `LOCK=NONE` together with `ALGORITHM=INSTANT`. MySQL refuses both (errors 1800
    /// and 1221).
    #[must_use]
    pub const fn has_all_clauses(self) -> bool {
        match self {
            Self::Mysql => false,
            Self::Mariadb => true,
        }
    }

    /// Copies a table beside its writers: MariaDB since 11.2
    /// (<https://mariadb.com/kb/en/innodb-online-ddl-overview/>).
    #[must_use]
    pub fn copies_beside_writers(self, version: Option<(u32, u32)>) -> bool {
        match self {
            Self::Mysql => false,
            Self::Mariadb => version.is_none_or(|version| version >= (11, 2)),
        }
    }

    /// Number of instant changes of columns until a table is rebuilt: 64, 255 since 9.1 ("Online DDL Operations").
    #[must_use]
    pub fn most_row_versions(self, version: Option<(u32, u32)>) -> Option<usize> {
        match self {
            Self::Mysql => Some(if version.is_some_and(|version| version < (9, 1)) { 64 } else { 255 }),
            Self::Mariadb => None,
        }
    }

    /// Ignores `REFERENCES` behind a column: MySQL before 9.0, without a message (release notes of 9.0.0).
    #[must_use]
    pub fn ignores_inline_references(self, version: Option<(u32, u32)>) -> bool {
        match self {
            Self::Mysql => version.is_some_and(|version| version < (9, 0)),
            Self::Mariadb => false,
        }
    }
}

/// Product and version in what a program prints for `--version`; more text may follow the version.
///
/// - `mariadb-dump  Ver 10.19 Distrib 10.11.6-MariaDB, for ...` (10.19 is the version of the program itself)
/// - `mariadb-dump from 11.4.2-MariaDB, client 10.19 for ...`
/// - `mysqldump  Ver 8.0.36 for Linux on x86_64 ...`
pub(super) fn program_version(printed: &str) -> Option<(&'static str, &str)> {
    let words: Vec<&str> = printed.split_whitespace().collect();
    let behind = |mark: &str| words.iter().position(|word| *word == mark).and_then(|at| words.get(at + 1)).copied();
    if let Some(version) = words.iter().find(|word| word.contains("-MariaDB")) {
        return Some((MysqlFlavour::Mariadb.product(), version));
    }
    let is_mysql = printed.to_ascii_lowercase().contains("mysql");
    let version = if is_mysql { behind("Distrib").or_else(|| behind("Ver")) } else { None };
    Some((MysqlFlavour::Mysql.product(), version?))
}
