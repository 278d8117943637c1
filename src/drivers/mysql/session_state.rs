//! Session of a unit: what earlier attempts had set up is set up again, and what the unit leaves is restored.

use super::errors;
use super::message::MysqlMessage;
use super::progress::UnitProgress;
use super::run::MysqlRunner;
use super::session::{MysqlSessionSettings, journal_id, send, value};
use crate::database::RunFailure;
use crate::sql::Dialect;

impl MysqlRunner<'_> {
    /// Returns whether autocommit is enabled.
    pub(super) fn commits_each_statement(&mut self) -> Result<bool, RunFailure> {
        let outcomes = send(self.conn, "SELECT @@SESSION.autocommit").map_err(|failed| errors::own(&failed))?;
        Ok(outcomes.first().and_then(|outcome| value::<i64>(outcome.rows.first()?, 0)) != Some(0))
    }

    /// Restores the session of earlier attempts, including autocommit.
    pub(super) fn set_up_session(&mut self, progress: &mut UnitProgress) -> Result<(), RunFailure> {
        self.set_up_again()?;
        if progress.commits_by_hand && self.unit.skip > 0 {
            progress.switch_autocommit(self.commits_each_statement()?, self.unit.skip);
        }
        self.open_chain_again(progress)
    }

    /// Opens the transaction that an earlier attempt's `COMMIT AND CHAIN` had opened and its end has rolled back.
    fn open_chain_again(&mut self, progress: &mut UnitProgress) -> Result<(), RunFailure> {
        let Some((index, begin)) = self.unit.chain_opened_by(Dialect::Mysql) else { return Ok(()) };
        // Before the transaction, so that a rollback keeps the journal row.
        let outcomes = self.send(&self.first_announcement(self.unit.skip, None))?;
        self.journal = journal_id(&outcomes);
        self.piece(index, begin, &MysqlMessage::default())?;
        progress.in_transaction = true;
        Ok(())
    }

    /// Repeats the settings of earlier attempts.
    pub(super) fn set_up_again(&mut self) -> Result<(), RunFailure> {
        for (index, piece) in self.unit.settings_before() {
            self.piece(index, piece, &MysqlMessage::default())?;
        }
        Ok(())
    }

    /// Ends the state that a unit outside a transaction may have left: table locks, a read-only transaction
    /// (`autocommit = 0`), settings.
    pub(super) fn settle(
        &mut self,
        progress: &UnitProgress,
        settings: Option<&MysqlSessionSettings>,
    ) -> Result<(), RunFailure> {
        if progress.tables_locked {
            self.control("UNLOCK TABLES")?;
        }
        if settings.is_some() {
            // A function called by a SELECT may have written rows.
            self.control("COMMIT")?;
        }
        self.set_back(settings)
    }

    pub(super) fn set_back(&mut self, settings: Option<&MysqlSessionSettings>) -> Result<(), RunFailure> {
        settings.map_or(Ok(()), |settings| settings.restore(self.conn).map_err(|failed| errors::own(&failed)))
    }
}
