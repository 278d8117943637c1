//! `attach-partition-scans`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "attach-partition-scans",
    severity: Some(Severity::Warning),
    dialects: POSTGRES,
    title: "A partition that is read when it is attached",
    danger: "The server reads the new partition under ACCESS EXCLUSIVE to check that all rows are within the bound, unless a \
             valid CHECK implies it. A default partition is read as well, under the same lock.",
    safe: "Add a CHECK with the bound's condition NOT VALID, validate it, attach, and drop it. Do the opposite for the default \
           partition.",
    scales: true,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    for (altered, action) in view.actions() {
        let Action::AttachPartition { partition, bound } = &action.of else { continue };
        let valid_checks = |table: &Relation| -> Vec<String> {
            let text = |constraint: &ConstraintDefinition| match &constraint.kind {
                ConstraintKind::Check(text) if !constraint.not_valid => Some(text.clone()),
                _ => None,
            };
            table.constraints.iter().filter_map(text).collect()
        };
        let is_checked =
            view.table(partition).is_some_and(|table| valid_checks(table).iter().any(|text| is_within(text, bound)));
        if !is_checked && view.before.is_in_use(partition) {
            found.on(partition, format!("every row of {partition} is read while its users wait")).at(action.span);
        }
        let parent = view.before.plain(&altered.table);
        let default = view
            .before
            .relations()
            .find(|other| other.is_default_partition && other.partition_of.as_ref() == Some(&parent) && !other.is_new);
        if let Some(default) = default.filter(|default| !valid_checks(default).iter().any(|text| excludes(text, bound)))
        {
            found.on(&default.name, format!("the default partition {} is read as well", default.name)).at(action.span);
        }
    }
}

/// Numbers and texts in a condition or a bound.
fn literals(text: &str) -> Vec<String> {
    let mut parts = text.split('\'');
    let mut found = Vec::new();
    while let Some(outside) = parts.next() {
        let words = outside.split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.' | '-')));
        found.extend(words.filter(|word| word.starts_with(|c: char| c.is_ascii_digit())).map(str::to_owned));
        found.extend(parts.next().map(str::to_owned));
    }
    found
}

/// Returns `true` if a condition leaves only values of the bound: both ends are within `FROM ... TO`, or all its values are
/// in the list.
fn is_within(condition: &str, bound: &str) -> bool {
    let (own, of_bound) = (literals(condition), literals(bound));
    if own.is_empty() || of_bound.is_empty() {
        return false;
    }
    if !bound.to_lowercase().contains(" from ") && !bound.to_lowercase().contains("from(") {
        return own.iter().all(|literal| of_bound.contains(literal));
    }
    let [from, to] = of_bound.as_slice() else { return own == of_bound };
    own.len() >= 2 && own.iter().all(|literal| !is_less(literal, from) && !is_less(to, literal))
}

fn is_less(one: &str, other: &str) -> bool {
    match (one.parse::<f64>(), other.parse::<f64>()) {
        (Ok(one), Ok(other)) => one < other,
        _ => one < other,
    }
}

/// Returns `true` if a condition excludes the values of the bound: it names them, with a negation.
fn excludes(condition: &str, bound: &str) -> bool {
    let lower = condition.to_lowercase();
    let negates = lower.contains("<>") || lower.contains("!=") || lower.contains("not ") || lower.contains("not(");
    let own = literals(condition);
    negates && literals(bound).iter().all(|literal| own.contains(literal))
}
