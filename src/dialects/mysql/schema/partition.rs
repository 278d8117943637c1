//! Changes of partitioning, computed from the text of the PARTITION BY clause.

use super::names::quoted;
use crate::schema::{Attribute, Object, Statement, StatementNote};
use crate::sql::{Dialect, Lexer};

/// Partitioning statements to run before and after the other changes of the table.
#[derive(Debug, Default)]
pub(super) struct PartitionSteps {
    pub(super) first: Vec<Statement>,
    pub(super) last: Vec<Statement>,
}

/// Plans the change of partitioning. `moves` is set if columns or keys of the table change too.
pub(super) fn steps(before: &Object, after: &Object, moves: bool) -> PartitionSteps {
    let (old, new) = (before.text(Attribute::PartitionBy), after.text(Attribute::PartitionBy));
    let alter = |what: &str| Statement::new(format!("ALTER TABLE {} {what}", quoted(&after.key.name)));
    let locks = StatementNote::Locks(format!("SHARED on {}, while the table is rewritten", after.key));
    let mut steps = PartitionSteps::default();
    match (old, new) {
        (old, new) if old == new => {}
        (Some(old), Some(new)) if added(old, new).is_some() => {
            steps.last.push(alter(&format!("ADD PARTITION ({})", added(old, new).unwrap_or_default())));
        }
        (Some(old), Some(new)) if added(new, old).is_some() => {
            let names = names(added(new, old).unwrap_or_default());
            let loses =
                StatementNote::Loses(format!("all rows of the partitions {} of {}", names.join(", "), after.key));
            steps.last.push(alter(&format!("DROP PARTITION {}", names.join(", "))).note(loses));
        }
        (Some(_), None) => steps.first.push(alter("REMOVE PARTITIONING").note(locks)),
        (old, Some(new)) => {
            // The old partitioning may use a column or key that changes, and the new one may need a column that does
            // not exist yet.
            if old.is_some() && moves {
                steps.first.push(alter("REMOVE PARTITIONING").note(locks.clone()));
            }
            let fits = StatementNote::Remark("fails when a row fits into no partition".to_owned());
            let sql = format!("ALTER TABLE {}\n{new}", quoted(&after.key.name));
            let statement = Statement::new(sql).note(locks);
            steps.last.push(if takes_all(new) { statement } else { statement.note(fits) });
        }
        (None, None) => {}
    }
    steps
}

/// Returns whether every row has a partition: hashes have no bounds.
fn takes_all(partitions: &str) -> bool {
    let by = partitions.strip_prefix("PARTITION BY ").unwrap_or(partitions);
    let by = by.strip_prefix("LINEAR ").unwrap_or(by);
    by.starts_with("HASH") || by.starts_with("KEY")
}

/// Returns the partitions that `new` appends to `old`, if that is the only difference (RANGE and LIST).
fn added<'t>(old: &str, new: &'t str) -> Option<&'t str> {
    let (old, new) = (old.strip_suffix(')')?, new.strip_suffix(')')?);
    if !old.contains("(PARTITION ") {
        return None;
    }
    let more = new.strip_prefix(old)?.strip_prefix(",")?;
    more.contains(" VALUES ").then(|| more.trim())
}

/// Returns the names that follow PARTITION, quoted as in the text: `` p1 ``, `` `p 2` ``.
fn names(partitions: &str) -> Vec<String> {
    let tokens: Vec<_> = Lexer::new(partitions, Dialect::MYSQL)
        .map_while(Result::ok)
        .filter(|token| !token.kind.is_trivia())
        .map(|token| token.span.slice(partitions))
        .collect();
    let pairs = tokens.windows(2).filter_map(|pair| match pair {
        [word, name] if word.eq_ignore_ascii_case("PARTITION") => Some((*name).to_owned()),
        _ => None,
    });
    pairs.collect()
}
