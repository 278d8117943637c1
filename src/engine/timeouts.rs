//! Timeouts of a revision's statements: those of its header take precedence over those of its service's config. Pure.

use std::time::Duration;

use crate::config::SafetySettings;
use crate::database::Timeouts;
use crate::revision::Header;
use crate::sql::{Dialect, Piece, StatementKind};

/// Returns the timeouts of a revision.
///
/// A CONCURRENTLY build waits for old transactions without blocking anybody, and an aborted one leaves an invalid index
/// behind. So the service's `lock_timeout` does not apply to it, only the revision's own.
pub(super) fn timeouts(
    gentle: &SafetySettings,
    header: &Header,
    pieces: &[Piece],
    text: &str,
    dialect: Dialect,
) -> Timeouts {
    let usual = if is_concurrent(pieces, text, dialect) { Duration::ZERO } else { gentle.lock_timeout };
    Timeouts {
        lock: Some(header.options.lock_timeout.unwrap_or(usual)),
        statement: header.options.statement_timeout.or(gentle.statement_timeout),
    }
}

fn is_concurrent(pieces: &[Piece], text: &str, dialect: Dialect) -> bool {
    let mut others = pieces.iter().filter(|piece| piece.kind == StatementKind::Other);
    others.any(|piece| dialect.rules().is_concurrent(piece.sql.slice(text)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::id::RevisionId;
    use crate::sql;

    fn timeouts_of(header: &Header, text: &str) -> Timeouts {
        let gentle = SafetySettings { statement_timeout: Some(Duration::from_secs(60)), ..SafetySettings::default() };
        let pieces = sql::split(text, Dialect::POSTGRES).unwrap();
        timeouts(&gentle, header, &pieces, text, Dialect::POSTGRES)
    }

    #[test]
    fn a_revisions_own_timeouts_win() {
        let mut header = Header::new(RevisionId::new("a").unwrap());
        let usual = Timeouts { lock: Some(Duration::from_secs(5)), statement: Some(Duration::from_secs(60)) };
        assert_eq!(timeouts_of(&header, "SELECT 1;"), usual);
        header.options.lock_timeout = Some(Duration::ZERO);
        header.options.statement_timeout = Some(Duration::from_secs(1));
        let own = Timeouts { lock: Some(Duration::ZERO), statement: Some(Duration::from_secs(1)) };
        assert_eq!(timeouts_of(&header, "SELECT 1;"), own);
    }

    #[test]
    fn an_index_that_is_built_concurrently_is_not_broken_off() {
        let mut header = Header::new(RevisionId::new("a").unwrap());
        let text = "create index concurrently i on t (x);";
        assert_eq!(timeouts_of(&header, text).lock, Some(Duration::ZERO));
        header.options.lock_timeout = Some(Duration::from_secs(1));
        assert_eq!(timeouts_of(&header, text).lock, Some(Duration::from_secs(1)));
    }
}
