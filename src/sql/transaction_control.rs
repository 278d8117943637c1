//! Statements that begin or end a transaction, read from their words.

use super::{Dialect, Piece, StatementKind, keywords};

/// Effect of a statement of the kind [`StatementKind::TransactionControl`] on the session's transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TransactionControl {
    /// Opens a transaction, unless one is open: `BEGIN`, `START TRANSACTION`.
    Begin,
    /// Commits: `COMMIT`, `END`. With `chains`, the next transaction is open at once (`COMMIT AND CHAIN`).
    Commit {
        /// True with `AND CHAIN`.
        chains: bool,
    },
    /// Rolls back as a whole: `ROLLBACK`. With `chains`, the next transaction is open at once.
    Rollback {
        /// True with `AND CHAIN`.
        chains: bool,
    },
    /// Stores the transaction on disk under a name and detaches it from the session.
    Detach,
    /// Commits or rolls back a prepared transaction.
    Finish,
    /// Leaves the transaction open.
    Continue,
}

impl TransactionControl {
    /// Reads the statement `sql`, which must be of the kind [`StatementKind::TransactionControl`].
    #[must_use]
    pub fn parse(sql: &str, dialect: Dialect) -> Self {
        let words: Vec<String> = keywords(sql, dialect).take(6).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        dialect.rules().transaction_control(&words)
    }

    /// Returns the effect of a statement that all dialects have: `BEGIN`, `START`, `ROLLBACK`; any other one commits.
    #[must_use]
    pub fn standard(words: &[&str]) -> Self {
        let chains = Self::has_chain(words);
        match words {
            ["BEGIN" | "START", ..] => Self::Begin,
            ["ROLLBACK", ..] => Self::Rollback { chains },
            _ => Self::Commit { chains },
        }
    }

    /// Returns `true` for a statement that ends with `AND CHAIN`. `AND NO CHAIN` is the default, written out.
    #[must_use]
    pub fn has_chain(words: &[&str]) -> bool {
        words.windows(2).any(|pair| pair == ["AND", "CHAIN"])
    }

    /// Returns true if the session's next transaction is open after the statement.
    #[must_use]
    pub const fn chains(self) -> bool {
        matches!(self, Self::Commit { chains: true } | Self::Rollback { chains: true })
    }
}

/// Returns the statement that opened the chain of transactions, if the last of `statements` ends with `AND CHAIN`: a
/// session that continues after it must open a transaction of the same kind first.
pub fn chain_opened_by<'p>(
    statements: impl DoubleEndedIterator<Item = (usize, &'p Piece)>,
    text: &str,
    dialect: Dialect,
) -> Option<(usize, &'p Piece)> {
    let mut backwards = statements.rev();
    let control = |piece: &Piece| {
        (piece.kind == StatementKind::TransactionControl)
            .then(|| TransactionControl::parse(piece.sql.slice(text), dialect))
    };
    backwards.next().filter(|(_, piece)| control(piece).is_some_and(TransactionControl::chains))?;
    backwards.find(|(_, piece)| control(piece) == Some(TransactionControl::Begin))
}

#[cfg(test)]
mod tests {
    use super::TransactionControl::{Begin, Commit, Continue, Detach, Finish, Rollback};
    use super::*;

    #[test]
    fn each_form_has_its_effect_whatever_is_between_the_words() {
        let (commit, rollback) = (Commit { chains: false }, Rollback { chains: false });
        for (sql, dialect, expected) in [
            ("BEGIN/* all */ISOLATION LEVEL SERIALIZABLE", Dialect::POSTGRES, Begin),
            ("start transaction", Dialect::MYSQL, Begin),
            ("COMMIT--", Dialect::POSTGRES, commit),
            ("END WORK AND NO CHAIN", Dialect::POSTGRES, commit),
            ("commit /* x */ and -- y\n chain", Dialect::POSTGRES, Commit { chains: true }),
            ("END TRANSACTION AND CHAIN", Dialect::POSTGRES, Commit { chains: true }),
            ("COMMIT WORK AND CHAIN NO RELEASE", Dialect::MYSQL, Commit { chains: true }),
            ("ABORT", Dialect::POSTGRES, rollback),
            ("ROLLBACK AND NO CHAIN", Dialect::MYSQL, rollback),
            ("ABORT WORK AND CHAIN", Dialect::POSTGRES, Rollback { chains: true }),
            ("PREPARE TRANSACTION 'and chain'", Dialect::POSTGRES, Detach),
            ("COMMIT PREPARED 'x'", Dialect::POSTGRES, Finish),
            ("ROLLBACK PREPARED 'x'", Dialect::POSTGRES, Finish),
            ("XA START 'x'", Dialect::MYSQL, Begin),
            ("XA END 'x'", Dialect::MYSQL, Continue),
            ("XA PREPARE 'x'", Dialect::MYSQL, Continue),
            ("XA COMMIT 'x' ONE PHASE", Dialect::MYSQL, Finish),
            ("END", Dialect::SQLITE, commit),
        ] {
            assert_eq!(TransactionControl::parse(sql, dialect), expected, "{sql}");
        }
    }
}
