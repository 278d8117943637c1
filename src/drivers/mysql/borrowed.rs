//! Connection in use: aludel's own, or one borrowed from a program and returned in its original state.

use std::ops::{Deref, DerefMut};

use mysql::Conn;

use super::errors::database_error;
use super::session::{FailedStatement, MysqlSessionSettings, send, value};
use super::{Mysql, greet};
use crate::database::borrow::{in_transaction, sealed};
use crate::database::{BorrowedConnection, Database, DatabaseError, VersionTable};
use crate::sql::Dialect;

/// Connection with its owner.
pub(super) enum MysqlConnection<'c> {
    /// Opened by aludel.
    Own(Conn),
    /// Borrowed from a program.
    Lent(BorrowedMysql<'c>),
}

/// Borrowed connection with the original settings of its session.
pub(super) struct BorrowedMysql<'c> {
    conn: &'c mut Conn,
    before: MysqlSessionSettings,
}

impl Drop for BorrowedMysql<'_> {
    fn drop(&mut self) {
        // The result is ignored: a broken connection has no settings to restore.
        let _ = self.before.restore(self.conn);
    }
}

impl Deref for MysqlConnection<'_> {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        match self {
            Self::Own(conn) => conn,
            Self::Lent(lent) => lent.conn,
        }
    }
}

impl DerefMut for MysqlConnection<'_> {
    fn deref_mut(&mut self) -> &mut Conn {
        match self {
            Self::Own(conn) => conn,
            Self::Lent(lent) => lent.conn,
        }
    }
}

/// Returns whether a transaction is open. MariaDB has a variable for it. On MySQL, the list of InnoDB's transactions
/// shows it if this user may read it; otherwise none is assumed.
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

impl BorrowedConnection for Conn {
    fn dialect(&self) -> Dialect {
        Dialect::MYSQL
    }

    fn lend<'c>(&'c mut self, table: &VersionTable) -> Result<Box<dyn Database + 'c>, DatabaseError> {
        // Must precede everything that would end the transaction, such as SET autocommit.
        if is_in_transaction(self) {
            return Err(in_transaction());
        }
        let failed = |failed: FailedStatement| database_error(&failed.error);
        let before = MysqlSessionSettings::read(self).map_err(failed)?;
        let lent = BorrowedMysql { conn: self, before };
        let greeting = greet(lent.conn)?;
        if greeting.database.is_none() && table.schema.is_none() {
            return Err(DatabaseError::Url("the connection has chosen no database (USE)".to_owned()));
        }
        Ok(Box::new(Mysql::new(MysqlConnection::Lent(lent), greeting, None, table)))
    }
}
