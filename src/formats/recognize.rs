//! Recognition of a tool by the files in the folder of its migrations. A name that several tools use alone decides
//! nothing.

use super::imported::File;
use super::{Format, names};

/// Returns `true` for a file that one tool alone has.
type FileMark = fn(&File) -> bool;

/// Returns the formats whose files these may be, the only one if a file shows it.
#[must_use]
pub fn formats_of(files: &[File]) -> Vec<Format> {
    let marks: [(Format, FileMark); 10] = [
        (Format::Drizzle, |file| file.path == "meta/_journal.json"),
        (Format::Atlas, |file| file.path == "atlas.sum"),
        (Format::Sqitch, |file| file.path == "sqitch.plan"),
        (Format::Prisma, |file| file.path == "migration_lock.toml" || file.path.ends_with("/migration.sql")),
        (Format::Diesel, |file| file.path.ends_with("/up.sql")),
        (Format::Liquibase, is_changelog),
        (Format::Dbmate, |file| has_line(file, "-- migrate:up")),
        (Format::Goose, |file| has_line(file, "-- +goose up")),
        (Format::Pairs, |file| file.path.ends_with("_rollback.sql")),
        (Format::Refinery, |file| file.path.ends_with(".rs") && versioned(file.name())),
    ];
    if let Some((format, _)) = marks.into_iter().find(|(_, is_mark)| files.iter().any(is_mark)) {
        return vec![format];
    }
    let has = |is: fn(&str) -> bool| files.iter().any(|file| is(file.name()));
    // Below the folder, numbered files may be anything: revisions of aludel, too.
    let has_here = |ending: &str| {
        files.iter().any(|file| !file.path.contains('/') && numbered(&file.path) && file.path.ends_with(ending))
    };
    match () {
        () if has(|name| name.starts_with("R__") || name.ends_with(".sql.conf")) => vec![Format::Flyway],
        () if has(versioned) => vec![Format::Flyway, Format::Refinery],
        () if has_here(".up.sql") => vec![Format::GolangMigrate, Format::Sqlx],
        () if has_here(".sql") => vec![Format::Sqlx, Format::Supabase],
        () => Vec::new(),
    }
}

/// `V1_2__name.sql`, which Flyway and refinery have in common.
fn versioned(name: &str) -> bool {
    let Some((version, _)) = name.strip_prefix('V').and_then(|rest| rest.split_once("__")) else { return false };
    version.bytes().next().is_some_and(|byte| byte.is_ascii_digit())
}

/// `20240102030405_name.sql`.
fn numbered(name: &str) -> bool {
    names::version(name).is_some_and(|(_, rest)| rest.starts_with('_'))
}

fn has_line(file: &File, start: &str) -> bool {
    let begins = |line: &str| line.get(..start.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(start));
    file.path.ends_with(".sql") && file.content().lines().any(begins)
}

fn is_changelog(file: &File) -> bool {
    let text = file.content();
    let first = text.trim_start().lines().next().unwrap_or_default().to_ascii_lowercase().replace(' ', "");
    let is_formatted = file.path.ends_with(".sql") && first.starts_with("--liquibaseformattedsql");
    let is_tree = [".xml", ".yaml", ".yml", ".json"].iter().any(|ending| file.path.ends_with(ending));
    is_formatted || is_tree && text.contains("databaseChangeLog")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)]) -> Vec<&'static str> {
        let files: Vec<_> =
            files.iter().map(|(path, text)| File { path: (*path).to_owned(), text: (*text).to_owned() }).collect();
        formats_of(&files).into_iter().map(Format::name).collect()
    }

    #[test]
    fn a_file_that_one_tool_alone_has_decides() {
        assert_eq!(found(&[("0000_a.sql", ""), ("meta/_journal.json", "{}")]), ["drizzle"]);
        assert_eq!(found(&[("20240102030405_a.sql", ""), ("atlas.sum", "h1:")]), ["atlas"]);
        assert_eq!(found(&[("V1__a.sql", ""), ("V2__b.rs", "")]), ["refinery"]);
        assert_eq!(found(&[("V1__a.sql", ""), ("R__b.sql", "")]), ["flyway"]);
        assert_eq!(found(&[("1.sql", "--liquibase formatted sql\n")]), ["liquibase"]);
        assert_eq!(found(&[("main.yaml", "databaseChangeLog:\n")]), ["liquibase"]);
        assert_eq!(found(&[("1_a.sql", "-- +goose Up\n")]), ["goose"]);
    }

    #[test]
    fn names_that_several_tools_use_decide_nothing() {
        assert_eq!(found(&[("V1__a.sql", "")]), ["flyway", "refinery"]);
        assert_eq!(found(&[("000001_a.up.sql", "")]), ["golang-migrate", "sqlx"]);
        assert_eq!(found(&[("20240102030405_a.sql", "")]), ["sqlx", "supabase"]);
        assert!(found(&[("revisions/20240102_a.sql", "")]).is_empty());
        assert!(found(&[("schema.sql", "CREATE TABLE a (b int);")]).is_empty());
    }
}
