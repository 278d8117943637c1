//! Products that speak PostgreSQL's SQL, and versions of its server: everything in which they differ. A new product is
//! a variant of [`PostgresFlavour`]; the compiler then names each decision that it requires.

use crate::sql::Flavour;

/// Product in PostgreSQL's family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PostgresFlavour {
    /// PostgreSQL.
    Postgres,
    /// PostgreSQL with the extension Citus, on its coordinator.
    Citus,
}

impl PostgresFlavour {
    /// All products.
    pub const ALL: [Self; 2] = [Self::Postgres, Self::Citus];

    /// Product that gave the dialect its name.
    pub const DEFAULT: Self = Self::Postgres;

    /// SQL expression from which [`Self::recognized`] determines the product. A setting of the extension exists if
    /// the server has loaded it, in a database without it too.
    pub const RECOGNITION: &'static str = "pg_catalog.current_setting('citus.version', true) IS NOT NULL";

    /// Tables that a product adds and the model does not cover: what they are called, and the function in `pg_catalog`
    /// that a trigger of each such table calls. Citus's own catalog (`pg_dist_partition`) can be named only where the
    /// extension is installed, and this query runs on all products.
    pub const ADDED_TABLES: [(&'static str, &'static str); 1] =
        [("distribution of a table by Citus", "citus_truncate_trigger")];

    /// Returns the product for the value of [`Self::RECOGNITION`], as PostgreSQL prints it; `None` for NULL.
    #[must_use]
    pub fn recognized(value: Option<&str>) -> Self {
        if value == Some("t") { Self::Citus } else { Self::Postgres }
    }

    /// Returns the handle of the product.
    #[must_use]
    pub const fn handle(self) -> Flavour {
        match self {
            Self::Postgres => Flavour::named("postgresql"),
            Self::Citus => Flavour::named("citus"),
        }
    }

    /// Returns the product of a handle from this dialect.
    #[must_use]
    pub fn from_handle(flavour: Flavour) -> Self {
        #[allow(clippy::expect_used)]
        Self::ALL.into_iter().find(|known| known.handle() == flavour).expect("the handles of this dialect are above")
    }

    /// Name of the server's product, which is also that of its programs. The server of Citus is PostgreSQL's.
    #[must_use]
    pub const fn product(self) -> &'static str {
        match self {
            Self::Postgres | Self::Citus => "PostgreSQL",
        }
    }

    /// Oldest tested version, as major and minor number (the list in `tests/matrix`).
    #[must_use]
    pub const fn oldest_tested_version(self) -> (u32, u32) {
        match self {
            Self::Postgres | Self::Citus => (12, 0),
        }
    }

    /// Debian's package with `pg_dump`, `pg_restore` and `psql`.
    #[must_use]
    pub const fn client_package(self) -> &'static str {
        match self {
            Self::Postgres | Self::Citus => "postgresql-client",
        }
    }

    /// Returns `true` if each statement requires a message of its own. The coordinator of Citus forwards some
    /// statements with the whole message to the workers, which prepare it ("cannot insert multiple commands into a
    /// prepared statement").
    #[must_use]
    pub const fn requires_separate_messages(self) -> bool {
        match self {
            Self::Postgres => false,
            Self::Citus => true,
        }
    }
}

/// Product and version in what a program prints for `--version`; more text may follow the version:
/// `pg_dump (PostgreSQL) 15.8 (Debian 15.8-1)`.
pub(super) fn program_version(printed: &str) -> Option<(&'static str, &str)> {
    let mut words = printed.split_whitespace();
    words.find(|word| *word == "(PostgreSQL)")?;
    Some((PostgresFlavour::Postgres.product(), words.next()?))
}

/// Version of a PostgreSQL server, by its major number. Sources: the release notes of each version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PostgresVersion(u32);

impl PostgresVersion {
    /// Parses `server_version`: `15.18`, `19beta1`. An unreadable version counts as the oldest tested one, whose catalog
    /// every later one has.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        let oldest = PostgresFlavour::Postgres.oldest_tested_version().0;
        let major = text.split(|c: char| !c.is_ascii_digit()).next();
        Self(major.and_then(|major| major.parse().ok()).unwrap_or(oldest))
    }

    /// Has `DROP DATABASE ... WITH (FORCE)`, which ends the sessions of the database.
    #[must_use]
    pub const fn has_forced_drop_of_database(self) -> bool {
        self.0 >= 13
    }

    /// Has `pg_trigger.tgparentid`; before, the parent of a partition's trigger is recorded in `pg_depend` only.
    #[must_use]
    pub const fn has_parent_of_trigger(self) -> bool {
        self.0 >= 13
    }

    /// Has `ALTER STATISTICS ... SET STATISTICS`, with the target in `pg_statistic_ext.stxstattarget`.
    #[must_use]
    pub const fn has_target_of_statistics(self) -> bool {
        self.0 >= 13
    }

    /// Has a compression method for each column, in `pg_attribute.attcompression`.
    #[must_use]
    pub const fn has_column_compression(self) -> bool {
        self.0 >= 14
    }

    /// Creates a multirange type with each range type, in `pg_range.rngmultitypid`.
    #[must_use]
    pub const fn has_multirange_types(self) -> bool {
        self.0 >= 14
    }

    /// Has `hashtidextended`, a hash of a row's location (`ctid`) without a conversion to text.
    #[must_use]
    pub const fn has_hash_of_row_location(self) -> bool {
        self.0 >= 15
    }

    /// Counts each write to a catalog in shared memory or in the session, so that none is overlooked (release notes of
    /// 15, "cumulative statistics"). `text` is `server_version`: a product with a storage of its own, which may count
    /// otherwise, adds its name to it (`15.2-YB-2.25`).
    #[must_use]
    pub fn counts_catalog_writes(text: &str) -> bool {
        let number = text.split(' ').next().unwrap_or_default();
        Self::parse(text).0 >= 15 && number.chars().all(|c| c.is_ascii_digit() || c == '.')
    }

    /// Expressions of `pg_collation c` for the locale of a provider other than libc, and for additional ICU rules.
    #[must_use]
    pub const fn collation_columns(self) -> [&'static str; 2] {
        match self.0 {
            17.. => ["c.colllocale", "c.collicurules"],
            16 => ["c.colliculocale", "c.collicurules"],
            15 => ["c.colliculocale", "NULL"],
            _ => ["NULL", "NULL"],
        }
    }

    /// Has unique keys with `NULLS NOT DISTINCT`, in `pg_index.indnullsnotdistinct`.
    #[must_use]
    pub const fn has_nulls_not_distinct(self) -> bool {
        self.0 >= 15
    }

    /// Publications have columns and conditions for each table, and whole schemas (`pg_publication_namespace`).
    #[must_use]
    pub const fn has_publications_of_columns_and_schemas(self) -> bool {
        self.0 >= 15
    }

    /// A partition shares the identity column of its table, and one with an identity of its own cannot be attached.
    #[must_use]
    pub const fn has_shared_identity_of_partitions(self) -> bool {
        self.0 >= 17
    }

    /// Has keys with `WITHOUT OVERLAPS` and `PERIOD`, in `pg_constraint.conperiod`.
    #[must_use]
    pub const fn has_temporal_keys(self) -> bool {
        self.0 >= 18
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handle_leads_back_to_its_product() {
        for flavour in PostgresFlavour::ALL {
            assert_eq!(PostgresFlavour::from_handle(flavour.handle()), flavour);
        }
    }

    #[test]
    fn only_postgresql_itself_is_trusted_to_count_each_write_to_a_catalog() {
        assert!(PostgresVersion::counts_catalog_writes("15.20 (Debian 15.20-0+deb12u1)"));
        for other in ["14.9", "15.2-YB-2.25.0.0-b489", "16beta1", ""] {
            assert!(!PostgresVersion::counts_catalog_writes(other), "{other}");
        }
    }

    #[test]
    fn the_major_number_is_read_and_an_unreadable_one_is_the_oldest() {
        assert_eq!(PostgresVersion::parse("15.18 (Debian 15.18-1)"), PostgresVersion(15));
        assert_eq!(PostgresVersion::parse("19beta1"), PostgresVersion(19));
        assert_eq!(PostgresVersion::parse(""), PostgresVersion(12));
    }
}
