//! Scratch databases on MariaDB and MySQL.
//!
//! Their names have a hash of the node they were created on behind the prefix. `GET_LOCK` holds on its own node only,
//! but the databases of a cluster are on all of them, so only those of the same node are swept.

use super::MysqlDriver;
use super::address::MysqlAddress;
use super::trial_undo::MysqlTrialUndo;
use crate::config::DatabaseUrl;
use crate::database::session::{first_column, pairs};
use crate::database::{
    Database, DatabaseError, HostSession, ScratchDatabase, ScratchError, ScratchHost, ScratchModel, ScratchPurpose,
    ScratchRequest, ScratchStatements, ScratchSurvey, TrialUndo,
};
use crate::sql::{Dialect, TableName, quote_identifier, quote_literal};

/// Expression for the hash of the node.
const NODE: &str = "SUBSTR(SHA2(CONCAT(@@hostname, ' ', @@port), 256), 1, 8)";

/// Query for everything of the session's database that affects how tables are created in a copy of it.
const PROPERTIES: &str = "SELECT @@character_set_database, @@collation_database, @@sql_mode, @@default_storage_engine";

/// Query for a text that identifies a database across servers.
const IDENTITY: &str = "SELECT CONCAT_WS(' ', @@hostname, @@port, @@datadir, DATABASE())";

/// Query for the names of up to five objects of the database.
const CONTENTS: &str = "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() \
    UNION SELECT ROUTINE_NAME FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = DATABASE() \
    UNION SELECT EVENT_NAME FROM information_schema.EVENTS WHERE EVENT_SCHEMA = DATABASE() ORDER BY 1 LIMIT 5";

impl ScratchHost for MysqlDriver {
    fn open_host(
        &self,
        url: &DatabaseUrl,
        application_name: &str,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Box<dyn Database>, DatabaseError> {
        // `information_schema` exists on every server; the service's own database may not exist yet.
        let home = url.with_database("information_schema");
        super::open(&home, &self.shadow_table(), application_name, environment)
    }

    fn tables(&self, database: &mut dyn Database) -> Result<Option<Vec<TableName>>, DatabaseError> {
        let query = "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() \
                     AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED')";
        let names = first_column(database.execute(query)?).into_iter();
        Ok(Some(names.map(|name| TableName { schema: None, name }).collect()))
    }

    fn survey(&self, session: &mut dyn Database, purpose: ScratchPurpose) -> Result<ScratchSurvey, DatabaseError> {
        let prefix = purpose.prefix().replace('_', "\\_");
        let query = format!(
            "SELECT s.schema_name FROM information_schema.schemata s \
             WHERE s.schema_name LIKE CONCAT('{prefix}', {NODE}, '\\_%') AND IS_FREE_LOCK(s.schema_name) = 1 \
             AND NOT EXISTS (SELECT 1 FROM information_schema.processlist p WHERE p.db = s.schema_name)"
        );
        Ok(ScratchSurvey { refused_user: None, leftovers: first_column(session.execute(&query)?) })
    }

    fn create_scratch<'s>(
        &self,
        mut session: HostSession<'s>,
        request: &ScratchRequest<'_>,
    ) -> Result<ScratchDatabase<'s>, ScratchError> {
        // The server's default character set may differ from that of the service's database.
        let model = request.url.database().map_or_else(|| "NULL".to_owned(), literal);
        let query = format!(
            "SELECT {NODE}; SELECT CONCAT(DEFAULT_CHARACTER_SET_NAME, ' COLLATE ', DEFAULT_COLLATION_NAME) \
             FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = {model}"
        );
        let mut answers = session.database().execute(&query)?.into_iter();
        let node = first_column(answers.next().into_iter().collect()).concat();
        let like = first_column(answers.collect()).pop();
        let name = format!("{}{node}_{}", request.purpose.prefix(), uuid::Uuid::new_v4().simple());
        // Lock first: a process that sweeps at this moment would drop a database whose lock is free.
        session.database().execute(&format!("SELECT GET_LOCK({}, 0)", literal(&name)))?;
        let like = like.map(|like| format!(" CHARACTER SET {like}")).unwrap_or_default();
        let statements = ScratchStatements {
            create: format!("CREATE DATABASE {}{like}", quoted(&name)),
            before_drop: None,
            drop: format!("DROP DATABASE IF EXISTS {}", quoted(&name)),
            unlock: format!("SELECT RELEASE_LOCK({})", literal(&name)),
        };
        ScratchDatabase::on_server(session, request.url.with_database(&name), statements)
    }

    fn can_undo_trials(&self) -> bool {
        true
    }

    fn trial_undo(&self, kept: &DatabaseUrl) -> Option<Box<dyn TrialUndo>> {
        Some(Box::new(MysqlTrialUndo::new(kept.database()?)))
    }

    fn model(&self, database: &mut dyn Database) -> Result<ScratchModel, DatabaseError> {
        let answer = database.execute(PROPERTIES)?;
        Ok(ScratchModel { extensions: Vec::new(), properties: format!("{answer:?}") })
    }

    fn counters(&self, database: &mut dyn Database) -> Result<Vec<(String, String)>, DatabaseError> {
        // MySQL keeps the values of information_schema for a day (manual, "information_schema_stats_expiry"). MariaDB
        // does not, and has no such setting.
        if let Err(error @ DatabaseError::ConnectionLost(_)) =
            database.execute("SET SESSION information_schema_stats_expiry = 0")
        {
            return Err(error);
        }
        // Of a counter that was never used, MySQL shows 1 or nothing.
        let query = "SELECT TABLE_NAME, AUTO_INCREMENT FROM information_schema.TABLES \
            WHERE TABLE_SCHEMA = DATABASE() AND AUTO_INCREMENT > 1";
        Ok(pairs(database.execute(query)?))
    }

    fn delete_rows(&self, database: &mut dyn Database, tables: &[String]) -> Result<(), DatabaseError> {
        let truncates: String = tables.iter().map(|name| format!("TRUNCATE {name}; ")).collect();
        database.execute(&format!("SET FOREIGN_KEY_CHECKS = 0; {truncates}SET FOREIGN_KEY_CHECKS = 1")).map(drop)
    }

    fn is_same_address(
        &self,
        one: &DatabaseUrl,
        other: &DatabaseUrl,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> bool {
        let address = |url: &DatabaseUrl| {
            let address = MysqlAddress::new(url, environment).ok()?;
            let host = if address.host.is_empty() { "localhost".to_owned() } else { address.host };
            Some((address.socket, host, address.port.unwrap_or(3306), address.database))
        };
        match (address(one), address(other)) {
            (Some(one), Some(other)) => one == other,
            _ => (one.hosts(), one.database()) == (other.hosts(), other.database()),
        }
    }

    fn identity_query(&self) -> Option<&'static str> {
        Some(IDENTITY)
    }

    fn contents(&self, database: &mut dyn Database) -> Result<Vec<String>, DatabaseError> {
        Ok(first_column(database.execute(CONTENTS)?))
    }

    fn clear(&self, database: &mut dyn Database) -> Result<(), DatabaseError> {
        clear(database)
    }
}

/// Drops everything in the session's database.
pub(super) fn clear(database: &mut dyn Database) -> Result<(), DatabaseError> {
    let list = "SELECT CONCAT('VIEW ', QUOTE(TABLE_NAME)), 'DROP VIEW', TABLE_NAME FROM information_schema.TABLES \
        WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'VIEW' UNION ALL \
        SELECT 't', IF(TABLE_TYPE = 'SEQUENCE', 'DROP SEQUENCE', 'DROP TABLE'), TABLE_NAME \
        FROM information_schema.TABLES \
        WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE <> 'VIEW' UNION ALL \
        SELECT 'r', CONCAT('DROP ', ROUTINE_TYPE), ROUTINE_NAME FROM information_schema.ROUTINES \
        WHERE ROUTINE_SCHEMA = DATABASE() UNION ALL \
        SELECT 'e', 'DROP EVENT', EVENT_NAME FROM information_schema.EVENTS WHERE EVENT_SCHEMA = DATABASE()";
    let rows = database.execute(list)?.into_iter().next().unwrap_or_default();
    let drops = rows.into_iter().filter_map(|row| {
        let mut fields = row.into_iter().skip(1).flatten();
        Some(format!("{} IF EXISTS {}", fields.next()?, quoted(&fields.next()?)))
    });
    let statements: Vec<_> = ["SET FOREIGN_KEY_CHECKS = 0".to_owned()]
        .into_iter()
        .chain(drops)
        .chain(["SET FOREIGN_KEY_CHECKS = 1".to_owned()])
        .collect();
    database.execute(&statements.join("; ")).map(drop)
}

fn quoted(name: &str) -> String {
    quote_identifier(name, Dialect::MYSQL)
}

fn literal(text: &str) -> String {
    quote_literal(text, Dialect::MYSQL)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelled_out_defaults_make_no_other_address() {
        let same = |one: &str, other: &str| {
            let [one, other] = [one, other].map(|text| DatabaseUrl::parse(text, None));
            let (Ok(one), Ok(other)) = (one, other) else { return false };
            MysqlDriver.is_same_address(&one, &other, &|_| None)
        };
        assert!(same("mysql://u@localhost/a", "mariadb://v@localhost:3306/a"));
        assert!(!same("mysql://u@localhost/a", "mysql://u@localhost:3307/a"));
        assert!(!same("mysql://u@localhost/a", "mysql://u@localhost/b"));
    }
}
