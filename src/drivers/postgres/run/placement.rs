//! Where the journal note of a statement goes, and which statements the unit's own transaction holds. No connections.

use crate::database::JournalPlacement;
use crate::sql::{self, Dialect, Piece, StatementKind, TransactionControl};

const DIALECT: Dialect = Dialect::POSTGRES;

/// Returns where the note about a statement goes.
pub(super) fn placement(piece: &Piece, text: &str, in_transaction: bool) -> JournalPlacement {
    let sql = piece.sql.slice(text);
    match piece.kind {
        StatementKind::TransactionControl => control_placement(TransactionControl::parse(sql, DIALECT), in_transaction),
        _ if in_transaction => JournalPlacement::Unnoted,
        StatementKind::Setting | StatementKind::Nothing => JournalPlacement::Unnoted,
        StatementKind::Rows | StatementKind::CopyFromStdin { .. } => JournalPlacement::Together,
        StatementKind::Other if sql::refuses_transaction(sql, DIALECT).is_some() || may_commit(sql) => {
            JournalPlacement::Alone
        }
        StatementKind::Other => JournalPlacement::Together,
    }
}

const fn control_placement(control: TransactionControl, in_transaction: bool) -> JournalPlacement {
    match control {
        TransactionControl::Commit { .. } if in_transaction => JournalPlacement::Ends,
        TransactionControl::Finish => JournalPlacement::Alone,
        // A note in a transaction that PREPARE TRANSACTION detaches would keep the journal row locked.
        _ => JournalPlacement::Unnoted,
    }
}

/// Procedures and DO blocks may commit, but only outside a transaction.
fn may_commit(sql: &str) -> bool {
    let first = sql::keywords(sql, DIALECT).next().unwrap_or_default();
    matches!(first.as_str(), "CALL" | "DO")
}

/// Returns the number of statements that a rollback of the open transaction leaves, after the statement `piece` has
/// run; `None` if no transaction is open. `open_since` is the value before it. `before` and `done` are the numbers of
/// statements that had run before and after it.
pub(super) fn open_since_after(
    piece: &Piece,
    text: &str,
    open_since: Option<usize>,
    (before, done): (usize, usize),
) -> Option<usize> {
    if piece.kind != StatementKind::TransactionControl {
        return open_since;
    }
    match TransactionControl::parse(piece.sql.slice(text), DIALECT) {
        // BEGIN in a transaction is only a warning: the first one counts.
        TransactionControl::Begin => open_since.or(Some(before)),
        control if control.chains() => Some(done),
        // After ROLLBACK, the statements since BEGIN count as run: running them again would change nothing either.
        _ => None,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn piece(text: &str) -> Piece {
        sql::split(text, DIALECT).unwrap().remove(0)
    }

    #[test]
    fn a_note_is_never_part_of_a_transaction_that_may_not_commit() {
        for (text, outside, inside) in [
            ("BEGIN", JournalPlacement::Unnoted, JournalPlacement::Unnoted),
            ("COMMIT AND CHAIN", JournalPlacement::Unnoted, JournalPlacement::Ends),
            ("ABORT", JournalPlacement::Unnoted, JournalPlacement::Unnoted),
            ("ROLLBACK TO SAVEPOINT s", JournalPlacement::Together, JournalPlacement::Unnoted),
            ("PREPARE TRANSACTION 'p'", JournalPlacement::Unnoted, JournalPlacement::Unnoted),
            ("COMMIT PREPARED 'p'", JournalPlacement::Alone, JournalPlacement::Alone),
            ("INSERT INTO t VALUES (1)", JournalPlacement::Together, JournalPlacement::Unnoted),
        ] {
            assert_eq!(placement(&piece(text), text, false), outside, "{text}");
            assert_eq!(placement(&piece(text), text, true), inside, "{text}");
        }
    }

    #[test]
    fn what_a_rollback_leaves_is_known_after_each_statement() {
        let after = |text: &str, open_since| open_since_after(&piece(text), text, open_since, (4, 5));
        assert_eq!(after("BEGIN", None), Some(4));
        assert_eq!(after("START TRANSACTION", Some(1)), Some(1));
        assert_eq!(after("INSERT INTO t VALUES (1)", Some(1)), Some(1));
        assert_eq!(after("ROLLBACK TO SAVEPOINT s", Some(1)), Some(1));
        assert_eq!(after("END AND CHAIN", Some(1)), Some(5));
        assert_eq!(after("ROLLBACK AND NO CHAIN", Some(1)), None);
        assert_eq!(after("PREPARE TRANSACTION 'p'", Some(1)), None);
    }
}
