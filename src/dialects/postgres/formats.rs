//! Other tools' handling of PostgreSQL.

use super::{PostgresDialect, psql};
use crate::formats::{File, FormatRules, Notes, SectionText};

impl FormatRules for PostgresDialect {
    fn convert_client_script(&self, file: &File, files: &[File], notes: &mut Notes<'_>) -> SectionText {
        psql::converted(file, files, notes)
    }

    fn runs_message_in_transaction(&self) -> bool {
        true
    }

    fn skip_all_rows(&self) -> &'static str {
        "OFFSET 9223372036854775807"
    }

    fn drizzle_schema(&self) -> Option<&'static str> {
        Some("drizzle")
    }

    fn liquibase_names(&self) -> &'static [&'static str] {
        &["postgresql"]
    }

    fn liquibase_table(&self) -> &'static str {
        // A name without quotes is stored in lower case.
        "databasechangelog"
    }

    fn alembic_implementations(&self) -> &'static [&'static str] {
        &["Postgresql", "Redshift", "Cockroach"]
    }

    fn has_alembic_transaction(&self) -> bool {
        true
    }

    fn sqlalchemy_schemes(&self) -> &'static [&'static str] {
        &["postgresql"]
    }
}
