//! Statements that were worked out, tried on a shadow before they are written down. Knows the shadow's schema only; a
//! revision's file is the command's own matter.

use super::report::Report;
use super::schemas::Schemas;
use crate::autogenerate::part_text;
use crate::database::FailureCause;
use crate::proof::{ProofError, Shadow, SqlText};
use crate::schema::{Part, Schema, Statement, ddl, weaker};
use crate::sql::{self, Dialect, Kind};

/// A shadow with a schema in it that no history makes.
pub fn loaded(schemas: &Schemas<'_>, schema: &Schema) -> Result<Shadow, Report> {
    let mut shadow = schemas.shadow(&[])?;
    for part in &ddl(schema).parts {
        apply(part, &mut shadow, schemas)?;
    }
    Ok(shadow)
}

/// Runs a part on the shadow and reads what is there then. Statements with a gap fill rows, of which there are none here. What
/// a MySQL server does not do in the way that is asked for is asked for in the next one, in `part` too.
pub fn tried(part: &mut Part, shadow: &mut Shadow, schemas: &Schemas<'_>) -> Result<Schema, ProofError> {
    let mut start = 0;
    loop {
        let waiting = || part.statements.iter().enumerate().filter(|(_, statement)| !statement.has_gap());
        // What sets something for those behind it is said again.
        let rest: Vec<(usize, &Statement)> =
            waiting().filter(|(place, statement)| *place >= start || statement.sql.starts_with("SET ")).collect();
        let statements = rest.iter().map(|(_, statement)| (*statement).clone()).collect();
        let Err(error) = apply(&Part { statements, ..part.clone() }, shadow, schemas) else {
            return shadow.catalog(schemas.request());
        };
        let place = refused_way(&error).and_then(|failed| rest.get(failed)).map(|(place, _)| *place);
        let another = place.and_then(|place| Some((place, weaker(part.statements.get(place)?)?)));
        let Some((place, another)) = another else { return Err(error) };
        if let Some(statement) = part.statements.get_mut(place) {
            *statement = another;
        }
        start = place;
    }
}

/// Which statement asked for an ALGORITHM or a LOCK that the server does not have for it (MySQL's and MariaDB's
/// ER_ALTER_OPERATION_NOT_SUPPORTED, 1845, and ER_ALTER_OPERATION_NOT_SUPPORTED_REASON, 1846).
fn refused_way(error: &ProofError) -> Option<usize> {
    let ProofError::Load { location, failure } = error else { return None };
    let FailureCause::Statement(server) = &failure.cause else { return None };
    if !matches!(server.number, Some(1845 | 1846)) {
        return None;
    }
    let pieces = sql::split(&location.text, Dialect::Mysql).ok()?;
    Some(pieces.get(..failure.piece?)?.iter().filter(|piece| piece.kind != Kind::Nothing).count())
}

fn apply(part: &Part, shadow: &mut Shadow, schemas: &Schemas<'_>) -> Result<(), ProofError> {
    let text = part_text(part, shadow.url().dialect());
    SqlText { path: "generated statements".into(), text }.load(shadow, &schemas.workbench().replay.stop)
}
