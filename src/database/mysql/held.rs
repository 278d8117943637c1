//! The connection that is worked on: our own, or a program's, which gets it back as it was.

use std::ops::{Deref, DerefMut};

use mysql::Conn;

use super::error::database_error;
use super::session::{Failed, Settings, send, value};
use super::{Mysql, greet};
use crate::database::lend::{in_transaction, sealed};
use crate::database::{Database, DatabaseError, Lend, VersionTable};
use crate::sql::Dialect;

/// A connection, whoever owns it.
pub(super) enum Held<'c> {
    /// Opened here.
    Own(Conn),
    /// A program's.
    Lent(Lent<'c>),
}

/// A program's connection, and how it was set.
pub(super) struct Lent<'c> {
    conn: &'c mut Conn,
    before: Settings,
}

impl Drop for Lent<'_> {
    fn drop(&mut self) {
        // A connection that broke has no settings any more.
        let _ = self.before.restore(self.conn);
    }
}

impl Deref for Held<'_> {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        match self {
            Self::Own(conn) => conn,
            Self::Lent(lent) => lent.conn,
        }
    }
}

impl DerefMut for Held<'_> {
    fn deref_mut(&mut self) -> &mut Conn {
        match self {
            Self::Own(conn) => conn,
            Self::Lent(lent) => lent.conn,
        }
    }
}

/// Whether a transaction is open. MariaDB tells; of MySQL's sessions, its catalog of InnoDB's transactions does where this
/// user may read it, and they are taken for closed otherwise.
fn is_in_transaction(conn: &mut Conn) -> bool {
    let asked = [
        "SELECT @@in_transaction",
        "SELECT count(*) FROM information_schema.innodb_trx WHERE trx_mysql_thread_id = CONNECTION_ID()",
    ];
    let answers = asked.iter().filter_map(|sql| send(conn, sql).ok());
    let number = answers.into_iter().next().and_then(|outcomes| value::<u64>(outcomes.first()?.rows.first()?, 0));
    number.is_some_and(|number| number > 0)
}

impl sealed::Sealed for Conn {}

impl Lend for Conn {
    fn dialect(&self) -> Dialect {
        Dialect::Mysql
    }

    fn lend<'c>(&'c mut self, table: &VersionTable) -> Result<Box<dyn Database + 'c>, DatabaseError> {
        // Before anything that would end it: SET autocommit does.
        if is_in_transaction(self) {
            return Err(in_transaction());
        }
        let failed = |failed: Failed| database_error(&failed.error);
        let before = Settings::read(self).map_err(failed)?;
        let lent = Lent { conn: self, before };
        let greeting = greet(lent.conn)?;
        if greeting.database.is_none() && table.schema.is_none() {
            return Err(DatabaseError::Url("the connection has chosen no database (USE)".to_owned()));
        }
        Ok(Box::new(Mysql::new(Held::Lent(lent), greeting, None, table)))
    }
}
