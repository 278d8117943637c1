//! `attach-partition-scans`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "attach-partition-scans",
    severity: Some(Severity::Warning),
    dialects: POSTGRES,
    title: "A partition that is read when it is attached",
    danger: "The server reads the new partition under ACCESS EXCLUSIVE to see that all rows fit the bound, unless a valid CHECK \
             says so. A default partition is read as well, under the same lock.",
    safe: "Add a CHECK with the bound's condition NOT VALID, validate it, attach, and drop it. Do the opposite for the default \
           partition.",
    scales: true,
    check,
};

fn check(view: &View<'_>, found: &mut Found) {
    for (altered, action) in view.actions() {
        let Action::AttachPartition { partition, bound } = &action.of else { continue };
        let is_checked = view.table(partition).is_some_and(|table| {
            table.constraints.iter().any(|constraint| match &constraint.kind {
                ConstraintKind::Check(text) => !constraint.not_valid && covers(text, bound),
                _ => false,
            })
        });
        if !is_checked && view.before.is_in_use(partition) {
            found.on(partition, format!("every row of {partition} is read while its users wait")).at(action.span);
        }
        let default = view.before.relations().find(|other| {
            other.partition_of.as_ref() == Some(&view.before.plain(&altered.table))
                && other.name.name.contains("default")
        });
        if let Some(default) = default {
            found.on(&default.name, format!("the default partition {} is read as well", default.name)).at(action.span);
        }
    }
}

/// Returns `true` if the condition names every number and text of the bound.
fn covers(condition: &str, bound: &str) -> bool {
    let literals = |text: &str| -> Vec<String> {
        let words = text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '.' | '_' | ':')));
        words.filter(|word| word.starts_with(|c: char| c.is_ascii_digit())).map(str::to_owned).collect()
    };
    let found = literals(condition);
    let wanted = literals(bound);
    !wanted.is_empty() && wanted.iter().all(|literal| found.iter().any(|own| own.starts_with(literal.as_str())))
}
