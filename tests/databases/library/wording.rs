//! Errors in words: the same as those of the command line.

use aludel::{Embedded, Migrator};

use crate::support::project::{Kind, Project};

const KINDS: [Kind; 3] = [Kind::Sqlite, Kind::Postgres, Kind::Mariadb];

/// Returns the stderr of the command line for the project's `upgrade head`, with the project's folder in paths as the
/// library, which does not run in it, has them; and the error of the library.
fn both(project: &Project) -> (String, aludel::migrator::Error) {
    let printed = project.run(&["upgrade", "head", "--quiet"]).stderr;
    let printed = printed.trim_end().replace(" r/", &format!(" {}/", project.path("r").display()));
    let error = Migrator::from_config_in(project.path("aludel.yaml"), |_| None)
        .and_then(|migrator| migrator.upgrade("head"))
        .unwrap_err();
    (printed, error)
}

#[test]
fn a_failed_statement_is_reported_in_the_same_words() {
    for kind in KINDS {
        let (project, _) = Project::with_database(kind);
        project.revision(
            "aaaa1111",
            "",
            "CREATE TABLE one (id INTEGER);\nINSERT INTO nowhere VALUES (1);",
            "DROP TABLE one;",
        );
        // On MariaDB the second attempt continues after the statement that stays; the message is the same.
        project.run(&["upgrade", "head"]);
        let (printed, error) = both(&project);
        assert_eq!(format!("{error:#}"), printed);
        let line = error.to_string();
        assert!(line.starts_with("app: ") && line.contains("/r/aaaa1111.sql:6:"), "{line}");
        assert!(line.contains("(statement 2 of 2); ") && !line.contains('\n'), "{line}");
    }
}

#[test]
fn a_refused_revision_is_reported_in_the_same_words() {
    for (upgrade, header) in [
        ("SELECT 'a;", ""),
        ("COMMIT;", ""),
        ("SELECT /* FILL IN */;", ""),
        ("CREATE TABLE t (x INTEGER);", "-- mesage: Typo\n"),
        ("SELECT 1;", "-- down_revisions: aaaa2222\n"),
    ] {
        let (project, _) = Project::with_database(Kind::Sqlite);
        project.revision_with("aaaa1111", "", header, upgrade, "");
        let (printed, error) = both(&project);
        assert_eq!(format!("{error:#}"), printed);
    }
}

#[test]
fn a_program_reads_the_names_of_its_own_settings() {
    let (project, _) = Project::with_database(Kind::Mariadb);
    project.revision("aaaa1111", "", "CREATE TABLE one (id INTEGER);", "");
    let migrator = Migrator::from_config_in(project.path("aludel.yaml"), |_| None).unwrap();
    let error = migrator.single_transaction(true).upgrade("head").unwrap_err();
    assert!(format!("{error:#}").contains("hint: remove `Migrator::single_transaction`"), "{error:#}");
    assert!(std::error::Error::source(&error).is_none(), "the message contains the cause");
}

#[test]
fn no_form_of_an_error_contains_a_password() {
    let (project, _) = Project::with_database(Kind::Sqlite);
    project
        .write("aludel.yaml", "services:\n  app:\n    url: \"postgres://me:s3cret@localhost:1/x\"\n    revisions: r\n");
    project.revision("aaaa1111", "", "SELECT 1;", "");
    let migrator = Migrator::from_config_in(project.path("aludel.yaml"), |_| None).unwrap();
    let error = migrator.upgrade("head").unwrap_err();
    for text in [error.to_string(), format!("{error:#}")] {
        assert!(!text.contains("s3cret"), "{text}");
    }
}

/// The revision of the page `docs/library.md` that fails.
static SHOP: Embedded = Embedded::new(
    "shop",
    &[(
        "r/1.sql",
        "-- revision: 3f2a9c1b7d40\n\n-- @upgrade\nCREATE TABLE orders (id INTEGER);\nINSERT INTO items VALUES (1);\n",
    )],
);

#[test]
fn the_page_shows_both_forms_of_an_error() {
    let project = Project::new();
    let url = project.new_database(Kind::Sqlite, "shop");
    let error = Migrator::embedded(SHOP.clone().url(url)).unwrap().upgrade("head").unwrap_err();
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/library.md")).unwrap();
    for text in [error.to_string(), format!("{error:#}")] {
        assert!(page.contains(&format!("```text\n{text}\n```")), "docs/library.md does not show:\n{text}");
    }
}
