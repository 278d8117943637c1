//! All cases of schema changes on SQLite: each is created, read, changed, read again and reversed. The results are
//! compared with a database that was created with the new schema, by means of SQLite only.

mod dump;
mod properties;
mod scratch;
mod single;

use crate::support::cases::{self, Case, same, told};
use crate::support::expected;
use aludel::schema::{Options, Schema, Script, ddl, difference, script};
use scratch::{Scratch, Shared};

#[test]
fn every_case_leads_there_and_back_and_keeps_the_rows() {
    let all = cases::cases("sqlite");
    assert!(!cases::are_complete() || all.len() >= 120, "{} cases", all.len());
    cases::prove(&all, vec![(), (), (), ()], |(), case| prove(case));
    expected::say_summary("sqlite");
}

fn prove(case: &Case) -> Result<(), String> {
    let mut old = Scratch::of(&case.old);
    let (mut there, mut new) = (Scratch::of(&case.old), Scratch::of(&case.new));
    if let Some(rows) = &case.rows {
        there.execute(rows);
    }
    let (before, after) = (there.schema(), new.schema());
    made_anew(&before, &mut old, case)?;
    made_anew(&after, &mut new, case)?;
    let options = case.options(&before, true);
    let forth = script(&before, &after, &options);
    keeps_options(case, &forth).map_err(|error| format!("{error}\n{}", told(&forth)))?;
    let back_options =
        Options { renames: options.renames.iter().map(aludel::schema::Rename::reversed).collect(), ..options.clone() };
    let shared = Shared::of(&before, &after, case, &options);
    let rows = there.rows(&shared, false);
    step(case, &mut there, &forth, &after, &new.dump(), "forth")?;
    same("rows after the change", &there.rows(&shared, true), &rows)?;
    let back = script(&there.schema(), &before, &back_options);
    step(case, &mut there, &back, &before, &old.dump(), "back")?;
    same("rows after the way back", &there.rows(&shared, false), &rows)?;
    expected::compare(case, before.dialect, &forth, Some(&back))
}

/// Checks that the DDL of the schema recreates the same database, except for virtual tables.
fn made_anew(schema: &Schema, of: &mut Scratch, case: &Case) -> Result<(), String> {
    let made = ddl(schema);
    let mut copy = Scratch::of("");
    copy.run(&made.statements().map(|statement| statement.sql.clone()).collect::<Vec<_>>())
        .map_err(|error| format!("ddl: {error}\n{}", told(&made)))?;
    let is_modelled =
        |line: &&str| !case.says("virtual") || !(line.starts_with("table docs") || line.contains("): docs"));
    let wanted: Vec<String> = of.dump().lines().filter(is_modelled).map(str::to_owned).collect();
    same("ddl", &copy.dump(), &wanted.join("\n"))
}

fn step(case: &Case, database: &mut Scratch, way: &Script, to: &Schema, dump: &str, name: &str) -> Result<(), String> {
    let failed = |error: String| format!("{name}: {error}\n{}", told(way));
    let statements: Vec<String> = case.filled(way).into_iter().flat_map(|(_, statements)| statements).collect();
    database.run(&statements).map_err(failed)?;
    same("sqlite_schema and PRAGMAs", &database.dump(), dump).map_err(failed)?;
    let found = database.schema();
    let left = difference(&found, to);
    if !left.is_empty() {
        return Err(failed(format!("still different: {:?}", left.changes)));
    }
    if !script(&found, to, &Options::default()).is_empty() {
        return Err(failed("a second script is not empty".to_owned()));
    }
    Ok(())
}

/// Checks the expectations in `options`: `way: alter`, `rebuild` or `none`; each `note: TEXT` is part of a note.
fn keeps_options(case: &Case, way: &Script) -> Result<(), String> {
    let builds = way.statements().any(|statement| statement.sql.contains("INTO") && statement.sql.contains(" SELECT "));
    let taken = match (way.is_empty(), builds) {
        (true, _) => "none",
        (_, true) => "rebuild",
        (_, false) => "alter",
    };
    match case.value("way") {
        Some(wanted) if wanted != taken => return Err(format!("the way is {taken}, and {wanted} was wanted")),
        _ => {}
    }
    let notes = format!("{:?}", way.statements().flat_map(|statement| &statement.notes).collect::<Vec<_>>());
    match case.value("note").filter(|text| !notes.contains(text)) {
        Some(text) => Err(format!("no note says {text:?}")),
        None => Ok(()),
    }
}
