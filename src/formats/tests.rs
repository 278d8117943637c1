//! Tests of the readers, format by format. The scenarios on real servers are in tests/cli/imports.rs.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;

use super::*;
use crate::sql::Dialect;

fn files(texts: &[(&str, &str)]) -> Vec<File> {
    texts.iter().map(|(path, text)| File { path: (*path).to_owned(), text: (*text).to_owned() }).collect()
}

#[track_caller]
fn read(format: Format, dialect: Dialect, texts: &[(&str, &str)]) -> ImportedHistory {
    format.read(&files(texts), dialect).unwrap()
}

#[track_caller]
fn one(format: Format, dialect: Dialect, texts: &[(&str, &str)]) -> Imported {
    let reading = read(format, dialect, texts);
    assert_eq!(reading.revisions.len(), 1);
    reading.revisions.into_iter().next().unwrap()
}

fn codes(reading: &ImportedHistory) -> Vec<&'static str> {
    reading.warnings.iter().map(|warning| warning.caution.name()).collect()
}

#[track_caller]
fn problem(format: Format, texts: &[(&str, &str)]) -> (Option<usize>, Problem) {
    let error = format.read(&files(texts), Dialect::POSTGRES).unwrap_err();
    (error.line, error.problem)
}

fn ids(reading: &ImportedHistory) -> Vec<&str> {
    reading.revisions.iter().map(|revision| revision.id.as_str()).collect()
}

#[test]
fn every_format_is_found_by_its_name_and_refuses_nothing_at_all() {
    for format in Format::ALL {
        assert_eq!(Format::named(format.name()), Some(format));
        assert!(format.read(&[], Dialect::POSTGRES).is_err(), "{}", format.name());
    }
}

#[test]
fn versions_of_any_length_are_in_order_of_number() {
    let reading = read(
        Format::GolangMigrate,
        Dialect::POSTGRES,
        &[("10_c.up.sql", "SELECT 3"), ("9_b.up.sql", "SELECT 2"), ("0001_a.up.sql", "SELECT 1"), ("1_a.down.sql", "")],
    );
    assert_eq!(ids(&reading), ["0001", "9", "10"]);
    assert_eq!(reading.revisions[1].parents, [reading.revisions[0].id.clone()]);
    assert_eq!(reading.revisions[0].downgrade.as_deref(), Some(""));
    let twice = [("1_a.up.sql", ""), ("01_b.up.sql", "")];
    assert!(matches!(problem(Format::GolangMigrate, &twice), (None, Problem::SameVersion { .. })));
}

#[test]
fn dbmate_takes_the_first_of_each_directive() {
    let text = "-- above\n\n--migrate:up transaction:false other:1\nSELECT 1;\n-- migrate:upper\n--  migrate:down\nSELECT 2;\n-- migrate:up\n";
    let imported = one(Format::Dbmate, Dialect::POSTGRES, &[("1_a.sql", text)]);
    assert_eq!(imported.upgrade, "-- above\n\nSELECT 1;\n-- migrate:upper\n");
    assert_eq!(imported.downgrade.as_deref(), Some("SELECT 2;\n-- migrate:up\n"));
    assert!(!imported.transaction);
    let refused = |text| problem(Format::Dbmate, &[("1_a.sql", text)]);
    assert_eq!(refused("SELECT 1;\n-- migrate:up"), (Some(1), Problem::Before("-- migrate:up")));
    assert_eq!(refused("-- migrate:down\n-- migrate:up"), (Some(1), Problem::Misplaced("-- migrate:down")));
    assert_eq!(refused("-- nothing"), (None, Problem::Missing("-- migrate:up")));
}

#[test]
fn goose_marks_go_and_blocks_keep_their_ends() {
    let text = "-- +goose Up\n-- +goose StatementBegin\nCREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; SELECT 2; END\n-- +goose StatementEnd\nSELECT 3;\n-- +goose Down\n";
    let imported = one(Format::Goose, Dialect::SQLITE, &[("1_a.sql", text)]);
    assert_eq!(imported.upgrade, "CREATE TRIGGER t AFTER INSERT ON a BEGIN SELECT 1; SELECT 2; END\n;\nSELECT 3;\n");
    assert_eq!(imported.downgrade.as_deref(), Some(""));
    let several = "-- +goose Up\n-- +goose StatementBegin\nSELECT 1;\nSELECT 2;\n-- +goose StatementEnd\n";
    assert_eq!(
        codes(&read(Format::Goose, Dialect::POSTGRES, &[("1_a.sql", several)])),
        ["several-statements", "no-downgrade"]
    );
    let open = "-- +goose Up\n-- +goose StatementBegin\nSELECT 1;\n";
    assert_eq!(problem(Format::Goose, &[("1_a.sql", open)]), (Some(2), Problem::Missing("-- +goose StatementEnd")));
    assert_eq!(problem(Format::Goose, &[("1_a.sql", "SELECT 1;")]), (Some(1), Problem::Before("-- +goose Up")));
}

#[test]
fn goose_variables_are_replaced_only_where_it_is_asked_for() {
    let text = "-- +goose Up\nSELECT '${A}', '{{';\n-- +goose ENVSUB ON\nSELECT '${A}', '${B:-it''s}', $$x$$;\n-- +goose ENVSUB OFF\nSELECT '$A';\n";
    let imported = one(Format::Goose, Dialect::POSTGRES, &[("1_a.sql", text)]);
    assert!(imported.template);
    assert_eq!(
        imported.upgrade,
        "SELECT '${A}', '{{ \"{{\" }}';\nSELECT '{{ x.A }}', '{{ x.B | default(\"it\\u0027\\u0027s\") }}', $$x$$;\nSELECT '$A';\n"
    );
}

#[test]
fn flyway_reads_versions_undo_and_what_its_config_says() {
    let reading = read(
        Format::Flyway,
        Dialect::POSTGRES,
        &[
            ("a/V2__b.sql", "SELECT '${x}'"),
            ("a/V2__b.sql.conf", "executeInTransaction=false\nplaceholderReplacement=false\nshouldExecute=true"),
            ("V1.0.0__a.sql", "SELECT 1"),
            ("U1__a.sql", "SELECT -1"),
            ("U3__c.sql", "SELECT -3"),
            ("B1__base.sql", "SELECT 0"),
            ("beforeMigrate.sql", "SELECT 9"),
            ("V1_1__c.java", "x"),
        ],
    );
    assert_eq!(ids(&reading), ["1.0.0", "2"]);
    assert_eq!(reading.revisions[0].downgrade.as_deref(), Some("SELECT -1\n"));
    assert_eq!((reading.revisions[1].transaction, reading.revisions[1].template), (false, false));
    assert_eq!(codes(&reading), ["baseline", "ignored", "code", "setting", "no-downgrade", "nothing-to-take-back"]);
    let twice = [("V1__a.sql", ""), ("b/V1.0__b.sql", "")];
    assert!(matches!(problem(Format::Flyway, &twice), (None, Problem::SameVersion { .. })));
}

#[test]
fn a_placeholder_in_one_direction_makes_both_templates() {
    let imported = one(
        Format::Flyway,
        Dialect::POSTGRES,
        &[("V1__a.sql", "SELECT '{% raw'"), ("U1__a.sql", "SELECT '${a.b}', '${c:d}'")],
    );
    assert_eq!(imported.upgrade, "SELECT '{{ \"{%\" }} raw'\n");
    assert_eq!(imported.downgrade.as_deref(), Some("SELECT '{{ x[\"a.b\"] }}', '{{ x[\"c:d\"] }}'\n"));
}

#[test]
fn psql_is_understood_where_it_would_be() {
    let text = "\\set n 5\n\\set s 'it''s'\n\\pset pager off\n\\connect other\nSELECT :n, :'s', :\"t\", x::int, a[1:n], ':n', $$:n$$; -- :n\nCOPY t FROM stdin;\n1\t\\N :n\n\\.\nSELECT a[1:2] FROM t WHERE b=:m;\n";
    let reading = read(Format::Pairs, Dialect::POSTGRES, &[("20240102_030405_a.sql", text)]);
    let imported = &reading.revisions[0];
    assert!(imported.template);
    assert_eq!(
        imported.upgrade,
        "-- {% set n = \"5\" %}\n-- {% set s = \"it's\" %}\n\\connect other\nSELECT {{ n }}, '{{ s | replace(\"\\u0027\", \"\\u0027\\u0027\") }}', \"{{ x.t | replace('\\u0022', '\\u0022\\u0022') }}\", x::int, a[1:n], ':n', $$:n$$; -- :n\nCOPY t FROM stdin;\n1\t\\N :n\n\\.\nSELECT a[1:2] FROM t WHERE b={{ x.m }};\n"
    );
    assert_eq!(codes(&reading), ["psql-dropped", "psql-left", "variable", "variable", "unreadable", "no-downgrade"]);
    let other = one(Format::Pairs, Dialect::MYSQL, &[("20240102_030405_a.sql", "SELECT :n;")]);
    assert_eq!((&*other.upgrade, other.template), ("SELECT :n;\n", false));
}

#[test]
fn included_files_are_put_in_but_never_for_ever() {
    let texts = [
        ("20240102_030405_a.sql", "\\i ./other/b.sql\n\\ir c.sql\n"),
        ("other/b.sql", "SELECT 1;\n\\ir ../c.sql"),
        ("c.sql", "SELECT 2;"),
    ];
    assert_eq!(one(Format::Pairs, Dialect::POSTGRES, &texts).upgrade, "SELECT 1;\nSELECT 2;\nSELECT 2;\n");
    let circle = [("20240102_030405_a.sql", "SELECT 1;\n\\i 20240102_030405_a.sql\n")];
    let text = one(Format::Pairs, Dialect::POSTGRES, &circle).upgrade;
    assert!(text.matches("SELECT 1;").count() < 20 && text.contains("\\i 2024"), "{text}");
}

#[test]
fn pairs_are_named_by_time() {
    let name = |text| {
        pairs::PairFileName::parse(text).map(|name| (name.stamp.to_owned(), name.name.to_owned(), name.is_rollback))
    };
    let pair = |name: &str, rollback| Some(("20240102_030405".to_owned(), name.to_owned(), rollback));
    assert_eq!(name("20240102_030405_a_b.sql"), pair("a_b", false));
    assert_eq!(name("20240102_030405_a_b_rollback.sql"), pair("a_b", true));
    assert_eq!(name("20240102_030405.sql"), pair("", false));
    assert_eq!(name("20240102_030405_rollback.sql"), pair("", true));
    for other in
        ["20240102_03040_a.sql", "20240102030405_a.sql", "a.sql", "20240102_030405a.sql", "2024010２_030405_a.sql"]
    {
        assert_eq!(name(other), None, "{other}");
    }
}

#[test]
fn diesel_and_sqlx_versions_are_what_their_tables_have() {
    let imported = one(Format::Diesel, Dialect::POSTGRES, &[("m/2024-01-02-030405_a/up.sql", "SELECT 1")]);
    assert_eq!((imported.id.as_str(), imported.created.as_deref()), ("20240102030405", Some("2024-01-02T03:04:05Z")));
    let imported = one(Format::Sqlx, Dialect::POSTGRES, &[("20240102030405_a.sql", "-- no-transaction\nSELECT 1")]);
    assert_eq!((imported.upgrade.as_str(), imported.transaction), ("SELECT 1\n", false));
}

#[test]
fn a_plan_that_sqitch_would_refuse_is_refused_with_its_line() {
    let plan = |text: &str| format!("%syntax-version=1.0.0\n%project=p\n\n{text}");
    let wrong = |text: &str| problem(Format::Sqitch, &[("sqitch.plan", &plan(text)), ("deploy/a.sql", "")]).0;
    let tail = "2024-01-02T03:04:05Z A <a@b>";
    assert_eq!(wrong(&format!("a [b] {tail}")), Some(4));
    assert_eq!(wrong(&format!("a {tail}\nb {tail}")), Some(5), "there is no deploy/b.sql");
    assert_eq!(wrong(&format!("@v1 {tail}")), Some(4));
    assert_eq!(wrong("a yesterday A <a@b>"), Some(4));
    assert_eq!(wrong(&format!("a [b {tail}")), Some(4));
    assert_eq!(wrong(&format!("-a {tail}")), Some(4));
    assert_eq!(problem(Format::Sqitch, &[("x", "")]).1, Problem::NoFile("sqitch.plan".to_owned()));
}

#[test]
fn a_sqitch_project_may_have_its_files_elsewhere() {
    let config = "[core]\n\tengine = pg\n\textension = ddl\n[engine \"pg\"]\n\ttop_dir = db\n\tplan_file = db/p.plan\n";
    let plan = "%project=p\na/b 2024-01-02T03:04:05Z A <a@b>\n";
    let texts =
        [("sqitch.conf", config), ("db/p.plan", plan), ("db/deploy/a/b.ddl", "SELECT 1;"), ("db/revert/a/b.ddl", "")];
    let imported = one(Format::Sqitch, Dialect::POSTGRES, &texts);
    assert_eq!((imported.path.as_str(), imported.transaction), ("db/deploy/a/b.ddl", false));
    assert_eq!(imported.stem.as_deref(), Some("0001_a_b"));
}

proptest! {
    /// No text causes a panic, and reading is deterministic.
    #[test]
    fn no_text_is_too_strange(text in "(?s)([-+@:\\\\$\\{\\}%#;'\" \n]|BEGIN|COMMIT|SELECT|migrate:up|goose Up|StatementBegin|set|x){0,40}") {
        for format in Format::ALL {
            for dialect in [Dialect::POSTGRES, Dialect::MYSQL, Dialect::SQLITE] {
                let texts = [
                    ("20240102_030405_a.sql", text.as_str()),
                    ("20240102030405_a.up.sql", &text),
                    ("V1__a.sql", &text),
                    ("1_a/migration.sql", &text),
                    ("1_a/up.sql", &text),
                    ("sqitch.plan", &text),
                    ("sqitch.conf", &text),
                ];
                prop_assert_eq!(format.read(&files(&texts), dialect), format.read(&files(&texts), dialect));
            }
        }
    }
}
