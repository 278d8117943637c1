//! `rewrites-whole-table`.

use super::prelude::*;

pub(super) static RULE: Rule = Rule {
    code: "rewrites-whole-table",
    severity: Some(Severity::Error),
    dialects: SERVERS,
    title: "A statement that writes the whole table again",
    danger: "VACUUM FULL, CLUSTER, SET LOGGED and the like write every row to new files while readers and writers wait. ENGINE=, \
             ROW_FORMAT=, FORCE and OPTIMIZE TABLE rebuild the table even where nothing changes; CONVERT TO CHARACTER SET and \
             PARTITION BY copy it while writers wait.",
    safe: "Plan a window, or use a tool that copies the table beside its users (pg_repack, pt-online-schema-change, gh-ost).",
    scales: true,
    check,
};

fn check(view: &View<'_>, found: &mut Findings) {
    match view.parsed() {
        DdlStatement::Maintain { verb: verb @ ("VACUUM FULL" | "CLUSTER" | "OPTIMIZE"), table } => {
            let name = table.as_ref().map_or_else(|| "every table".to_owned(), ToString::to_string);
            if table.as_ref().is_some_and(|table| !view.before.is_in_use(table)) {
                return;
            }
            let text = format!("{verb} writes {name} again");
            match table {
                Some(table) => found.on(table, text),
                None => found.add(text),
            };
        }
        _ => {
            let is_added = |altered: &AlterTable| {
                altered.actions.iter().any(|action| matches!(action.of, Action::AddColumn { .. }))
            };
            if let Some((altered, work)) = view.rewrite_together().filter(|(altered, _)| !is_added(altered)) {
                found.on(&altered.table, format!("{} is rebuilt for its changes at once", altered.table));
                found.note(format!("because {}", work.reason)).safe("-- a statement for each change");
            }
            for (altered, action) in view.actions() {
                let work = view.work(&altered.table, &action.of);
                let is_storage =
                    matches!(action.of, Action::Storage(_) | Action::Partition(_) | Action::SetExpression(_));
                let is_column_charset = matches!(action.of, Action::Storage(StorageChange::Convert(_)));
                if is_storage && !is_column_charset && work.work == Work::Rewrite {
                    let wait = match work.blocks {
                        Blocks::Everything => " while readers and writers wait",
                        Blocks::Writes => " while writers wait",
                        _ => "",
                    };
                    found.on(&altered.table, format!("{} is written again{wait}", altered.table)).at(action.span);
                    found.note(format!("because {}", work.reason));
                }
            }
        }
    }
}
